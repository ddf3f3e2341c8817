"""The patterns of `fileset`: `*`, `?`, `[…]`, `{a,b}` inside a name, `**` for any number of directories.

Own code: the standard library's patterns have no alternatives in braces and pass over hidden files.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Callable, Iterator
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from planner.hcl.functions.patterns import compiled
from planner.hcl.functions.spec import FunctionError

if TYPE_CHECKING:
    from planner.hcl.functions.patterns import Expression

MAX_ENTRIES: Final = 100_000
"""Directory entries that one call looks at."""

MAX_PATTERN_LENGTH: Final = 4096

_SPECIAL: Final = frozenset("*?[{\\")


def fixed_steps(pattern: str) -> list[str]:
    """The directories at the front of a pattern that are named outright."""
    steps = posixpath.normpath(pattern).split("/")
    return list(takewhile(lambda step: not _SPECIAL & set(step), steps[:-1]))


def matching_files(directory: Path, pattern: str, may_enter: Callable[[Path], bool]) -> list[str]:
    """The regular files whose paths, relative to `directory`, match. Raises FunctionError.

    Links to directories are followed where `may_enter` allows where they lead.
    """
    if len(pattern) > MAX_PATTERN_LENGTH:
        raise FunctionError(f"the pattern is longer than {MAX_PATTERN_LENGTH:,} characters", 1)
    fixed = fixed_steps(pattern)
    steps = posixpath.normpath(pattern).split("/")[len(fixed) :]
    expression = _expression("/".join(steps))
    deep = any(step == "**" or step.count("{") != step.count("}") for step in steps)
    start = Path(os.path.normpath(directory.joinpath(*fixed)))
    found = _files(start, None if deep else len(steps), may_enter)
    return ["/".join([*fixed, path]) for path in found if expression.fullmatch(path)]


def _files(start: Path, depth: int | None, may_enter: Callable[[Path], bool]) -> Iterator[str]:
    """Paths of the regular files up to `depth` levels down. A directory is not entered again below itself."""
    looked_at = 0
    waiting: list[tuple[str, tuple[str, ...]]] = [("", (os.path.realpath(start),))]
    while waiting:
        below, entered = waiting.pop()
        for entry in _entries(start / below):
            looked_at += 1
            if looked_at > MAX_ENTRIES:
                raise FunctionError(f"the directory has more than {MAX_ENTRIES:,} entries to look at", 0)
            path = f"{below}/{entry.name}" if below else entry.name
            if entry.is_file():
                yield path
            elif entry.is_dir() and (depth is None or path.count("/") + 1 < depth):
                real = os.path.realpath(entry.path)
                if real not in entered and may_enter(Path(real)):
                    waiting.append((path, (*entered, real)))


def _entries(directory: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(directory) as found:
            return [entry for entry in found if _is_text(entry.name)]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as problem:
        raise FunctionError(f'the directory "{directory}" cannot be read: {problem.strerror}', 0) from problem


def _is_text(name: str) -> bool:
    """Whether a name is valid UTF-8; others cannot be strings of the language, and are passed over."""
    return not any("\ud800" <= character <= "\udfff" for character in name)


def _expression(pattern: str) -> Expression:
    """The pattern as a regular expression of RE2, which no pattern can keep busy. Raises FunctionError."""
    try:
        return compiled(f"(?s){_translate(pattern)}", 1)
    except (ValueError, FunctionError) as problem:
        raise FunctionError(f'"{pattern}" is not a pattern: {problem}', 1) from problem


_PIECE: Final = re.compile(
    r"(?:(?<=/)|\A)\*\*/|/\*\*\Z|\A\*\*\Z|\*+|\?|\[[!^]?(?:\\.|[^\]\\])+\]|\\.|[{},]|[^\\*?[{},]+|.", re.S
)


def _translate(pattern: str) -> str:
    parts: list[str] = []
    depth = 0
    for found in _PIECE.finditer(pattern):
        piece = found[0]
        if piece == "{":
            depth += 1
        elif piece == "}":
            depth -= 1
        if depth < 0 or piece == "\\" or (piece == "[" and len(piece) == 1):
            raise ValueError(f'there is a "{piece}" that does not belong to anything')
        parts.append(_piece(piece, in_braces=depth > 0))
    if depth:
        raise ValueError('a "{" is not closed')
    return "".join(parts)


def _piece(piece: str, *, in_braces: bool) -> str:
    simple = {"**/": "(?:[^/]+/)*", "/**": "(?:/.*)?", "**": ".*", "?": "[^/]", "{": "(?:", "}": ")"}
    if piece in simple:
        return simple[piece]
    if piece.startswith("*"):
        return "[^/]*"
    if piece == ",":
        return "|" if in_braces else ","
    if piece.startswith("["):
        inner = piece[1:-1]
        negated = inner[0] in "!^"
        return f"[{'^/' if negated else ''}{inner[negated:].replace('[', chr(92) + '[')}]"
    return re.escape(piece[1] if piece.startswith("\\") else piece)
