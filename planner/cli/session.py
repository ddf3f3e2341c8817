"""One run of `cl`: its environment and its terminal."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct, field

from planner.cli.outlet import Interrupted, Outlet

if TYPE_CHECKING:
    from pathlib import Path

    from planner.remedy import Caller
    from planner.render.waiting import Waiting

_LONGEST_ANSWER = 2**20
_FALSE = ("0", "false", "no", "off")
_LEVELS = {"TRACE": 5, "DEBUG": 10, "INFO": 20, "WARN": 30, "ERROR": 40}


class OutputLost(Exception):
    """Standard output is closed: the process that reads it has ended, or the disk is full."""

    def __init__(self, problem: OSError) -> None:
        super().__init__(str(problem))
        self.problem = problem


class Session(Struct, dict=True):
    """The environment and the terminal. stdout is the product; progress, questions and problems go to stderr.

    `color` is whether colours are wanted; `chdir` is what `-chdir` names, as it was given; `called_in` is then the
    directory in which `cl` was called. `value_files` are the files that `--var-file` names. `planned` are the digests
    of the files that a saved plan was made from, where one is shown: its places are places in these, and not in what
    there is by now. `interrupted` says whether the user has asked `cl` to end.
    """

    environment: Mapping[str, str]
    color: bool = True
    chdir: str | None = None
    called_in: Path | None = None
    value_files: frozenset[str] = frozenset()
    planned: Mapping[str, str] | None = None
    interrupted: Interrupted = lambda: False
    _stdout: Outlet = field(default_factory=lambda: Outlet("stdout"))
    _stderr: Outlet = field(default_factory=lambda: Outlet("stderr"))
    _screen: threading.Lock = field(default_factory=threading.Lock)
    _is_drawn: bool = False

    @property
    def directory(self) -> Path:
        """The configuration directory: the present one, which `-chdir` has changed already."""
        from pathlib import Path

        return Path()

    @property
    def caller(self) -> Caller:
        """Where `cl` was called."""
        from planner.remedy import Caller

        path = os.path.relpath(os.curdir, self.called_in) if self.called_in else os.curdir
        workspace = self.environment.get("CL_WORKSPACE") or None
        return Caller(self.chdir, workspace, "" if path == os.curdir else path)

    @property
    def automated(self) -> bool:
        return self.environment.get("CL_IN_AUTOMATION", "") != ""

    @property
    def shows_progress(self) -> bool:
        """Whether a line can be redrawn: on a terminal, and not where a program runs `cl`."""
        return sys.stderr.isatty() and not self.automated

    @cached_property
    def waiting(self) -> Waiting:
        """What shows what the user waits for: a live line, or lines now and then where nothing can be redrawn."""
        from planner.render.waiting import Waiting, logged

        return Waiting(self.draw) if self.shows_progress else logged(self.mention)

    @property
    def may_ask(self) -> bool:
        return self.environment.get("CL_INPUT", "").lower() not in _FALSE

    @property
    def one_place(self) -> bool:
        """Whether stdout and stderr end in the same place, such as a terminal: who reads the one reads the other."""
        try:
            return os.path.sameopenfile(sys.stdout.fileno(), sys.stderr.fileno())
        except (OSError, ValueError):
            return False

    def source(self, filename: str) -> str | None:
        """The text of a file of the configuration, for excerpts; None for files of values, such as the state's.

        `filename` is its name from where `cl` was called.
        """
        if not filename.endswith((".hcl", ".hcl.json")):
            return None
        if self.called_in is not None and not filename.startswith("/"):
            filename = os.path.relpath(self.called_in / filename)
        if filename in self.value_files:
            return None
        from planner.documents.checksum import source_digest
        from planner.reading import read_text

        try:
            text = read_text(self.directory / filename, errors="replace")
        except (OSError, ValueError):  # no name that a file can have
            return None
        return text if self.planned is None or self.planned.get(filename) == source_digest(text) else None

    def write(self, text: str) -> None:
        """Put a part of the product on stdout."""
        self.raw(text if text.endswith("\n") or not text else text + "\n")

    def raw(self, text: str) -> None:
        """Put text on stdout as it is, for programs. Raises OutputLost."""
        try:
            with self._screen:
                self._clear()
                self._stdout.write(text, self.interrupted)
        except OSError as problem:
            raise OutputLost(problem) from None

    def say(self, text: str) -> None:
        """Tell the user something that is no part of the product."""
        self.mention(text + "\n")

    def mention(self, text: str) -> None:
        """Put text on stderr, where it is still open: a lost terminal is no reason to end."""
        with contextlib.suppress(OSError), self._screen:
            self._clear()
            self._stderr.write(text, self.interrupted)

    def draw(self, text: str, end: str = "") -> None:
        """Draw the live line at the bottom of the terminal, in the place of the one before, or clear that.

        It is as wide as the terminal is now. What is written next takes its place.
        """
        from planner.cli.width import width_at
        from planner.render.terminal import live_line

        with contextlib.suppress(OSError), self._screen:
            if not text + end:
                self._clear()
                return
            self._is_drawn = True
            self._stderr.write(live_line(text, end, width_at(self.environment, sys.stderr)), self.interrupted)

    def quiet(self) -> AbstractContextManager[None]:
        """While this is entered, nothing is drawn of what the user waits for."""
        return self.waiting.quiet()

    def _clear(self) -> None:
        if self._is_drawn:
            from planner.render.terminal import CLEAR

            self._is_drawn = False
            with contextlib.suppress(OSError):
                self._stderr.write(CLEAR, self.interrupted)

    def confirm(self, question: str) -> bool:
        """Whether the user says yes, and nothing but yes."""
        if self.ask(f'\n{question}\n  Type "yes" to go on: ').strip() == "yes":
            return True
        self.say("\nNothing was done.")
        return False

    def ask(self, prompt: str) -> str:
        """The line that the user types behind the prompt; nothing where there is no terminal."""
        with self.quiet():
            self.mention(prompt)
            try:
                return sys.stdin.readline(_LONGEST_ANSWER).rstrip("\n")
            except OSError:
                return ""

    def start_logging(self) -> None:
        """`CL_LOG` sets the level (TRACE to ERROR), `CL_LOG_PATH` a file instead of stderr.

        Only what `cl` itself logs is shown: libraries log addresses, headers and answers, with secrets in them.
        """
        level = self.environment.get("CL_LOG", "").upper()
        if not level or level == "OFF":
            return
        import logging

        path = self.environment.get("CL_LOG_PATH")
        handler = logging.FileHandler(path, encoding="utf-8") if path else logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        logger = logging.getLogger("cl")
        logger.addHandler(handler)
        logger.setLevel(_LEVELS.get(level, 5))
        logger.propagate = False
