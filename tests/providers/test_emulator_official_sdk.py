"""The official SDKs work against the emulator as they come."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from providers.emulator.rate import Rate
from support.emulating import KEY, REGION, SECRET, Emulate, Emulated
from support.rpc_client import RpcClient

pytest.importorskip("alibabacloud_tea_openapi", reason="the official SDK is not installed: pip install -e '.[test]'")


def config(emulator: Emulated, **more: Any) -> Any:
    from alibabacloud_tea_openapi.models import Config

    return Config(
        access_key_id=more.pop("key", KEY),
        access_key_secret=more.pop("secret", SECRET),
        endpoint=emulator.authority,
        protocol="http",
        region_id=REGION,
        **more,
    )


@pytest.fixture(params=["v3", "v2"])
def signature(request: pytest.FixtureRequest) -> str:
    """The algorithm: ACS3-HMAC-SHA256, and HMAC-SHA1."""
    found: str = request.param
    return found


def test_links_are_made_and_listed_and_removed(emulate: Emulate, signature: str) -> None:
    from alibabacloud_ecs20140526 import models as ecs
    from alibabacloud_ecs20140526.client import Client as Ecs
    from alibabacloud_vpc20160428 import models as vpc
    from alibabacloud_vpc20160428.client import Client as Vpc

    emulator = emulate()
    settings = config(emulator, **({"signature_algorithm": "v2"} if signature == "v2" else {}))
    of_ecs, of_vpc = Ecs(settings), Vpc(settings)
    of_vpc.enable_vpc_classic_link(vpc.EnableVpcClassicLinkRequest(region_id=REGION, vpc_id="vpc-off"))
    attribute = of_vpc.describe_vpc_attribute(vpc.DescribeVpcAttributeRequest(region_id=REGION, vpc_id="vpc-off")).body
    assert (attribute.classic_link_enabled, attribute.status) == (True, "Available")
    assert [
        found.vpc_id for found in of_vpc.describe_vpcs(vpc.DescribeVpcsRequest(region_id=REGION)).body.vpcs.vpc
    ] == [
        "vpc-a",
        "vpc-b",
        "vpc-off",
    ]
    classic = of_ecs.describe_instances(
        ecs.DescribeInstancesRequest(region_id=REGION, instance_network_type="classic", max_results=100)
    ).body
    assert {one.instance_id: one.inner_ip_address.ip_address for one in classic.instances.instance}["i-3"] == [
        "10.1.0.3"
    ]
    for instance_id in ("i-3", "i-4"):
        of_ecs.attach_classic_link_vpc(
            ecs.AttachClassicLinkVpcRequest(region_id=REGION, instance_id=instance_id, vpc_id="vpc-off")
        )
    of_ecs.detach_classic_link_vpc(
        ecs.DetachClassicLinkVpcRequest(region_id=REGION, instance_id="i-3", vpc_id="vpc-off")
    )
    links = of_ecs.describe_classic_link_instances(
        ecs.DescribeClassicLinkInstancesRequest(region_id=REGION, vpc_id="vpc-off", page_size="100")
    ).body
    assert [(link.instance_id, link.vpc_id) for link in links.links.link] == [("i-4", "vpc-off")]
    assert (links.total_count, links.page_number, links.page_size) == (1, 1, 100)


def test_a_refusal_has_code_message_status_and_request_id(emulate: Emulate, signature: str) -> None:
    from alibabacloud_ecs20140526 import models as ecs
    from alibabacloud_ecs20140526.client import Client as Ecs
    from darabonba.exceptions import DaraException

    settings = config(emulate(), **({"signature_algorithm": "v2"} if signature == "v2" else {}))
    with pytest.raises(DaraException) as refused:
        Ecs(settings).attach_classic_link_vpc(
            ecs.AttachClassicLinkVpcRequest(region_id=REGION, instance_id="i-1", vpc_id="vpc-b")
        )
    assert refused.value.code == "OperationDenied"
    assert refused.value.data["Message"] == "The instance has been linked to other vpc."
    assert refused.value.status_code == 403
    assert refused.value.request_id


def test_sts_hands_out_keys_that_work(emulate: Emulate) -> None:
    from alibabacloud_ecs20140526 import models as ecs
    from alibabacloud_ecs20140526.client import Client as Ecs
    from alibabacloud_sts20150401 import models as sts
    from alibabacloud_sts20150401.client import Client as Sts

    emulator = emulate()
    assumed = Sts(config(emulator)).assume_role(
        sts.AssumeRoleRequest(role_arn="acs:ram::1001:role/cl", role_session_name="cl")
    )
    keys = assumed.body.credentials
    temporary = config(
        emulator, key=keys.access_key_id, secret=keys.access_key_secret, security_token=keys.security_token
    )
    identity = Sts(temporary).get_caller_identity().body
    assert (identity.account_id, identity.arn, identity.identity_type) == (
        "1001",
        "acs:ram::1001:assumed-role/cl/cl",
        "AssumedRoleUser",
    )
    found = Ecs(temporary).describe_instances(ecs.DescribeInstancesRequest(region_id=REGION)).body
    assert found.total_count == 5


def test_a_throttled_call_is_told_when_to_come_back(emulate: Emulate) -> None:
    from alibabacloud_ecs20140526 import models as ecs
    from alibabacloud_ecs20140526.client import Client as Ecs
    from alibabacloud_tea_openapi.exceptions import ThrottlingException

    client = Ecs(config(emulate(rate=Rate(1, 1e6))))
    client.describe_zones(ecs.DescribeZonesRequest(region_id=REGION))
    with pytest.raises(ThrottlingException) as throttled:
        client.describe_zones(ecs.DescribeZonesRequest(region_id=REGION))
    assert throttled.value.code == "Throttling.User"
    assert throttled.value.retry_after > 0


@pytest.mark.parametrize("kind", ["ram_role_arn", "oidc_role_arn"])
def test_the_official_credentials_get_temporary_keys(emulate: Emulate, tmp_path: Path, kind: str) -> None:
    from alibabacloud_credentials.client import Client
    from alibabacloud_credentials.models import Config

    emulator = emulate()
    (tmp_path / "token").write_text("e30.e30.c2ln")
    keys = {"access_key_id": KEY, "access_key_secret": SECRET}
    token = {"oidc_provider_arn": "acs:ram::1001:oidc-provider/ci", "oidc_token_file_path": str(tmp_path / "token")}
    asked = Config(
        type=kind,
        role_arn="acs:ram::1001:role/cl",
        role_session_name="cl",
        sts_endpoint=f"http://{emulator.authority}",
        **(keys if kind == "ram_role_arn" else token),
    )
    found = Client(asked).get_credential()
    client = RpcClient(
        emulator.authority, found.get_access_key_id(), found.get_access_key_secret(), found.get_security_token()
    )
    assert client.call("GetCallerIdentity").json["IdentityType"] == "AssumedRoleUser"
