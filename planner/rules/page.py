"""A page of the manual."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RulePage:
    """A rule's manual page. `title` is its first sentence, `text` the rest in Markdown, `when` what it judges."""

    id: str
    name: str
    level: str
    source: str
    title: str
    text: str
    waivable: bool
    when: tuple[str, ...]
