"""The history of the local backend: what a killed write leaves, how many versions are kept, lineages, damage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from planner.diagnostics import StateError
from planner.state.backends.local.place import LocalPlace
from planner.state.backends.protocol import Version
from planner.values import replace
from support.backends import ignore, refusal, version


def place(tmp_path: Path, kept: int = 20) -> LocalPlace:
    return LocalPlace(tmp_path / "s.json", kept)


def write(found: LocalPlace, *versions: Version) -> None:
    with found.lock("test", 0, ignore) as held:
        for one in versions:
            held.write(f"state {one.serial}", one, one.serial - 1 or None)


def serials(found: LocalPlace) -> list[int]:
    return [one.serial for one in found.history()]


def test_only_the_newest_are_kept_and_none_where_none_are_wanted(tmp_path: Path) -> None:
    few, none = place(tmp_path, 3), place(tmp_path / "none", 0)
    for found in (few, none):
        write(found, *map(version, range(1, 6)))
    assert serials(few) == [5, 4, 3]
    assert len(list((tmp_path / "s.json.history").iterdir())) == 3
    assert none.history() == []
    assert not (tmp_path / "none" / "s.json.history").exists()
    with refusal("STA453"):
        few.version(2)


def test_a_version_whose_state_was_not_written_is_none_and_the_next_write_replaces_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = place(tmp_path)
    write(found, version(1), version(2))
    real: Callable[[Path, str], object] = __import__("planner.writing").writing.write_whole

    def killed(path: Path, text: str) -> object:
        if path == tmp_path / "s.json":
            raise KeyboardInterrupt
        return real(path, text)

    with monkeypatch.context() as patch:
        patch.setattr("planner.state.backends.local.held.write_whole", killed)
        with pytest.raises(KeyboardInterrupt):
            write(found, replace(version(3), plan_id="killed"))
    assert (tmp_path / "s.json.history" / "00000003").exists()
    assert serials(found) == [2, 1]
    write(found, version(3))
    assert found.history()[0] == version(3)


def test_a_clock_that_was_put_back_does_not_change_the_order(tmp_path: Path) -> None:
    found = place(tmp_path, 2)
    write(found, version(1), version(2), replace(version(3), when="2001-01-01T00:00:00Z"))
    assert serials(found) == [3, 2]


def test_another_lineage_begins_a_history_of_its_own(tmp_path: Path) -> None:
    found = place(tmp_path, 3)
    write(found, *map(version, range(1, 4)))
    (tmp_path / "s.json").unlink()
    write(found, replace(version(1), lineage="another", when="2026-05-01T00:00:00Z"))
    assert [(one.lineage, one.serial) for one in found.history()] == [
        ("another", 1),
        ("a-lineage", 3),
        ("a-lineage", 2),
    ]


def test_what_is_no_version_is_passed_over(tmp_path: Path) -> None:
    found = place(tmp_path)
    write(found, version(1), version(2))
    directory = tmp_path / "s.json.history"
    for name, content in (
        ("notes", b""),
        ("00000007", b"{"),
        ("00000008", b"\xff\xff"),
        ("00000009", b'{"serial": 9}\n'),
    ):
        (directory / name).write_bytes(content)
    (directory / "00000006").write_bytes((directory / "00000002").read_bytes())
    assert serials(found) == [2, 1]
    assert found.version(2) == "state 2"


def test_with_another_key_every_version_is_rewritten_that_it_opens(tmp_path: Path) -> None:
    found = place(tmp_path)
    write(found, version(1), version(2), version(3))

    def anew(text: str) -> str:
        if text == "state 2":
            raise StateError(())
        return f"new {text}"

    with found.lock("test", 0, ignore) as held:
        held.rewrite(anew)
    assert [found.version(serial) for serial in (3, 2, 1)] == ["new state 3", "state 2", "new state 1"]
    stored = found.read()
    assert stored is not None
    assert stored.text == "new state 3"
    assert serials(found) == [3, 2, 1]
