"""Values of variables, as the command line gives them."""

from __future__ import annotations

from msgspec import Struct


class Assignments(Struct, frozen=True):
    """`--var` and `--var-file` in the order of the command line: pairs of `var` or `file`, and what was given."""

    given: tuple[tuple[str, str], ...] = ()


NO_ASSIGNMENTS = Assignments()
