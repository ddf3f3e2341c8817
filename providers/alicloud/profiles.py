"""Profiles of the Alibaba Cloud CLI, in `~/.aliyun/config.json`."""

from __future__ import annotations

import json
from pathlib import Path

from msgspec import Struct

from planner.diagnostics import Diagnostic, ProviderError, did_you_mean
from planner.reading import read_text
from planner.remedy import Remedy
from providers.alicloud.sources import (
    DEFAULT_SESSION,
    AssumedRole,
    CredentialsUri,
    KeyPair,
    MachineRole,
    OfficialProfile,
    OidcRole,
    Source,
)

_BY_THE_LIBRARY = ("CloudSSO", "OAuth", "External")


class Profile(Struct, frozen=True):
    """What a profile gives: its source of credentials, and its region where it names one."""

    name: str
    source: Source
    region: str | None


def read_profile(file: Path, name: str | None) -> Profile:
    """The profile of this name, or without one the file's current one. Raises ProviderError. Quotes no value."""
    profiles, current = _profiles(file)
    chosen = name or current
    if chosen is None or chosen not in profiles:
        raise _problem(file, _no_profile(chosen, tuple(profiles)))
    return _profile(file, chosen, profiles, ())


def _profiles(file: Path) -> tuple[dict[str, dict[str, object]], str | None]:
    try:
        content = json.loads(read_text(file))
    except OSError as problem:
        raise _problem(file, f"it cannot be read: {problem.strerror}") from None
    except (ValueError, RecursionError):
        raise _problem(file, "it is not JSON") from None
    found = content.get("profiles") if isinstance(content, dict) else None
    if not isinstance(found, list):
        raise _problem(file, 'it has no list "profiles"')
    current = content.get("current")
    by_name = {one["name"]: one for one in found if isinstance(one, dict) and isinstance(one.get("name"), str)}
    return by_name, current if isinstance(current, str) else None


def _profile(file: Path, name: str, profiles: dict[str, dict[str, object]], above: tuple[str, ...]) -> Profile:
    if name in above:
        raise _problem(file, f"the profiles {', '.join(above)} refer to one another")
    if name not in profiles:
        raise _problem(file, _no_profile(name, tuple(profiles)))
    fields = _Fields(file, name, profiles[name])
    source = _source(file, fields, profiles, (*above, name))
    return Profile(name, source, fields.optional("region_id"))


def _source(file: Path, fields: _Fields, profiles: dict[str, dict[str, object]], above: tuple[str, ...]) -> Source:
    match fields.text("mode"):
        case "AK":
            return KeyPair(fields.text("access_key_id"), fields.text("access_key_secret"))
        case "StsToken":
            return KeyPair(fields.text("access_key_id"), fields.text("access_key_secret"), fields.text("sts_token"))
        case "RamRoleArn":
            keys = KeyPair(fields.text("access_key_id"), fields.text("access_key_secret"), fields.optional("sts_token"))
            return _role(keys, fields)
        case "ChainableRamRoleArn":
            return _role(_profile(file, fields.text("source_profile"), profiles, above).source, fields)
        case "EcsRamRole":
            return MachineRole(fields.optional("ram_role_name"))
        case "OIDC":
            return OidcRole(
                fields.text("oidc_provider_arn"),
                fields.text("ram_role_arn"),
                Path(fields.text("oidc_token_file")),
                fields.optional("ram_session_name") or DEFAULT_SESSION,
                fields.seconds("expired_seconds"),
                fields.optional("policy"),
            )
        case "CredentialsURI":
            return CredentialsUri(fields.text("credentials_uri"))
        case mode if mode in _BY_THE_LIBRARY:
            return OfficialProfile(file, fields.name)
        case mode:
            raise _problem(file, f'the profile "{fields.name}" has an unknown mode, {mode}')


def _role(base: Source, fields: _Fields) -> AssumedRole:
    return AssumedRole(
        base,
        fields.text("ram_role_arn"),
        fields.optional("ram_session_name") or DEFAULT_SESSION,
        fields.seconds("expired_seconds"),
        fields.optional("policy"),
        fields.optional("external_id"),
    )


class _Fields:
    """The fields of one profile."""

    def __init__(self, file: Path, name: str, values: dict[str, object]) -> None:
        self._file, self.name, self._values = file, name, values

    def text(self, key: str) -> str:
        value = self._values.get(key)
        if not isinstance(value, str) or not value:
            raise _problem(self._file, f'the profile "{self.name}" has no {key}')
        return value

    def optional(self, key: str) -> str | None:
        value = self._values.get(key)
        return value if isinstance(value, str) and value else None

    def seconds(self, key: str) -> float:
        value = self._values.get(key)
        return float(value) if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 3_600.0


def _no_profile(name: str | None, names: tuple[str, ...]) -> str:
    if name is None:
        return 'it names no current profile; set profile, or "current" in the file'
    return f'it has no profile "{name}"; it has {", ".join(names) or "none"}.{did_you_mean(name, names)}'


def _problem(file: Path, why: str) -> ProviderError:
    detail = f"{file}: {why.rstrip('.')}."
    remedy = "Correct the file, or set profile and shared_credentials_file to another one."
    return ProviderError(Diagnostic("PRV414", "Profile cannot be used", detail, Remedy.of(remedy)))
