"""The floors of the house: imports go down and never in a circle, each library has one home, files and calls are small.

The lists named KNOWN_… are debts. They only shrink: an entry that no longer applies fails the test.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sources import (
    ROOT,
    circles,
    functions,
    import_graph,
    imports,
    is_command,
    loose_names,
    modules,
    parameters,
    room_graph,
)

FLOORS = {
    "planner": 0,
    "planner.diagnostics": 0,
    "planner.entries": 0,
    "planner.exit_codes": 0,
    "planner.ciphers": 0,
    "planner.collector": 0,
    "planner.durations": 0,
    "planner.graphs": 0,
    "planner.long_json": 0,
    "planner.paths": 0,
    "planner.remedy": 0,
    "planner.threads": 0,
    "planner.values": 0,
    "planner.reading": 0,
    "planner.waits": 0,
    "planner.writing": 0,
    "planner.wrong_files": 0,
    "planner.schema": 0,
    "planner.address": 1,
    "planner.hcl": 1,
    "planner.network": 1,
    "providers.base": 2,
    "providers.hooked": 2,
    "providers.read_retry": 2,
    "providers.adaptive_rate": 2,
    "providers.arguments": 2,
    "planner.steps": 2,
    "planner.documents": 2,
    "planner.state": 2,
    "planner.config": 3,
    "providers.mock": 3,
    "providers.emulator": 4,
    "providers.alicloud": 3,
    "planner.rules": 4,
    "planner.proof": 4,
    "planner.plan": 5,
    "planner.explain": 5,
    "planner.recovery": 3,
    "planner.drift": 6,
    "planner.apply": 6,
    "planner.app": 7,
    "planner.render": 8,
    "planner.cli": 9,
    "planner.__main__": 10,
}
"""Each room's floor. A room imports from its own and from lower floors only."""

STRANGERS = {
    "planner.hcl": (
        "planner.ciphers",
        "planner.collector",
        "planner.diagnostics",
        "planner.remedy",
        "planner.values",
        "planner.hcl",
    ),
    "planner.network": (
        "planner.diagnostics",
        "planner.entries",
        "planner.remedy",
        "planner.values",
        "planner.schema.keywords",
        "planner.network",
    ),
    "planner.proof": ("planner.diagnostics", "planner.remedy", "planner.values", "planner.network", "planner.proof"),
    "providers.mock": (
        "planner.collector",
        "planner.diagnostics",
        "planner.remedy",
        "planner.values",
        "planner.reading",
        "planner.writing",
        "planner.wrong_files",
        "planner.schema",
        "planner.network",
        "providers.base",
        "providers.arguments",
        "providers.read_retry",
        "providers.mock",
    ),
    "providers.alicloud": (
        "planner",
        "planner.diagnostics",
        "planner.durations",
        "planner.remedy",
        "planner.values",
        "planner.reading",
        "planner.network",
        "providers.arguments",
        "providers.base",
        "providers.adaptive_rate",
        "providers.alicloud",
    ),
    "providers.emulator": (
        "planner.diagnostics",
        "planner.remedy",
        "planner.values",
        "planner.network",
        "providers.base",
        "providers.mock",
        "providers.emulator",
    ),
    "planner.rules": (
        "planner.diagnostics",
        "planner.remedy",
        "planner.values",
        "planner.address",
        "planner.hcl.writing.literals",
        "planner.network",
        "planner.steps",
        "planner.documents.plan",
        "planner.documents.waiver",
        "planner.config.desired",
        "planner.rules",
    ),
}
"""Rooms that may know only what is named here, lower floors or not."""

HOMES = {
    "cryptography": "planner.ciphers",
    "hcl2": "planner.hcl.syntax",
    "lark": "planner.hcl.syntax",
    "deepdiff": "planner.plan.compare",
    "jinja2": "planner.render",
    "jsonschema_rs": "planner.schema.validator",
    "orjson": "planner.long_json",
    "obstore": "planner.state.backends.s3",
    "alibabacloud_oss_v2": "planner.state.backends.oss",
    "click": "planner.cli",
    "psycopg": "planner.state.backends.pg",
}


def floor_of(module: str) -> str | None:
    """The longest name in FLOORS that `module` lies in."""
    fitting = [room for room in FLOORS if module == room or (module.startswith(f"{room}.") and room != "planner")]
    return max(fitting, key=len, default=None)


@pytest.mark.parametrize("module", modules())
def test_imports_go_down_only(module: str) -> None:
    own = floor_of(module)
    for imported, _ in imports(module):
        if not imported.startswith(("planner", "providers")):
            continue
        room = floor_of(imported)
        assert room is not None, f"{imported} has no floor"
        if own is None:
            assert module == "providers"
            continue
        assert FLOORS[room] <= FLOORS[own], f"{module} imports {imported}, which is on a higher floor"
        if own in STRANGERS:
            allowed = STRANGERS[own]
            assert any(imported == name or imported.startswith(f"{name}.") for name in allowed), (
                f"{module} may not know {imported}"
            )


