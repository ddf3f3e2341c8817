"""`cl` run by a user who is not root, in a child process that has loaded all of it while it was root."""

from __future__ import annotations

import importlib
import io
import os
import pkgutil
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

import planner
import providers
from planner.cli.main import main
from planner.hcl.syntax import grammar

NOBODY = 65534
_NEEDED = (
    "click._textwrap",
    "encodings.utf_8_sig",
    "encodings.unicode_escape",
    "encodings.idna",
    "jsonschema_rs",
    "jinja2",
    "orjson",
    "deepdiff",
)


def load_everything() -> None:
    """Load what a user may not read who is not root."""
    for name in _NEEDED:
        importlib.import_module(name)
    for package in (planner, providers):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    grammar.load()


def cl_as_nobody(
    arguments: Sequence[str], directory: Path, first: Callable[[], object] = lambda: None
) -> tuple[int, str]:
    """How `cl` ends in this directory, and what it says; `first` is called there beforehand, by root."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _be_nobody(arguments, directory, first, writing)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        said = pipe.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said


def _be_nobody(arguments: Sequence[str], directory: Path, first: Callable[[], object], output: int) -> None:
    code = 70
    try:
        os.chdir(directory)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        sys.stdout, sys.stderr = (io.TextIOWrapper(os.fdopen(fd, "wb"), line_buffering=True) for fd in (1, 2))
        first()
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        main(arguments)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 71
    except BaseException:  # noqa: BLE001 - a child must not go on as its parent
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
