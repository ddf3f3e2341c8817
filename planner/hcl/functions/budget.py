"""How much one evaluation may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.hcl.cty.values import Value

if TYPE_CHECKING:
    from planner.hcl.syntax.nodes import Expression

MOST_ITERATIONS = 1_000_000
"""Rounds of all `for` expressions and splats in one evaluation, nested ones multiplied."""

MOST_MADE = 128 * 1024 * 1024
"""Characters that the functions and templates of one evaluation may make, what is thrown away again included."""

PARSED = 40
"""How many characters one of a template counts for that is parsed in an evaluation, and what any one costs besides."""

ELEMENT = 20
"""How many characters an element of a list or map that a function makes counts for."""


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
