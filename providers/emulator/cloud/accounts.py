"""Who calls: access keys of accounts, and the temporary ones that STS hands out."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Iterable

from msgspec import Struct

DEFAULT_KEY = ("emulator", "emulator-secret")
"""The id and the secret of the key that is accepted where none is given."""


class AccessKey(Struct, frozen=True):
    """A key of a RAM user of an account."""

    id: str
    secret: str
    account_id: str


class Caller(Struct, frozen=True):
    """Who a request comes from, as GetCallerIdentity says it. `role_id` is empty for a user."""

    account_id: str
    arn: str
    kind: str
    principal_id: str
    user_id: str = ""
    role_id: str = ""


class Credential(Struct, frozen=True):
    """What a request is checked with. `token` is None for a key that lasts; `expires_at` is seconds since 1970."""

    id: str
    secret: str
    caller: Caller
    token: str | None = None
    expires_at: float = float("inf")


class Credentials:
    """The keys that the emulator knows. Temporary ones are forgotten when it ends."""

    def __init__(self, keys: Iterable[AccessKey], clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._known = {key.id: Credential(key.id, key.secret, _user(key)) for key in keys}

    @property
    def account_ids(self) -> list[str]:
        """The accounts that have a key, each once."""
        return list(dict.fromkeys(known.caller.account_id for known in self._known.values()))

    def get(self, key_id: str) -> Credential | None:
        """The credential with this id; an expired one too."""
        return self._known.get(key_id)

    def issue(self, role_arn: str, account_id: str, session: str, seconds: float) -> Credential:
        """A temporary credential for this role."""
        role_id = f"3{_number(role_arn):017d}"
        caller = Caller(
            account_id=account_id,
            arn=f"{role_arn.replace(':role/', ':assumed-role/')}/{session}",
            kind="AssumedRoleUser",
            principal_id=f"{role_id}:{session}",
            role_id=role_id,
        )
        issued = Credential(
            f"STS.{secrets.token_hex(12)}",
            secrets.token_hex(20),
            caller,
            secrets.token_hex(60),
            self._clock() + seconds,
        )
        self._known[issued.id] = issued
        return issued


def _user(key: AccessKey) -> Caller:
    user_id = f"2{_number(key.id):017d}"
    return Caller(key.account_id, f"acs:ram::{key.account_id}:user/{key.id}", "RAMUser", user_id, user_id)


def _number(name: str) -> int:
    """A number of at most 17 digits that is the same in every run."""
    return int.from_bytes(hashlib.sha256(name.encode(errors="replace")).digest()[:7], "big")
