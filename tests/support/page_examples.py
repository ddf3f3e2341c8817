"""The examples of the pages that explain codes, as files to lay out and commands to run."""

from __future__ import annotations

import re
import shlex
import subprocess
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from planner.explain.library import own_families
from support.desk import Desk

_FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILES = {"hcl": "main.hcl", "json": "world.json"}
"""The file that an example is, where it names none, by its language."""
_ASSIGNMENT = re.compile(r"\w+=.*", re.DOTALL)
_INSTEAD = "\nInstead:\n"


@dataclass(frozen=True)
class Fence:
    """A part of an example: a file, commands with what they print, or a program."""

    language: str
    file: str
    text: str


@dataclass(frozen=True)
class Example:
    """What brings a code about, or with `good` what is right instead."""

    code: str
    good: bool
    fences: tuple[Fence, ...]

    def __str__(self) -> str:
        return f"{self.code}-{'good' if self.good else 'bad'}"

    @property
    def is_typed(self) -> bool:
        """Whether it says itself which commands are run."""
        return any(fence.language == "console" for fence in self.fences)

    @property
    def program(self) -> str:
        """The Python program that it is."""
        return "".join(fence.text for fence in self.fences if fence.language == "python")

    @property
    def printed(self) -> list[str]:
        """The lines that its commands print, in which `…` stands for any text."""
        lines = "".join(fence.text for fence in self.fences if fence.language == "console").splitlines()
        return [line for line in lines if line and not line.startswith("$ ")]

    def lay_out(self, directory: Path) -> None:
        """Put its files there."""
        for fence in self.fences:
            _write(fence, directory)

    def follow(self, desk: Desk) -> str:
        """Put its files there and run its commands, in its order. Gives all that they print."""
        said = ""
        for fence in self.fences:
            _write(fence, desk.directory)
            if fence.language == "console":
                for line in fence.text.splitlines():
                    said += _run(line.removeprefix("$ "), desk) if line.startswith("$ ") else ""
        return said


def examples() -> list[Example]:
    """Every example that can be run."""
    found = []
    for page in (page for family in own_families() for page in family.pages):
        for good, text in enumerate(page.example.split(_INSTEAD)):
            fences = tuple(
                Fence(language, file or _FILES.get(language, ""), content)
                for language, file, content in _FENCE.findall(text)
                if language != "text"
            )
            if fences:
                found.append(Example(page.code, bool(good), fences))
    return found


def shown(line: str, said: str) -> bool:
    """Whether the line was printed, however it was wrapped."""
    parts = (re.escape(" ".join(part.split())) for part in line.split("…"))
    return re.search(".*?".join(parts), " ".join(said.split())) is not None


def _write(fence: Fence, directory: Path) -> None:
    if fence.file:
        path = directory / fence.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(fence.text, encoding="utf-8")


def _run(command: str, desk: Desk) -> str:
    """What a command prints: `cl`, with variables set for it alone, or one of the shell's."""
    words = shlex.split(command)
    variables = dict(word.split("=", 1) for word in takewhile(_ASSIGNMENT.fullmatch, words))
    if words[len(variables)] == "cl":
        ended = desk.cl(*words[len(variables) + 1 :], code=None, **variables)
        return ended.out + ended.err
    done = subprocess.run(["bash", "-c", command], cwd=desk.directory, capture_output=True, text=True, check=True)
    return done.stdout + done.stderr
