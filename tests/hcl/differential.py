"""Compares expressions with the real Terraform, on a developer's machine. Not a part of the test run.

    python tests/hcl/differential.py [--count 20000] [--style untyped] [--seed 1] [--results FILE]

Expressions are evaluated here and by `terraform console`, a batch in one process, and compared as `console` shows
them, which tells value and type. Each that differs is written to the results as soon as it is found, a JSON document a
line. At the end a table says how many are the same, how many differ in a known way (`support/known_differences.py`) and
how many without an explanation; with any of those the exit code is 1. What is found becomes a case of
`evaluation/test_as_terraform.py`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from planner.diagnostics import ConfigError
from planner.hcl import evaluate
from planner.hcl.cty.values import Value, object_of
from planner.hcl.writing.console_format import format_value
from support.configurations import desired
from support.edge_expressions import EdgeExpressions
from support.expression_variables import DECLARATIONS, variables
from support.known_differences import KNOWN_DIFFERENCES, Unpredictable, all_as_terraform
from support.terraform_console import EXPRESSION, NAME, VARIABLE, Form, TerraformConsole, entries
from support.typed_expressions import TypedExpressions
from support.untyped_expressions import EXPRESSIONS
from support.variable_blocks import VariableBlocks

BATCH = 250
_DRAWN_AT_ONCE = 30

SAME = "same"
SEVERAL = "several of these"
PANIC = "Terraform panics"
UNEXPLAINED = "unexplained"


def untyped(first_seed: int) -> Iterator[str]:
    """Expressions of Hypothesis, without end."""
    for each in count(first_seed):
        yield from dict.fromkeys(_drawn(each))


def _drawn(by_seed: int) -> list[str]:
    drawn: list[str] = []

    @seed(by_seed)
    @settings(
        max_examples=200,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(EXPRESSIONS, min_size=_DRAWN_AT_ONCE, max_size=_DRAWN_AT_ONCE, unique=True))
    def draw(expressions: list[str]) -> None:
        drawn.extend(expressions)

    draw()
    return drawn


def typed(first_seed: int) -> Iterator[str]:
    """Expressions made for types, without end."""
    source = TypedExpressions(first_seed)
    while True:
        yield source.next()


def edges(first_seed: int) -> Iterator[str]:
    """Expressions with odd arguments, without end."""
    source = EdgeExpressions(first_seed)
    while True:
        yield source.next()


def variable_blocks(first_seed: int) -> Iterator[str]:
    """Bodies of variable blocks, without end."""
    source = VariableBlocks(first_seed)
    while True:
        yield source.next()


def _distinct(expressions: Iterator[str]) -> Iterator[str]:
    seen: set[str] = set()
    for each in expressions:
        if each not in seen:
            seen.add(each)
            yield each


Show = Callable[[str], str | None]
"""What cl's console shows; None where an expression or a block is refused."""


def _shown_expression(expression: str) -> str | None:
    try:
        return _entry(evaluate(expression, {"var": variables()}))
    except ConfigError:
        return None


def _shown_variable(body: str) -> str | None:
    try:
        found = desired(f'{VARIABLE(body, NAME)}output "shown" {{ value = var.{NAME} }}')
    except ConfigError:
        return None
    return _entry(found.outputs["shown"].value)


def _entry(value: Value) -> str:
    return entries(format_value(object_of({NAME: value})))[NAME]


@dataclass(frozen=True, slots=True)
class Style:
    """A generator, how both sides take what it makes."""

    source: Callable[[int], Iterator[str]]
    show: Show = _shown_expression
    form: Form = EXPRESSION
    declarations: str = DECLARATIONS


STYLES = {
    "untyped": Style(untyped),
    "typed": Style(typed),
    "edges": Style(edges),
    "variables": Style(variable_blocks, _shown_variable, VARIABLE, ""),
}


@dataclass(frozen=True, slots=True)
class Compared:
    """An expression or block, what each side shows of it (None where it is refused), and what explains a difference."""

    expression: str
    there: str | None
    here: str | None
    explanation: str


def compared(terraform: TerraformConsole, expressions: Sequence[str], show: Show) -> Iterator[Compared]:
    """Each expression or block evaluated by both."""
    there = terraform.shown(expressions)
    for each in expressions:
        here = show(each)
        yield Compared(
            each, there[each], here, _explanation(each, show, there[each], here, terraform.refusals.get(each, ""))
        )


def _explanation(expression: str, show: Show, there: str | None, here: str | None, refusal: str) -> str:
    if here == there:
        return SAME
    for known in KNOWN_DIFFERENCES:
        with known.as_terraform():
            if _is_shown(expression, show, there):
                return known.name
    if "panic" in refusal:
        return PANIC
    with all_as_terraform():
        return SEVERAL if _is_shown(expression, show, there) else UNEXPLAINED


def _is_shown(expression: str, show: Show, there: str | None) -> bool:
    try:
        return show(expression) == there
    except Unpredictable:
        return True


def _table(found: dict[str, Counter[str]]) -> str:
    names = [SAME, *(known.name for known in KNOWN_DIFFERENCES), SEVERAL, PANIC, UNEXPLAINED]
    head = f"{'':24}" + "".join(f"{style:>10}" for style in found)
    rows = [f"{name:24}" + "".join(f"{counted[name]:>10,}" for counted in found.values()) for name in names]
    reasons = [f"  {known.name}: {known.reason}" for known in KNOWN_DIFFERENCES]
    return "\n".join([head, *rows, "", *reasons])


def main() -> int:
    options = argparse.ArgumentParser(description="Compare expressions with the real Terraform.")
    options.add_argument("--count", type=int, default=20_000, help="of different expressions, of all styles together")
    options.add_argument("--style", choices=STYLES, action="append")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--results", type=Path, help="default: differences.jsonl in the directory for temporary files")
    options.add_argument("--terraform", default="terraform")
    chosen = options.parse_args()

    styles: list[str] = chosen.style or list(STYLES)
    path = chosen.results or Path(tempfile.gettempdir(), "differences.jsonl")
    found: dict[str, Counter[str]] = {style: Counter() for style in styles}
    with tempfile.TemporaryDirectory() as directory, path.open("w", encoding="utf-8") as results:
        for style, of in ((name, STYLES[name]) for name in styles):
            terraform = TerraformConsole(chosen.terraform, Path(directory), of.declarations, of.form)
            source = islice(_distinct(of.source(chosen.seed)), chosen.count // len(styles))
            while batch := list(islice(source, BATCH)):
                for each in compared(terraform, batch, of.show):
                    found[style][each.explanation] += 1
                    if each.explanation != SAME:
                        results.write(json.dumps(_record(style, each, terraform), ensure_ascii=False) + "\n")
                        results.flush()
                done = ", ".join(f"{name} {number:,}" for name, number in found[style].items())
                print(f"\r{style}: {done}", end="", flush=True, file=sys.stderr)  # noqa: T201
            print(file=sys.stderr)  # noqa: T201
    print(_table(found))  # noqa: T201
    unexplained = any(counted[UNEXPLAINED] for counted in found.values())
    if unexplained:
        print(f"\nThe differences are in {path}.")  # noqa: T201
    return 1 if unexplained else 0


def _record(style: str, each: Compared, terraform: TerraformConsole) -> dict[str, str | None]:
    refusal = terraform.refusals.get(each.expression)
    return {
        "style": style,
        "explanation": each.explanation,
        "expression": each.expression,
        "there": each.there,
        "here": each.here,
        "refusal": refusal,
    }


if __name__ == "__main__":
    raise SystemExit(main())
