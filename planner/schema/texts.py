"""Texts that every document writes alike: versions of formats, times, checksums."""

from __future__ import annotations

from typing import Annotated

from planner.schema.keywords import example, pattern, title

FormatVersion = Annotated[str, pattern(r"^1\.[0-9]+$"), title("format version"), example("1.0")]
"""A minor version adds keys, which readers ignore; a major one is another format."""

_DAY = "[0-9]{4}-[01][0-9]-[0-3][0-9]"
Day = Annotated[str, pattern(f"^{_DAY}$"), title("day"), example("2027-01-31")]
Time = Annotated[
    str,
    pattern(rf"^{_DAY}T[0-2][0-9](:[0-5][0-9]){{2}}(\.[0-9]+)?Z$"),
    title("time in UTC"),
    example("2026-11-23T05:00:00Z"),
]
"""RFC 3339, always in UTC."""

Sha256 = Annotated[str, pattern("^[0-9a-f]{64}$"), title("sha256 in hex")]
Hex = Annotated[str, pattern("^([0-9a-f]{2})+$"), title("text in hex")]
