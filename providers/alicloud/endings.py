"""How an answer of the API ends a call, by its Code and, where that says too little, its Message.

The HTTP status decides nothing where there is a Code: the API's pages give the same Code with different ones. What has
no Code, or no JSON, says nothing about the outcome of the request.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum, auto

from msgspec import Struct

from providers.alicloud.transport import Answer


class Ending(Enum):
    """What a call's answer means for the caller."""

    DONE = auto()
    """It happened."""
    NOT_SENT = auto()
    """Nothing happened: no connection could be made."""
    THROTTLED = auto()
    """Nothing happened: the account asks too much of this action. Slow all of its calls down."""
    BUSY = auto()
    """Nothing happened: this VPC is at work on something else. Ask it again, less often; others are not concerned."""
    LOCKED = auto()
    """Nothing happened: this instance is at work on something else. Ask again; nothing else is concerned."""
    EXPIRED = auto()
    """Nothing happened: the security token is too old. Renew it, once."""
    PREMATURE = auto()
    """Nothing happened; right after an own earlier step it passes within moments, otherwise it is a refusal."""
    REFUSED = auto()
    """Nothing happened, and asking again does not help."""
    UNSURE = auto()
    """It may have happened or not."""


class Row(Struct, frozen=True):
    """Answers that end alike: the Code, or its beginning where it ends in `*`; words of the Message; the actions."""

    code: str
    ending: Ending
    message: str = ""
    actions: frozenset[str] = frozenset()

    def fits(self, action: str, code: str, message: str) -> bool:
        if self.actions and action not in self.actions:
            return False
        named = code.startswith(self.code[:-1]) if self.code.endswith("*") else code == self.code
        return named and self.message in message


def _for(*actions: str) -> frozenset[str]:
    return frozenset(actions)


_REVOKES = _for("RevokeSecurityGroup")

ROWS: tuple[Row, ...] = (
    Row("InvalidSecurityGroupRule.RuleNotExist", Ending.DONE, actions=_REVOKES),
    Row("InvalidSecurityGroupRuleId.NotFound", Ending.DONE, actions=_REVOKES),
    Row("InvalidParam.SecurityGroupRuleId", Ending.DONE, actions=_REVOKES),
    Row("Throttling*", Ending.THROTTLED),
    Row("Rejected.Throttling", Ending.THROTTLED),
    Row("ServiceUnavailable", Ending.THROTTLED),
    Row("SystemBusy", Ending.THROTTLED),
    Row("TaskConflict", Ending.BUSY),
    Row("LastTokenProcessing", Ending.BUSY),
    Row("OperationConflict", Ending.BUSY),
    Row("IncorrectVpcStatus", Ending.BUSY),
    Row("IncorrectStatus*", Ending.BUSY),
    Row("InvalidStatus.InstanceLocked", Ending.LOCKED),
    Row("InvalidSecurityToken.Expired", Ending.EXPIRED),
    Row("SecurityTokenExpired", Ending.EXPIRED),
    Row("OperationDenied", Ending.PREMATURE, "disabled attach classic link", _for("AttachClassicLinkVpc")),
    Row("OperationDenied", Ending.PREMATURE, "linked to other vpc", _for("AttachClassicLinkVpc")),
    Row("InvalidAction", Ending.PREMATURE, actions=_for("DisableVpcClassicLink")),
    Row("InvalidSecurityGroup.InvalidNetworkType", Ending.PREMATURE, actions=_for("AuthorizeSecurityGroup")),
    Row("SignatureNonceUsed", Ending.UNSURE),
    Row("InternalError", Ending.UNSURE),
)
"""The answers that are no plain refusals. The first row that fits counts."""


class Judged(Struct, frozen=True):
    """An answer and what it means. `fields` are those of an answer that is a JSON object, whatever it says.

    `request_id` is what Alibaba Cloud's support asks for; empty where the answer has none.
    """

    ending: Ending
    code: str
    message: str
    request_id: str
    fields: Mapping[str, object]


def judge(action: str, answer: Answer) -> Judged:
    """What this answer to this action means."""
    fields = _fields(answer)
    request_id = _text(fields, "RequestId") or answer.headers.get("x-acs-request-id", "")
    code, message = _text(fields, "Code"), _text(fields, "Message")
    if answer.status == 200 and fields and not code:
        return Judged(Ending.DONE, "", "", request_id, fields)
    if 300 <= answer.status < 400 or not code:
        return Judged(_without_code(answer), f"HTTP {answer.status}", _described(answer), request_id, fields)
    ending = next((row.ending for row in ROWS if row.fits(action, code, message)), None)
    if ending is None:
        ending = _by_status(answer.status)
    return Judged(ending, code, message, request_id, fields)


def _by_status(status: int) -> Ending:
    """How a Code ends that no row names."""
    if status == 429:
        return Ending.THROTTLED
    return Ending.REFUSED if 400 <= status < 500 else Ending.UNSURE


def _without_code(answer: Answer) -> Ending:
    return Ending.THROTTLED if answer.status == 429 else Ending.UNSURE


def _described(answer: Answer) -> str:
    if 300 <= answer.status < 400:
        return "the answer is a redirect, which cl does not follow"
    if answer.status == 429:
        return "too many requests"
    if not answer.body:
        return "the answer is empty"
    return "the answer is not one of the API"


def _fields(answer: Answer) -> Mapping[str, object]:
    """The JSON object of the body; empty where it is none."""
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _text(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""
