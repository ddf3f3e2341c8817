"""Only who has the secret of a key is answered, once for each request, and only while the request is fresh."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.emulator.cloud.accounts import AccessKey
from providers.emulator.wire.signatures import acs3_signature
from support.emulating import REGION, Emulate
from support.rpc_client import RpcClient

ASK = "GetCallerIdentity"


@pytest.fixture(params=[False, True], ids=["ACS3-HMAC-SHA256", "HMAC-SHA1"])
def client(emulate: Emulate, request: pytest.FixtureRequest) -> RpcClient:
    return RpcClient(emulate().authority, is_old=request.param)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("in_form", [False, True])
def test_parameters_are_taken_from_query_and_form(client: RpcClient, method: str, in_form: bool) -> None:
    answer = client.with_(method=method, in_form=in_form).call("DescribeVpcAttribute", VpcId="vpc-a")
    assert (answer.status, answer.json["VpcId"]) == (200, "vpc-a")


def test_values_in_any_script_are_signed_alike(client: RpcClient) -> None:
    answer = client.call("DescribeVpcs", VpcName="店 *+~%/é&=")
    assert (answer.status, answer.json["TotalCount"]) == (200, 0)


@pytest.mark.parametrize(
    ("changes", "code", "status"),
    [
        ({"secret": "wrong"}, "SignatureDoesNotMatch", 400),
        ({"key": "nobody"}, "InvalidAccessKeyId.NotFound", 404),
        ({"age": 901}, "InvalidTimeStamp.Expired", 400),
        ({"age": -901}, "InvalidTimeStamp.Expired", 400),
    ],
)
def test_a_request_that_proves_nothing_is_refused(
    client: RpcClient, changes: dict[str, Any], code: str, status: int
) -> None:
    answer = client.with_(**changes).call(ASK)
    assert (answer.code, answer.status) == (code, status)
    assert answer.json["RequestId"] == answer.headers["x-acs-request-id"]


def test_a_clock_may_be_wrong_by_ten_minutes(client: RpcClient) -> None:
    assert client.with_(age=600).call(ASK).status == 200
    assert client.with_(age=-600).call(ASK).status == 200


def test_a_nonce_serves_once(client: RpcClient) -> None:
    again = client.with_(nonce="the same")
    assert again.call(ASK).status == 200
    assert again.call(ASK).code == "SignatureNonceUsed"


def test_a_wrong_signature_uses_no_nonce_up(client: RpcClient) -> None:
    assert client.with_(nonce="mine", secret="wrong").call(ASK).code == "SignatureDoesNotMatch"
    assert client.with_(nonce="mine").call(ASK).status == 200


def test_a_parameter_that_was_changed_on_the_way_is_noticed(client: RpcClient) -> None:
    method, target, body, headers = client.signed("DescribeVpcs", "2016-04-28", {"RegionId": REGION})
    assert client.send(method, target.replace(REGION, "cn-beijing"), body, headers).code == "SignatureDoesNotMatch"


def test_a_body_that_was_changed_on_the_way_is_noticed(emulate: Emulate) -> None:
    client = RpcClient(emulate().authority, in_form=True)
    method, target, _, headers = client.signed("DescribeVpcs", "2016-04-28", {"RegionId": REGION})
    assert client.send(method, target, b"RegionId=cn-beijing", headers).code == "SignatureDoesNotMatch"


def test_every_header_of_the_api_must_be_signed(emulate: Emulate) -> None:
    client = RpcClient(emulate().authority)
    method, target, body, headers = client.signed("DescribeVpcs", "2016-04-28", {"RegionId": REGION})
    assert client.send(method, target, body, {**headers, "x-acs-more": "1"}).code == "SignatureDoesNotMatch"


@pytest.mark.parametrize("name", ["x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"])
def test_a_header_that_is_needed_and_missing_is_named(emulate: Emulate, name: str) -> None:
    client = RpcClient(emulate().authority)
    method, target, body, headers = client.signed(ASK, "2015-04-01", {})
    del headers[name]
    answer = client.send(method, target, body, headers)
    assert answer.status == 400
    assert name in answer.json["Message"]


@pytest.mark.parametrize("name", ["AccessKeyId", "Signature", "SignatureNonce", "Timestamp", "SignatureMethod"])
def test_a_parameter_that_is_needed_to_prove_it_is_named(emulate: Emulate, name: str) -> None:
    client = RpcClient(emulate().authority, is_old=True)
    method, target, body, headers = client.signed(ASK, "2015-04-01", {})
    parts = [part for part in target.removeprefix("/?").split("&") if not part.startswith(f"{name}=")]
    answer = client.send(method, f"/?{'&'.join(parts)}", body, headers)
    assert (answer.status, answer.code) == (400, f"Missing{name}")


def test_a_request_without_any_signature_is_refused(emulate: Emulate) -> None:
    answer = RpcClient(emulate().authority).send("GET", "/?Action=DescribeVpcs&Version=2016-04-28&Format=JSON", b"", {})
    assert answer.code == "MissingAccessKeyId"


@pytest.mark.parametrize(
    "text", ["", "Basic abc", "ACS3-HMAC-SHA256 Credential=emulator", "ACS3-HMAC-SM3 Credential=a"]
)
def test_another_authorization_is_refused(emulate: Emulate, text: str) -> None:
    client = RpcClient(emulate().authority)
    method, target, body, headers = client.signed(ASK, "2015-04-01", {})
    assert client.send(method, target, body, {**headers, "authorization": text}).code == "IncompleteSignature"


def test_a_time_that_is_none_is_refused(emulate: Emulate) -> None:
    client = RpcClient(emulate().authority, headers={"x-acs-date": "2026-13-99T99:99:99Z"})
    assert client.call(ASK).code == "InvalidTimeStamp.Format"


def test_each_key_acts_for_its_own_account(emulate: Emulate) -> None:
    keys = (AccessKey("one", "first", "1001"), AccessKey("two", "second", "2002"))
    client = RpcClient(emulate(keys=keys).authority)
    one, two = client.with_(key="one", secret="first"), client.with_(key="two", secret="second")
    assert (one.call(ASK).json["AccountId"], two.call(ASK).json["AccountId"]) == ("1001", "2002")
    assert (one.call("DescribeVpcs").json["TotalCount"], two.call("DescribeVpcs").json["TotalCount"]) == (3, 0)
    assert two.call("DescribeVpcAttribute", VpcId="vpc-a").code == "InvalidVpcId.NotFound"
    assert two.call("DescribeClassicLinkInstances", InstanceId="i-1").code == "InvalidInstanceId.NotBelong"
    assert two.call("AttachClassicLinkVpc", InstanceId="i-3", VpcId="vpc-a").code == "InvalidInstanceId.NotBelong"
    assert client.call(ASK).code == "InvalidAccessKeyId.NotFound", "the default key is not there beside others"


TEXTS = st.text(st.characters(blacklist_categories=["Cs"]), max_size=8)


@given(st.dictionaries(st.text("abAZ.19_~-", min_size=1, max_size=5), TEXTS, max_size=5), TEXTS)
def test_the_signature_is_that_of_the_official_sdk(query: dict[str, str], secret: str) -> None:
    utils: Any = pytest.importorskip("alibabacloud_tea_openapi.utils", reason="the official SDK is not installed")
    request: Any = pytest.importorskip("darabonba.request").DaraRequest()
    headers = {"host": "ecs.example", "x-acs-action": "A", "x-acs-date": time.strftime("%Y-%m-%dT%H:%M:%SZ")}
    request.method, request.pathname, request.query, request.headers = "POST", "/", query, headers
    theirs = utils.Utils.get_authorization(request, "ACS3-HMAC-SHA256", "payload", "key", secret)
    ours = acs3_signature("POST", list(query.items()), headers, sorted(headers), "payload", secret)
    assert theirs.endswith(f"Signature={ours}")
