"""What an expression takes of `each.value`, where that is texts alone: instances with the same texts have one value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from planner.hcl.cty.path import AttributeStep, IndexStep
from planner.hcl.cty.values import Value
from planner.hcl.syntax.nodes import Expression
from planner.hcl.syntax.references import has_calls, references


class EachTexts(Struct, frozen=True):
    """The paths from `each` that an expression refers to, such as `("value", "vpc_id")`."""

    paths: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, expression: Expression) -> EachTexts | None:
        """None where no two instances would share a value, or where equal texts need not have equal values."""
        found = [reference.steps for reference in references(expression) if reference.root in ("each", "count")]
        paths = [tuple(_names(steps)) for steps in found]
        if not all(path[:1] == ("value",) for path in paths) or has_calls(expression):  # uuid() differs each time
            return None
        return cls(tuple(dict.fromkeys(paths)))

    def in_(self, roots: Mapping[str, Value]) -> tuple[str, ...] | None:
        """The texts for one instance; None where something there is no text, or marked."""
        texts: list[str] = []
        for path in self.paths:
            value = roots["each"]
            for name in path:
                if value.marks or type(value.raw) is not dict or name not in value.raw:
                    return None
                value = value.raw[name]
            if value.marks or type(value.raw) is not str:
                return None
            texts.append(value.raw)
        return tuple(texts)


def _names(steps: Iterable[AttributeStep | IndexStep]) -> Iterator[str]:
    """The names that the steps begin with."""
    for step in steps:
        name = step.name if isinstance(step, AttributeStep) else step.key
        if not isinstance(name, str):
            return
        yield name
