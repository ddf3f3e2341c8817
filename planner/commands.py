"""The commands of `cl` in remedies.

A remedy names them as they are typed in the project's directory, in the workspace in use. Whoever tells it to people
says how `cl` is called from where they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

NAMES = (
    "init",
    "validate",
    "plan",
    "apply",
    "destroy",
    "refresh",
    "drift",
    "show",
    "output",
    "import",
    "state",
    "workspace",
    "force-unlock",
    "fmt",
    "console",
    "graph",
    "providers",
    "rules",
    "reach",
    "advise",
    "addresses",
    "completion",
    "version",
)

_CALL = re.compile(rf"(?<![\w/.'=-])cl (?=(?:{'|'.join(NAMES)})(?![\w-]))")
_TELLING = ("rules", "diagnostics", "items", "obstacles", "notes")
"""The lists of a document whose entries have remedies, or are sentences."""


def called(text: str, cl: str) -> str:
    """`text` with each command of `cl` called so, such as `cl -chdir=try`."""
    return _CALL.sub(lambda _: f"{cl} ", text)


def with_called(document: dict[str, Any], cl: str) -> dict[str, Any]:
    """The document of a plan, of drift or of advice with the commands of its remedies called so."""
    lists = {key: [_entry(one, cl) for one in document[key]] for key in _TELLING if key in document}
    return {**document, **lists}


def _entry(entry: Mapping[str, Any] | str, cl: str) -> dict[str, Any] | str:
    if isinstance(entry, str):
        return called(entry, cl)
    remedy = entry.get("remedy")
    if not remedy:
        return dict(entry)
    ways = called(remedy, cl) if isinstance(remedy, str) else [called(way, cl) for way in remedy]
    return {**entry, "remedy": ways}
