"""Where a state is kept, by the configuration's own word."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from planner.diagnostics import Span

DEFAULT = "default"
"""The workspace that is always there."""


class BackendBlock(Struct, frozen=True):
    """`cl { backend "local" { … } }`: the type of the backend, and its settings as plain Python.

    They may be secret, so none of them is part of what is printed of it. One that is not the configuration's own is
    that of a data source: the settings are its `config`, and `cl init` stores none for it. One that is recorded is
    where the states were before the block was changed.
    """

    type: str = "local"
    settings: Mapping[str, object] = field(default_factory=dict)
    span: Span | None = None
    is_own: bool = True
    is_recorded: bool = False
    setting_spans: Mapping[str, Span] = field(default_factory=dict)
    """Where the settings are whose lines may be shown: none that a secret belongs in."""

    def __repr__(self) -> str:
        return f"BackendBlock({self.type!r}, {self.span!r})"

    def place(self, setting: str) -> Span | None:
        """The place of a setting, or else of the block."""
        return self.setting_spans.get(setting, self.span)
