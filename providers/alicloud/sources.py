"""Where credentials come from, chosen once: the block, the environment, a profile, the role of the machine.

One source is used as a whole. A key and a secret of different sources would not match.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from msgspec import Struct

DEFAULT_SESSION = "cl"
LONGEST_SESSION = 43_200.0
SHORTEST_SESSION = 1_800.0
"""Seconds. With less, a long apply would be assuming its role all the time."""


class KeyPair(Struct, frozen=True):
    """An access key and its secret, with a security token where they are temporary. Never printed whole."""

    access_key_id: str
    secret: str
    token: str | None = None

    def __repr__(self) -> str:
        return f"KeyPair({self.access_key_id[:4]}…)"


@dataclass(frozen=True, slots=True)
class OidcRole:
    """A role that is assumed with the token of another identity provider, which is in a file."""

    oidc_provider_arn: str
    role_arn: str
    token_file: Path
    session_name: str = DEFAULT_SESSION
    seconds: float = 3_600.0
    policy: str | None = field(default=None, repr=False)

    @property
    def hidden(self) -> tuple[str, ...]:
        """What no message may quote, though the cloud does."""
        return tuple(filter(None, (self.policy,)))


class MachineRole(Struct, frozen=True):
    """The RAM role of the ECS instance that `cl` runs on; without a name, the only one."""

    role_name: str | None = None


class CredentialsUri(Struct, frozen=True):
    """An address that gives credentials out."""

    uri: str


class OfficialProfile(Struct, frozen=True):
    """A profile of a kind that only the official library knows: CloudSSO, OAuth, an external program."""

    file: Path
    name: str


@dataclass(frozen=True, slots=True)
class AssumedRole:
    """A role that is assumed by what another source gives."""

    base: Source
    role_arn: str
    session_name: str = DEFAULT_SESSION
    seconds: float = 3_600.0
    policy: str | None = field(default=None, repr=False)
    external_id: str | None = field(default=None, repr=False)

    @property
    def hidden(self) -> tuple[str, ...]:
        """What no message may quote, though the cloud does."""
        return tuple(filter(None, (self.policy, self.external_id)))


Source = KeyPair | OidcRole | MachineRole | CredentialsUri | OfficialProfile | AssumedRole


class Chosen(Struct, frozen=True):
    """A source, and in words where it was found, such as `the profile "prod" of /root/.aliyun/config.json`."""

    source: Source
    found_in: str
