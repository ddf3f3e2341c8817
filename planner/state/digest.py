"""What distinguishes two states, regardless of their serials."""

from __future__ import annotations

from planner.state.format import checksum, document_of
from planner.state.model import State
from planner.values import replace


def digest(state: State) -> str:
    """The sha256 of what a state remembers, regardless of who wrote it, when, and with which release."""
    document = document_of(replace(state, written=None))
    return checksum({key: value for key, value in document.items() if key != "cl_version"})
