"""Every command and option of `cl` that the documentation names exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from planner.cli.main import cl

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "planner/explain/pages").glob("*.md")),
]
_CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)


def calls(page: Path) -> Iterator[str]:
    for code in _CODE.findall(page.read_text(encoding="utf-8")):
        for line in re.sub(r"\\\n\s*", "", code).strip("`").splitlines():
            if found := re.match(r"\s*(?:\$ )?(?:[A-Z_]+=\S+ )*cl (.*)", line):
                yield re.split(r" && | \| | > |  #| # ", found[1])[0]


def wrong(call: str) -> str | None:
    """What a call has that `cl` does not."""
    command: click.Command = cl
    words = [word for word in call.split() if not word.startswith("-chdir")]
    context = click.Context(cl)
    while isinstance(command, click.Group) and words and re.fullmatch(r"[a-z][a-z-]*", words[0]):
        found = command.get_command(context, words[0])
        if found is None:
            return words[0]
        command, words = found, words[1:]
    known = {
        name.lstrip("-")
        for one in command.params
        if isinstance(one, click.Option)
        for name in (*one.opts, *one.secondary_opts)
    }
    given = [option[1] for word in words if (option := re.fullmatch(r"--?([a-z][a-z-]*)(?:=.*)?", word))]
    return next((name for name in given if name not in {*known, "help", "h", "no-color", "chdir", "version"}), None)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_and_options_that_a_page_names_exist(page: Path) -> None:
    assert [(call, missing) for call in calls(page) if (missing := wrong(call))] == []


@pytest.mark.parametrize(
    ("call", "missing"), [("plan --out p", None), ("state frob", "frob"), ("plan --frob=1", "frob"), ("--help", None)]
)
def test_a_call_that_is_wrong_is_seen(call: str, missing: str | None) -> None:
    assert wrong(call) == missing


def test_calls_are_found_in_the_pages() -> None:
    assert sum(1 for page in PAGES for _ in calls(page)) > 200
