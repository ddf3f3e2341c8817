"""Looking into python-hcl2's trees, whose leaves are tokens that know what the scanner found."""

from __future__ import annotations

from typing import Any

from planner.hcl.syntax.tokens import Token


def is_tree(child: Any, *names: str) -> bool:
    """Whether a part of the tree is one of these rules."""
    return getattr(child, "data", None) in names


def first_token(child: Any) -> Token:
    """The first token of a part of the tree."""
    while hasattr(child, "children"):
        child = child.children[0]
    token: Token = child.scanned
    return token


def last_place(child: Any) -> int:
    """The index of the last token of a part of the tree."""
    while hasattr(child, "children"):
        child = child.children[-1]
    place: int = child.place
    return place
