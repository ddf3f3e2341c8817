"""What a refused or failed call means, in words, and what to do about it."""

from __future__ import annotations

from msgspec import Struct

from planner.diagnostics import Diagnostic
from planner.remedy import Remedy
from providers.alicloud.endings import Ending, Judged
from providers.alicloud.products import Product
from providers.alicloud.ram import missing_statement


class Failed(Struct, frozen=True):
    """A call that gave no answer to go on with."""

    product: Product
    action: str
    answer: Judged

    @property
    def is_denied(self) -> bool:
        """Whether RAM does not allow the call."""
        denied = ("Forbidden.RAM", "Forbidden.SubUser", "Forbidden.User", "NoPermission", "Forbidden.NotAllowed")
        return self.answer.ending is Ending.REFUSED and (
            self.answer.code in ("Forbidden", "Forbbiden") or self.answer.code.startswith(denied)
        )

    @property
    def ram_action(self) -> str:
        """The permission that the call needs, such as `ecs:DescribeInstances`."""
        return f"{self.product}:{self.action}"

    @property
    def reason(self) -> str:
        """Why it failed: the action, the API's code and words, and the id by which support finds it."""
        return f"{self.action}: {self.answer.code}: {self.words}"

    @property
    def words(self) -> str:
        """What the API says, with the id by which support finds the call."""
        said = self.answer.message.rstrip(". ")
        shown = f" (RequestId: {self.answer.request_id})" if self.answer.request_id else ""
        if self.is_denied:
            said += f". RAM does not allow {self.ram_action}"
        return f"{said}{shown}"

    @property
    def remedy(self) -> Remedy:
        """What to do about it; empty where that depends on what the call was for."""
        if self.is_denied:
            statement = missing_statement(self.ram_action)
            return Remedy.of(f"Add this statement to the policy of the RAM user or role: {statement}")
        found = _CAUSES.get(_cause(self.answer))
        return Remedy.of(found[2]) if found else Remedy()

    def diagnostic(self) -> Diagnostic:
        """The failure as a problem of the provider: nothing goes on without this call."""
        if self.is_denied:
            return Diagnostic("PRV408", "Permission is missing", f"{self.reason}.", self.remedy)
        code, summary, _ = _CAUSES.get(_cause(self.answer), ("PRV409", "Cloud gave no usable answer", ""))
        return Diagnostic(code, summary, f"{self.reason}.", self.remedy)


_CAUSES: dict[str, tuple[str, str, str]] = {
    "key": (
        "PRV403",
        "Access key is not valid",
        "Check the access key: it may be deleted or disabled. `cl providers` shows where it is from.",
    ),
    "secret": (
        "PRV404",
        "Secret key does not match",
        "Check the secret key: the cloud knows the access key, but the signature does not match it.",
    ),
    "clock": (
        "PRV405",
        "Clock is wrong",
        "Set the clock of this machine: a signed request is valid for 15 minutes.",
    ),
    "token": (
        "PRV411",
        "Security token is not valid",
        "Get new temporary credentials: the token has expired, or belongs to another key.",
    ),
    "region": (
        "PRV412",
        "Region does not exist",
        "Correct the region: its id is written like cn-hangzhou.",
    ),
    "unreachable": (
        "PRV406",
        "Cloud cannot be reached",
        "Check the region, the endpoints, and the proxy and certificate settings of the provider's block.",
    ),
}


def _cause(answer: Judged) -> str:
    code = answer.code
    if answer.ending is Ending.NOT_SENT:
        return "unreachable"
    if code.startswith("InvalidAccessKeyId"):
        return "key"
    if code.startswith(("SignatureDoesNotMatch", "IncompleteSignature")):
        return "secret"
    if code.startswith(("InvalidTimeStamp", "IllegalTimestamp")):
        return "clock"
    if code.startswith(("InvalidSecurityToken", "SecurityTokenExpired", "MissingSecurityToken")):
        return "token"
    return "region" if code.startswith("InvalidRegionId") else ""
