"""Which keys sign requests: those of the environment, a profile, a role, or the machine.

The order is that of AWS's own tools: a profile that is named, the keys of the environment, the token of a web identity,
the profile `default`, the role of the container, the role of the machine. `assume_role` comes on top of any of them.
"""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import subprocess
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct

from planner.diagnostics import Diagnostic, StateError
from planner.remedy import Remedy
from planner.state.backends.patience import Denied, Unreachable
from planner.state.backends.s3.sts import Keys, Sts, fetch, moment

Source = Callable[[], Keys]
"""Gives keys each time that new ones are needed. Raises Unreachable, Denied."""

_PAIR = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_METADATA = "http://169.254.169.254"
_CONTAINERS = "http://169.254.170.2"
_DURATION = re.compile(r"(\d+)([smh]?)")
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}
_MOST_PROFILES = 5
"""How long a chain of profiles may be."""


class KeySettings(Struct, frozen=True):
    """What the settings say of credentials. The roles are empty where there is none."""

    profile: str
    role: Mapping[str, str]
    web_role: Mapping[str, str]


def source_of(settings: KeySettings, sts: Sts, environment: Mapping[str, str]) -> Source:
    """Where keys come from. Raises StateError where a profile is missing or says nothing usable."""
    base = _base(settings, sts, environment)
    if "role_arn" not in settings.role:
        return base
    role = _role(settings.role)
    return lambda: sts.assume(role, base())


def _base(settings: KeySettings, sts: Sts, environment: Mapping[str, str]) -> Source:
    profiles = _Profiles(environment, sts)
    if settings.profile:
        return profiles.source(settings.profile)
    unset = [name for name in _PAIR if not environment.get(name)]
    if not unset:
        return _of_environment(environment)
    if len(unset) < len(_PAIR):
        raise StateError(_half(unset[0]))
    if "role_arn" in settings.web_role and settings.web_role.keys() & {"web_identity_token", "web_identity_token_file"}:
        return _of_web_identity(settings.web_role, sts)
    if profiles.has("default"):
        return profiles.source("default")
    return _of_machine(environment)


def _of_environment(environment: Mapping[str, str]) -> Source:
    keys = Keys(
        environment.get("AWS_ACCESS_KEY_ID", ""),
        environment.get("AWS_SECRET_ACCESS_KEY", ""),
        environment.get("AWS_SESSION_TOKEN", ""),
    )
    return lambda: keys


def _half(missing: str) -> Diagnostic:
    """Keys from another source would be those of another user."""
    detail = f"An access key has two parts, but the environment has only one: {missing} is not set, or empty."
    remedy = Remedy.of(f"Set the environment variable {missing}, or unset both to use another source of keys.")
    return Diagnostic("STA443", "Backend setting is missing", detail, remedy)


def _of_web_identity(role: Mapping[str, str], sts: Sts) -> Source:
    named = _role({name: value for name, value in role.items() if not name.startswith("web_identity_token")})

    def ask() -> Keys:
        token = role.get("web_identity_token") or _text(role.get("web_identity_token_file", ""))
        return sts.assume_with_token(named, token)  # the file is read again each time: its token is short-lived

    return ask


def _of_machine(environment: Mapping[str, str]) -> Source:
    """The keys of the container or the machine that this runs on."""
    address = environment.get("AWS_CONTAINER_CREDENTIALS_FULL_URI")
    if relative := environment.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"):
        address = f"{_CONTAINERS}{relative}"
    metadata = environment.get("AWS_EC2_METADATA_SERVICE_ENDPOINT", _METADATA).rstrip("/")

    def of_container(address: str) -> Keys:
        token = environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")
        if file := environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"):
            token = _text(file)
        return _keys(_get(address, "the container's credentials", {"Authorization": token} if token else {}))

    has_answered = False

    def of_instance() -> Keys:
        nonlocal has_answered
        try:
            keys = of_metadata()
        except (Denied, Unreachable) as problem:
            if has_answered:
                raise
            raise Denied(f"neither the environment nor a profile has credentials, and {problem.why}") from None
        has_answered = True
        return keys

    def of_metadata() -> Keys:
        what = "the machine's metadata, the last place to look for them,"
        session = urllib.request.Request(  # noqa: S310
            f"{metadata}/latest/api/token", method="PUT", headers={"X-aws-ec2-metadata-token-ttl-seconds": "300"}
        )
        headers = {"X-aws-ec2-metadata-token": fetch(session, what, is_direct=True)}
        roles = f"{metadata}/latest/meta-data/iam/security-credentials/"
        name = _get(roles, what, headers).split("\n")[0].strip()
        return _keys(_get(f"{roles}{name}", what, headers))

    return (lambda: of_container(address)) if address else of_instance


def _get(address: str, what: str, headers: Mapping[str, str]) -> str:
    return fetch(urllib.request.Request(address, headers=dict(headers)), what, is_direct=True)  # noqa: S310


