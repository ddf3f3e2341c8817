"""A page that explains a code, and a family of them."""

from __future__ import annotations

import re

from msgspec import Struct

_PAGE = re.compile(r"^## ([A-Z]+\d{3}) (.+)$", re.MULTILINE)
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
HEADINGS = ("Example", "What to do")
"""The sections of a page, each below a `###`, in their order; what stands above them is the meaning."""


class Page(Struct, frozen=True):
    """What a code is called, what it means, an example of it, and what to do, in Markdown."""

    code: str
    title: str
    meaning: str
    example: str
    remedy: str


class Family(Struct, frozen=True):
    """Pages of one subject, in the order of codes."""

    title: str
    pages: tuple[Page, ...]


def parse_family(text: str) -> Family:
    """The family that a file of pages holds: its title below `#`, each page below `## CODE Title`.

    Raises ValueError if the text has another form.
    """
    head, *parts = _PAGE.split(text)
    title = re.fullmatch(r"# (.+)\n+", head)
    if title is None:
        raise ValueError("a file of pages begins with a line `# Title`, and nothing else stands above its first page")
    pages = map(_parse_page, parts[0::3], parts[1::3], parts[2::3])
    return Family(title[1], tuple(pages))


def _parse_page(code: str, title: str, text: str) -> Page:
    # Headings are searched for outside of examples only: a comment of HCL begins with the same character.
    plain = _FENCED.sub(lambda fence: " " * len(fence[0]), text)
    headings = list(re.finditer(r"^#+ (.+)$", plain, re.MULTILINE))
    if tuple(heading[1] for heading in headings) != HEADINGS:
        raise ValueError(f"the page of {code} has other sections than {' and '.join(HEADINGS)}")
    example, remedy = headings
    sections = text[: example.start()], text[example.end() : remedy.start()], text[remedy.end() :]
    if not all(section.strip() for section in sections):
        raise ValueError(f"the page of {code} has an empty section")
    return Page(code, title, *(section.strip() for section in sections))
