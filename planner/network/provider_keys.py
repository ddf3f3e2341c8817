"""Keys of providers: `mock`, or `mock.lab` with an alias."""

from __future__ import annotations

from collections.abc import Collection


def only_one_without_alias(keys: Collection[str]) -> str | None:
    """The key of these that has no alias; None if there are several such keys, or none."""
    found = [key for key in keys if "." not in key]
    return found[0] if len(found) == 1 else None