class _Profiles:
    """The profiles in the files of AWS's tools."""

    def __init__(self, environment: Mapping[str, str], sts: Sts) -> None:
        home = Path(environment.get("HOME") or os.path.expanduser("~"))  # noqa: PTH111
        self._keys_file = Path(environment.get("AWS_SHARED_CREDENTIALS_FILE") or home / ".aws" / "credentials")
        self._config_file = Path(environment.get("AWS_CONFIG_FILE") or home / ".aws" / "config")
        self._environment, self._sts = environment, sts
        self._sections: Mapping[str, Mapping[str, str]] | None = None

    def has(self, name: str) -> bool:
        """Whether a profile says where its keys come from."""
        return bool(
            self._profile(name).keys() & {"aws_access_key_id", "role_arn", "credential_process", "sso_start_url"}
        )

    def source(self, name: str, depth: int = 0) -> Source:
        """Where the keys of a profile come from. Raises StateError."""
        profile = self._profile(name)
        if not profile:
            raise StateError(self._unusable(name, "does not exist"))
        if depth > _MOST_PROFILES:
            raise StateError(self._unusable(name, "is a source of itself"))
        if arn := profile.get("role_arn"):
            return self._of_role(name, arn, profile, depth)
        if profile.get("aws_access_key_id") and profile.get("aws_secret_access_key"):
            keys = Keys(
                profile["aws_access_key_id"], profile["aws_secret_access_key"], profile.get("aws_session_token", "")
            )
            return lambda: keys
        if command := profile.get("credential_process"):
            return lambda: _keys(_run(command))
        why = (
            "has neither keys nor a role"
            if "sso_session" not in profile and "sso_start_url" not in profile
            else "uses SSO"
        )
        raise StateError(self._unusable(name, why))

    def _of_role(self, name: str, arn: str, profile: Mapping[str, str], depth: int) -> Source:
        role = {
            "role_arn": arn,
            "session_name": profile.get("role_session_name", ""),
            "external_id": profile.get("external_id", ""),
            "duration": profile.get("duration_seconds", ""),
        }
        if file := profile.get("web_identity_token_file"):
            return _of_web_identity({**role, "web_identity_token_file": file}, self._sts)
        if before := profile.get("source_profile"):
            if before == name and "aws_access_key_id" in profile:
                keys = Keys(profile["aws_access_key_id"], profile.get("aws_secret_access_key", ""))
                return lambda: self._sts.assume(_role(role), keys)
            base = self.source(before, depth + 1)
        elif profile.get("credential_source") == "Environment":
            base = _of_environment(self._environment)
        elif "credential_source" in profile:
            base = _of_machine(self._environment)
        else:
            raise StateError(self._unusable(name, "has a role without a source_profile"))
        return lambda: self._sts.assume(_role(role), base())

    def _profile(self, name: str) -> Mapping[str, str]:
        if self._sections is None:
            config, keys = _sections(self._config_file), _sections(self._keys_file)
            named = {section.removeprefix("profile ").strip(): values for section, values in config.items()}
            self._sections = {one: {**named.get(one, {}), **keys.get(one, {})} for one in {*named, *keys}}
        return self._sections.get(name, {})

    def _unusable(self, name: str, why: str) -> Diagnostic:
        detail = f'The profile "{name}" {why} ({self._keys_file}, {self._config_file}).'
        remedy = "Correct it, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        if why == "uses SSO":
            remedy = f"Give it: credential_process = aws configure export-credentials --profile {name} --format process"
        return Diagnostic("STA447", "Backend denied access", detail, Remedy.of(remedy))


def _sections(file: Path) -> Mapping[str, Mapping[str, str]]:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, configparser.Error):
        return {}
    return {name: dict(parser.items(name)) for name in parser.sections()}


def _role(role: Mapping[str, str]) -> Mapping[str, str]:
    """The parameters of STS for a role."""
    seconds = _DURATION.fullmatch(role.get("duration", ""))
    parameters = {
        "RoleArn": role.get("role_arn", ""),
        "RoleSessionName": role.get("session_name") or "cl",
        "ExternalId": role.get("external_id", ""),
        "Policy": role.get("policy", ""),
        "SourceIdentity": role.get("source_identity", ""),
        "DurationSeconds": str(int(seconds[1]) * _UNITS[seconds[2]]) if seconds else "",
    }
    return {name: value for name, value in parameters.items() if value}


def _keys(text: str) -> Keys:
    """The keys that a process or the machine gives. Raises Denied where there are none."""
    try:
        said = json.loads(text)
        token = said.get("SessionToken") or said.get("Token") or ""
        expires_at = moment(str(said.get("Expiration") or ""))
        return Keys(str(said["AccessKeyId"]), str(said["SecretAccessKey"]), str(token), expires_at)
    except (ValueError, KeyError, AttributeError, RecursionError):
        raise Denied("the answer to a request for credentials has none") from None


def _run(command: str) -> str:
    try:
        return subprocess.run(shlex.split(command), capture_output=True, check=True, text=True, timeout=60).stdout  # noqa: S603
    except (OSError, ValueError, subprocess.SubprocessError) as problem:
        raise Denied(f"the credential_process of the profile failed ({type(problem).__name__})") from None


def _text(file: str) -> str:
    try:
        return Path(file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise Denied(f"{file} cannot be read ({type(problem).__name__})") from None