def test_the_architecture_page_has_every_room_its_floor_and_what_it_sees() -> None:
    sees: dict[str, set[str]] = {room: set() for room in FLOORS if room != "planner"}
    for module, imported in import_graph().items():
        own = floor_of(module)
        if own in sees:
            sees[own] |= {room for room in map(floor_of, imported) if room and room != own and FLOORS[room] > 0}
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for room, seen in sees.items():
        path = room.replace(".", "/") + ("/" if (ROOT / room.replace(".", "/")).is_dir() else ".py")
        names = " ".join(f"`{name.removeprefix('planner.')}`" for name in sorted(seen))
        row = f"| {FLOORS[room]} | `{path}` | {names} |"
        assert row in page, f"docs/architecture.md has no row that begins: {row}"


@pytest.mark.parametrize("module", modules())
def test_each_library_has_one_home(module: str) -> None:
    for imported, _ in imports(module):
        home = HOMES.get(imported.split(".")[0])
        if home is not None:
            assert module == home or module.startswith(f"{home}."), f"{imported} is imported only in {home}"


KNOWN_CIRCLES: list[set[str]] = []
"""Files, and rooms, that still import one another. An import counts wherever it stands: at the top, in a function, or
for types alone, since a type of another file is knowledge of it as well."""


def test_neither_files_nor_rooms_import_one_another() -> None:
    """A room is a directory; a file directly in `planner/` or `providers/` is a room of its own."""
    found = [*circles(import_graph()), *circles(room_graph())]
    new = [sorted(circle) for circle in found if not any(circle <= known for known in KNOWN_CIRCLES)]
    assert not new, "these import one another: one of them knows too much"
    gone = [sorted(known) for known in KNOWN_CIRCLES if not any(circle <= known for circle in found)]
    assert not gone, "strike these from KNOWN_CIRCLES"


LONGEST_FILE = 400
KNOWN_LONG_FILES: set[str] = set()


def test_no_file_is_longer_than_one_can_read() -> None:
    long = {path.name for path in modules().values() if len(path.read_text("utf-8").splitlines()) > LONGEST_FILE}
    _only_known(long, KNOWN_LONG_FILES)


MOST_PARAMETERS = 7
FUNCTIONS_WITH_MORE = 5


def test_few_functions_have_many_parameters() -> None:
    """Those of click aside: their parameters are the options of a command."""
    many = {
        f"{module}:{function.name}"
        for module in modules()
        for function in functions(module)
        if parameters(function) > MOST_PARAMETERS and not is_command(function)
    }
    assert len(many) <= FUNCTIONS_WITH_MORE, sorted(many)


LOOSE: dict[str, str] = {
    "Value": "the type of `raw` follows from the value's own type, which the checker does not know",
}
"""Names that say `Any` to other rooms for good, and why."""

KNOWN_LOOSE: set[str] = set()
"""Names that say `Any` to other rooms still: functions, classes and aliases of a module that another room imports."""


def test_rooms_say_to_one_another_what_they_hand_over() -> None:
    _only_known({name.rpartition(":")[2] for name in loose_names()} - LOOSE.keys(), KNOWN_LOOSE)


def _only_known(found: set[str], known: set[str]) -> None:
    assert not found - known, f"new: {sorted(found - known)}"
    assert not known - found, f"no longer so, strike from the list: {sorted(known - found)}"


@pytest.mark.parametrize("command", ["version", "--help"])
def test_the_version_and_the_help_load_neither_the_parser_nor_a_provider(command: str) -> None:
    loaded = _loaded_by(command, Path.cwd())
    assert "click" in loaded
    for stranger in ("hcl2", "lark", "deepdiff", "jinja2", "providers", "planner.hcl", "planner.config"):
        assert stranger not in loaded


def test_checking_a_configuration_loads_no_provider_and_nothing_that_plans(tmp_path: Path) -> None:
    (tmp_path / "main.hcl").write_text('provider "mock" {\n  world = "w.json"\n}\n', encoding="utf-8")
    loaded = _loaded_by("validate", tmp_path)
    assert "planner.config" in loaded
    for stranger in ("providers.mock", "planner.plan", "planner.recovery", "planner.documents.plan", "planner.rules"):
        assert stranger not in loaded


def _loaded_by(command: str, directory: Path) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "planner.cli.main", command],
        capture_output=True,
        text=True,
        check=True,
        cwd=directory,
    )
    return {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
