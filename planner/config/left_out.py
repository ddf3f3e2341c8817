"""What a plan leaves out because something that it depends on could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from planner.config.desired import LeftOut
from planner.diagnostics import Diagnostic, Severity, counted
from planner.remedy import Remedy

if TYPE_CHECKING:
    from planner.state.model import State

_MOST_NAMED = 10


def not_planned(left_out: LeftOut, prior: State | None, *, changing: bool) -> Diagnostic:
    """The warning that names what is left out and why; where something is `changing`, also which objects stay."""
    objects = prior.objects if prior and changing else ()
    known = [str(address) for address in objects if left_out.address in address.prefixes()]
    detail = f"What {left_out.address} stands for is unknown: {left_out.reason.rstrip('.')}."
    if known:
        stay = "stays as it is" if len(known) == 1 else "stay as they are"
        detail += f" {counted(len(known), 'object')} of it in the state {stay}: {_few(known)}."
    return Diagnostic(
        "CFG332",
        "Declared objects are unknown",
        detail,
        Remedy.of("Run the command again when everything can be read."),
        severity=Severity.WARNING,
        address=left_out.address,
        span=left_out.span,
    )


def _few(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")
