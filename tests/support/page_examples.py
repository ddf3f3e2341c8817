"""The examples of the pages that explain codes, as files to lay out and commands to run."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from planner.explain.library import own_families

_FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILES = {"hcl": "main.hcl", "json": "world.json"}
"""The file that an example is, where it names none, by its language."""
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

    def follow(self, directory: Path) -> str:
        """Put its files there and run its commands, in its order. Gives all that they print."""
        said = ""
        for fence in self.fences:
            _write(fence, directory)
            if fence.language == "console":
                for line in fence.text.splitlines():
                    said += _run(line.removeprefix("$ "), directory) if line.startswith("$ ") else ""
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


def _run(command: str, directory: Path) -> str:
    """What a shell prints in which `cl` is the one that is tested."""
    cl = f'cl() {{ {shlex.quote(sys.executable)} -m planner.cli.main "$@"; }}'
    done = subprocess.run(
        ["bash", "-c", f"{cl}\n{command}"],
        cwd=directory,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout + done.stderr


def _environment() -> Mapping[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("CL_", "ALI"))}
