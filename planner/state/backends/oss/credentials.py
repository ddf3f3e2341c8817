"""Which keys sign requests: those of the settings, a profile of the Alibaba Cloud CLI, or the role of the machine.

One source is used as a whole, and `assume_role` comes on top of it. Roles and profiles are left to the official
library, which renews what they give. Its messages hold keys: no exception of it is quoted, and its logger is disabled.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from planner.diagnostics import Diagnostic, StateError
from planner.remedy import Remedy
from planner.state.backends.patience import Denied
from planner.state.backends.resolve import Settings

_SESSION = "cl"
_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Source:
    """Where keys come from: `provider` is of the official library, `what` names it to a user, without secrets."""

    what: str
    provider: Any = field(repr=False)


class Keys:
    """Hands keys to the library of OSS. Its representation shows none. Threads may share it."""

    def __init__(self, source: Source) -> None:
        self._source, self._lock = source, threading.Lock()
        self._type = import_module("alibabacloud_oss_v2.types").Credentials

    def get_credentials(self) -> Any:
        """Raises Denied."""
        try:
            with self._lock:
                found = self._source.provider.get_credentials()
                key, secret = found.get_access_key_id(), found.get_access_key_secret()
                token = found.get_security_token()
        except Exception as problem:  # noqa: BLE001 - its messages hold keys: only the kind of failure is shown
            raise Denied(f"{self._source.what} gave no credentials ({type(problem).__name__})") from None
        if not key or not secret:
            raise Denied(f"{self._source.what} gave no credentials")
        return self._type(key, secret, token or None)


def keys_of(settings: Settings, directory: Path, environment: Mapping[str, str]) -> Keys:
    """The keys that the settings name. Raises StateError (STA443) where they name none, ImportError without library."""
    library = import_module("alibabacloud_credentials.provider")
    logging.getLogger("credentials").disabled = True
    base = _base(library, settings, directory, environment)
    role = settings.strings("assume_role")
    if not role.get("role_arn"):
        return Keys(base)
    seconds = role.get("session_expiration", "")
    assumed = library.RamRoleArnCredentialsProvider(
        credentials_provider=base.provider,
        role_arn=role["role_arn"],
        role_session_name=role.get("session_name") or _SESSION,
        duration_seconds=int(seconds) if seconds.isdecimal() else _SECONDS,
        policy=role.get("policy"),
        external_id=role.get("external_id"),
        sts_region_id=settings.text("region"),
        sts_endpoint=settings.text("sts_endpoint").removeprefix("https://").rstrip("/") or None,
    )
    return Keys(Source(f"the role {role['role_arn']}, asked for with {base.what},", assumed))


def _base(library: Any, settings: Settings, directory: Path, environment: Mapping[str, str]) -> Source:
    key, secret, token = (settings.text(name) for name in ("access_key", "secret_key", "security_token"))
    profile, file = settings.text("profile"), settings.text("shared_credentials_file")
    if key and secret:
        keys = {"access_key_id": key, "access_key_secret": secret}
        if token:
            return Source("the access key", library.StaticSTSCredentialsProvider(**keys, security_token=token))
        return Source("the access key", library.StaticAKCredentialsProvider(**keys))
    if key or secret:
        raise StateError(_half(settings, "secret_key" if key else "access_key"))
    if profile or file:
        home = environment.get("HOME") or str(Path.home())
        path = directory / Path(file).expanduser() if file else Path(home, ".aliyun", "config.json")
        what = f'the profile "{profile}" of {path}' if profile else f"the current profile of {path}"
        return Source(what, library.CLIProfileCredentialsProvider(profile_name=profile or None, profile_file=str(path)))
    if role := settings.text("ecs_role_name"):
        provider = library.EcsRamRoleCredentialsProvider(role_name=role, async_update_enabled=False)
        return Source(f"the role {role} of this ECS instance", provider)
    raise StateError(_none(settings))


def _half(settings: Settings, missing: str) -> Diagnostic:
    variable = {"access_key": "ALICLOUD_ACCESS_KEY", "secret_key": "ALICLOUD_SECRET_KEY"}[missing]
    detail = f'An access key has two parts, but the oss backend has no "{missing}".'
    remedy = Remedy.of(f"Set the environment variable {variable}.")
    return Diagnostic("STA443", "Backend setting is missing", detail, remedy, span=settings.span)


def _none(settings: Settings) -> Diagnostic:
    return Diagnostic(
        "STA443",
        "Backend setting is missing",
        "The oss backend has no credentials: neither an access key, nor a profile, nor the role of an ECS instance.",
        Remedy.of(
            "Set the environment variables ALICLOUD_ACCESS_KEY and ALICLOUD_SECRET_KEY, or one of the settings profile "
            "(ALICLOUD_PROFILE) and ecs_role_name (ALICLOUD_ECS_ROLE_NAME)."
        ),
        span=settings.span,
    )
