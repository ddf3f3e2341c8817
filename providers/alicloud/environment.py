"""Settings from the environment. Three families of names are in use; the first that sets one counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from planner.diagnostics import Diagnostic, Severity
from planner.remedy import Remedy

FAMILIES = ("ALIBABA_CLOUD_", "ALIBABACLOUD_", "ALICLOUD_")
"""Beginnings of names, in their order of precedence."""

_ALSO: Mapping[str, str] = {
    "ALICLOUD_ACCESS_KEY_ID": "ALICLOUD_ACCESS_KEY",
    "ALICLOUD_ACCESS_KEY_SECRET": "ALICLOUD_SECRET_KEY",
}
"""What Terraform's provider calls two of them."""

REGION = ("ALIBABA_CLOUD_REGION", "ALIBABA_CLOUD_REGION_ID", "ALICLOUD_REGION")
"""Names of the region, in their order of precedence."""

_COMPARED = (
    "ACCESS_KEY_ID",
    "ACCESS_KEY_SECRET",
    "SECURITY_TOKEN",
    "PROFILE",
    "CREDENTIALS_FILE",
    "ECS_METADATA",
    "CREDENTIALS_URI",
    "ROLE_ARN",
    "ROLE_SESSION_NAME",
    "OIDC_PROVIDER_ARN",
    "OIDC_TOKEN_FILE",
)
"""Where two families set one of these differently, that is reported; their values are never shown."""


class Found(Struct, frozen=True):
    """A setting from the environment, and the variable that it is from."""

    variable: str
    value: str


class Environment:
    """The variables that the provider reads. An empty one counts as not set.

    It knows which of them were used: where the block names another source, what the others say does not matter.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = {name: value for name, value in variables.items() if value}
        self._used: set[str] = set()

    def get(self, variable: str) -> str | None:
        """The value of one variable."""
        return self._variables.get(variable)

    def first(self, *variables: str) -> Found | None:
        """The first of these variables that is set."""
        found = next(self._set(variables), None)
        if found is not None:
            self._used.add(found.variable)
        return found

    def setting(self, name: str) -> Found | None:
        """The setting of this name, such as `PROFILE`, by the first family that has it."""
        return self.first(*_names(name))

    def family_with(self, *names: str) -> str | None:
        """The first family that sets one of these."""
        return next((family for family in FAMILIES if any(self.of_family(family, name) for name in names)), None)

    def of_family(self, family: str, name: str) -> Found | None:
        """The setting of this name in one family."""
        return self.first(*_names_of(family, name))

    def disagreements(self) -> tuple[Diagnostic, ...]:
        """A warning that names the used settings to which two variables give different values, if there are any."""
        differing = []
        for variables in (*map(_names, _COMPARED), REGION):
            found = list(self._set(variables))
            others = [one.variable for one in found[1:] if one.value != found[0].value]
            if others and found[0].variable in self._used:
                differing.append(" and ".join((found[0].variable, *others)))
        if not differing:
            return ()
        detail = f"These differ: {'; '.join(differing)}. The first of them is used."
        remedy = Remedy.of("Unset the wrong ones.")
        return (Diagnostic("PRV413", "Environment names two values", detail, remedy, Severity.WARNING),)

    def _set(self, variables: Iterable[str]) -> Iterator[Found]:
        return (Found(name, self._variables[name]) for name in variables if name in self._variables)


def _names(setting: str) -> tuple[str, ...]:
    return tuple(name for family in FAMILIES for name in _names_of(family, setting))


def _names_of(family: str, setting: str) -> tuple[str, ...]:
    name = family + setting
    return (name, _ALSO[name]) if name in _ALSO else (name,)
