"""The sources of input variables' values, and their precedence.

Last wins: `CL_VAR_name` in the environment, `cl.clvars`, `cl.clvars.json`, `*.auto.clvars[.json]` in name order, then
`--var` and `--var-file` in the order of the command line.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from pathlib import Path

from planner.config.names import needs_quotes
from planner.config.problems import Problems
from planner.diagnostics import ConfigError, Diagnostic, Position, Span
from planner.hcl.cty.python_values import from_python
from planner.hcl.cty.values import Value
from planner.hcl.evaluation.evaluator import DEEPEST_VALUE, evaluate_expression, excess
from planner.hcl.evaluation.scope import Scope
from planner.hcl.syntax.parser import parse_file
from planner.hcl.syntax.references import references
from planner.reading import read_named, read_regular
from planner.remedy import Remedy

ENVIRONMENT_PREFIX = "CL_VAR_"


class Origin(Enum):
    """Where a value was given: what to say of one that no variable is declared for depends on it."""

    ENVIRONMENT = "environment"
    AUTOMATIC_FILE = "file"
    NAMED_FILE = "--var-file"
    OPTION = "--var"
    PROMPT = "prompt"


@dataclass(frozen=True, slots=True)
class Given:
    """A value given to a variable: a `Value`, or a text to be read by the variable's type."""

    name: str
    value: Value | str
    origin: Origin
    source: str
    """Where it was given, in words: `the environment variable CL_VAR_x`."""
    span: Span | None = None


@dataclass(frozen=True)
class Values:
    """All values given, the last of a name wins. `sources` are the texts of the files that were read, by name."""

    given: tuple[Given, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)

    def with_answers(self, answers: Mapping[str, str]) -> Values:
        """These values and what a user typed when asked, by name."""
        asked = (Given(name, text, Origin.PROMPT, "the answer typed") for name, text in answers.items())
        return Values((*self.given, *asked), self.sources)


def collect(directory: Path, environment: Mapping[str, str], command_line: Iterable[tuple[str, str]] = ()) -> Values:
    """All values given for a configuration directory.

    `command_line` holds pairs of `var` and `name=value`, or `file` and a path. Raises ConfigError with every problem.
    """
    return _Collector(directory).collect(environment, command_line)


class _Collector:
    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._problems = Problems()
        self._sources: dict[str, str] = {}

    def collect(self, environment: Mapping[str, str], command_line: Iterable[tuple[str, str]]) -> Values:
        given = [*_from_environment(environment)]
        for path in _automatic_files(self._directory):
            given += self._file(path, path.name, Origin.AUTOMATIC_FILE)
        for kind, text in command_line:
            if kind == "var":
                given += self._option(text)
            else:
                given += self._file(self._directory / text, text, Origin.NAMED_FILE)
        self._problems.raise_errors()
        return Values(tuple(given), self._sources)

    def _option(self, text: str) -> Iterator[Given]:
        name, equals, value = text.partition("=")
        if equals:
            yield Given(name.strip(), value, Origin.OPTION, "the option --var")
            return
        detail = f"--var takes a name and a value, as in --var 'name=value', not {text!r}."
        self._problems.add(Diagnostic("CFG409", "Invalid --var option", detail))

    def _file(self, path: Path, name: str, origin: Origin) -> list[Given]:
        found: list[Given] = []
        with self._problems.collecting():
            text = _read(path, name, origin)
            self._sources[name] = text
            read = _json_values if name.endswith(".json") else _hcl_values
            found += (
                Given(variable, value, origin, f"the file {name}", span) for variable, value, span in read(text, name)
            )
        return found


def _from_environment(environment: Mapping[str, str]) -> Iterator[Given]:
    for key in sorted(environment):
        if key.startswith(ENVIRONMENT_PREFIX):
            name = key.removeprefix(ENVIRONMENT_PREFIX)
            yield Given(name, environment[key], Origin.ENVIRONMENT, f"the environment variable {key}")


def _automatic_files(directory: Path) -> Iterator[Path]:
    """Only directories are skipped: a link that leads nowhere is reported, as values are missing."""
    fixed = [directory / name for name in ("cl.clvars", "cl.clvars.json")]
    yield from (path for path in fixed if os.path.lexists(path) and not path.is_dir())
    automatic = [*directory.glob("*.auto.clvars"), *directory.glob("*.auto.clvars.json")]
    yield from sorted((path for path in automatic if not path.is_dir()), key=lambda path: path.name)


def _read(path: Path, name: str, origin: Origin) -> str:
    """The text of a variables file; one that the user names may be a pipe, as in `--var-file <(…)`."""
    try:
        data = read_named(path) if origin is Origin.NAMED_FILE else read_regular(path)
        return data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else "it is not UTF-8 text"
        detail = f"The variables file {name} cannot be read: {reason}."
        raise ConfigError(
            Diagnostic("CFG410", "Cannot read variables file", detail, Remedy.of("Check the path."))
        ) from None


def _hcl_values(text: str, name: str) -> Iterator[tuple[str, Value, Span]]:
    problems = Problems()
    body = parse_file(text, name)
    found: list[tuple[str, Value, Span]] = []
    for block in body.blocks:
        detail = f'A variables file holds name = value lines only; a "{block.type}" block belongs into a *.hcl file.'
        problems.add(Diagnostic("CFG301", "Unsupported block type", detail, span=block.type_span))
    for attribute in body.attributes.values():
        with problems.collecting():
            if used := references(attribute.expression):
                detail = "A variables file holds plain values: it cannot refer to anything."
                remedy = needs_quotes(used[0])
                raise ConfigError(
                    Diagnostic("CFG401", "Variables not allowed", detail, Remedy.of(remedy), span=used[0].span)
                )
            value = evaluate_expression(attribute.expression, Scope({}))
            found.append((attribute.name, value, attribute.expression.span))
    problems.raise_errors()
    yield from found


def _json_values(text: str, name: str) -> Iterator[tuple[str, Value, Span]]:
    start = Span(name, Position(1, 1), Position(1, 1))
    try:
        found = json.loads(text, parse_float=Decimal)
        values = {key: from_python(value) for key, value in found.items()} if isinstance(found, dict) else {}
    except RecursionError:
        detail = f"Lists and objects may lie in each other {DEEPEST_VALUE} deep at most."
        raise ConfigError(Diagnostic("CFG107", "Too deeply nested", detail, span=start)) from None
    except ValueError as problem:
        line, column = getattr(problem, "lineno", 1), getattr(problem, "colno", 1)
        place = Span(name, Position(line, column), Position(line, column + 1))
        detail = f"The file is not valid JSON: {problem}."
        raise ConfigError(Diagnostic("CFG107", "Invalid JSON", detail, span=place)) from None
    if not isinstance(found, dict):
        detail = "A JSON variables file holds one object: its keys are variable names."
        raise ConfigError(Diagnostic("CFG107", "Invalid JSON", detail, span=start))
    for variable, value in values.items():
        if wrong := excess(value):
            raise ConfigError(Diagnostic("CFG107", wrong[0], wrong[1], span=start))
        yield variable, value, start
