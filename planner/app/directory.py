"""The directory of a configuration: whether it can be read at all."""

from __future__ import annotations

import os
from pathlib import Path

from planner.diagnostics import ConfigError, Diagnostic
from planner.remedy import Remedy, shell


def check_directory(directory: Path) -> None:
    """Raises ConfigError where the directory cannot be listed: values or a backend might be missed then."""
    try:
        here = Path.cwd()  # a directory that was deleted can still be listed on some file systems
        directory.stat()  # the present one must be searchable for that
        os.listdir(directory)  # noqa: PTH208 - `iterdir` may wait with its problem
    except FileNotFoundError:
        detail = "The directory in which cl runs was deleted."
        raise ConfigError(_not_read(detail, Remedy.of("Change to a directory that exists: ", shell("cd")))) from None
    except OSError as problem:
        detail = f"{here} cannot be read: {problem.strerror or problem}."
        allowed = Remedy.of("Give yourself permission to read it: ", shell("chmod", "u+rx", str(here)))
        raise ConfigError(_not_read(detail, allowed)) from None


def _not_read(detail: str, remedy: Remedy) -> Diagnostic:
    return Diagnostic("CFG105", "Configuration cannot be read", detail, remedy)
