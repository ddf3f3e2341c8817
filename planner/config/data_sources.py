"""Data blocks: values read from the cloud, and from other states."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from planner.address import Address, Key
from planner.config.conditions import judge
from planner.config.constants import refuse_sensitive
from planner.config.data_finders import find
from planner.config.desired import DeferredRead
from planner.config.identities import quoted_reference
from planner.config.problems import Abandoned
from planner.config.schema import CL_STATE, INSTANCES, SECURITY_GROUPS, STATE_SOURCES, VPCS, VSWITCHES
from planner.diagnostics import ConfigError, Diagnostic, Span
from planner.hcl.cty.python_values import from_python
from planner.hcl.cty.types import DYNAMIC, STRING
from planner.hcl.cty.values import Value, deep_marks, is_wholly_known, list_of, null, object_of, string, unknown
from planner.network.kinds import Kind
from planner.values import replace

if TYPE_CHECKING:
    from planner.config.declarations import Condition, ObjectBlock
    from planner.config.expand import Expansion
    from planner.config.module_instance import ModuleInstance, Roots
    from planner.config.providers import ProviderTable
    from planner.config.surroundings import Surroundings

if TYPE_CHECKING:
    from planner.network.world import World

_IDS = frozenset({"ids", "vpc_id", "region_id"})
"""The arguments whose values are ids: a reference in quotes is none."""
_OF_KIND = {
    INSTANCES: Kind.INSTANCES,
    VPCS: Kind.VPCS,
    VSWITCHES: Kind.VSWITCHES,
    SECURITY_GROUPS: Kind.SECURITY_GROUPS,
}


def _why_unread(data_source: str, world: World | None, arguments: Mapping[str, Value]) -> str:
    """Why what the data source asks for is not known, or not all of it; empty if it is."""
    if world is None or data_source in STATE_SOURCES:
        return ""
    if not world.unread:
        is_known = data_source != SECURITY_GROUPS or world.security_groups is not None
        return "" if is_known else "the provider does not show security groups"
    by_link = data_source == INSTANCES and any(not arguments[name].is_null for name in ("linked", "vpc_id"))
    kinds = {_OF_KIND[data_source], *([Kind.LINKS] if by_link else ())}
    return next((gap.reason for gap in world.unread if gap.kind in kinds), "")


class DataReader:
    """Reads one data block in one instance of its module, from its provider's world.

    Where it `waits_for` an object that the plan changes, or an argument is not known yet, it is `deferred`.
    """

    def __init__(
        self,
        block: ObjectBlock,
        instance: ModuleInstance,
        surroundings: Surroundings,
        providers: ProviderTable,
        waits_for: Address | None = None,
    ) -> None:
        self._block = block
        self._instance = instance
        self._surroundings = surroundings
        self._providers = providers
        self.providers_read: set[str] = set()
        self._waits_for = waits_for
        self.unread = ""
        self.deferred: list[DeferredRead] = []

    def read(self, expansion: Expansion) -> dict[Key, Value]:
        """The value of each instance; instances that could not be read are reported and left out."""
        values: dict[Key, Value] = {}
        for key, roots in expansion.instances.items():
            address = Address(self._block.type, self._block.name, key, self._instance.path, "data")
            with self._surroundings.problems.collecting(str(address)):
                values[key] = self._one(address, roots)
        return values

    def _one(self, address: Address, roots: Roots) -> Value:
        self._require(self._block.lifecycle.preconditions, str(address), roots)
        arguments = self._arguments(roots)
        if not self._block.sound:
            raise Abandoned
        value = self._result(address, arguments)
        self._require(self._block.lifecycle.postconditions, str(address), {**roots, "self": value})
        return value

    def _require(self, conditions: tuple[Condition, ...], address: str, roots: Roots) -> None:
        verdict = judge(conditions, self._instance, address, self._surroundings, roots)
        self._surroundings.problems.extend(verdict.failures)
        if verdict.stops:
            raise Abandoned

    def _arguments(self, roots: Roots) -> dict[str, Value]:
        found: dict[str, Value] = {}
        problems: list[Diagnostic] = []
        for name, argument in self._block.schema.arguments.items():
            attribute = self._block.arguments.get(name)
            expected = argument.type or DYNAMIC
            if attribute is None:
                found[name] = null(expected)
                continue
            try:
                found[name] = self._instance.argument(attribute, expected, roots)
            except ConfigError as problem:
                problems.extend(problem.diagnostics)
                continue
            if argument.required and found[name].is_null:
                detail = f'The argument "{name}" is required, but its value is null.'
                problems.append(
                    Diagnostic("CFG335", "Required argument is null", detail, span=attribute.expression.span)
                )
            elif name in _IDS and (quoted := quoted_reference(name, found[name])) is not None:
                problems.append(replace(quoted, span=attribute.expression.span))
        if problems:
            raise ConfigError(problems)
        return found

    def _result(self, address: Address, arguments: Mapping[str, Value]) -> Value:
        """The whole value: arguments, and what was found."""
        schema = self._block.schema
        if schema.type == CL_STATE:
            from planner.config.other_states import settled_place

            arguments = settled_place(self._block, arguments)
        shown = (value for name, value in arguments.items() if schema.type != CL_STATE or name != "config")
        marks = frozenset[str]().union(*(deep_marks(value) for value in shown))
        provider = self._provider()
        world = self._surroundings.world_of(provider) if provider else None
        readable = self._waits_for is None and all(is_wholly_known(value) for value in arguments.values())
        self.unread = self.unread or _why_unread(schema.type, world, arguments)
        if not readable and not self.unread:
            self.deferred.append(DeferredRead(address, provider, arguments, self._block.span, self._waits_for))
        if schema.type in STATE_SOURCES:
            readable = readable and not self._surroundings.checking
            nothing_known = {name: unknown(expected) for name, expected in schema.computed.items()}
            found = self._from_state(arguments) if readable else nothing_known
        elif world is None or not readable or self.unread:
            found = {name: unknown(expected) for name, expected in schema.computed.items()}
            found["ids"] = unknown(schema.attributes["ids"])
        else:
            found = self._ask(world, arguments)
        attributes = {**arguments, **found}
        if schema.type in STATE_SOURCES:
            return object_of(attributes).with_marks(marks)
        return Value(schema.value_type, dict(sorted(attributes.items())), marks)

    def _provider(self) -> str:
        """The provider of the block; empty for what no provider serves."""
        if self._block.type in STATE_SOURCES:
            return ""
        provider = self._providers.choose(self._block, self._instance, self._surroundings)
        self.providers_read.add(provider)
        return provider

    def _from_state(self, arguments: Mapping[str, Value]) -> dict[str, Value]:
        from planner.config.state_sources import outputs_object, read_terraform_state

        if self._block.type == CL_STATE:
            from planner.config.other_states import read_other_state

            state, name = read_other_state(self._block, arguments, self._surroundings)
            return {"outputs": outputs_object(state.outputs, name, self._block.span)}
        if (attribute := self._block.arguments.get("path")) is not None:
            refuse_sensitive(arguments["path"], attribute)
        return read_terraform_state(arguments["path"].raw, self._surroundings.directory, self._span("path"))

    def _span(self, name: str) -> Span:
        attribute = self._block.arguments.get(name)
        return attribute.expression.span if attribute else self._block.span

    def _ask(self, world: World, arguments: Mapping[str, Value]) -> dict[str, Value]:
        filters = {name: value.to_python() for name, value in arguments.items() if not value.is_null}
        list_name = next(iter(self._block.schema.computed))
        element = getattr(self._block.schema.computed[list_name], "element", DYNAMIC)
        found = find(self._block.type, world, filters, self._matcher(arguments.get("name_regex")))
        return {
            "ids": list_of(STRING, (string(found_id) for found_id in found)),
            list_name: list_of(element, (from_python(fields, element) for fields in found.values())),
        }

    def _matcher(self, given: Value | None) -> Callable[[str], bool]:
        """Whether a name matches `name_regex`, as RE2 has it."""
        pattern = given.raw if given is not None else None
        if given is None or not isinstance(pattern, str):
            return lambda name: True
        from planner.hcl.functions.patterns import compiled
        from planner.hcl.functions.spec import FunctionError

        try:
            expression = compiled(pattern, 0)
        except FunctionError as problem:
            detail = f"{pattern!r} is not a regular expression: {problem.message}."
            if given.marks:
                detail = "The value is sensitive and not a regular expression."
            span = self._span("name_regex")
            raise ConfigError(Diagnostic("CFG323", "Invalid regular expression", detail, span=span)) from None
        return lambda name: expression.search(name) is not None
