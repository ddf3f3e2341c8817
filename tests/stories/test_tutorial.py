"""The tutorial is followed from its first line to its last: what it types runs, and what it shows is printed."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from support.watching import PATIENCE

PAGE = Path(__file__).parents[2] / "docs" / "tutorial.md"
_FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MARK = "=== typed ==="


@dataclass(frozen=True)
class Typed:
    """A command of the page, with the lines that it shows as printed."""

    command: str
    shown: tuple[str, ...]


def typed_in(text: str) -> list[Typed]:
    first, *rest = re.split(r"^\$ ", text, flags=re.MULTILINE)
    assert first == "", "a block of commands begins with one"
    lines = [part.splitlines() for part in rest]
    return [Typed(command, tuple(map(steady, filter(None, shown)))) for command, *shown in lines]


def steady(line: str) -> str:
    """The line without what differs from run to run."""
    return re.sub(r"\(\d+\.\d s\)", "(… s)", line)


def followed(page: str, directory: Path) -> list[tuple[Typed, list[str]]]:
    """Each command of the page with the lines that it printed: all are typed in one shell."""
    commands: list[Typed] = []
    script = f'cl() {{ {shlex.quote(sys.executable)} -m planner.cli.main "$@"; }}\n'
    for language, name, text in _FENCE.findall(page):
        if language == "hcl":
            script += f"cat > {name} <<'END'\n{text}END\n"
        elif language == "console":
            for typed in typed_in(text):
                commands.append(typed)
                script += f"echo '{_MARK}'\n{typed.command}\n"
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=directory,
        env={name: value for name, value in os.environ.items() if not name.startswith("CL_")} | {"COLUMNS": "120"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    _, *parts = done.stdout.split(f"{_MARK}\n")
    return [(typed, list(map(steady, part.splitlines()))) for typed, part in zip(commands, parts, strict=True)]


def test_the_tutorial_shows_what_its_commands_print(tmp_path: Path) -> None:
    runs = followed(PAGE.read_text(encoding="utf-8"), tmp_path)
    assert len(runs) > 20
    for typed, printed in runs:
        assert [line for line in typed.shown if line != "…" and line not in printed] == [], "\n".join(
            (f"$ {typed.command}", *printed)
        )
        if "…" not in typed.shown:
            assert sorted(typed.shown) == sorted(filter(None, printed)), f"$ {typed.command} prints more"
