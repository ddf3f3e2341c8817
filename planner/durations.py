"""Durations as users write them: `45s`, `5m`, `1h30m`, `500ms`."""

from __future__ import annotations

import re

SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
"""How long each unit is."""
_PART = r"(\d+(?:\.\d+)?)(h|ms|m|s)"


def seconds_of(text: str) -> float | None:
    """How long a duration with units is; None where the text is none."""
    parts = re.findall(_PART, text)
    if not parts or "".join(amount + unit for amount, unit in parts) != text:
        return None
    return sum(float(amount) * SECONDS[unit] for amount, unit in parts)


def written(seconds: float) -> str:
    """A duration as an option or a setting takes it, to the millisecond."""
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{amount}{unit}" for amount, unit in ((hours, "h"), (minutes, "m"), (rest, "s")) if amount]
    if thousandths:
        parts.append(f"{thousandths}ms")
    return "".join(parts) or "0s"
