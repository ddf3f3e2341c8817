"""The diagnostics of a proof that does not hold."""

from __future__ import annotations

from collections.abc import Sequence

from planner.diagnostics import Diagnostic
from planner.remedy import PLAN_AGAIN

_SHOWN = 20
"""How many sentences are shown one by one."""


def unproven(sentences: Sequence[str]) -> tuple[Diagnostic, ...]:
    """A diagnostic for each of the checker's sentences; of very many, the first and how many more there are."""
    shown = list(sentences[:_SHOWN])
    if len(sentences) > _SHOWN:
        shown.append(f"It does not hold in {len(sentences) - _SHOWN:,} more places.")
    return tuple(Diagnostic("STA430", "Proof of the plan does not hold", one, PLAN_AGAIN) for one in shown)
