"""Reports: the `-o FORMAT[=FILE]` and `--json` of plan, drift, validate and show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import click
from msgspec import Struct

from planner.app.own_files import Named
from planner.cli.own_files import refuse_own_files
from planner.cli.session import Session
from planner.cli.style import style_of
from planner.remedy import Command
from planner.render.formats import DRIFT, FORMATS, PLAN, VALIDATE, Formats
from planner.render.outputs import Output, parse_outputs, write_outputs
from planner.render.setting import Setting
from planner.values import replace

if TYPE_CHECKING:
    from planner.documents.drift import DriftDocument
    from planner.documents.plan import PlanDocument
    from planner.documents.validation import ValidationDocument


D = TypeVar("D")


class Reports(Struct, Generic[D], frozen=True):
    """Which reports of one kind of document were asked for. Made first, so that a mistake ends the command."""

    session: Session
    formats: Formats[D]
    outputs: tuple[Output, ...]
    summary: bool = False
    every_step: bool = False
    quoted: bool = False

    @property
    def files(self) -> Named:
        """The files that reports go to."""
        return [("-o", output.file) for output in self.outputs]

    def without_text(self) -> Reports[D]:
        """The same without text on stdout: for what is shown on stderr anyhow."""
        return replace(self, outputs=tuple(one for one in self.outputs if one != Output("text")))

    def write(self, document: D, *, next_command: Command | None = None, plan_again: Command | None = None) -> None:
        """Write them all. Raises ConfigError where one cannot be written.

        Where the findings are read below a text, `write_next` is to follow them.
        """
        write_outputs(self.outputs, self.formats, document, self._setting(next_command, plan_again), self.session.write)

    def write_next(
        self: Reports[PlanDocument], document: PlanDocument, *, next_command: Command, plan_again: Command
    ) -> None:
        """Write what to do next, where `write` has left it out of the text to be the last line that is read."""
        setting = self._setting(next_command, plan_again)
        if Output("text") in self.outputs and not setting.next_step:
            from planner.render.next_step import next_words

            if words := next_words(document, setting, setting.style):
                self.session.write(f"\n{words}")

    def _setting(self, next_command: Command | None, plan_again: Command | None) -> Setting:
        session = self.session
        return Setting(
            style_of(session),
            session.source,
            self.summary,
            self.every_step,
            next_command,
            plan_again,
            session.caller,
            findings_follow=session.one_place and not self.summary,
            quoted=self.quoted,
            next_step=not session.one_place,
        )


def plan_reports(
    session: Session, given: tuple[str, ...], *, as_json: bool, summary: bool, every_step: bool
) -> Reports[PlanDocument]:
    return Reports(session, PLAN, _outputs(session, given, as_json=as_json), summary, every_step)


def drift_reports(session: Session, given: tuple[str, ...], *, as_json: bool) -> Reports[DriftDocument]:
    return Reports(session, DRIFT, _outputs(session, given, as_json=as_json))


def validate_reports(session: Session, given: tuple[str, ...], *, as_json: bool) -> Reports[ValidationDocument]:
    return Reports(session, VALIDATE, _outputs(session, given, as_json=as_json))


def _outputs(session: Session, given: tuple[str, ...], *, as_json: bool) -> tuple[Output, ...]:
    """What was asked for; without a word about stdout, text goes there."""
    try:
        outputs = parse_outputs((*given, "json") if as_json else given, FORMATS)
    except ValueError as problem:
        raise click.UsageError(str(problem)) from None
    refuse_own_files([("-o", output.file) for output in outputs], session.directory)
    return outputs if any(output.file is None for output in outputs) else (*outputs, Output("text"))
