"""Keys from each source: as they are, or by assuming a role. Temporary ones are renewed before they expire."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial

from planner.diagnostics import Diagnostic, ProviderError
from planner.reading import read_text
from planner.remedy import Remedy
from providers.alicloud.client import Client, KeySource
from providers.alicloud.endings import Ending, Judged
from providers.alicloud.fields import Malformed, text
from providers.alicloud.official import OfficialKeys
from providers.alicloud.products import Product
from providers.alicloud.refusals import Failed
from providers.alicloud.sources import AssumedRole, KeyPair, OidcRole, Source

_MARGIN = timedelta(minutes=5)
"""Keys that expire sooner are renewed."""

ClientOf = Callable[[KeySource], Client]
"""Makes a client that signs with these keys."""


def keys_of(source: Source, client_of: ClientOf) -> KeySource:
    """The keys that a source gives. Raises ProviderError where a library is missing; asks nobody yet."""
    match source:
        case KeyPair():
            return FixedKeys(source)
        case AssumedRole():
            client = client_of(keys_of(source.base, client_of))
            ask = partial(client.call, Product.STS, "AssumeRole", _assume(source), hidden=source.hidden)
            return TemporaryKeys(ask, "AssumeRole")
        case OidcRole():
            anonymous = client_of(FixedKeys(KeyPair("", "")))
            return TemporaryKeys(lambda: _assume_by_token(anonymous, source), "AssumeRoleWithOIDC")
        case _:
            return OfficialKeys(source)


class FixedKeys:
    """Keys that stay as they are."""

    def __init__(self, keys: KeyPair) -> None:
        self._keys = keys

    def keys(self) -> KeyPair:
        return self._keys

    def renew(self, expired: KeyPair) -> KeyPair:
        return self._keys


class TemporaryKeys:
    """Keys that STS gives for a while. Safe to use from several threads: one of them asks, the others wait."""

    def __init__(
        self, ask: Callable[[], Judged], action: str, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._ask, self._action, self._clock = ask, action, clock
        self._lock = threading.Lock()
        self._keys: KeyPair | None = None
        self._until = datetime.min.replace(tzinfo=UTC)

    def keys(self) -> KeyPair:
        """Keys that hold for some minutes at least. Raises ProviderError."""
        with self._lock:
            if self._keys is None or self._clock() > self._until - _MARGIN:
                self._keys, self._until = self._fresh()
            return self._keys

    def renew(self, expired: KeyPair) -> KeyPair:
        """Other keys than these. Raises ProviderError."""
        with self._lock:
            if self._keys == expired or self._keys is None:
                self._keys, self._until = self._fresh()
            return self._keys

    def _fresh(self) -> tuple[KeyPair, datetime]:
        answer = self._ask()
        if answer.ending is not Ending.DONE:
            raise ProviderError(_not_assumed(Failed(Product.STS, self._action, answer)))
        try:
            return _read(answer.fields)
        except Malformed as problem:
            detail = f"{self._action}: the answer cannot be understood: {problem}."
            raise ProviderError(Diagnostic("PRV410", "Cloud gave no usable answer", detail)) from None


def _read(fields: Mapping[str, object]) -> tuple[KeyPair, datetime]:
    """The keys of an answer, and until when they hold. Raises Malformed."""
    found = fields.get("Credentials")
    if not isinstance(found, dict):
        raise Malformed("Credentials is missing")
    keys = KeyPair(text(found, "AccessKeyId"), text(found, "AccessKeySecret"), text(found, "SecurityToken"))
    try:
        return keys, datetime.fromisoformat(text(found, "Expiration"))
    except ValueError:
        raise Malformed("Expiration is no time") from None


def _assume(role: AssumedRole) -> dict[str, str]:
    asked = {
        "RoleArn": role.role_arn,
        "RoleSessionName": role.session_name,
        "DurationSeconds": f"{role.seconds:.0f}",
    }
    return asked | _given(Policy=role.policy, ExternalId=role.external_id)


def _assume_by_token(client: Client, role: OidcRole) -> Judged:
    """Raises ProviderError where the token's file cannot be read. It is read each time: who writes it renews it."""
    try:
        token = read_text(role.token_file).strip()
    except (OSError, UnicodeDecodeError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else "it is not text"
        detail = f"{role.token_file}: {why}."
        remedy = "Correct oidc_token_file, or ALIBABA_CLOUD_OIDC_TOKEN_FILE."
        raise ProviderError(Diagnostic("PRV415", "OIDC token cannot be read", detail, Remedy.of(remedy))) from None
    asked = {
        "OIDCProviderArn": role.oidc_provider_arn,
        "RoleArn": role.role_arn,
        "RoleSessionName": role.session_name,
        "DurationSeconds": f"{role.seconds:.0f}",
        "OIDCToken": token,
    }
    asked |= _given(Policy=role.policy)
    return client.call_unsigned(Product.STS, "AssumeRoleWithOIDC", asked, hidden=(token, *role.hidden))


def _given(**parameters: str | None) -> dict[str, str]:
    return {name: value for name, value in parameters.items() if value is not None}


def _not_assumed(failed: Failed) -> Diagnostic:
    found = failed.diagnostic()
    if found.code in ("PRV408", "PRV409"):
        remedy = "Check role_arn, and that the role's trust policy names who assumes it."
        return Diagnostic("PRV416", "Role cannot be assumed", f"{failed.reason}.", Remedy.of(remedy))
    return found
