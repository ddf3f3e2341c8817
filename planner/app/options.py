"""What a user may ask for, whatever the command: values of variables, and how a plan is applied."""

from __future__ import annotations

from dataclasses import dataclass

from planner.apply.options import DEFAULTS, ApplyOptions


@dataclass(frozen=True, slots=True)
class Assignments:
    """`--var` and `--var-file` in the order of the command line: pairs of `var` or `file`, and what was given."""

    given: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Applying:
    """How a plan is applied, and whether the user agreed to it beforehand."""

    auto_approve: bool = False
    options: ApplyOptions = DEFAULTS
