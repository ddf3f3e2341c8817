"""The settings of `provider "alicloud"`, checked, with what the environment and a profile add."""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field

from planner.diagnostics import Diagnostic, ProviderError
from planner.reading import read_text
from planner.remedy import Remedy
from providers.alicloud.choosing import NAMES as CREDENTIAL_NAMES
from providers.alicloud.choosing import SECRETS, choose
from providers.alicloud.environment import REGION, Environment
from providers.alicloud.products import Product
from providers.alicloud.profiles import Profile
from providers.alicloud.sources import Chosen
from providers.alicloud.transport import PROXY_FORM, Route, is_proxy
from providers.arguments import Arguments

_REGION = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
"""A region becomes a part of host names: what is written otherwise could lead a request elsewhere."""
_REGION_FORM = "a region is written like cn-hangzhou, in lower-case letters, digits and hyphens"
_AUTHORITY = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?")
_ENDPOINT_FORM = "an endpoint is a host with or without a port, such as ecs.example.com:8443"

NAMES = (
    "region",
    "account_id",
    *CREDENTIAL_NAMES,
    "endpoints",
    "protocol",
    "ca_file",
    "https_proxy",
    "no_proxy",
    "connect_timeout",
    "read_timeout",
    "read_parallelism",
    "read_only",
    "settle",
)
"""The arguments and nested blocks that the block may have."""


class Settings(Struct, frozen=True):
    """`account_id` is the only account that is worked on, where it is given; times are in seconds.

    `endpoints` are those that the block or the environment names: the others follow from the region. `warnings` are
    about the variables of the environment that it was read from.
    """

    region: str
    credentials: Chosen
    route: Route
    account_id: str | None = None
    endpoints: Mapping[Product, str] = field(default_factory=dict)
    read_parallelism: int = 16
    read_only: bool = False
    settle_seconds: float = 60.0
    warnings: tuple[Diagnostic, ...] = ()


def parse_settings(given: Mapping[str, object], base_dir: Path, variables: Mapping[str, str]) -> Settings:
    """What the block's arguments mean, beside these environment variables. Raises ProviderError with every problem."""
    arguments = Arguments("alicloud", given, NAMES, secret=(*SECRETS, "https_proxy"))
    environment = Environment(variables)
    route = _route(arguments, base_dir)
    endpoints = _endpoints(arguments, environment)
    account_id = arguments.text("account_id")
    parallelism = arguments.number("read_parallelism", lambda one: 1 <= one <= 256 and one == int(one), "1 to 256")
    read_only = arguments.flag("read_only")
    settle = arguments.seconds("settle", 0.0, 3_600.0)
    region = arguments.text("region")
    if region is not None and not _REGION.fullmatch(region):
        arguments.wrong("region", _REGION_FORM)
    chosen, profile = choose(arguments, environment, base_dir)
    found = region or _region_elsewhere(environment, profile)
    if not found and not arguments.problems:
        arguments.problems.append(_no_region())
    arguments.raise_if_wrong()
    if chosen is None or not found:
        raise ProviderError(_no_region())
    return Settings(
        region=found,
        credentials=chosen,
        route=route,
        account_id=account_id,
        endpoints=endpoints,
        read_parallelism=int(parallelism or 16),
        read_only=read_only,
        settle_seconds=60.0 if settle is None else settle,
        warnings=environment.disagreements(),
    )


def _route(arguments: Arguments, base_dir: Path) -> Route:
    ca_file = arguments.text("ca_file")
    if ca_file is not None and (why := _why_no_ca_file(base_dir / ca_file)):
        arguments.wrong("ca_file", f"{ca_file}: {why}")
    proxy = arguments.text("https_proxy")
    if proxy is not None and not is_proxy(proxy):
        arguments.wrong("https_proxy", f"it is not of the form {PROXY_FORM}; encode other characters in the password")
    connect = arguments.seconds("connect_timeout", 0.1, 600.0)
    read = arguments.seconds("read_timeout", 0.1, 600.0)
    return Route(
        scheme=(arguments.choice("protocol", ("HTTPS", "HTTP")) or "HTTPS").lower(),
        ca_file=str(base_dir / ca_file) if ca_file else None,
        proxy=proxy,
        no_proxy=arguments.text("no_proxy"),
        connect_timeout=5.0 if connect is None else connect,
        read_timeout=30.0 if read is None else read,
    )


def _why_no_ca_file(file: Path) -> str:
    """Why this is no file of certificates; empty where it is one."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=read_text(file))
    except (ssl.SSLError, ValueError):
        return "it has no certificates in PEM format"
    except OSError as problem:
        return problem.strerror or "it cannot be read"
    return ""


def _endpoints(arguments: Arguments, environment: Environment) -> dict[Product, str]:
    """Raises ProviderError where a variable names no host."""
    found: dict[Product, str] = {}
    for product in Product:
        variable = f"ALIBABA_CLOUD_ENDPOINT_{product.upper()}"
        if value := environment.get(variable):
            if not _is_authority(value):
                raise ProviderError(_wrong_variable(variable, _ENDPOINT_FORM))
            found[product] = value
    block = arguments.block("endpoints", [product.value for product in Product])
    if block is not None:
        for product in Product:
            if value := block.text(product.value):
                found[product] = value
                if not _is_authority(value):
                    block.wrong(product.value, _ENDPOINT_FORM)
        arguments.absorb(block)
    return found


def _is_authority(text: str) -> bool:
    """Whether this is a host with or without a port, and nothing that makes a request go elsewhere."""
    found = _AUTHORITY.fullmatch(text)
    return found is not None and (found[1] is None or 0 < int(found[1]) < 65_536)


def _region_elsewhere(environment: Environment, profile: Profile | None) -> str | None:
    """The region of the environment, else of the profile. Raises ProviderError where it cannot be one."""
    if variable := environment.first(*REGION):
        if not _REGION.fullmatch(variable.value):
            raise ProviderError(_wrong_variable(variable.variable, _REGION_FORM))
        return variable.value
    if profile is None or profile.region is None:
        return None
    if not _REGION.fullmatch(profile.region):
        raise ProviderError(
            Diagnostic(
                "PRV414",
                "Profile cannot be used",
                f'The region_id of the profile "{profile.name}" is not a region: {_REGION_FORM}.',
                Remedy.of("Correct the profile, or set region in the provider's block."),
            )
        )
    return profile.region


def _wrong_variable(variable: str, why: str) -> Diagnostic:
    return Diagnostic(
        "PRV102", "Provider setting has a wrong value", f"{variable}: {why}.", Remedy.of("Correct the variable.")
    )


def _no_region() -> Diagnostic:
    return Diagnostic(
        "PRV402",
        "Region is missing",
        "Neither the provider's block, nor the environment, nor the profile names a region, and there is no default.",
        Remedy.of('Add region = "cn-hangzhou", or set ALIBABA_CLOUD_REGION.'),
    )
