"""What differs between two sides of an object. Equal sides are never looked into; deepdiff is for values with depth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from planner.hcl.cty.unknowns import UNKNOWN


class Difference(NamedTuple):
    """One value that differs, and where: `vpc_id`, `vswitch_ids[0]`."""

    path: str
    before: object
    after: object


Differences = tuple[Difference, ...]
"""In path order."""


def differences(before: Mapping[str, object], after: Mapping[str, object]) -> Differences:
    """What differs between two sides. An argument that is left out equals one that is null."""
    if before is after or before == after:
        return ()
    differing = [name for name, value in before.items() if value != after.get(name)]
    differing += [name for name, value in after.items() if value is not None and name not in before]
    found: list[Difference] = []
    for name in sorted(differing):
        old, new = plain(before.get(name)), plain(after.get(name))
        if old != new:
            found += _in_depth(name, old, new)
    return tuple(found)


def plain(value: object) -> object:
    """The value as JSON has it: sets and tuples as lists."""
    if isinstance(value, str):
        return value
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, (tuple, list)):
        return [plain(element) for element in value]
    return value


def _in_depth(name: str, old: object, new: object) -> list[Difference]:
    if not (isinstance(old, (list, dict)) and isinstance(new, (list, dict))):
        return [Difference(name, old, None if new is UNKNOWN else new)]
    from deepdiff import DeepDiff

    tree = DeepDiff(old, new, view="tree", threshold_to_diff_deeper=0)
    levels = [level for kind in tree.values() for level in kind]
    return [
        Difference(name + level.path(root=""), _side(level.t1), _side(level.t2))
        for level in sorted(levels, key=lambda level: level.path())
    ]


def _side(value: object) -> object:
    """One side of a difference: where it is not there at all, null."""
    return None if type(value).__name__ == "NotPresent" else value
