"""Every page there is, by code: those in `pages/`, and those of the rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from planner.explain.page import Family, Page, parse_family
from planner.rules.catalogue import pages as rule_pages
from planner.rules.page import RulePage

PAGES = Path(__file__).parent / "pages"
"""The directory of the pages: one Markdown file a family."""

_PREFIXES = ("CFG", "STA", "PRV", "CL")
_SECTION = re.compile(r"^## (.+)\n", re.MULTILINE)


@cache
def families() -> tuple[Family, ...]:
    """All families: of the configuration, the state, the provider, the plan."""
    return tuple(sorted((*own_families(), *_rule_families()), key=lambda family: _order(family.pages[0].code)))


@cache
def own_families() -> tuple[Family, ...]:
    """The families whose pages are in `pages/`. Raises ValueError if a file has another form."""
    found = map(_read, sorted(PAGES.glob("*.md")))
    return tuple(sorted(found, key=lambda family: _order(family.pages[0].code)))


def pages() -> Mapping[str, Page]:
    """Each page by its code, family after family."""
    return {page.code: page for family in families() for page in family.pages}


def _order(code: str) -> tuple[int, int]:
    """The place of a code: `CFG101` comes before `CFG102`, and that before `STA101`."""
    prefix = code.rstrip("0123456789")
    return _PREFIXES.index(prefix), int(code.removeprefix(prefix))


def _read(path: Path) -> Family:
    try:
        return parse_family(path.read_text(encoding="utf-8"))
    except ValueError as problem:
        raise ValueError(f"{path.name}: {problem}") from None


def _rule_families() -> Iterable[Family]:
    found = [_of_rule(page) for page in rule_pages()]
    of_steps = tuple(page for page in found if not page.code.startswith("CL9"))
    of_plans = tuple(page for page in found if page.code.startswith("CL9"))
    return Family("Rules: what holds before a step", of_steps), Family("Plan safety", of_plans)


def _of_rule(page: RulePage) -> Page:
    _, *parts = _SECTION.split(page.text)
    section = dict(zip(parts[0::2], map(str.strip, parts[1::2]), strict=True))
    return Page(
        code=page.id,
        title=page.title.removesuffix("."),
        meaning=f"{section['Why it matters']}\n\n{page.facts}",
        example=f"{section['Bad']}\n\nInstead:\n\n{section['Good']}",
        remedy=section["What to do"],
    )
