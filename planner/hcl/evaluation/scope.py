"""What names mean where an expression is evaluated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from planner.hcl.cty.values import Value
from planner.hcl.functions.budget import Budget

if TYPE_CHECKING:
    from planner.hcl.functions.spec import Function

Lookup = Callable[[str], Value | None]


class Scope:
    """The variables and functions an expression may use.

    `variables` is a mapping of root names, or a function that looks up the value of one when an expression uses it
    (None: there is no such name). `names` are the suggestions for a name that is not found. Without `functions`, calls
    are refused. `budget` and `outer` are those of the scope that this one is a child of.
    """

    __slots__ = ("_budget", "_lookup", "_names", "_outer", "functions")

    def __init__(
        self,
        variables: Mapping[str, Value] | Lookup,
        functions: Mapping[str, Function] | None = None,
        names: Iterable[str] = (),
        budget: Budget | None = None,
        outer: Scope | None = None,
    ) -> None:
        self.functions = functions
        self._budget = budget
        self._outer = outer
        self._names = names
        if callable(variables):
            self._lookup: Lookup = variables
        else:
            self._lookup = variables.get
            self._names = names or variables

    @property
    def budget(self) -> Budget:
        """What the evaluation may still do. Most ask for nothing, and have none."""
        if self._budget is None:
            self._budget = Budget()
        return self._budget

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
