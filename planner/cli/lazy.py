"""Parts of the command line that are imported when they are needed, so that the others come at once."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import click


def load(where: str) -> Any:
    """What `module:name` of this package is. Its module is imported now, if it was not before."""
    module, _, name = where.partition(":")
    return getattr(importlib.import_module(f"planner.cli.{module}"), name)


def suggesting(name: str) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """What completes a word: the function of this name in `suggestions.py`, loaded when a shell asks."""

    def suggest(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
        found: list[str] = load(f"suggestions:{name}")(ctx, incomplete)
        return found

    return suggest
