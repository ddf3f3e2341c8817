"""The store: whole files, backups, serials, lineages."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from pathlib import Path

import pytest

from planner.address import Address
from planner.diagnostics import StateError
from planner.network.identity import VPC, Enablement
from planner.state.backends.local.files import ERRORED_FILE
from planner.state.load import load_state
from planner.state.model import State, StateObject
from planner.values import replace
from support.stores import FileStore


def with_vpc(state: State, vpc_id: str) -> State:
    address = Address(VPC, vpc_id)
    found = StateObject(address, Enablement(vpc_id), {"vpc_id": vpc_id}, "mock")
    return replace(state, objects={**state.objects, address: found})


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "cl.state.json")


def code_of(caught: pytest.ExceptionInfo[StateError]) -> str:
    return caught.value.diagnostics[0].code


def test_where_nothing_was_written_the_state_is_empty(store: FileStore) -> None:
    assert store.read() == State()


def test_a_first_write_makes_a_lineage_and_later_ones_keep_it(store: FileStore) -> None:
    first = store.write(with_vpc(store.read(), "vpc-a"), operation="apply")
    second = store.write(with_vpc(first, "vpc-b"), operation="apply")
    assert first.lineage == second.lineage != ""
    assert (first.serial, second.serial) == (1, 2)
    assert store.read() == second
    assert second.written is not None
    assert second.written.operation == "apply"


def test_the_serial_moves_only_when_the_content_does(store: FileStore) -> None:
    first = store.write(with_vpc(State(), "vpc-a"), operation="apply")
    before = store.path.stat().st_mtime_ns
    assert store.write(first, operation="apply") == first
    assert store.path.stat().st_mtime_ns == before


def test_the_last_state_is_kept_as_a_backup_that_only_its_owner_can_read(store: FileStore) -> None:
    first = store.write(with_vpc(State(), "vpc-a"), operation="apply")
    store.write(with_vpc(first, "vpc-b"), operation="apply")
    assert load_state(store.backup_path) == first
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in (store.path, store.backup_path))


def test_a_file_in_the_place_of_the_history_is_moved_away(store: FileStore, tmp_path: Path) -> None:
    history = tmp_path / "cl.state.json.history"
    history.touch()
    with pytest.raises(StateError) as caught:
        store.write(with_vpc(State(), "vpc-a"), operation="apply")
    assert code_of(caught) == "STA111"
    assert f"Move what is there away: mv {history} {history}.other" in str(caught.value.diagnostics[0].remedy)


@pytest.mark.parametrize("name", ["cl.state.json.history", "cl.state.json.backup"])
def test_what_is_in_the_way_of_a_write_is_noticed_before_a_journal_begins(
    store: FileStore, tmp_path: Path, name: str
) -> None:
    store.write(with_vpc(State(), "vpc-a"), operation="apply")
    place = tmp_path / name
    if name.endswith("history"):
        shutil.rmtree(place)
        place.touch()
    else:
        place.mkdir()
    with store.locked("apply"), pytest.raises(StateError) as caught:
        store.begin_journal({"plan_id": "p", "lineage": "", "steps": []})
    (problem,) = caught.value.diagnostics
    assert problem.code == "STA111"
    assert f"{place}: " in problem.detail
    assert "Nothing was done." in problem.detail
    assert f"mv {place} {place}.other" in problem.remedy.text
    assert not store.has_journal()


def test_a_journal_begins_without_a_history_and_makes_none(store: FileStore, tmp_path: Path) -> None:
    with store.locked("apply"):
        store.begin_journal({"plan_id": "p", "lineage": "", "steps": []}).close()
    assert not (tmp_path / "cl.state.json.history").exists()


def test_another_lineage_is_refused(store: FileStore) -> None:
    first = store.write(with_vpc(State(), "vpc-a"), operation="apply")
    for lineage in ("other", ""):
        with pytest.raises(StateError) as caught:
            store.write(replace(first, lineage=lineage), operation="apply")
        assert code_of(caught) == "STA109"


def test_a_state_made_from_an_older_serial_is_refused_and_says_who_moved_it(store: FileStore) -> None:
    first = store.write(with_vpc(State(), "vpc-a"), operation="apply")
    store.write(with_vpc(first, "vpc-b"), operation="state mv")
    with pytest.raises(StateError) as caught:
        store.write(with_vpc(first, "vpc-c"), operation="apply")
    assert code_of(caught) == "STA110"
    assert "state mv" in caught.value.diagnostics[0].detail


def test_a_link_to_the_state_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "cl.state.json"
    link.symlink_to(tmp_path / "elsewhere" / "real.json")  # nothing was written there yet
    store = FileStore(link)
    store.write(with_vpc(State(), "vpc-a"), operation="apply")
    assert link.is_symlink()
    assert not (tmp_path / "elsewhere" / "real.json").is_symlink()
    assert store.read().serial == 1


def test_all_that_is_beside_the_state_is_the_same_whichever_link_leads_there(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir()
    (tmp_path / "directory").symlink_to(real)
    (tmp_path / "file").symlink_to("directory/s.json")
    (tmp_path / "file again").symlink_to("file")
    expected = FileStore(real / "s.json")
    for way in ("directory/s.json", "file", "file again", "real/../directory/s.json"):
        store = FileStore(tmp_path / way)
        for part in ("path", "backup_path", "lock_path", "journal_path"):
            assert getattr(store, part) == getattr(expected, part)


def test_a_path_without_links_is_reported_as_it_was_given() -> None:
    assert FileStore("states/../cl.state.json").lock_path == Path("states/../cl.state.json.lock")


def test_a_link_that_leads_nowhere_is_no_empty_state(tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to("circle")
    (tmp_path / "unmounted").symlink_to(tmp_path / "volume" / "states")
    (tmp_path / "s.json").symlink_to(tmp_path / "volume" / "s.json")
    for way in ("circle", "circle/s.json", "unmounted/s.json", "s.json"):
        with pytest.raises(StateError) as caught:
            FileStore(tmp_path / way)
        assert code_of(caught) == "STA101"
    assert not (tmp_path / "volume").exists()


@pytest.mark.parametrize("call", ["fsync", "replace", "write"])
def test_a_failed_write_leaves_the_old_file_and_saves_the_new_state_elsewhere(
    store: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    first = store.write(with_vpc(State(), "vpc-a"), operation="apply")
    rescue = tmp_path / "cwd"
    rescue.mkdir()
    monkeypatch.chdir(rescue)
    real = getattr(os, call)
    failures = iter([False, False, True, True] if call == "fsync" else [False, True, True])

    def failing(*arguments: object, **named: object) -> object:
        if next(failures, False):
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(*arguments, **named)

    monkeypatch.setattr(os, call, failing)
    with pytest.raises(StateError) as caught:
        store.write(with_vpc(first, "vpc-b"), operation="apply")
    assert code_of(caught) == "STA111"
    monkeypatch.undo()
    assert store.read() == first
    assert not list(tmp_path.glob(".*.tmp"))
    rescued = load_state(rescue / ERRORED_FILE)
    assert rescued is not None
    assert f"cl state push {rescue / ERRORED_FILE}" in str(caught.value.diagnostics[0].remedy)
    assert store.push(rescued).objects.keys() == with_vpc(first, "vpc-b").objects.keys()


def test_push_refuses_what_is_older_or_of_another_lineage_unless_forced(store: FileStore) -> None:
    first = store.write(with_vpc(State(), "vpc-a"), operation="apply")
    second = store.write(with_vpc(first, "vpc-b"), operation="apply")
    for state, code in [(first, "STA110"), (replace(second, lineage="other"), "STA109")]:
        with pytest.raises(StateError) as caught:
            store.push(state)
        assert code_of(caught) == code
    with pytest.raises(StateError):
        store.push(replace(second, objects={}))
    assert store.push(second) == second
    forced = store.push(first, force=True)
    assert forced.serial == 3
    assert forced.objects == first.objects


def test_a_state_that_may_not_be_read_is_reported(tmp_path: Path) -> None:
    with pytest.raises(StateError) as caught:
        load_state(tmp_path)
    assert code_of(caught) == "STA101"
    (tmp_path / "f").write_bytes(b"\xff")
    with pytest.raises(StateError) as caught:
        load_state(tmp_path / "f")
    assert code_of(caught) == "STA102"


def test_a_state_that_another_process_wrote_is_seen(store: FileStore) -> None:
    first = store.write(with_vpc(State(), "vpc-a"), operation="apply")
    other = FileStore(store.path)
    second = other.write(with_vpc(first, "vpc-b"), operation="apply")
    assert store.read() == second
    store.path.unlink()
    assert store.read() == State()


def test_a_state_of_another_kind_of_place_is_reported_each_time(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    for _ in range(2):
        with pytest.raises(StateError):
            store.read()


@pytest.mark.parametrize("broken", [b"", b"garbage", b"\xff", b'{"version": 1, "checksum": "x"}'])
def test_a_broken_file_can_be_replaced_by_its_backup_and_is_kept(store: FileStore, broken: bytes) -> None:
    first = store.write(with_vpc(State(), "vpc-a"), operation="apply")
    store.write(with_vpc(first, "vpc-b"), operation="apply")
    store.path.write_bytes(broken)
    backup = load_state(store.backup_path)
    assert backup is not None
    assert store.is_damaged
    pushed = replace(first, serial=3)
    assert store.push(backup) == pushed
    assert store.read() == pushed
    assert not store.is_damaged
    assert store.damaged_path.read_bytes() == broken
    assert load_state(store.backup_path) == first


def test_a_file_of_a_newer_format_is_not_replaced(store: FileStore) -> None:
    store.path.write_text('{"version": 2}')
    with pytest.raises(StateError) as caught:
        store.push(State("l", 1))
    assert code_of(caught) == "STA105"


BROKEN = {
    "nothing": "",
    "cut short": "{",
    "not JSON": "garbage",
    "not text": "\udcff",
    "altered": '{"version": 1, "checksum": "x"}',
    "misshapen": '{"version": 1, "serial": "x", "resources": {}}',
    "cut short while encrypted": '{"cl_encrypted":1',
}


@pytest.mark.parametrize("state", BROKEN)
@pytest.mark.parametrize("backup", [None, *BROKEN])
def test_a_backup_that_cannot_be_used_is_not_offered(tmp_path: Path, state: str, backup: str | None) -> None:
    store = FileStore(tmp_path / "s.json")
    store.path.write_text(BROKEN[state], errors="surrogateescape")
    if backup is not None:
        store.backup_path.write_text(BROKEN[backup], errors="surrogateescape")
    with pytest.raises(StateError) as caught:
        store.read()
    for problem in caught.value.diagnostics:
        assert problem.remedy
        assert "state push" not in str(problem.remedy)


@pytest.mark.parametrize("replaced", [False, True])
def test_a_command_that_lost_the_lock_writes_no_state_and_removes_no_journal(store: FileStore, replaced: bool) -> None:
    first = store.write(with_vpc(State(), "vpc-a"), operation="apply")
    with store.locked("apply"):
        journal = store.begin_journal({"plan_id": "p", "lineage": first.lineage, "steps": []})
        assert not store.has_lost_lock
        store.lock_path.unlink()
        if replaced:
            store.lock_path.touch()
        assert store.has_lost_lock
        for refused in (journal.commit, journal.check, store.remove_journal, lambda: store.push(first, force=True)):
            with pytest.raises(StateError) as caught:
                refused()
            assert caught.value.diagnostics[0].code == "STA207"
        with pytest.raises(StateError) as caught:
            store.write(with_vpc(first, "vpc-b"), operation="apply")
        assert caught.value.diagnostics[0].code == "STA207"
        journal.close()
    assert FileStore(store.path).read() == first
    assert store.journal_path.exists()
    rescued = load_state(store.path.with_name(ERRORED_FILE))
    assert rescued is not None
    assert rescued.objects == with_vpc(first, "vpc-b").objects
    assert store.as_pushed(rescued).serial == first.serial + 1, "it can be pushed once the lock is free"
    assert store.lock_path.exists() is replaced
    assert store.write(with_vpc(first, "vpc-b"), operation="apply").serial == first.serial + 1
