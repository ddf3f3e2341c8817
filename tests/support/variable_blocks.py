"""Bodies of variable blocks: a type constraint, a default that may fit it, whether it is nullable, a validation."""

from __future__ import annotations

from random import Random

_PRIMITIVES = ("string", "number", "bool", "any")
_VALUES = ('"a"', '"1"', '"true"', "1", "0", "2.5", "true", "false", "null", '"é"', "[]", "{}", '""')
_CONDITIONS = (
    "true",
    "1 == 2",
    "var.<name> != null",
    "var.<name> == 1",
    'var.<name> != "a"',
    "can(var.<name>.a)",
    "!can(tonumber(var.<name>))",
    "length(var.<name>) > 0",
    "try(var.<name>[0], 1) != null",
    "var.<name> == null || try(length(var.<name>) < 3, true)",
)
_WRONG_TYPES = ("lst(string)", '"string"', "list(string, number)", "object()", "map", "list", "set", "tuple(string)")
_MORE_WRONG_TYPES = ("optional(string)", "list(optional(string))", "object({ a = optional() })", "string()", "1", "a.b")


class VariableBlocks:
    """A source of bodies; the same ones for the same seed. `<name>` stands for the name of the variable."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - nothing secret

    def next(self) -> str:
        """The lines of a block."""
        if self._random.random() < 0.04:
            of = self._random.choice(_WRONG_TYPES + _MORE_WRONG_TYPES)
            lines = [f"type = {of}", f"default = {self._value(1)}"]
        else:
            of = self._type(0)
            lines = [f"type = {of}", f"default = {self._fitting(of, 0)}"]
        if self._random.random() < 0.15:
            lines.append(f"nullable = {self._random.choice(('true', 'false'))}")
        if self._random.random() < 0.15:
            condition = self._random.choice(_CONDITIONS)
            lines.append(f'validation {{\ncondition = {condition}\nerror_message = "no"\n}}')
        return "\n".join(lines)

    def _type(self, depth: int) -> str:
        drawn = self._random.random()
        if depth > 2 or drawn < 0.25:
            return self._random.choice(_PRIMITIVES)
        if drawn < 0.5:
            return f"{self._random.choice(('list', 'set', 'map'))}({self._type(depth + 1)})"
        if drawn < 0.6:
            return f"tuple([{', '.join(self._type(depth + 1) for _ in range(self._random.randint(0, 2)))}])"
        names = self._random.sample(("a", "b", "c"), self._random.randint(0, 3))
        return f"object({{{', '.join(f'{name} = {self._attribute(depth + 1)}' for name in names)}}})"

    def _attribute(self, depth: int) -> str:
        of = self._type(depth)
        drawn = self._random.random()
        if drawn < 0.4:
            return of
        return f"optional({of})" if drawn < 0.65 else f"optional({of}, {self._fitting(of, depth)})"

    def _fitting(self, of: str, depth: int) -> str:
        """A value of the type mostly."""
        if self._random.random() < 0.1:
            return self._value(depth)
        kind, _, inner = of.partition("(")
        inner = inner[:-1]
        match kind:
            case "string":
                return self._random.choice(('"a"', '"1"', '"é"', "1", "true", "null"))
            case "number":
                return self._random.choice(("1", "2.5", '"3"', '"1e2"', "null"))
            case "bool":
                return self._random.choice(("true", "false", '"true"', "null"))
            case "list" | "set":
                return f"[{', '.join(self._fitting(inner, depth + 1) for _ in range(self._random.randint(0, 3)))}]"
            case "map":
                names = self._random.sample(("a", "b", "c"), self._random.randint(0, 3))
                return f"{{{', '.join(f'{name} = {self._fitting(inner, depth + 1)}' for name in names)}}}"
            case "tuple":
                return f"[{', '.join(self._fitting(each, depth + 1) for each in _parts(inner[1:-1]))}]"
            case "object":
                return self._object(inner[1:-1], depth)
            case "optional":
                return self._fitting(_parts(inner)[0], depth)
        return self._value(depth)

    def _object(self, attributes: str, depth: int) -> str:
        given = []
        for attribute in _parts(attributes):
            name, _, of = attribute.partition(" = ")
            if self._random.random() < (0.5 if of.startswith("optional") else 0.93):
                given.append(f"{name} = {self._fitting(of, depth + 1)}")
        if self._random.random() < 0.1:
            given.append(f"d = {self._value(depth + 1)}")
        return f"{{{', '.join(given)}}}"

    def _value(self, depth: int) -> str:
        drawn = self._random.random()
        if depth > 2 or drawn < 0.5:
            return self._random.choice(_VALUES)
        inner = [self._value(depth + 1) for _ in range(self._random.randint(0, 3))]
        if drawn < 0.75:
            return f"[{', '.join(inner)}]"
        return f"{{{', '.join(f'{name} = {each}' for name, each in zip('abc', inner, strict=False))}}}"


def _parts(listed: str) -> list[str]:
    """What stands between the commas that are in no brackets and no quotes."""
    parts, depth, quoted = [""], 0, False
    for character in listed:
        quoted ^= character == '"'
        depth += 0 if quoted else (character in "([{") - (character in ")]}")
        if character == "," and not depth and not quoted:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts if part.strip()]
