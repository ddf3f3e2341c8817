"""Remedies: sentences, and what can be pasted, which stays in one piece and keeps its indentation."""

from __future__ import annotations

import re
from collections.abc import Iterator

from planner.render.terminal import Style, width_of

_COMMAND = re.compile(
    r"(?P<said>.*:) (?P<command>(?:[A-Z_]+=\S+ )?(?:cl|aliyun|apt-get|chmod|echo|export|kill|ls|mkdir|mv|pip|rm) .+)"
)
_BLOCK = re.compile(r"(?m)^([^:\n]+): ([a-z]+ .*\{)$")
"""A block that begins behind a colon."""
_ONE_PIECE = re.compile(
    r"\bcl (?:'-chdir=[^']*'|-chdir=\S+) [a-z-]+|\{[^{}]*\}|'[^']*'|\"[^\"]*\"|\(cl [^()]*\)",
)
"""What a line break would spoil: how `cl` is called, a block on one line, a command in brackets, whatever is quoted."""
_GLUE = "\0"
_INDENT = "  "


def parts(remedy: str) -> Iterator[tuple[bool, str]]:
    """The remedy in parts: whether each is to be pasted, and its lines."""
    kept: list[str] = []
    pasted = False
    for number, line in enumerate(_BLOCK.sub(r"\1:\n\2", remedy).split("\n")):
        if kept and _is_pasted(line, number) is not pasted:
            yield pasted, "\n".join(kept)
            kept = []
        pasted = _is_pasted(line, number)
        kept.append(line)
    yield pasted, "\n".join(kept)


def pieces(remedy: str) -> Iterator[tuple[bool, str]]:
    """As `parts`, each sentence by itself, and so the command that it ends with."""
    for pasted, text in parts(remedy):
        for piece in [text] if pasted else text.split("\n"):
            found = None if pasted else _COMMAND.fullmatch(piece)
            yield pasted, found["said"] if found else piece
            if found:
                yield True, found["command"]


def _is_pasted(line: str, number: int) -> bool:
    """A remedy begins with a sentence; after it come blocks, and indented lines."""
    return number > 0 and (line[:1].isspace() or line.endswith("{") or line == "}")


def remedy_lines(remedy: str, style: Style, lead: str) -> list[str]:
    """The remedy as lines that begin with `lead` and fit the width, but for commands and blocks. It is escaped."""
    lines: list[str] = []
    for pasted, text in parts(remedy):
        for line in text.split("\n"):
            said = f"{lead} {line}" if lead and not lines else line
            lines += [f"{_INDENT}{said}"] if pasted else _sentence(said, style)
    return lines


def _sentence(line: str, style: Style) -> list[str]:
    if width_of(line) + len(_INDENT) <= style.width:
        return [f"{_INDENT}{line}"]
    found = _COMMAND.fullmatch(line)
    said = found["said"] if found else line
    glued = _ONE_PIECE.sub(lambda piece: piece[0].replace(" ", _GLUE), said)
    lines = [part.replace(_GLUE, " ") for part in style.wrap(glued, _INDENT)]
    return [*lines, f"{_INDENT}    {found['command']}"] if found else lines
