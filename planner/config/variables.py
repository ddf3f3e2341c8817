"""The sources of input variables' values, and their precedence.

Last wins: `CL_VAR_name` in the environment, `cl.clvars`, `cl.clvars.json`, `*.auto.clvars[.json]` in name order, then
`--var` and `--var-file` in the order of the command line.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from pathlib import Path

from msgspec import Struct, field

from planner.config.problems import Problems
from planner.diagnostics import Diagnostic, Span
from planner.hcl.cty.values import Value
from planner.remedy import Remedy

ENVIRONMENT_PREFIX = "CL_VAR_"
_MOST_SHOWN = 40
"""Characters of a wrong option that a message has."""


class Origin(Enum):
    """Where a value was given: what to say of one that no variable is declared for depends on it."""

    ENVIRONMENT = "environment"
    AUTOMATIC_FILE = "file"
    NAMED_FILE = "--var-file"
    OPTION = "--var"
    PROMPT = "prompt"


class Given(Struct, frozen=True):
    """A value given to a variable: a `Value`, or a text to be read by the variable's type."""

    name: str
    value: Value | str
    origin: Origin
    source: str
    """Where it was given, in words: `the environment variable CL_VAR_x`."""
    span: Span | None = None
    name_span: Span | None = None


class Values(Struct, frozen=True):
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
        if equals and name.strip():
            yield Given(name.strip(), value, Origin.OPTION, "the option --var")
            return
        lacks = 'the name is missing before "="' if equals else f'"{text[:_MOST_SHOWN]}" has no "="'
        remedy = Remedy.of("Write the name, an equals sign and the value as one word, such as --var 'name=value'.")
        self._problems.add(Diagnostic("CFG409", "Invalid --var option", f"--var: {lacks}.", remedy))

    def _file(self, path: Path, name: str, origin: Origin) -> list[Given]:
        from planner.config.value_files import VARIABLES, text_of, values_in

        found: list[Given] = []
        with self._problems.collecting():
            text = text_of(path, name, VARIABLES, may_be_pipe=origin is Origin.NAMED_FILE)
            self._sources[name] = text
            found += (
                Given(one.name, one.value, origin, f"the file {name}", one.span, one.name_span)
                for one in values_in(text, name, VARIABLES)
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
    automatic = (path for path in directory.iterdir() if path.name.endswith((".auto.clvars", ".auto.clvars.json")))
    yield from sorted((path for path in automatic if not path.is_dir()), key=lambda path: path.name)
