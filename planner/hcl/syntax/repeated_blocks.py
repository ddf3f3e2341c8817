"""Blocks that differ only in their literals, parsed once.

The grammar is slow, and a configuration of ten thousand links has a handful of *shapes*: what a block's text is
without its plain strings, numbers and comments. The first two blocks of a shape go through the grammar; the nodes of
the second become a recipe, from which the nodes of every other are built with its own literals and places. (A recipe
costs something, too, and most shapes of a small configuration occur only once.)

Only blocks in the usual layout are considered (a header line that ends with `{`, indented lines, a `}` at the start of
a line), and only certain literals are taken out: no escapes, no heredocs. Everything else is parsed plainly.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import accumulate

from planner.hcl.syntax.block_recipe import BlockRecipe
from planner.hcl.syntax.nodes import Block
from planner.hcl.syntax.source import Source

_BLOCK = re.compile(r"[^\W\d][^\n{}]*\{[ \t]*\n(?:[ \t][^\n]*\n|\n)*+\}(?=\n|\Z)")
# each alternative begins with characters of its own, so that the engine can skip to them
_LITERAL = re.compile(
    r"""(
        "[^"\\$%\n]*+(?:[$%](?!\{)[^"\\$%\n]*+)*+"    # a string without escapes and sequences
      | \#[^\n]*
      | /(?:/[^\n]*|\*(?s:.*?)\*/)
      | [0-9](?<![\w.-][0-9])[0-9]*+(?:\.[0-9]+)?+(?:[eE][+-]?[0-9]+)?+(?![\w.-])
    )""",
    re.VERBOSE,
)
_KINDS = str.maketrans("123456789/", "000000000#")
_UNSURE = ('"', "<<", "\0", "\r")

ParseBlock = Callable[[Source, int], Block | None]


class RepeatedBlocks:
    """The shapes seen so far; `parse` parses one block plainly."""

    def __init__(self, parse: ParseBlock) -> None:
        self._parse = parse
        self._seen: set[tuple[str, str]] = set()
        self._recipes: dict[tuple[str, str], BlockRecipe | None] = {}

    def block_at(self, source: Source, start: int) -> Block | None:
        """The block at offset `start`, or None where it must be parsed plainly: also the first of its shape."""
        found = _BLOCK.match(source.text, start)
        if found is None:
            return None
        pieces = _LITERAL.split(found.group())
        literals = pieces[1::2]
        shape = ("\0".join(pieces[::2]), "".join([literal[0] for literal in literals]).translate(_KINDS))
        if shape not in self._seen:
            self._seen.add(shape)
            return None
        if shape not in self._recipes:
            self._recipes[shape] = self._recipe(source, found, pieces)
        recipe = self._recipes[shape]
        if recipe is None:
            return None
        return recipe.build(source, list(accumulate(map(len, pieces), initial=start)), literals)

    def _recipe(self, source: Source, found: re.Match[str], pieces: list[str]) -> BlockRecipe | None:
        between = "".join(pieces[::2])
        if any(sign in between for sign in _UNSURE):
            return None
        block = self._parse(source, found.start())
        if block is None or block.end != found.end():
            return None
        return BlockRecipe.of(block, pieces)
