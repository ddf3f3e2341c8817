"""A directory that may not be read, or a name that no file can have: a diagnostic, and never a bug."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.desk import Desk
from support.watching import PATIENCE

TOO_LONG = "n" * 300
AS_NOBODY = """
import importlib, os, pkgutil, sys
import click._textwrap, encodings.utf_8_sig, jsonschema_rs  # this user may not read the libraries of root
import planner
for module in pkgutil.walk_packages(planner.__path__, "planner."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
from planner.hcl.syntax import grammar
grammar.load()
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
from planner.cli.main import main
main(sys.argv[1:])
"""


@pytest.fixture
def shared() -> Iterator[Path]:
    """A directory that everybody may read, with one in it that only its owner may."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        (Path(folder) / "locked" / "inner").mkdir(parents=True)
        (Path(folder) / "locked").chmod(0o700)
        yield Path(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize(
    ("arguments", "code", "messages"),
    [
        (("-chdir=locked/inner", "validate"), 64, "locked/inner cannot be used: Permission denied"),
        (("validate",), 1, "CFG105"),
        (("plan",), 1, "main.hcl line 1"),
        (("fmt", "locked"), 1, "CFG594 locked: Permission denied"),
        (("fmt", "locked/inner/a.hcl"), 1, "CFG594 locked/inner/a.hcl: Permission denied"),
        (("workspace", "list"), 1, "STA429 cl.state.d"),
        (("show", "secret.json"), 1, "STA420 secret.json: Permission denied"),
        (("apply", "secret.json"), 1, "chmod u+rw secret.json"),
        (("state", "push", "secret.json"), 1, "STA101 secret.json: Permission denied"),
        (("emulate", "secret.json"), 1, "PRV201 secret.json: Permission denied"),
    ],
)
def test_what_may_not_be_read_is_reported(shared: Path, arguments: tuple[str, ...], code: int, messages: str) -> None:
    (shared / "main.hcl").write_text('module "a" { source = "./locked/inner" }\n')
    (shared / "cl.state.d").mkdir(mode=0o700)
    (shared / "secret.json").touch(mode=0o600)
    done = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, *arguments],
        cwd=shared, capture_output=True, text=True, check=False, timeout=PATIENCE,
    )  # fmt: skip
    assert (done.returncode, "bug in cl" in done.stderr) == (code, False), done.stderr
    assert messages in " ".join((done.stdout + done.stderr).split())


@pytest.mark.parametrize(
    ("arguments", "code", "messages"),
    [
        ((f"-chdir={TOO_LONG}", "validate"), 64, "File name too long"),
        (("validate",), 1, "CFG105"),
        (("plan",), 1, "File name too long"),
        (("fmt", TOO_LONG), 1, "CFG594"),
        (("fmt", f"{TOO_LONG}.hcl"), 1, "File name too long"),
    ],
)
def test_a_name_that_no_file_can_have_is_reported(
    desk: Desk, arguments: tuple[str, ...], code: int, messages: str
) -> None:
    desk.write(main__hcl=f'module "a" {{\n  source = "./{TOO_LONG}"\n}}\n')
    ended = desk.cl(*arguments, code=code)
    assert messages in ended.out + ended.err
