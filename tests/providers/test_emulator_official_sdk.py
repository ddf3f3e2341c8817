"""The official SDKs work against the emulator as they come."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from providers.emulator.rate import Rate
from support.emulating import KEY, REGION, SECRET, Emulate, Emulated
from support.mock_worlds import Record
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


def test_rules_of_security_groups_are_made_and_listed_and_removed(
    emulate: Emulate, world: Record, signature: str
) -> None:
    from alibabacloud_ecs20140526 import models as ecs
    from alibabacloud_ecs20140526.client import Client as Ecs
    from darabonba.exceptions import DaraException

    place = {"region_id": REGION, "account_id": "1001"}
    world["security_groups"] = [
        {"security_group_id": "sg-classic", **place},
        {"security_group_id": "sg-a", "vpc_id": "vpc-a", **place},
    ]
    client = Ecs(config(emulate(world), **({"signature_algorithm": "v2"} if signature == "v2" else {})))
    group: dict[str, Any] = {"region_id": REGION, "security_group_id": "sg-classic"}
    web, mail = (
        {"ip_protocol": "TCP", "port_range": ports, "source_group_id": "sg-a", "nic_type": "intranet"}
        for ports in ("80/80", "25/25")
    )

    def authorize(*rules: dict[str, Any]) -> None:
        permissions = [ecs.AuthorizeSecurityGroupRequestPermissions(**rule) for rule in rules]
        client.authorize_security_group(ecs.AuthorizeSecurityGroupRequest(permissions=permissions, **group))

    def rules() -> dict[str, Any]:
        asked = ecs.DescribeSecurityGroupAttributeRequest(
            nic_type="intranet", direction="ingress", max_results=1000, **group
        )
        found = client.describe_security_group_attribute(asked).body.permissions.permission
        return {rule.port_range: rule for rule in found}

    authorize({**web, "priority": "7", "description": "web"}, mail)
    found = rules()
    assert {ports: (rule.policy, rule.priority) for ports, rule in found.items()} == {
        "80/80": ("Accept", "7"),
        "25/25": ("Accept", "1"),
    }
    web_id, mail_id = found["80/80"].security_group_rule_id, found["25/25"].security_group_rule_id
    client.modify_security_group_rule(
        ecs.ModifySecurityGroupRuleRequest(security_group_rule_id=web_id, priority="9", description="shop", **group)
    )
    assert (rules()["80/80"].priority, rules()["80/80"].description) == ("9", "shop")
    client.revoke_security_group(ecs.RevokeSecurityGroupRequest(security_group_rule_id=[mail_id], **group))
    permission = ecs.RevokeSecurityGroupRequestPermissions(**web)
    client.revoke_security_group(ecs.RevokeSecurityGroupRequest(permissions=[permission], **group))
    assert rules() == {}
    with pytest.raises(DaraException) as gone:
        client.revoke_security_group(ecs.RevokeSecurityGroupRequest(permissions=[permission], **group))
    assert gone.value.code == "InvalidSecurityGroupRule.RuleNotExist"
    listed = client.describe_security_groups(
        ecs.DescribeSecurityGroupsRequest(region_id=REGION, security_group_ids='["sg-a","sg-classic"]', max_results=100)
    ).body
    assert {one.security_group_id: one.vpc_id for one in listed.security_groups.security_group} == {
        "sg-a": "vpc-a",
        "sg-classic": "",
    }


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


def test_a_throttled_call_is_given_the_time_to_come_back(emulate: Emulate) -> None:
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
