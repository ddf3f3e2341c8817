"""The tables of a grammar, driven token by token: what Lark's LALR parser does, without Lark.

A state says of each symbol what to do: go to another state, or reduce what came last by a rule. Rules say what a
reduction makes: a tree of this name of its parts, or the only part itself; parts of helper rules are taken in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.json import decode

from planner.hcl.syntax.tokens import END, Token


class FedToken(str):
    """A token as the tables are fed with it, which remembers what the scanner found."""

    __slots__ = ("place", "scanned", "type")

    type: str
    scanned: Token
    place: int  # its index among the tokens of its item

    def __new__(cls, kind: str, text: str, scanned: Token, place: int) -> FedToken:
        fed = super().__new__(cls, text)
        fed.type, fed.scanned, fed.place = kind, scanned, place
        return fed


class Tree:
    """What a rule made of its parts, which are trees and tokens."""

    __slots__ = ("children", "data")

    def __init__(self, data: str, children: list[Any]) -> None:
        self.data, self.children = data, children


Rule = tuple[str, int, str, bool, list[int] | None]
"""Origin, number of parts, name of the tree, whether the only part stands for itself, and which parts are taken."""


class Written(Struct, frozen=True):
    """Tables as they are kept in a file.

    Of a rule, which parts are taken is null where it is all of them as they are; else it is the index twice, plus one
    where the part's own parts are taken instead. In `states`, numbers of symbols follow each action: `3:1,2` goes on to
    the third state with the symbols 1 and 2, `-3:1` reduces by the third rule.
    """

    grammar: int
    symbols: list[str]
    rules: list[Rule]
    states: list[str]
    start: int
    end: int


class Unexpected(Exception):
    """No input goes on with this token."""


class Tables:
    """The tables of a grammar. A state is unpacked when it is first entered."""

    def __init__(self, written: Written) -> None:
        self.symbols: Sequence[str] = written.symbols
        self.rules: Sequence[Rule] = written.rules
        self.start, self.end = written.start, written.end
        self._packed = written.states
        self._states: dict[int, Mapping[str, int]] = {}

    def state(self, number: int) -> Mapping[str, int]:
        """What to do in a state, by the name of the next symbol."""
        try:
            return self._states[number]
        except KeyError:
            found = self._states[number] = self._unpacked(self._packed[number])
            return found

    def _unpacked(self, packed: str) -> dict[str, int]:
        names = self.symbols
        groups = (group.split(":") for group in packed.split())
        return {names[int(symbol)]: int(action) for action, symbols in groups for symbol in symbols.split(",")}


class Parser:
    """One pass over the tokens of an input."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._states = [tables.start]
        self._values: list[Any] = []

    def accepts(self, kind: str) -> bool:
        """Whether a token of this kind has a place in the present state; a reduction may show that it has none."""
        return kind in self._tables.state(self._states[-1])

    def feed(self, token: FedToken) -> Tree | None:
        """Take the next token; with the last one, gives the tree of the input. Raises Unexpected."""
        tables, states, values = self._tables, self._states, self._values
        kind = token.type
        while True:
            action = tables.state(states[-1]).get(kind)
            if action is None:
                raise Unexpected
            if action > 0:
                states.append(action - 1)
                values.append(token)
                return None
            origin, size, data, stands_for_itself, taken = tables.rules[-action - 1]
            parts: list[Any] = []
            if size:
                parts = values[-size:]
                del values[-size:], states[-size:]
            if taken is not None:
                parts = _taken(parts, taken)
            values.append(parts[0] if stands_for_itself and len(parts) == 1 else Tree(data, parts))
            states.append(tables.state(states[-1])[origin] - 1)
            if kind == END and states[-1] == tables.end:
                tree: Tree = values[-1]
                return tree


def _taken(parts: list[Any], taken: Sequence[int]) -> list[Any]:
    found: list[Any] = []
    for number in taken:
        part = parts[number >> 1]
        if number & 1:
            found += part.children
        else:
            found.append(part)
    return found


def read_tables(text: bytes) -> Written:
    """Tables from a file. Raises ValueError."""
    return decode(text, type=Written)
