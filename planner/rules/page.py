"""A page of the manual."""

from __future__ import annotations

from msgspec import Struct


class RulePage(Struct, frozen=True):
    """A rule's manual page: its first sentence, the rest in Markdown, and the steps that it checks (`when`)."""

    id: str
    name: str
    level: str
    source: str
    title: str
    text: str
    waivable: bool
    when: tuple[str, ...]

    @property
    def facts(self) -> str:
        """Its level, the steps that it checks, whether it can be waived, and its source, in a line."""
        waiver = "It can be waived." if self.waivable else "It cannot be waived."
        return f"{self.level.capitalize()}; applies to: {', '.join(self.when)}. {waiver} Source: {self.source}."
