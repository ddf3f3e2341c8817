"""`-o FORMAT[=FILE]`: which report goes where, and the tables of formats.

A report reads one document and nothing else; what differs from run to run (colour, width, sources) comes as `Setting`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from planner.diagnostics import ConfigError, Diagnostic, did_you_mean
from planner.render.remedy import call, drift_called_from, plan_called_from, validation_called_from
from planner.render.setting import Setting
from planner.render.terminal import PLAIN
from planner.writing import rewrite

if TYPE_CHECKING:
    from planner.documents.drift import DriftDocument
    from planner.documents.plan import PlanDocument
    from planner.documents.validation import ValidationDocument


D = TypeVar("D")

Renderer = Callable[[D, Setting], str]
"""A report of one kind of document."""

Formats = Mapping[str, Renderer[D]]
"""The reports of one kind of document, by name."""


@dataclass(frozen=True, slots=True)
class Output:
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
            raise ValueError(
                f'There is no report format "{name}".{did_you_mean(name, formats)} Known are: {", ".join(formats)}.'
            )
        if equals and not file:
            raise ValueError(f'"{text}" names no file after "=".')
        output = Output(name, None if file in ("", "-") else file)
        if output.file in found:
            where = output.file or "standard output"
            raise ValueError(f"The reports {found[output.file].format} and {name} would both go to {where}.")
        found[output.file] = output
    return tuple(found.values())


def write_outputs(
    outputs: Sequence[Output],
    formats: Formats[D],
    document: D,
    setting: Setting,
    say: Callable[[str], object],
) -> None:
    """Write each report to its file, or `say` it. A file never holds colours.

    Raises ConfigError where a file cannot be written; the other reports are written all the same.
    """
    problems: list[Diagnostic] = []
    for output in outputs:
        if output.file is None:
            say(formats[output.format](document, setting))
            continue
        text = formats[output.format](document, replace(setting, style=PLAIN, findings_follow=False))
        try:
            rewrite(Path(output.file), text)
        except OSError as problem:
            problems.append(_unwritten(output, problem))
    if problems:
        raise ConfigError(problems)


def _unwritten(output: Output, problem: OSError) -> Diagnostic:
    return Diagnostic(
        code="CFG590",
        summary="Report cannot be written",
        detail=f'The {output.format} report could not be written to "{output.file}": {problem.strerror or problem}.',
        remedy="Name a file in a directory that exists and that you may write to.",
    )


def _json(document: object, _setting: Setting) -> str:
    from planner.render.json import json_text

    return json_text(document)


def _plan_text(document: PlanDocument, setting: Setting) -> str:
    from planner.render.text import plan_text

    return plan_text(
        document,
        setting.style,
        summary=setting.summary,
        every_step=setting.every_step,
        next_command=setting.next_command,
        findings_follow=setting.findings_follow,
    )


def _drift_text(document: DriftDocument, setting: Setting) -> str:
    from planner.render.drift import drift_text

    return drift_text(document, setting.style)


def _validate_text(document: ValidationDocument, setting: Setting) -> str:
    from planner.render.diagnostics import validate_text

    return validate_text(document, setting.sources, setting.style)


def _formats(kind: str, text: Renderer[D], called_from: Callable[[D, str | None], D]) -> Formats[D]:
    """The formats of a kind of document, in the order in which they are listed.

    Commands are shown as they are called from where the reader is; JSON has them as they are.
    """
    files = ("markdown", "html", "sarif", "junit", "github")
    others = {name: _for_reader(_renderer(name, f"{kind}_{name}"), called_from) for name in files}
    return {"text": _for_reader(text, called_from), "json": _json, **others}


def _for_reader(render: Renderer[D], called_from: Callable[[D, str | None], D]) -> Renderer[D]:
    def written(document: D, setting: Setting) -> str:
        following = call(setting.next_command, setting.chdir) if setting.next_command else None
        return render(called_from(document, setting.chdir), replace(setting, next_command=following))

    return written


def _renderer(module: str, name: str) -> Renderer[D]:
    """A renderer whose module is imported when the first report is written with it."""

    def render(document: D, setting: Setting) -> str:
        written: str = getattr(importlib.import_module(f"planner.render.{module}"), name)(document, setting)
        return written

    return render


PLAN = _formats("plan", _plan_text, plan_called_from)
DRIFT = _formats("drift", _drift_text, drift_called_from)
VALIDATE = _formats("validate", _validate_text, validation_called_from)
