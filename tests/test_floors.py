"""The floors of the house: imports go down only, and each library has one home."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

FLOORS = {
    "planner": 0,
    "planner.diagnostics": 0,
    "planner.collector": 0,
    "planner.reading": 0,
    "planner.address": 1,
    "planner.hcl": 1,
    "planner.network": 1,
    "providers.base": 2,
    "planner.steps": 2,
    "planner.config": 3,
    "planner.state": 3,
    "providers.mock": 3,
    "planner.rules": 4,
    "planner.proof": 4,
    "planner.plan": 5,
    "planner.drift": 6,
    "planner.apply": 6,
    "planner.render": 7,
    "planner.cli": 8,
    "planner.__main__": 8,
}
"""Each room's floor. A room imports from its own and from lower floors only."""

STRANGERS = {
    "planner.hcl": ("planner.diagnostics", "planner.collector", "planner.hcl"),
    "planner.network": ("planner.diagnostics", "planner.network"),
    "planner.proof": ("planner.diagnostics", "planner.network", "planner.proof"),
    "providers.mock": (
        "planner.diagnostics",
        "planner.reading",
        "planner.network",
        "providers.base",
        "providers.mock",
    ),
    "planner.rules": (
        "planner.diagnostics",
        "planner.address",
        "planner.network",
        "planner.steps",
        "planner.config.desired",
        "planner.rules",
    ),
}
"""Rooms that may know only what is named here, lower floors or not."""

HOMES = {
    "hcl2": "planner/hcl/syntax.py",
    "lark": "planner/hcl/syntax.py",
    "deepdiff": "planner/plan/compare.py",
    "jinja2": "planner/render/",
    "click": "planner/cli/",
}


def modules() -> list[Path]:
    return sorted([*ROOT.glob("planner/**/*.py"), *ROOT.glob("providers/**/*.py")])


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports name the whole way"
            yield node.module or ""


def room_of(module: str) -> str | None:
    """The longest name in FLOORS that `module` lies in."""
    fitting = [room for room in FLOORS if module == room or (module.startswith(f"{room}.") and room != "planner")]
    return max(fitting, key=len, default=None)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_down_only(path: Path) -> None:
    own = room_of(name_of(path))
    for imported in imports(path):
        if not imported.startswith(("planner", "providers")):
            continue
        room = room_of(imported)
        assert room is not None, f"{imported} has no floor"
        if own is None:
            assert name_of(path) == "providers"
            continue
        assert FLOORS[room] <= FLOORS[own], f"{name_of(path)} imports {imported}, which is on a higher floor"
        if own in STRANGERS:
            allowed = STRANGERS[own]
            assert any(imported == name or imported.startswith(f"{name}.") for name in allowed), (
                f"{name_of(path)} may not know {imported}"
            )


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_each_library_has_one_home(path: Path) -> None:
    for imported in imports(path):
        home = HOMES.get(imported.split(".")[0])
        if home is not None:
            assert str(path.relative_to(ROOT)).startswith(home), f"{imported} is imported only in {home}"


@pytest.mark.parametrize("command", ["version", "--help"])
def test_the_version_and_the_help_load_neither_the_parser_nor_a_provider(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "planner.cli.main", command],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "click" in loaded
    for stranger in ("hcl2", "lark", "deepdiff", "jinja2", "providers", "planner.hcl", "planner.config"):
        assert stranger not in loaded
