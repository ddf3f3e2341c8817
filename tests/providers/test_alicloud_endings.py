"""What each answer of the API means: a line of the table, a test."""

from __future__ import annotations

import json

import pytest

from providers.alicloud.endings import Ending, judge
from providers.alicloud.transport import Answer

ATTACH, DETACH, ENABLE, DISABLE = (
    "AttachClassicLinkVpc",
    "DetachClassicLinkVpc",
    "EnableVpcClassicLink",
    "DisableVpcClassicLink",
)
AUTHORIZE, REVOKE = "AuthorizeSecurityGroup", "RevokeSecurityGroup"

CODES = [
    (REVOKE, 400, "InvalidSecurityGroupRule.RuleNotExist", "", Ending.DONE),
    (REVOKE, 404, "InvalidSecurityGroupRuleId.NotFound", "", Ending.DONE),
    (AUTHORIZE, 404, "InvalidSecurityGroupRuleId.NotFound", "", Ending.REFUSED),
    (ATTACH, 400, "Throttling", "", Ending.THROTTLED),
    (ATTACH, 400, "Throttling.User", "", Ending.THROTTLED),
    (ATTACH, 400, "Throttling.Api", "", Ending.THROTTLED),
    (ATTACH, 400, "Rejected.Throttling", "", Ending.THROTTLED),
    (ATTACH, 503, "ServiceUnavailable", "", Ending.THROTTLED),
    (ATTACH, 429, "Anything", "", Ending.THROTTLED),
    (ENABLE, 400, "TaskConflict", "The operation is too frequent", Ending.BUSY),
    (ENABLE, 400, "LastTokenProcessing", "", Ending.BUSY),
    (ENABLE, 400, "OperationConflict", "", Ending.BUSY),
    (ENABLE, 503, "SystemBusy", "", Ending.THROTTLED),
    (ENABLE, 400, "IncorrectVpcStatus", "", Ending.BUSY),
    (ENABLE, 400, "IncorrectStatus.Vpc", "", Ending.BUSY),
    (ATTACH, 403, "InvalidStatus.InstanceLocked", "", Ending.LOCKED),
    (ATTACH, 400, "InvalidSecurityToken.Expired", "", Ending.EXPIRED),
    (ATTACH, 403, "OperationDenied", "The specified vpc is disabled attach classic link.", Ending.PREMATURE),
    (ATTACH, 400, "OperationDenied", "The instance has been linked to other vpc.", Ending.PREMATURE),
    (ATTACH, 403, "OperationDenied", "The instance does not allow link to vpc.", Ending.REFUSED),
    (DETACH, 403, "OperationDenied", "The instances are not allowed to detach from the linked vpc.", Ending.REFUSED),
    (DISABLE, 400, "InvalidAction", "The VPC has been connected to the classic network ECS.", Ending.PREMATURE),
    (ATTACH, 400, "InvalidAction", "", Ending.REFUSED),
    (AUTHORIZE, 400, "InvalidSecurityGroup.InvalidNetworkType", "", Ending.PREMATURE),
    (ATTACH, 403, "QuotaExceeded", "The link quota exceeded in this vpc.", Ending.REFUSED),
    (ENABLE, 400, "RouteConflict.AlreadyExist", "", Ending.REFUSED),
    (ATTACH, 403, "Forbidden.RAM", "", Ending.REFUSED),
    (ATTACH, 404, "InvalidAccessKeyId.NotFound", "", Ending.REFUSED),
    (ATTACH, 400, "SignatureDoesNotMatch", "", Ending.REFUSED),
    (ATTACH, 400, "SignatureNonceUsed", "", Ending.UNSURE),
    (ATTACH, 500, "InternalError", "", Ending.UNSURE),
    (ATTACH, 400, "InternalError", "", Ending.UNSURE),
    (ATTACH, 502, "SomethingNew", "", Ending.UNSURE),
    (ATTACH, 200, "SomethingNew", "", Ending.UNSURE),
]


@pytest.mark.parametrize(("action", "status", "code", "message", "ending"), CODES)
def test_a_code_ends_a_call_as_the_table_says(
    action: str, status: int, code: str, message: str, ending: Ending
) -> None:
    body = json.dumps({"RequestId": "R-1", "HostId": "h", "Code": code, "Message": message}).encode()
    judged = judge(action, Answer(status, {}, body))
    assert (judged.ending, judged.code, judged.message, judged.request_id) == (ending, code, message, "R-1")


@pytest.mark.parametrize(
    ("status", "body", "ending"),
    [
        (200, b'{"RequestId":"R-1"}', Ending.DONE),
        (200, b"", Ending.UNSURE),
        (200, b"<html>Bad Gateway</html>", Ending.UNSURE),
        (200, b'{"RequestId":"R', Ending.UNSURE),
        (200, b"[]", Ending.UNSURE),
        (200, b'"done"', Ending.UNSURE),
        (200, b"[" * 100_000, Ending.UNSURE),
        (200, b"\xff\xfe", Ending.UNSURE),
        (302, b"", Ending.UNSURE),
        (307, b'{"Code":"QuotaExceeded"}', Ending.UNSURE),
        (400, b'{"Message":"no code"}', Ending.UNSURE),
        (404, b"<html>not found</html>", Ending.UNSURE),
        (429, b"slow down", Ending.THROTTLED),
        (502, b"<html>Bad Gateway</html>", Ending.UNSURE),
        (503, b"", Ending.UNSURE),
    ],
)
def test_an_answer_without_a_code_says_nothing_of_what_happened(status: int, body: bytes, ending: Ending) -> None:
    judged = judge(ATTACH, Answer(status, {"x-acs-request-id": "R-2"}, body))
    assert judged.ending is ending
    assert judged.request_id in ("R-1", "R-2")
