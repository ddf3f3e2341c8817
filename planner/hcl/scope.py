"""What names mean where an expression is evaluated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from planner.hcl.values import Value

if TYPE_CHECKING:
    from planner.hcl.functions.spec import Function
    from planner.hcl.nodes import Expression

MOST_ITERATIONS = 1_000_000
"""Rounds of all `for` expressions and splats in one evaluation, nested ones multiplied."""

MOST_MADE = 128 * 1024 * 1024
"""Characters that the functions and templates of one evaluation may make, what is thrown away again included."""

PARSED = 40
"""How many characters one of a template counts for that is parsed in an evaluation, and what any one costs besides."""

ELEMENT = 20
"""How many characters an element of a list or map that a function makes counts for."""

Lookup = Callable[[str], Value | None]


class Budget:
    """How much work one evaluation may still do, so that no expression runs for hours or fills the memory.

    `templates` are those that were parsed for it, by text and file name.
    """

    __slots__ = ("iterations", "making", "templates")

    def __init__(self) -> None:
        self.iterations = MOST_ITERATIONS
        self.making = MOST_MADE
        self.templates: dict[tuple[str, str], Expression] = {}

    @property
    def is_spent(self) -> bool:
        """Whether the evaluation is to end."""
        return self.iterations < 0 or self.making < 0

    def spend_iteration(self) -> bool:
        """Whether another round of a `for` may begin."""
        self.iterations -= 1
        return self.iterations >= 0

    def spend_on_parsing(self, text: str) -> bool:
        """Whether a template may be parsed."""
        self.making -= (len(text) + PARSED) * PARSED
        return self.making >= 0

    def spend_on(self, made: Value) -> bool:
        """Whether a value that a function or template has just made may be used."""
        if isinstance(made.raw, str):
            self.making -= len(made.raw)
        elif isinstance(made.raw, tuple | dict):
            self.making -= len(made.raw) * ELEMENT
        return self.making >= 0


class Scope:
    """The variables and functions an expression may use.

    `variables` is a mapping of root names, or a function that gives a root name's value and is asked only when the
    name is met (None: there is no such name). `names` are those to suggest when a name is not found. Without
    `functions` no function may be called. `budget` and `outer` are of the scope that this one is a child of.
    """

    __slots__ = ("_lookup", "_names", "_outer", "budget", "functions")

    def __init__(
        self,
        variables: Mapping[str, Value] | Lookup,
        functions: Mapping[str, Function] | None = None,
        names: Iterable[str] = (),
        budget: Budget | None = None,
        outer: Scope | None = None,
    ) -> None:
        self.functions = functions
        self.budget = budget or Budget()
        self._outer = outer
        self._names = names
        if isinstance(variables, Mapping):
            self._lookup: Lookup = variables.get
            self._names = names or variables
        else:
            self._lookup = variables

    @property
    def names(self) -> tuple[str, ...]:
        """The names to suggest, those of the innermost scope first."""
        return (*self._names, *(self._outer.names if self._outer else ()))

    def lookup(self, name: str) -> Value | None:
        """The value of a root name, or None where there is no such name."""
        return self._lookup(name)

    def child(self, variables: Mapping[str, Value]) -> Scope:
        """This scope with further names, which hide those of the same name."""
        outer = self._lookup

        def lookup(name: str) -> Value | None:
            found = variables.get(name)
            return outer(name) if found is None else found

        return Scope(lookup, self.functions, variables, self.budget, self)

    def with_new_budget(self) -> Scope:
        """This scope for an evaluation of its own."""
        return Scope(self._lookup, self.functions, self._names, outer=self._outer)
