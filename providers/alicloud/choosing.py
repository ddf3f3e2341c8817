"""The choice of a source of credentials: the block, the environment, a profile, the role of the machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from planner.diagnostics import Diagnostic, ProviderError
from planner.remedy import Remedy
from providers.alicloud.environment import Environment, Found
from providers.alicloud.profiles import Profile, read_profile
from providers.alicloud.sources import (
    DEFAULT_SESSION,
    LONGEST_SESSION,
    SHORTEST_SESSION,
    AssumedRole,
    Chosen,
    CredentialsUri,
    KeyPair,
    MachineRole,
    OidcRole,
    Source,
)
from providers.arguments import Arguments

NAMES = (
    "access_key",
    "secret_key",
    "security_token",
    "profile",
    "shared_credentials_file",
    "ecs_role_name",
    "credentials_uri",
    "assume_role",
    "assume_role_with_oidc",
)
"""The arguments that are about credentials."""

SECRETS = ("access_key", "secret_key", "security_token", "credentials_uri")
"""Those of them that are never quoted."""

_ROLE = ("role_arn", "session_name", "session_expiration", "policy", "external_id")
_OIDC = ("oidc_provider_arn", "role_arn", "oidc_token_file", "role_session_name", "session_expiration", "policy")
_NEVER_QUOTED = ("policy", "external_id")
"""What a role may be assumed by, and what it may do then: as much of a secret as its user says."""
_ALTERNATIVES = ("access_key", "assume_role_with_oidc", "credentials_uri", "ecs_role_name", "profile")
_SESSION = f"a number of seconds from {SHORTEST_SESSION:,.0f} to {LONGEST_SESSION:,.0f}"


def choose(arguments: Arguments, environment: Environment, base_dir: Path) -> tuple[Chosen | None, Profile | None]:
    """The source of credentials, and the profile where one was read.

    Problems are added to the arguments; then there may be no source. Raises ProviderError where a profile cannot be
    used.
    """
    assume = _role(arguments)
    found, profile = _base(arguments, environment, base_dir)
    if found is None:
        if not arguments.problems:
            arguments.problems.append(_no_credentials())
        return None, None
    chosen = Chosen(assume(found.source), found.found_in) if assume else found
    return chosen, profile


def _base(arguments: Arguments, environment: Environment, base_dir: Path) -> tuple[Chosen | None, Profile | None]:
    named = [name for name in _ALTERNATIVES if name in arguments]
    for other in named[1:]:
        arguments.wrong(other, f"{named[0]} is given as well, and one source of credentials is used whole")
    if source := _of_block(arguments, base_dir):
        return Chosen(source, "the provider's block"), None
    if named and named[0] != "profile":
        return None, None
    if not named and (chosen := _of_environment(environment)):
        return chosen, None
    if (of_profile := _profile(arguments, environment, base_dir)) is not None:
        return of_profile
    role = environment.setting("ECS_METADATA")
    return (Chosen(MachineRole(role.value), f"the variable {role.variable}"), None) if role else (None, None)


def _of_block(arguments: Arguments, base_dir: Path) -> Source | None:
    """The source that the block itself is, if it is one."""
    oidc = arguments.block("assume_role_with_oidc", _OIDC, _NEVER_QUOTED)
    if oidc is not None:
        source = _oidc(oidc, base_dir)
        arguments.absorb(oidc)
        return source
    key, secret = arguments.text("access_key"), arguments.text("secret_key")
    token = arguments.text("security_token")
    if key and secret:
        return KeyPair(key, secret, token)
    if "access_key" in arguments and "secret_key" not in arguments:
        arguments.required("secret_key", "Add secret_key, or take both from one other source.")
    if "access_key" not in arguments and ("secret_key" in arguments or "security_token" in arguments):
        arguments.required("access_key", "Add access_key, or take both from one other source.")
    if uri := arguments.text("credentials_uri"):
        return CredentialsUri(uri)
    role_name = arguments.text("ecs_role_name")
    return MachineRole(role_name) if role_name else None


def _oidc(block: Arguments, base_dir: Path) -> OidcRole | None:
    provider, role, file = block.text("oidc_provider_arn"), block.text("role_arn"), block.text("oidc_token_file")
    session = block.text("role_session_name") or DEFAULT_SESSION
    seconds, policy = _seconds(block), block.text("policy")
    for name in ("oidc_provider_arn", "role_arn", "oidc_token_file"):
        block.required(name, f"Add {name} to the block.")
    if provider and role and file:
        return OidcRole(provider, role, base_dir / file, session, seconds, policy)
    return None


def _role(arguments: Arguments) -> Callable[[Source], AssumedRole] | None:
    """The role that the block says to assume, by what another source gives; None where it says none."""
    block = arguments.block("assume_role", _ROLE, _NEVER_QUOTED)
    if block is None:
        return None
    role = block.text("role_arn") or ""
    session, seconds = block.text("session_name") or DEFAULT_SESSION, _seconds(block)
    policy, external_id = block.text("policy"), block.text("external_id")
    block.required("role_arn", "Add role_arn to the block.")
    arguments.absorb(block)
    return lambda base: AssumedRole(base, role, session, seconds, policy, external_id)


def _of_environment(environment: Environment) -> Chosen | None:
    """Keys, an OIDC token or an address from the environment: what one family of names gives, in this order."""
    family = environment.family_with("ACCESS_KEY_ID", "ACCESS_KEY_SECRET")
    if family is not None:
        key = environment.of_family(family, "ACCESS_KEY_ID")
        secret = environment.of_family(family, "ACCESS_KEY_SECRET")
        token = environment.of_family(family, "SECURITY_TOKEN")
        if key is None or secret is None:
            given, missing = (key, "ACCESS_KEY_SECRET") if key else (secret, "ACCESS_KEY_ID")
            assert given is not None  # noqa: S101 - the family sets one of the two
            raise ProviderError(_half_set(given, f"{family}{missing}"))
        return Chosen(KeyPair(key.value, secret.value, token.value if token else None), _variable(key))
    family = environment.family_with("OIDC_TOKEN_FILE")
    if family is not None:
        return _oidc_of_environment(environment, family)
    uri = environment.setting("CREDENTIALS_URI")
    return Chosen(CredentialsUri(uri.value), _variable(uri)) if uri else None


def _oidc_of_environment(environment: Environment, family: str) -> Chosen:
    """Raises ProviderError where a part is missing: the token cannot be used without it."""
    needed = ("OIDC_TOKEN_FILE", "ROLE_ARN", "OIDC_PROVIDER_ARN")
    found = {name: one for name in needed if (one := environment.of_family(family, name))}
    missing = [f"{family}{name}" for name in needed if name not in found]
    if missing:
        raise ProviderError(_half_set(found["OIDC_TOKEN_FILE"], missing[0]))
    file, role, provider = (found[name] for name in needed)
    session = environment.of_family(family, "ROLE_SESSION_NAME")
    name = session.value if session else DEFAULT_SESSION
    return Chosen(OidcRole(provider.value, role.value, Path(file.value), name), _variable(file))


def _profile(arguments: Arguments, environment: Environment, base_dir: Path) -> tuple[Chosen, Profile] | None:
    """The profile that the block or the environment names, else the current one of the usual file, if there is one."""
    name = arguments.text("profile") or _value(environment, "PROFILE")
    given = arguments.text("shared_credentials_file") or _value(environment, "CREDENTIALS_FILE")
    home = Path(environment.get("HOME") or "~")
    file = _expanded(given, home, base_dir) if given else home / ".aliyun" / "config.json"
    if name is None and not given and not file.is_file():
        return None
    profile = read_profile(file, name)
    return Chosen(profile.source, f'the profile "{profile.name}" of {file}'), profile


def _value(environment: Environment, name: str) -> str | None:
    found = environment.setting(name)
    return found.value if found else None


def _expanded(path: str, home: Path, base_dir: Path) -> Path:
    return home / path[2:] if path.startswith("~/") else base_dir / path


def _variable(found: Found) -> str:
    return f"the variable {found.variable}"


def _no_credentials() -> Diagnostic:
    return Diagnostic(
        "PRV401",
        "Credentials are missing",
        "Neither the provider's block, nor the environment, nor a profile of the Alibaba Cloud CLI has credentials.",
        Remedy.of(
            'Set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or name a profile: profile = "prod".'
        ),
    )


def _half_set(given: Found, missing: str) -> Diagnostic:
    return Diagnostic(
        "PRV401",
        "Credentials are incomplete",
        f"{given.variable} is set, but {missing} is not. Credentials are not combined from several sources.",
        Remedy.of(f"Set {missing}, or unset {given.variable}."),
    )


def _seconds(block: Arguments) -> float:
    found = block.number("session_expiration", lambda one: SHORTEST_SESSION <= one <= LONGEST_SESSION, _SESSION)
    return 3_600.0 if found is None else found
