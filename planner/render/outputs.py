"""`-o FORMAT[=FILE]`: which report goes where."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

from msgspec import Struct

from planner.diagnostics import ConfigError, Diagnostic, did_you_mean
from planner.render.formats import D, Formats
from planner.render.setting import Setting
from planner.render.terminal import ENDLESS, Style
from planner.values import replace

_IN_A_FILE = Style(width=ENDLESS)


_FILE = r"[./\\]"
"""What names of files have, and no format has."""


class Output(Struct, frozen=True):
    """One report that was asked for; with no file it goes to standard output."""

    format: str
    file: str | None = None


def parse_outputs(texts: Iterable[str], formats: Collection[str]) -> tuple[Output, ...]:
    """The reports asked for as `FORMAT[=FILE]`; `-` as a file is standard output.

    Raises ValueError, with a sentence, for an unknown format and for two reports that would go to one place.
    """
    found: dict[str | None, Output] = {}
    for text in texts:
        name, equals, file = text.partition("=")
        if name not in formats:
            hint = _for_a_file(text) if not equals and re.search(_FILE, text) else did_you_mean(name, formats)
            raise ValueError(f'There is no report format "{name}".{hint} Known are: {", ".join(formats)}.')
        if equals and not file:
            raise ValueError(f'"{text}" names no file after "=".')
        output = Output(name, None if file in ("", "-") else file)
        if output.file in found:
            where = output.file or "standard output"
            raise ValueError(f"The reports {found[output.file].format} and {name} would both go to {where}.")
        found[output.file] = output
    return tuple(found.values())


def _for_a_file(name: str) -> str:
    return f" For a report in that file, name a format first: -o json={name}. To save the plan: cl plan -out={name}."


def write_outputs(
    outputs: Sequence[Output],
    formats: Formats[D],
    document: D,
    setting: Setting,
    say: Callable[[str], object],
) -> None:
    """Write each report to its file, or `say` it. A file never holds colours.

    Raises ConfigError where a file cannot be written; the other reports are still written.
    """
    problems: list[Diagnostic] = []
    for output in outputs:
        if output.file is None:
            say(formats[output.format](document, setting))
            continue
        alone = replace(setting, style=_IN_A_FILE, findings_follow=False, next_step=True)
        text = formats[output.format](document, alone)
        from planner.writing import rewrite

        try:
            rewrite(Path(output.file), text)
        except OSError as problem:
            problems.append(_unwritten(output, problem))
    if problems:
        raise ConfigError(problems)


def _unwritten(output: Output, problem: OSError) -> Diagnostic:
    from planner.writing import how_to_write

    return Diagnostic(
        code="CFG590",
        summary="Report cannot be written",
        detail=f'The {output.format} report could not be written to "{output.file}": {problem.strerror or problem}.',
        remedy=how_to_write(problem, "Name a file in a directory that exists and is writable."),
    )
