"""Blocks that differ only in their literals, parsed once.

The grammar is slow, and a configuration of ten thousand links has a handful of *shapes*: what a block's text is
without its plain strings, numbers and comments. The first two blocks of a shape go through the grammar; the nodes of
the second become a recipe, from which the nodes of every other can be built with its own literals and places. (A recipe
costs something, too, and most shapes of a small configuration occur only once.)

Only blocks in the usual layout are considered (a header line that ends with `{`, indented lines, a `}` at the start of
a line), and only certain literals are taken out: no escapes, no heredocs. Everything else is parsed plainly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate, chain, zip_longest
from typing import Any

from msgspec import Struct

from planner.hcl.cty.arithmetic import parse_number
from planner.hcl.cty.values import Value
from planner.hcl.syntax.block_recipe import BlockRecipe, literals_by_place, value_of
from planner.hcl.syntax.nodes import Block, Literal
from planner.hcl.syntax.source import Source

_BLOCK = re.compile(r"[^\W\d][^\n{}]*\{[ \t]*\n(?:[ \t][^\n]*\n|\n)*+\}(?=\n|\Z)")
_LITERAL = re.compile(
    r"""(
        ["\#/0-9](?:    # which the engine skips to
            (?<=")[^"\\$%\n]*+(?:[$%](?!\{)[^"\\$%\n]*+)*"    # a string without escapes and sequences
          | (?<=\#)[^\n]*
          | (?<=/)(?:/[^\n]*|\*(?s:.*?)\*/)
          | (?<=[0-9])(?<![\w.-][0-9])[0-9]*+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![\w.-])
        )
    )""",
    re.VERBOSE,
)
_KINDS = str.maketrans("123456789/", "000000000#")
_NUMBER = "0"
_UNSURE = ('"', "<<", "\0", "\r")

ParseBlock = Callable[[Source, int], Block | None]


class RepeatedBlocks:
    """The shapes seen so far; `parse` parses one block plainly."""

    def __init__(self, parse: ParseBlock) -> None:
        self._parse = parse
        self._seen: set[tuple[str, str]] = set()
        self._shapes: dict[tuple[str, str], Shape | None] = {}

    def block_at(self, source: Source, start: int) -> Block | None:
        """The block at offset `start`, or None where it must be parsed plainly: also the first of its shape."""
        found = _BLOCK.match(source.text, start)
        if found is None:
            return None
        pieces = _LITERAL.split(found.group())
        literals = pieces[1::2]
        kinds = "".join([literal[0] for literal in literals]).translate(_KINDS)
        key = ("\0".join(pieces[::2]), kinds)
        shape = self._shapes.get(key)
        if shape is None:
            if key not in self._seen:
                self._seen.add(key)
                return None
            if key not in self._shapes:
                shape = self._shapes[key] = self._shape(source, found, pieces, kinds)
            if shape is None:
                return None
        return shape.block(source, start, found.end(), literals)

    def _shape(self, source: Source, found: re.Match[str], pieces: list[str], kinds: str) -> Shape | None:
        between = "".join(pieces[::2])
        if any(sign in between for sign in _UNSURE):
            return None
        block = self._parse(source, found.start())
        if block is None or block.end != found.end():
            return None
        return Shape.of(block, pieces, kinds)


class Shape(Struct, frozen=True, eq=False):
    """What blocks that differ in literals only have in common.

    `labels` are their labels: a text, or which of the literals it is. `arguments` says of each argument that is a plain
    literal which one it is; it is None where there are literals in other places too. Up to the end of its labels, a
    block has `header` characters besides those of its first literals, `in_header` of them.
    """

    type: str
    labels: tuple[str | int, ...]
    arguments: Mapping[str, int] | None
    recipe: BlockRecipe
    _between: tuple[int, ...]
    _header: int
    _in_header: int
    _numbers: tuple[int, ...]

    @classmethod
    def of(cls, block: Block, pieces: Sequence[str], kinds: str) -> Shape | None:
        """The shape of a block whose text is these pieces; None where a literal does not lie where a node does."""
        recipe = BlockRecipe.of(block, pieces)
        if recipe is None:
            return None
        literals = literals_by_place(block.start, pieces)
        labels = tuple([literals.get((label.start, label.end), label.value) for label in block.label_nodes])
        arguments = {
            name: literals[place]
            for name, attribute in block.body.attributes.items()
            if isinstance(attribute.expression, Literal)
            and (place := (attribute.expression.start, attribute.expression.end)) in literals
        }
        is_plain = {*labels, *arguments.values()} >= {*literals.values()}
        in_header = sum(block.start + start < block.header_end for start in list(accumulate(map(len, pieces)))[:-1:2])
        return cls(
            block.type,
            labels,
            arguments if is_plain else None,
            recipe,
            tuple(map(len, pieces[::2])),
            block.header_end - block.start - sum(map(len, pieces[1::2][:in_header])),
            in_header,
            tuple(index for index, kind in enumerate(kinds) if kind == _NUMBER),
        )

    def block(self, source: Source, start: int, end: int, literals: list[str]) -> RepeatedBlock | None:
        """The block of this shape with these literals, or None where one of them is wrong."""
        try:
            for index in self._numbers:
                parse_number(literals[index])
        except ValueError:
            return None
        header_end = start + self._header + sum(map(len, literals[: self._in_header]))
        return RepeatedBlock(self, source, start, end, header_end, literals)

    def nodes(self, block: RepeatedBlock) -> Block:
        """The block as the grammar would give it."""
        lengths = chain.from_iterable(zip_longest(self._between, map(len, block.literals), fillvalue=0))
        return self.recipe.build(block.source, list(accumulate(lengths, initial=block.start)), block.literals)


class RepeatedBlock(Block):
    """A block of a shape that is known. The nodes in it are built when they are first looked at: most never are."""

    __slots__ = ("literals", "shape")

    def __init__(
        self, shape: Shape, source: Source, start: int, end: int, header_end: int, literals: list[str]
    ) -> None:
        self.shape = shape
        self.literals = literals
        self.type = shape.type
        self.source = source
        self.start = start
        self.end = end
        self.header_end = header_end

    def __getattr__(self, name: str) -> Any:
        """Called for what is not there yet."""
        if name not in ("label_nodes", "body"):
            raise AttributeError(name)
        nodes = self.shape.nodes(self)
        self.label_nodes, self.body = nodes.label_nodes, nodes.body
        return getattr(self, name)

    @property
    def labels(self) -> tuple[str, ...]:
        literals = self.literals
        return tuple([each if isinstance(each, str) else value_of(literals[each]).raw for each in self.shape.labels])

    def plain_arguments(self) -> Iterator[tuple[str, Value]]:
        """The arguments that are plain literals of its own, and their values."""
        for name, literal in (self.shape.arguments or {}).items():
            yield name, value_of(self.literals[literal])
