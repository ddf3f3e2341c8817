"""What a user reads is plain English: messages, help texts, pages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest
from sentences import HOLE, string_of
from sources import is_command, tree
from sources import modules as all_modules

ROOT = Path(__file__).parents[1]

INSTEAD = {
    r"told|tells?|telling": "is reported, shows, messages",
    r"anew": "again, recreated, replaced, rewritten",
    r"mend(s|ed|ing)?|put(s|ting)? right": "fix",
    r"(tak(e|es|en|ing)|took)( (it|that|this|them|each|all|the \w+|a \w+))?( of this)? away": "delete, remove, detach",
    r"whoever|whosoever": "the user, the caller, the process",
    r"(can|could) ?not be had": "is not supported",
    r"(became|becomes|become) of": "the outcome of",
    r"count not|counts not": "are skipped",
    r"(is|are) there twice": "repeated, declared twice",
    r"it is waited for": "waiting for",
    r"half as \w+ again": "50 % more",
    r"argument is unsuitable": "must be …",
}
"""What is not written, and what is."""
IN_MESSAGES = INSTEAD | {
    r"nobody|somebody( else)?": "cannot, is not known; another user, team or command",
    r"meanwhile": "until then, in between",
    r"(is|was|are|were) waited for": "waiting for",
    r"looked at": "checked, read",
}
"""The same for what users read, which is stricter."""

_FIXTURES = [f"fixtures/**/*.{suffix}" for suffix in ("md", "hcl", "yml", "yaml")]

ALLOWED = re.compile(r'i-nobody|"nobody"', re.IGNORECASE)


def found_in(text: str, words: Mapping[str, str] = IN_MESSAGES) -> list[str]:
    """Each word that is not to be written, with what to write instead."""
    return [
        f"{match.group()!r}: write {instead}"
        for word, instead in words.items()
        for match in _pattern(word).finditer(ALLOWED.sub("", text))
    ]


@cache
def _pattern(word: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{word})\b|\w\(s\)", re.IGNORECASE)


def _shown_strings(module: ast.Module) -> Iterator[str]:
    """The strings of a module that may be shown: with a space in them, and not docstrings but those of commands."""
    waiting: list[ast.AST] = [module]
    while waiting:
        node = waiting.pop()
        text = string_of(node)
        if text is not None:
            yield from [text] * (" " in text)
            continue
        if isinstance(node, ast.FunctionDef) and is_command(node):
            yield ast.get_docstring(node) or ""
        waiting.extend(
            child
            for child in ast.iter_child_nodes(node)
            if not (isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant))
        )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("All problems are told at once.", True),
        ("The object is made anew.", True),
        ("It takes the lock away.", True),
        ("It would take that away first.", True),
        ("It takes 1 argument(s).", True),
        ("Nobody can tell; meanwhile it was looked at.", True),
        ("The object is replaced.", False),
        ("It takes a minute, and then goes away.", False),
        ("A storyteller intends to amend it.", False),
    ],
)
def test_words_are_found_as_wholes(text: str, *, found: bool) -> None:
    assert bool(found_in(text)) is found


def test_only_strings_that_may_be_shown_are_looked_at() -> None:
    source = '''
"""Somebody who reads the code."""
def f(x):
    """Told to nobody else."""
    raise ValueError(f"The {x} is " "made anew.", "told")
'''
    assert list(_shown_strings(ast.parse(source))) == [f"The {HOLE} is made anew."]


@pytest.mark.parametrize("module", sorted(all_modules()))
def test_messages_and_help_texts_are_in_plain_words(module: str) -> None:
    assert [wrong for text in _shown_strings(tree(module)) for wrong in found_in(text)] == []


@pytest.mark.parametrize(
    "page",
    sorted(
        path.relative_to(ROOT).as_posix()
        for pattern in ("*.md", "docs/**/*.md", "docs/**/*.json", "providers/**/*.md", *_FIXTURES)
        for path in ROOT.glob(pattern)
    ),
)
def test_pages_are_in_plain_words(page: str) -> None:
    assert found_in((ROOT / page).read_text(encoding="utf-8")) == []


def test_names_of_tests_are_in_plain_words() -> None:
    names = {
        f"{path.name}: {name}": name.replace("_", " ")
        for path in ROOT.glob("tests/**/*.py")
        for name in re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8"))
    }
    assert {place: wrong for place, text in names.items() if (wrong := found_in(text, INSTEAD))} == {}
