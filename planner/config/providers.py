"""Provider blocks, and the choice of one for each resource."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from planner.config.constants import refuse_sensitive
from planner.config.declarations import ObjectBlock, place_of
from planner.config.desired import ProviderConfig
from planner.config.module_instance import ModuleInstance
from planner.config.names import name_of
from planner.config.surroundings import Surroundings
from planner.diagnostics import ConfigError, Diagnostic, Related, Span, did_you_mean
from planner.hcl.cty.values import is_wholly_known, unmark_deep
from planner.hcl.syntax.nodes import Attribute, Block, Expression
from planner.network.provider_keys import only_one_without_alias
from planner.remedy import Remedy
from planner.values import replace

SECRET_SETTINGS: Mapping[str, frozenset[str]] = {
    "alicloud": frozenset(
        {
            "access_key",
            "secret_key",
            "security_token",
            "credentials_uri",
            "https_proxy",
            "assume_role.policy",
            "assume_role.external_id",
            "assume_role_with_oidc.policy",
        }
    )
}
"""The settings of each provider that no message of it quotes; every other one is refused where it is sensitive.

Those of a nested block have its name before them.
"""


def provider_configs(root: ModuleInstance, surroundings: Surroundings) -> tuple[ProviderConfig, ...]:
    """The provider blocks of the root module, evaluated. Unknown settings are reported, unless only checking."""
    found = []
    for key, block in root.analysis.module.providers.items():
        secret = SECRET_SETTINGS.get(block.type, frozenset())
        settings: dict[str, object] = {}
        with surroundings.problems.collecting(f"provider.{key}"):
            settings |= _values(block.settings, secret, root, surroundings)
        for name, attributes in block.blocks.items():
            with surroundings.problems.collecting(f"provider.{key}"):
                settings[name] = _values(attributes, secret, root, surroundings, within=f"{name}.")
        place = replace(place_of(block.block), names=_names(block.block))
        found.append(ProviderConfig(block.type, block.alias, settings, place))
    return tuple(found)


def _names(block: Block) -> dict[str, Span]:
    """Where the names of the settings are; one of a nested block is named like `endpoints.ecs`."""
    names = {name: attribute.name_span for name, attribute in block.body.attributes.items()}
    for nested in block.body.blocks:
        for name, attribute in nested.body.attributes.items():
            names.setdefault(f"{nested.type}.{name}", attribute.name_span)
    return names


def _values(
    attributes: Mapping[str, Attribute],
    secret: Collection[str],
    root: ModuleInstance,
    surroundings: Surroundings,
    within: str = "",
) -> dict[str, object]:
    """The values of these settings, as plain Python. All their problems are reported."""
    found: dict[str, object] = {}
    for name, attribute in attributes.items():
        with surroundings.problems.collecting():
            given = root.value(attribute.expression)
            if within + name not in secret:
                refuse_sensitive(given, attribute)
            value, _ = unmark_deep(given)
            if is_wholly_known(value):
                found[name] = value.to_python()
            elif not surroundings.checking:
                surroundings.problems.add(_unknown_setting(name, attribute.expression.span))
    return found


def _unknown_setting(name: str, span: Span) -> Diagnostic:
    detail = (
        f'The value of "{name}" depends on a resource or data source, and providers are set up before these are read.'
    )
    return Diagnostic("CFG501", "Unknown setting", detail, span=span)


class ProviderTable:
    """The provider configurations of the root module, by key; which one serves a resource."""

    def __init__(self, spans: Mapping[str, Span], names: Collection[str] = ()) -> None:
        """`names` are those of all providers that there are, where the caller knows them: messages suggest no other."""
        self._spans = spans
        self._names = names

    def choose(self, block: ObjectBlock, instance: ModuleInstance, surroundings: Surroundings) -> str:
        """The key of the provider that serves a resource or data block. Raises ConfigError if that is ambiguous.

        Without providers the answer is empty if the configuration is only checked: a module alone has none.
        """
        if block.provider is not None:
            return self.named(block.provider.expression, instance)
        if len(self._spans) == 1:
            return next(iter(self._spans))
        default = only_one_without_alias(self._mapped(instance))
        if default is not None:
            return self._resolve(default, instance, block.span)
        if not self._spans:
            if not surroundings.planning:
                return ""
            raise ConfigError(no_provider(block.span))
        names = ", ".join(sorted(self._spans))
        what = "data source" if block.mode == "data" else "resource"
        detail = f"There are several providers ({names}), and the {what} does not say which one it uses."
        ways = " or ".join(f"provider = {key}" for key in sorted(self._spans))
        raise ConfigError(
            Diagnostic(
                "CFG337",
                "Ambiguous provider",
                detail,
                Remedy.of(f"Add the right one to the {what}: {ways}"),
                span=block.span,
            )
        )

    def named(self, expression: Expression, instance: ModuleInstance) -> str:
        """The key of the provider that an argument of this module names. Raises ConfigError if there is none."""
        path = name_of(expression)
        if path is None:
            detail = "A provider is written as its name, or with an alias as name.alias: provider = mock.west."
            raise ConfigError(Diagnostic("CFG338", "Invalid provider reference", detail, span=expression.span))
        return self._resolve(str(path), instance, expression.span)

    def _mapped(self, instance: ModuleInstance) -> tuple[str, ...]:
        """The names by which a module instance knows providers."""
        call = instance.call
        if call is not None and call.providers:
            return tuple(call.providers)
        return tuple(self._spans)

    def _resolve(self, key: str, instance: ModuleInstance | None, span: Span) -> str:
        """From a name in a module to a provider of the root, through the `providers` of the calls between."""
        while instance is not None and instance.call is not None:
            if instance.call.providers:
                if key not in instance.call.providers:
                    known = instance.call.providers
                    detail = f'No provider "{key}" is passed to this module.{did_you_mean(key, known)}'
                    raise ConfigError(Diagnostic("CFG314", "Provider not configured", detail, span=span))
                key, span = instance.call.providers[key]
            instance = instance.parent
        if key not in self._spans:
            raise ConfigError(self._not_configured(key, span))
        return key

    def _not_configured(self, key: str, span: Span) -> Diagnostic:
        misnamed = [other for other in self._spans if not self._is_provider(other)]
        hint = did_you_mean(key, self._spans.keys() - {*misnamed})
        related: tuple[Related, ...] = ()
        if not hint and misnamed:
            other, at = misnamed[0], self._spans[misnamed[0]]
            related = (Related(f'the block provider "{_name(other)}"', at),)
            hint = f' The block provider "{_name(other)}" is not for a provider of cl.'
            hint += did_you_mean(_name(other), self._names)
        remedy = _example(key) if self._is_provider(key) else f"Providers: {', '.join(sorted(self._names))}."
        detail = f'There is no provider "{key}".{hint or did_you_mean(_name(key), self._names)}'
        return Diagnostic("CFG314", "Provider not configured", detail, Remedy.of(remedy), span=span, related=related)

    def _is_provider(self, key: str) -> bool:
        return not self._names or _name(key) in self._names


def _name(key: str) -> str:
    return key.partition(".")[0]


def _example(key: str) -> str:
    name, _, alias = key.partition(".")
    settings = f'alias = "{alias}" … ' if alias else "… "
    return f'Add one: provider "{name}" {{ {settings}}}'


def no_provider(span: Span | None) -> Diagnostic:
    """The diagnostic for resources without any provider."""
    return Diagnostic(
        "CFG325",
        "No provider is configured",
        "Resources and data sources need a provider to reach the cloud, and none is configured.",
        Remedy.of('Add one, such as: provider "mock" { world = "world.json" }'),
        span=span,
    )
