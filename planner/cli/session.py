"""What a command may know of its surroundings: the environment, the terminal, and how to speak to its user."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.diagnostics import Diagnostic
from planner.reading import read_text

if TYPE_CHECKING:
    from planner.render.terminal import Style

_LONGEST_ANSWER = 2**20
_FALSE = ("0", "false", "no", "off")
_LEVELS = {"TRACE": 5, "DEBUG": 10, "INFO": 20, "WARN": 30, "ERROR": 40}


class OutputLost(Exception):
    """Standard output takes no more: whoever reads it has gone, or its disk is full."""

    def __init__(self, problem: OSError) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass
class Session:
    """One run of `cl`. stdout is the product; everything that is told on the way goes to stderr.

    `chdir` is what `-chdir` names, as it was given; `called_in` is then the directory in which `cl` was called.
    """

    environment: Mapping[str, str]
    color: bool = True
    chdir: str | None = None
    called_in: Path | None = None

    @property
    def directory(self) -> Path:
        """The configuration directory: the present one, which `-chdir` has changed already."""
        return Path()

    @property
    def place(self) -> Path:
        """The same directory for paths that are told: its full name where its user, who pastes them, is elsewhere."""
        return Path.cwd() if self.chdir else self.directory

    @property
    def automated(self) -> bool:
        return self.environment.get("CL_IN_AUTOMATION", "") != ""

    @property
    def may_ask(self) -> bool:
        return self.environment.get("CL_INPUT", "").lower() not in _FALSE

    def style(self, *, stderr: bool = False) -> Style:
        """Colours and width for stdout, or for stderr."""
        from planner.render.terminal import Style

        stream = sys.stderr if stderr else sys.stdout
        colored = self.color and not self.environment.get("NO_COLOR") and stream.isatty()
        return Style(color=colored, width=min(shutil.get_terminal_size((120, 24)).columns, 140))

    @property
    def one_place(self) -> bool:
        """Whether stdout and stderr end in the same place, such as a terminal: who reads the one reads the other."""
        try:
            return os.path.sameopenfile(sys.stdout.fileno(), sys.stderr.fileno())
        except (OSError, ValueError):
            return False

    def source(self, filename: str) -> str | None:
        """The text of a file of the configuration, for excerpts."""
        try:
            return read_text(self.directory / filename, errors="replace")
        except (OSError, ValueError):  # no name that a file can have
            return None

    def write(self, text: str) -> None:
        """Put a part of the product on stdout."""
        self.raw(text if text.endswith("\n") or not text else text + "\n")

    def raw(self, text: str) -> None:
        """Put text on stdout as it is, for programs. Raises OutputLost."""
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except OSError as problem:
            raise OutputLost(problem) from None

    def say(self, text: str) -> None:
        """Tell the user something that is no part of the product."""
        self.mention(text + "\n")

    def mention(self, text: str) -> None:
        """Put text on stderr, where somebody still listens: a lost terminal is no reason to end."""
        with contextlib.suppress(OSError):
            sys.stderr.write(text)
            sys.stderr.flush()

    def confirm(self, question: str) -> bool:
        """Whether the user says yes, and nothing but yes."""
        self.mention(f'\n{question}\n  Only "yes" is taken for a yes: ')
        if self.answer().strip() == "yes":
            return True
        self.say("\nNothing was done.")
        return False

    def answer(self) -> str:
        """The line that the user types; nothing where nobody can type."""
        try:
            return sys.stdin.readline(_LONGEST_ANSWER).rstrip("\n")
        except OSError:
            return ""

    def tell(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Tell the user of problems."""
        from planner.render.diagnostics import diagnostics_text
        from planner.render.remedy import entry_called_from

        told = [entry_called_from(one.to_json(), self.chdir) for one in diagnostics]
        self.mention(diagnostics_text(told, self.source, self.style(stderr=True)))

    def tell_errors_of(self, document: Mapping[str, Any], *, summary: bool = False) -> None:
        """Tell in full what a plan's rules and diagnostics found, of which its text has a line each."""
        from planner.render.findings import plan_problems_text
        from planner.render.remedy import called_from

        told = plan_problems_text(
            called_from(document, self.chdir), self.source, self.style(stderr=True), summary=summary
        )
        if told:
            self.mention(f"\n{told}")
        elif document["errored"]:
            self.say("Error: the plan has errors. Nothing will be applied.")

    def start_logging(self) -> None:
        """`CL_LOG` sets the level (TRACE to ERROR), `CL_LOG_PATH` a file instead of stderr."""
        level = self.environment.get("CL_LOG", "").upper()
        if not level or level == "OFF":
            return
        logging.basicConfig(
            level=_LEVELS.get(level, 5),
            filename=self.environment.get("CL_LOG_PATH") or None,
            format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        )
