"""`cl console`."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from planner.app.assignments import Assignments
from planner.cli import options
from planner.cli.command import Command
from planner.cli.session import Session
from planner.cli.surroundings import surroundings_of
from planner.diagnostics import ConfigError

if TYPE_CHECKING:
    from planner.hcl.cty.values import Value

    Evaluate = Callable[[str], Value]

_MORE = ": "
"""The prompt where an expression goes on."""


@click.command(cls=Command)
@options.variables
@options.as_json
@click.pass_obj
def console(session: Session, assignments: Assignments, as_json: bool) -> int:
    """Try expressions, at a prompt or from stdin. An expression with an open bracket continues on the next line.

    Expressions can refer to this configuration and its state. With --json, each line is one expression.
    """
    from planner.app.console import console_evaluator

    evaluate = console_evaluator(surroundings_of(session, assignments))
    if as_json:
        return _as_json(session, evaluate)
    return _at_prompt(session, evaluate) if sys.stdin.isatty() else _from_pipe(session, evaluate)


def _as_json(session: Session, evaluate: Evaluate) -> int:
    """`{"value","type"}` or `{"error"}` for each line. A sensitive value is null, and "sensitive" true."""
    from planner.hcl.cty.values import SENSITIVE, deep_marks
    from planner.render.json import json_line

    for line in _lines():
        try:
            value = evaluate(line)
            answer: dict[str, Any] = {"value": _plain(value), "type": value.type_json()}
            if SENSITIVE in deep_marks(value):
                answer |= {"value": None, "sensitive": True}
        except ConfigError as error:
            answer = {"error": error.diagnostics[0].to_json()}
        session.write(json_line(answer))
    return 0


def _plain(value: Value) -> Any:
    from planner.render.values import plain_json

    return _finite(plain_json(value))


def _finite(data: Any) -> Any:
    """The data with infinite numbers as text, since JSON has none."""
    if isinstance(data, Decimal) and data.is_infinite():
        return "-Inf" if data.is_signed() else "+Inf"
    if isinstance(data, list):
        return [_finite(each) for each in data]
    return {key: _finite(each) for key, each in data.items()} if isinstance(data, dict) else data


def _from_pipe(session: Session, evaluate: Evaluate) -> int:
    """Every answer on stdout; the first error ends it."""
    from planner.hcl.writing.console_format import format_value

    lines = _lines()
    for line in lines:
        session.write(format_value(evaluate(_whole(line, lambda: next(lines, None)))))
    return 0


def _whole(line: str, more: Callable[[], str | None]) -> str:
    """The expression that begins with this line, with the further lines that its open brackets ask for."""
    from planner.hcl.syntax.continuation import is_open

    text = f"{line}\n"
    while is_open(text) and (following := more()) is not None:
        text += f"{following}\n"
    return text


def _lines() -> Iterator[str]:
    return (line.rstrip("\n") for line in sys.stdin if line.strip())


def _at_prompt(session: Session, evaluate: Evaluate) -> int:
    from planner.cli.messages import show_problems
    from planner.hcl.writing.console_format import format_value

    with _history():
        while True:
            line = _typed("> ")
            if line is None:
                session.write("\n")
                return 0
            if line.strip() in ("exit", "quit"):
                return 0
            if line.strip():
                try:
                    session.write(format_value(evaluate(_whole(line, lambda: _typed(_MORE)))))
                except ConfigError as error:
                    show_problems(session, error.diagnostics)


def _typed(prompt: str) -> str | None:
    """The next line that the user types, None at the end of the input."""
    try:
        return input(prompt)
    except EOFError:
        return None


@contextlib.contextmanager
def _history() -> Iterator[None]:
    """Line editing, and the lines of earlier times; without readline, neither."""
    try:
        import readline
    except ImportError:
        yield
        return
    path = Path.home() / ".cl_history"
    with contextlib.suppress(OSError):
        readline.read_history_file(path)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            readline.write_history_file(path)
