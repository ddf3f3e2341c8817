"""One instance of a module: the values of its declarations, and the evaluation of its expressions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct, field

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
from planner.hcl.evaluation.evaluator import evaluate_expression, evaluate_with
from planner.hcl.evaluation.scope import Scope
from planner.hcl.functions.spec import Function
from planner.hcl.syntax.nodes import Attribute, Expression

InstancePath = tuple[tuple[str, Key], ...]
"""The names and keys of module calls from the root module down."""

Roots = Mapping[str, Value]
NO_ROOTS: Roots = {}
_REPEATING = frozenset({"each", "count", "self"})


class ModuleInstance(Struct, eq=False):
    """A module as one call brings it in.

    `values` holds those of the declarations that were evaluated, by key. A declaration without a value could not be
    evaluated: the reason is reported, and whatever needs it is abandoned.
    """

    analysis: Analysis
    path: InstancePath
    fixed: Roots
    functions: Mapping[str, Function]
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
        """The address, as seen from the root, of what is called `local` in this module."""
        return f"{self.address}.{local}" if self.path else local

    def value(self, expression: Expression, extra: Roots = NO_ROOTS) -> Value:
        """The value of one of the module's expressions. Raises ConfigError; Abandoned where it needs what failed."""
        return evaluate_with(expression, self._roots_of(expression, extra), self.functions)

    def argument(self, attribute: Attribute, expected: Type, extra: Roots = NO_ROOTS) -> Value:
        """The value of an argument, converted. Raises ConfigError and Abandoned."""
        value = self.value(attribute.expression, extra)
        return converted(value, expected, attribute.expression, attribute.name)

    def scope(self, expression: Expression, extra: Roots = NO_ROOTS) -> Scope:
        """Just what the expression refers to. Raises Abandoned."""
        return Scope(self._roots_of(expression, extra), self.functions)

    def _roots_of(self, expression: Expression, extra: Roots) -> Roots:
        subjects = self.analysis.subjects[expression]
        if subjects is None:
            raise Abandoned
        roots = self._roots.get(id(subjects))  # equal ones are one object: see Analysis
        if roots is None:
            roots = self._roots[id(subjects)] = self._gather(subjects)
        return {**roots, **extra} if extra else roots

    def typed(self, expression: Expression) -> Value:
        """The value of an expression that a user typed. Raises ConfigError."""
        problems = Problems()
        subjects = references(expression, self.analysis.module, ANYWHERE, problems)
        problems.raise_errors()
        return evaluate_expression(expression, Scope(self._gather(subjects or ()), self.functions))

    def varies(self, expression: Expression) -> bool:
        """Whether the value differs between the instances of a repeated block."""
        return any(subject.kind in _REPEATING for subject in self.analysis.subjects[expression] or ())

    def _gather(self, subjects: Iterable[Subject]) -> Roots:
        """The roots that hold just these subjects."""
        tree: _Tree = {}
        outputs: dict[str, dict[str, None]] = {}
        for subject in subjects:
            match subject.kind:
                case "var" | "local" | "object":
                    words = subject.key.split(".")
                    _put(tree, ["resource", *words] if subject.prefixed else words, self._value_of(subject.key))
                case "output" | "module":
                    outputs.setdefault(subject.name, {}).update(dict.fromkeys(self._outputs(subject)))
                case "path" | "cl" | "terraform":
                    tree[subject.kind] = self.fixed[subject.kind]
        for call, names in outputs.items():
            _put(tree, ("module", call), self._module_value(call, names))
        return {root: found if isinstance(found, Value) else _nested(found) for root, found in tree.items()}

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
        instances = {
            key: object_of({name: child._value_of(OutputBlock.key_of(name)) for name in names})
            for key, child in self.children[call].items()
        }
        return whole_value(expansion.argument, instances)


_Tree: TypeAlias = "dict[str, Value | _Tree]"
"""Values by the words of a reference, such as `data`, the type and the name of a data source."""


def _put(tree: _Tree, words: Sequence[str], value: Value) -> None:
    *outer, last = words
    for word in outer:
        inner = tree.setdefault(word, {})
        assert isinstance(inner, dict)  # noqa: S101 - no reference goes on behind a whole value
        tree = inner
    tree[last] = value


def _nested(tree: _Tree) -> Value:
    return object_of({name: found if isinstance(found, Value) else _nested(found) for name, found in tree.items()})


def whole_value(argument: str | None, instances: Mapping[Key, Value]) -> Value:
    """The value of a repeated block as a whole: one object, a tuple by index, or an object by key."""
    if argument == "count":
        return tuple_of(instances.values())
    if argument == "for_each":
        return object_of({string(str(key)).raw: value for key, value in instances.items()})
    return instances[None]
