"""One instance of a module: what its names stand for, and how its expressions are evaluated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from planner.address import Key, format_key
from planner.config.analysis import Analysis
from planner.config.constants import converted
from planner.config.declarations import ModuleCall, OutputBlock
from planner.config.expand import Expansion
from planner.config.problems import Abandoned, Problems
from planner.config.references import Subject, references
from planner.config.uses import ANYWHERE
from planner.hcl.cty.types import Type
from planner.hcl.cty.values import Value, object_of, string, tuple_of, unknown
from planner.hcl.evaluation.evaluator import evaluate_expression
from planner.hcl.evaluation.scope import Scope
from planner.hcl.syntax.nodes import Attribute, Expression

InstancePath = tuple[tuple[str, Key], ...]
"""The names and keys of module calls from the root module down."""

Roots = Mapping[str, Value]
NO_ROOTS: Roots = {}
_REPEATING = frozenset({"each", "count", "self"})


@dataclass(eq=False, slots=True)
class ModuleInstance:
    """A module as one call brings it in.

    `values` holds those of the declarations that were evaluated, by key. A declaration without a value could not be
    evaluated: the reason is reported, and whatever needs it is abandoned.
    """

    analysis: Analysis
    path: InstancePath
    fixed: Roots
    functions: Mapping[str, Any]
    parent: ModuleInstance | None = None
    call: ModuleCall | None = None
    call_roots: Roots = field(default_factory=dict)
    values: dict[str, Value] = field(default_factory=dict)
    expansions: dict[str, Expansion] = field(default_factory=dict)
    children: dict[str, dict[Key, ModuleInstance]] = field(default_factory=dict)
    _roots: dict[int, Roots] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return ".".join(f"module.{name}{format_key(key)}" for name, key in self.path)

    def text(self, local: str) -> str:
        """What is called `local` in this module, as seen from the root."""
        return f"{self.address}.{local}" if self.path else local

    def value(self, expression: Expression, extra: Roots = NO_ROOTS) -> Value:
        """The value of one of the module's expressions. Raises ConfigError; Abandoned where it needs what failed."""
        return evaluate_expression(expression, self.scope(expression, extra))

    def argument(self, attribute: Attribute, wanted: Type, extra: Roots = NO_ROOTS) -> Value:
        """The value of an argument, converted. Raises ConfigError and Abandoned."""
        value = self.value(attribute.expression, extra)
        return converted(value, wanted, attribute.expression, attribute.name)

    def scope(self, expression: Expression, extra: Roots = NO_ROOTS) -> Scope:
        """Just what the expression refers to. Raises Abandoned."""
        subjects = self.analysis.subjects[expression]
        if subjects is None:
            raise Abandoned
        roots = self._roots.get(id(subjects))  # equal ones are one object: see Analysis
        if roots is None:
            roots = self._roots[id(subjects)] = self._gather(subjects)
        return Scope({**roots, **extra} if extra else roots, self.functions)

    def typed(self, expression: Expression) -> Value:
        """The value of an expression that is not in the module but was typed. Raises ConfigError."""
        problems = Problems()
        subjects = references(expression, self.analysis.module, ANYWHERE, problems)
        problems.raise_errors()
        return evaluate_expression(expression, Scope(self._gather(subjects or ()), self.functions))

    def varies(self, expression: Expression) -> bool:
        """Whether the value differs between the instances of a repeated block."""
        return any(subject.kind in _REPEATING for subject in self.analysis.subjects[expression] or ())

    def _gather(self, subjects: Iterable[Subject]) -> Roots:
        gathered: dict[str, dict[str, Any]] = {}
        roots: dict[str, Value] = {}
        for subject in subjects:
            match subject.kind:
                case "var" | "local":
                    gathered.setdefault(subject.kind, {})[subject.name] = self._value_of(subject.key)
                case "object":
                    self._gather_object(subject, gathered)
                case "output" | "module":
                    outputs = gathered.setdefault("module", {}).setdefault(subject.name, {})
                    outputs.update(dict.fromkeys(self._outputs(subject)))
                case "path" | "cl" | "terraform":
                    roots[subject.kind] = self.fixed[subject.kind]
        for call, names in gathered.pop("module", {}).items():
            gathered.setdefault("module", {})[call] = self._module_value(call, names)
        roots.update((root, _nested(names)) for root, names in gathered.items())
        return roots

    def _gather_object(self, subject: Subject, gathered: dict[str, dict[str, Any]]) -> None:
        value = self._value_of(subject.key)
        *data, type_name, name = subject.name.split(".")
        holder = gathered.setdefault("data", {}) if data else gathered
        holder.setdefault(type_name, {})[name] = value

    def _value_of(self, key: str) -> Value:
        value = self.values.get(key)
        if value is None:
            raise Abandoned
        return value

    def _outputs(self, subject: Subject) -> Iterable[str]:
        if subject.output:
            return (subject.output,)
        child = self.analysis.module.children.get(subject.name)
        return child.outputs if child else ()

    def _module_value(self, call: str, names: Iterable[str]) -> Value:
        expansion = self.expansions.get(call)
        if expansion is None or call not in self.children:
            raise Abandoned
        if expansion.unknown:
            return unknown()
        held = {
            key: object_of({name: child._value_of(OutputBlock.key_of(name)) for name in names})
            for key, child in self.children[call].items()
        }
        return whole_value(expansion.argument, held)


def _nested(names: Mapping[str, Any]) -> Value:
    return object_of({name: found if isinstance(found, Value) else _nested(found) for name, found in names.items()})


def whole_value(argument: str | None, instances: Mapping[Any, Value]) -> Value:
    """What a repeated block is worth as a whole: one object, a tuple by index, or an object by key."""
    if argument == "count":
        return tuple_of(instances.values())
    if argument == "for_each":
        return object_of({string(key).raw: value for key, value in instances.items()})
    return instances[None]
