"""The Markdown of our own pages on a terminal: headings, paragraphs, lists, examples."""

from __future__ import annotations

import re
from collections.abc import Iterator

from planner.render.terminal import GLUE, Style

_BLOCK = re.compile(
    r"^```(?:\w+ (?P<file>[^\n]+)|\w*)\n(?P<example>.*?)^```$"
    r"|^## (?P<heading>[^\n]+)$|(?P<prose>(?:^(?!```|## )[^\n]+(?:\n|\Z))+)",
    re.MULTILINE | re.DOTALL,
)
_CODE = re.compile(r"`([^`\n]+)`")
_NEXT_LINE = re.compile(r"\n(?!- ) *")
"""A line break in a paragraph: the items of a list stay on lines of their own."""


def markdown_lines(text: str, style: Style, indent: str = "  ") -> Iterator[str]:
    """The lines that a terminal shows: prose fits the width, an example stays as it is, below the name of its file."""
    below_heading = True
    for block in _BLOCK.finditer(text):
        if not below_heading:
            yield ""
        below_heading = block["heading"] is not None
        if below_heading:
            yield style.bold(block["heading"])
        elif (example := block["example"]) is not None:
            if block["file"] is not None:
                yield f"{indent}{block['file']}:"
            yield from (f"{indent}  {line}".rstrip() for line in example.splitlines())
        else:
            yield from _prose(block["prose"], style, indent)


def _prose(text: str, style: Style, indent: str) -> Iterator[str]:
    for paragraph in _NEXT_LINE.sub(" ", text.strip()).split("\n"):
        paragraph = _CODE.sub(lambda code: code[0].replace(" ", GLUE), paragraph)
        lines = style.wrap(paragraph, indent, f"{indent}  " if paragraph.startswith("- ") else indent)
        # Where there are colours, one takes the place of code marks.
        yield from (_CODE.sub(lambda code: style.cyan(code[1]), line) if style.color else line for line in lines)
