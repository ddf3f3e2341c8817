"""The precondition rules: a table, a page each, the same as JSON; `docs/rules.md` is the whole manual."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import asdict

from planner.render.markdown_text import markdown_lines
from planner.render.terminal import Style, columns
from planner.rules.page import RulePage


def rules_document(pages: Iterable[RulePage]) -> list[dict[str, object]]:
    """Every rule as plain JSON data; `text` is markdown."""
    return [{**asdict(page), "when": list(page.when)} for page in pages]


def rules_text(pages: Iterable[RulePage], style: Style) -> str:
    """Every rule, one a line."""
    rows = [
        (style.bold(page.id), page.level, "waivable" if page.waivable else "", page.name, page.title) for page in pages
    ]
    return "\n".join([*columns(rows), "", "cl rules ID shows a rule's page.", ""])


def rule_text(page: RulePage, style: Style) -> str:
    """A rule's page."""
    head = [style.bold(f"{page.id} {page.name}"), page.title, "", *style.wrap(page.facts), ""]
    return "\n".join([*head, *markdown_lines(page.text, style), ""])


def rule_markdown(page: RulePage) -> str:
    """A rule's page as a section of markdown."""
    text = "\n".join(f"#{line}" if line.startswith("## ") else line for line in page.text.split("\n"))
    return f"## {page.id} {page.name}\n\n{page.title}\n\n{page.facts}\n\n{text}\n"
