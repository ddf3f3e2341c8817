"""The settings that `cl init --backend-config` gives: each option is `NAME=VALUE`, or a file of such lines."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from planner.config.problems import Problems
from planner.config.value_files import BACKEND_CONFIG, text_of, values_in


def given_settings(directory: Path, options: Iterable[str]) -> dict[str, object]:
    """The settings as plain Python; of those with the same name the last. Raises ConfigError."""
    problems = Problems()
    found: dict[str, object] = {}
    for option in options:
        name, equals, value = option.partition("=")
        if equals:
            found[name.strip()] = value
            continue
        with problems.collecting():
            text = text_of(directory / option, option, BACKEND_CONFIG, may_be_pipe=True)
            found |= {one.name: one.value.to_python() for one in values_in(text, option, BACKEND_CONFIG)}
    problems.raise_errors()
    return found
