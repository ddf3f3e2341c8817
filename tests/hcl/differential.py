"""Compares expressions with the real Terraform, on a developer's machine. Not a part of the test run.

    python tests/hcl/differential.py [--examples 20000] [--style untyped|typed] [--seed 1] [--results FILE]

Expressions are evaluated here and by `terraform console`, a batch in one process, and compared as `console` shows
them, which tells value and type. Each that differs is written to the results as soon as it is found, a JSON document a
line. Still to be expected: the last digit of a quotient, `-0`, and empty sets inside of others, which Terraform refuses
to convert. What is found becomes a case of `functions/test_functions_results.py`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from planner.diagnostics import ConfigError
from planner.hcl import evaluate
from planner.hcl.cty.values import Value, object_of
from planner.hcl.writing.console_format import format_value
from support.typed_expressions import DECLARATIONS, TypedExpressions, variables
from support.untyped_expressions import EXPRESSIONS

BATCH = 200
_DRAWN_AT_ONCE = 30

_ENTRY = re.compile(r'^  "(e\d+)" = ', re.MULTILINE)


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


class Terraform:
    """The console of the real one, in a directory that declares the variables."""

    def __init__(self, program: str, directory: str) -> None:
        self._program = program
        self._directory = directory
        Path(directory, "main.tf").write_text(DECLARATIONS, encoding="utf-8")

    def shown(self, expressions: list[str]) -> dict[str, str | None]:
        """What it shows of each; None where it refuses one."""
        listed = ", ".join(f"e{index} = {each}" for index, each in enumerate(expressions))
        output = self._console(f"{{{listed}}}")
        if output is not None:
            entries = _entries(output)
            return {each: entries[f"e{index}"] for index, each in enumerate(expressions)}
        if len(expressions) == 1:
            return {expressions[0]: None}
        middle = len(expressions) // 2
        return {**self.shown(expressions[:middle]), **self.shown(expressions[middle:])}

    def refused_too(self, expressions: list[str]) -> dict[str, str | None]:
        """What it shows of expressions that it probably refuses: they are tried together, the others one by one."""
        if not expressions:
            return {}
        accepted = [each for each, shown in self._tried(expressions).items() if shown != "false"]
        shown = dict.fromkeys(expressions)
        for each in accepted:
            shown.update(self.shown([each]))
        return shown

    def _tried(self, expressions: list[str]) -> dict[str, str | None]:
        found = self.shown([f"can({each})" for each in expressions])
        return {each: found[f"can({each})"] for each in expressions}

    def _console(self, expression: str) -> str | None:
        environment = {**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"}
        ended = subprocess.run(
            [self._program, "console", "-no-color"],
            input=f"{expression}\n".encode(),
            capture_output=True,
            cwd=self._directory,
            env=environment,
            check=False,
            timeout=300,
        )
        return None if ended.returncode else ended.stdout.decode().rstrip("\n")


def _entries(shown: str) -> dict[str, str]:
    """The entries of an object as the console shows it."""
    starts = [(match.group(1), match.start(), match.end()) for match in _ENTRY.finditer(shown)]
    ends = [start for _, start, _ in starts[1:]] + [len(shown) - 1]
    return {name: shown[after:end].rstrip("\n") for (name, _, after), end in zip(starts, ends, strict=True)}


def value_here(expression: str, scope: dict[str, Value]) -> Value | None:
    """The value here; None where the expression is refused."""
    try:
        return evaluate(expression, scope)
    except ConfigError:
        return None


def differing(terraform: Terraform, expressions: list[str]) -> Iterator[tuple[str, str | None, str | None]]:
    """The expressions that are shown otherwise, with what each side shows."""
    scope = {"var": variables()}
    values = {each: value_here(each, scope) for each in expressions}
    accepted = {each: value for each, value in values.items() if value is not None}
    refused = [each for each, value in values.items() if value is None]
    there = {**(terraform.shown(list(accepted)) if accepted else {}), **terraform.refused_too(refused)}
    for each, value in values.items():
        here = None if value is None else _entries(format_value(object_of({"e0": value})))["e0"]
        if here != there[each]:
            yield each, there[each], here


def main() -> None:
    options = argparse.ArgumentParser(description="Compare expressions with the real Terraform.")
    options.add_argument("--examples", type=int, default=20_000)
    options.add_argument("--style", choices=("untyped", "typed"), default="untyped")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--results", type=Path, default=Path("differences.jsonl"))
    options.add_argument("--terraform", default="terraform")
    chosen = options.parse_args()

    source = islice((typed if chosen.style == "typed" else untyped)(chosen.seed), chosen.examples)
    compared = found = 0
    with tempfile.TemporaryDirectory() as directory, chosen.results.open("w", encoding="utf-8") as results:
        terraform = Terraform(chosen.terraform, directory)
        while batch := list(dict.fromkeys(islice(source, BATCH))):
            for each, there, here in differing(terraform, batch):
                found += 1
                results.write(json.dumps({"expression": each, "there": there, "here": here}, ensure_ascii=False) + "\n")
                results.flush()
            compared += len(batch)
            print(f"\r{compared:,} compared, {found:,} differ", end="", flush=True, file=sys.stderr)  # noqa: T201
    print(file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    main()
