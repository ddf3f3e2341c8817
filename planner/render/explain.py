"""The pages of codes: one, the list of several, and the same as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import asdict

from planner.explain.page import Family, Page
from planner.render.markdown_text import markdown_lines
from planner.render.terminal import Style, columns


def page_document(page: Page) -> dict[str, str]:
    """A page as plain JSON data; its parts are Markdown."""
    return asdict(page)


def pages_document(pages: Iterable[Page]) -> list[dict[str, str]]:
    """The codes with their titles as plain JSON data."""
    return [{"code": page.code, "title": page.title} for page in pages]


def page_text(page: Page, style: Style) -> str:
    """A page."""
    lines = [style.bold(f"{page.code} {page.title}"), "", *markdown_lines(page.meaning, style)]
    for heading, text in (("Example", page.example), ("What to do", page.remedy)):
        lines += ["", style.bold(heading), *markdown_lines(text, style)]
    return "\n".join([*lines, ""])


def pages_text(pages: Iterable[Page], style: Style) -> str:
    """Several codes, one a line."""
    rows = [(style.bold(page.code), page.title) for page in pages]
    return "\n".join([*columns(rows), "", "cl explain CODE shows a page.", ""])


def families_text(families: Sequence[Family], style: Style) -> str:
    """The families, one a line."""
    rows = [
        (
            style.bold(f"{family.pages[0].code}–{family.pages[-1].code}" if family.pages[1:] else family.pages[0].code),
            f"{len(family.pages):,}",
            family.title,
        )
        for family in families
    ]
    return "\n".join([*columns(rows), "", "cl explain CODE shows a page, cl explain CFG3 lists codes.", ""])
