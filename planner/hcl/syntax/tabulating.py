"""Makes tables of a grammar file with Lark: `python -m planner.hcl.syntax.tabulating > planner/hcl/syntax/tables.json`.

It takes seconds, so the tables of the python-hcl2 that `cl` requires are part of the package. Where another grammar is
installed, they are made when they are first needed, and Lark keeps its own work in a file of the user's.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from operator import itemgetter
from pathlib import Path
from typing import Any

from lark import Lark
from lark.common import LexerConf
from lark.exceptions import LarkError
from lark.lexer import Lexer
from lark.lexer import Token as LarkToken
from msgspec.structs import asdict

from planner.hcl.syntax.installed import fingerprint, grammar_file
from planner.hcl.syntax.tables import Rule, Written


class _NoLexer(Lexer):
    """Reads nothing: the parser is fed."""

    def __init__(self, conf: LexerConf) -> None: ...

    def lex(self, lexer_state: Any, parser_state: Any) -> Iterator[LarkToken]:
        return iter(())


def lark_of(path: Path, cache: str | bool = False) -> Lark:
    """Lark with this grammar, kept in the file `cache` if one is given. Raises OSError and ValueError."""
    try:
        return Lark.open(str(path), parser="lalr", lexer=_NoLexer, cache=cache, maybe_placeholders=True)
    except LarkError as refused:
        raise ValueError(refused) from None


def tabulated(lark: Lark, grammar: int) -> Written:
    """The tables that Lark made, in an order of their own; `grammar` identifies what they were made of."""
    table: Any = lark.parser.parser._parse_table
    ((start, first),) = table.start_states.items()
    numbers = _numbered(table.states, first)
    rules = {rule: number for number, rule in enumerate(sorted(lark.rules, key=_shape))}
    symbols = {
        name: number for number, name in enumerate(sorted({name for row in table.states.values() for name in row}))
    }
    states = []
    for state in numbers:
        groups: dict[int, list[int]] = defaultdict(list)
        for name, (action, target) in table.states[state].items():
            groups[-1 - rules[target] if action.name == "Reduce" else 1 + numbers[target]].append(symbols[name])
        states.append(" ".join(f"{number}:{','.join(map(str, sorted(groups[number])))}" for number in sorted(groups)))
    return Written(
        grammar=grammar,
        symbols=list(symbols),
        rules=[_rule(rule) for rule in rules],
        states=states,
        start=numbers[first],
        end=numbers[table.end_states[start]],
    )


def _numbered(states: Mapping[int, Mapping[str, Any]], first: int) -> dict[int, int]:
    """The states, from the first one on in the order in which they are reached."""
    numbers = {first: 0}
    waiting = deque([first])
    while waiting:
        for _, (action, target) in sorted(states[waiting.popleft()].items(), key=itemgetter(0)):
            if action.name == "Shift" and target not in numbers:
                numbers[target] = len(numbers)
                waiting.append(target)
    return numbers


def _shape(rule: Any) -> tuple[str, list[str], str]:
    return rule.origin.name, [symbol.name for symbol in rule.expansion], str(rule.alias)


def _rule(rule: Any) -> Rule:
    keeps_all = rule.options.keep_all_tokens
    if any(rule.options.empty_indices):
        raise ValueError(f"the rule {rule.origin.name} has optional parts in brackets")
    taken = []
    for index, symbol in enumerate(rule.expansion):
        if keeps_all or not (symbol.is_term and symbol.filter_out):
            taken.append(2 * index + (not symbol.is_term and symbol.name.startswith("_")))
    are_all = taken == [2 * index for index in range(len(rule.expansion))]
    stands_for_itself = bool(rule.options.expand1 and not rule.alias)
    name = rule.alias or rule.origin.name
    return rule.origin.name, len(rule.expansion), name, stands_for_itself, None if are_all else taken


def main() -> None:
    path = grammar_file()
    tables = asdict(tabulated(lark_of(path), fingerprint(path.read_bytes())))
    lists = {name: [json.dumps(one, separators=(",", ":")) for one in tables[name]] for name in ("rules", "states")}
    rest = {name: value for name, value in tables.items() if name not in lists}
    lines = [json.dumps(rest, separators=(",", ":"))[:-1]]
    lines += [f'"{name}":[\n' + ",\n".join(found) + "\n]" for name, found in lists.items()]
    sys.stdout.write(",\n".join(lines) + "}\n")


if __name__ == "__main__":
    main()
