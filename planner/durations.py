"""Durations as users write them: `45s`, `5m`, `1h30m`, `500ms`."""

from __future__ import annotations


def written(seconds: float) -> str:
    """A duration as an option or a setting takes it, to the millisecond."""
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{amount}{unit}" for amount, unit in ((hours, "h"), (minutes, "m"), (rest, "s")) if amount]
    if thousandths:
        parts.append(f"{thousandths}ms")
    return "".join(parts) or "0s"
