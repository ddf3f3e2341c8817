"""Keys from each source: as they are, or by assuming a role. Temporary ones are renewed before they expire."""

from __future__ import annotations

import threading
import time
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
_PAUSES = (0.5, 1.0, 2.0)
"""Seconds before STS is asked again, where its answer got lost or it is busy. To ask twice does no harm."""
_AGAIN = frozenset({Ending.NOT_SENT, Ending.UNSURE, Ending.THROTTLED, Ending.BUSY})
_RESPITE = timedelta(seconds=30)
"""How long keys that are still valid are used on where they could not be renewed."""

ClientOf = Callable[[KeySource], Client]
"""Makes a client that signs with these keys."""


def keys_of(source: Source, client_of: ClientOf) -> KeySource:
    """The keys that a source gives. Raises ProviderError where a library is missing; sends no request yet."""
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
        self,
        ask: Callable[[], Judged],
        action: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._ask, self._action, self._clock, self._sleep = ask, action, clock, sleep
        self._lock = threading.Lock()
        self._keys: KeyPair | None = None
        self._until = self._renew_at = datetime.min.replace(tzinfo=UTC)

    def keys(self) -> KeyPair:
        """Keys that hold for some minutes; for less where STS cannot be reached just now. Raises ProviderError."""
        with self._lock:
            if self._keys is None:
                return self._fresh()
            if self._clock() < self._renew_at:
                return self._keys
            try:
                return self._fresh()
            except ProviderError:
                if self._clock() >= self._until:
                    raise
                self._renew_at = self._clock() + _RESPITE
                return self._keys

    def renew(self, expired: KeyPair) -> KeyPair:
        """Other keys than these. Raises ProviderError."""
        with self._lock:
            return self._fresh() if self._keys is None or self._keys == expired else self._keys

    def _fresh(self) -> KeyPair:
        answer = self._ask()
        for pause in _PAUSES:
            if answer.ending not in _AGAIN:
                break
            self._sleep(pause)
            answer = self._ask()
        if answer.ending is not Ending.DONE:
            raise ProviderError(_not_assumed(Failed(Product.STS, self._action, answer)))
        try:
            self._keys, self._until = _read(answer.fields)
        except Malformed as problem:
            detail = f"{self._action}: the answer cannot be understood: {problem}."
            raise ProviderError(Diagnostic("PRV410", "Cloud gave no usable answer", detail)) from None
        self._renew_at = self._until - _MARGIN
        return self._keys


def _read(fields: Mapping[str, object]) -> tuple[KeyPair, datetime]:
    """The keys of an answer, and until when they hold. Raises Malformed."""
    found = fields.get("Credentials")
    if not isinstance(found, dict):
        raise Malformed("Credentials is missing")
    keys = KeyPair(text(found, "AccessKeyId"), text(found, "AccessKeySecret"), text(found, "SecurityToken"))
    try:
        until = datetime.fromisoformat(text(found, "Expiration"))
    except ValueError:
        raise Malformed("Expiration is not a time") from None
    if until.tzinfo is None:
        raise Malformed("Expiration has no time zone")
    return keys, until


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
