"""Temporary keys of a role: two calls of AWS STS, one of them signed (Signature Version 4)."""

from __future__ import annotations

import hashlib
import hmac
import re
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from msgspec import Struct

from planner.state.backends.patience import Denied, Unreachable, cleaned

_VERSION = "2011-06-15"
_TIMEOUT = 10.0
_LONGEST_ANSWER = 2**20
_FIELDS = {
    name: re.compile(f"<{name}>([^<]+)</{name}>")
    for name in ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration", "Code", "Message")
}


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys for requests, until `expires_at`; None: for good."""

    access_key: str
    secret_key: str = field(repr=False)
    token: str = field(default="", repr=False)
    expires_at: datetime | None = None


class Sts(Struct, frozen=True):
    """Where STS is reached. `context` makes what trusts its certificate; None is what the system trusts."""

    endpoint: str
    region: str
    context: Callable[[], ssl.SSLContext | None] = lambda: None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def assume(self, role: Mapping[str, str], keys: Keys) -> Keys:
        """The keys of a role, asked for with others. Raises Unreachable, Denied."""
        body = _form({"Action": "AssumeRole", "Version": _VERSION, **role})
        return self._ask(body, signed(self.endpoint, self.region, body, keys, self.clock()))

    def assume_with_token(self, role: Mapping[str, str], token: str) -> Keys:
        """The keys of a role, asked for with the token of a web identity. Raises Unreachable, Denied."""
        named = {"Action": "AssumeRoleWithWebIdentity", "Version": _VERSION, **role, "WebIdentityToken": token}
        return self._ask(_form(named), {})

    def _ask(self, body: bytes, headers: Mapping[str, str]) -> Keys:
        request = urllib.request.Request(  # noqa: S310 - the scheme is checked where settings are read
            self.endpoint, body, {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8", **headers}
        )
        text = fetch(request, "STS", self.context())
        found = {name: match[1] for name, pattern in _FIELDS.items() if (match := pattern.search(text))}
        if not found.keys() >= {"AccessKeyId", "SecretAccessKey", "SessionToken"}:
            raise Denied("STS answered without keys")
        expires_at = moment(found.get("Expiration", ""))
        return Keys(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"], expires_at)


def fetch(
    request: urllib.request.Request, what: str, context: ssl.SSLContext | None = None, *, is_direct: bool = False
) -> str:
    """The text that answers a request to `what`. `is_direct`: past any proxy. Raises Unreachable, Denied."""
    handlers: list[urllib.request.BaseHandler] = [urllib.request.HTTPSHandler(context=context)]
    if is_direct:
        handlers.append(urllib.request.ProxyHandler({}))
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=_TIMEOUT) as answer:
            data = answer.read(_LONGEST_ANSWER)
    except urllib.error.HTTPError as problem:
        text = problem.read(_LONGEST_ANSWER).decode("utf-8", "replace")
        said = [match[1] for name in ("Code", "Message") if (match := _FIELDS[name].search(text))]
        why = cleaned(f"{what} answered {problem.code}{', ' if said else ''}{': '.join(said)}")
        raise (Unreachable if problem.code >= 500 or problem.code == 429 else Denied)(why) from None
    except OSError as problem:
        reason = problem.reason if isinstance(problem, urllib.error.URLError) else problem
        raise Unreachable(cleaned(f"{what} does not answer ({reason})")) from None
    return str(data.decode("utf-8", "replace"))


def moment(text: str) -> datetime | None:
    """A time of an answer; None where it says none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def signed(endpoint: str, region: str, body: bytes, keys: Keys, at: datetime) -> Mapping[str, str]:
    """The headers that sign a POST of a form to STS."""
    place = urllib.parse.urlsplit(endpoint)
    stamp = at.strftime("%Y%m%dT%H%M%SZ")
    headers = {
        "content-type": "application/x-www-form-urlencoded; charset=utf-8",
        "host": place.netloc,
        "x-amz-date": stamp,
    }
    if keys.token:
        headers["x-amz-security-token"] = keys.token
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = "\n".join(("POST", place.path or "/", "", lines, names, hashlib.sha256(body).hexdigest()))
    scope = f"{stamp[:8]}/{region}/sts/aws4_request"
    to_sign = "\n".join(("AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{keys.secret_key}".encode()
    for part in (*scope.split("/"), to_sign):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = f"Credential={keys.access_key}/{scope}, SignedHeaders={names}, Signature={key.hex()}"
    sent = {name: value for name, value in headers.items() if name.startswith("x-amz-")}
    return {**sent, "Authorization": f"AWS4-HMAC-SHA256 {signature}"}


def _form(fields: Mapping[str, str]) -> bytes:
    return urllib.parse.urlencode(fields).encode()
