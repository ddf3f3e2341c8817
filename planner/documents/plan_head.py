"""The head of a plan: its format, its kind and its checksum."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from planner.documents.checksum import checksum

FORMAT_VERSION = "1.0"


class Mode(StrEnum):
    """What kind of plan it is."""

    NORMAL = "normal"
    DESTROY = "destroy"
    REFRESH_ONLY = "refresh-only"


def plan_checksum(document: Mapping[str, object]) -> str:
    """The checksum of a plan."""
    return checksum(document, surrogates="surrogatepass")
