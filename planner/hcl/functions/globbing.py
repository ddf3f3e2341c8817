"""The patterns of `fileset`: `*`, `?`, `[…]`, `{a,b}` inside a name, `**` for any number of directories.

Own code: the standard library's patterns have no alternatives in braces and pass over hidden files.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from planner.hcl.functions.spec import FunctionError

MAX_ENTRIES: Final = 100_000
"""Directory entries that one call looks at."""

MAX_PATTERN_LENGTH: Final = 4096


def matching_files(directory: Path, pattern: str) -> list[str]:
    """The regular files whose paths, relative to `directory`, match. Raises FunctionError."""
    if len(pattern) > MAX_PATTERN_LENGTH:
        raise FunctionError(f"the pattern is longer than {MAX_PATTERN_LENGTH:,} characters", 1)
    pattern = posixpath.normpath(pattern) if pattern else ""
    steps = pattern.split("/")
    above = next((i for i, step in enumerate(steps) if step != ".."), len(steps))
    start = Path(os.path.normpath(directory.joinpath(*steps[:above])))
    expression = _expression("/".join(steps[above:]))
    deep = "**" in steps[above:] or "/" in re.sub(r"[^{}/]", "", pattern)
    depth = None if deep else len(steps) - above
    found = (path for path in _files(start, depth) if expression.fullmatch(path))
    return [posixpath.normpath(posixpath.join(*[".."] * above, path)) for path in found]


def _files(start: Path, depth: int | None) -> Iterator[str]:
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
                if real.startswith(entered[0]) and real not in entered:
                    waiting.append((path, (*entered, real)))


def _entries(directory: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(directory) as found:
            return list(found)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as problem:
        raise FunctionError(f'the directory "{directory}" cannot be read: {problem.strerror}', 0) from problem


def _expression(pattern: str) -> re.Pattern[str]:
    """The pattern as a regular expression. Raises FunctionError."""
    try:
        return re.compile(_translate(pattern), re.DOTALL)
    except (ValueError, re.error) as problem:
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
        return f"(?!/)[{'^' if negated else ''}{inner[negated:].replace('[', chr(92) + '[')}]"
    return re.escape(piece[1] if piece.startswith("\\") else piece)
