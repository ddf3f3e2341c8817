"""The journal: what is written is read back, a torn end is dropped, damage is noticed."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.diagnostics import StateError
from planner.state.backends.local.place import LocalPlace
from planner.state.encryption import Plain
from planner.state.journal import DONE, NOT_DONE, Journal, JournalRecord, encode, read_journal
from support.stores import FileStore

PLAN: dict[str, Any] = {"plan_id": "p", "lineage": "", "steps": [{"id": 1}, {"id": 2}, {"id": 3}]}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "s.json.journal"


@contextlib.contextmanager
def begun(path: Path, plan: dict[str, Any] = PLAN) -> Iterator[Journal]:
    with FileStore(path.with_suffix("")).left_behind(plan) as journal:
        yield journal


def said(path: Path) -> JournalRecord | None:
    return read_journal(LocalPlace(path.with_suffix("")), Plain())


def written(path: Path) -> bytes:
    with begun(path) as journal:
        journal.intent(1)
        journal.intent(2)
        journal.commit()
        journal.fact(1, DONE)
        journal.fact(2, NOT_DONE)
        journal.intent(3)
        journal.commit()
    return path.read_bytes()


def test_a_journal_says_what_was_written(path: Path) -> None:
    written(path)
    record = said(path)
    assert record is not None
    assert record.plan == PLAN
    assert record.facts == {1: DONE, 2: NOT_DONE}
    assert record.unsure == [3]
    assert not record.damaged


def test_where_there_is_no_journal_nothing_was_begun(path: Path) -> None:
    assert said(path) is None


def test_a_journal_is_there_with_its_plan_or_not_at_all(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []
    replace = os.replace

    def replaced(source: Path, target: Path) -> None:
        assert not target.exists()
        seen.append(source.read_bytes())
        replace(source, target)

    monkeypatch.setattr("os.replace", replaced)
    with begun(path):
        pass
    assert seen == [path.read_bytes()]
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_a_journal_that_was_removed_is_noticed(path: Path) -> None:
    with begun(path) as journal:
        journal.intent(1)
        journal.commit()
        journal.flush()
        path.unlink()
        with pytest.raises(StateError) as caught:
            journal.flush()
    assert caught.value.diagnostics[0].code == "STA314"


def test_wherever_it_is_cut_the_records_before_the_cut_are_read(path: Path) -> None:
    data = written(path)
    first = data.index(b"\n")
    for cut in range(len(data)):
        path.write_bytes(data[:cut])
        if cut < first:
            with pytest.raises(StateError) as caught:
                said(path)
            assert caught.value.diagnostics[0].code == "STA303"
            continue
        record = said(path)
        assert record is not None
        lines = data[:cut].count(b"\n") + (data[cut : cut + 1] == b"\n")
        assert len(record.intents) + len(record.facts) == lines - 1
        assert not record.damaged


@pytest.mark.parametrize(
    "first",
    [
        "00000000",
        "00000000 ",
        {"record": "begin"},
        {"record": "begin", "version": "2", "plan": "{}"},
        {"record": "begin", "version": 1, "plan": {}},
        {"record": "intent", "step": 1},
    ],
)
def test_a_first_record_that_says_something_else_is_no_beginning(path: Path, first: Any) -> None:
    line = first.encode() + b"\n" if isinstance(first, str) else encode(first)
    path.write_bytes(line + encode({"record": "intent", "step": 1}))
    with pytest.raises(StateError) as caught:
        said(path)
    assert caught.value.diagnostics[0].code == "STA303"


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 4), st.integers(0, 20))
def test_damage_in_the_middle_makes_every_step_unsure_that_has_no_fact(line: int, at: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.json.journal"
        lines = written(path).split(b"\n")
        broken = bytearray(lines[line])
        broken[at] ^= 0x01
        lines[line] = bytes(broken)
        path.write_bytes(b"\n".join(lines))
        if line == 0:
            with pytest.raises(StateError) as caught:
                said(path)
            assert caught.value.diagnostics[0].code == "STA303"
            return
        record = said(path)
        assert record is not None
        assert record.damaged == 1
        assert record.unsure == sorted({1, 2, 3} - record.facts.keys())


def test_a_journal_is_never_written_over(path: Path) -> None:
    written(path)
    with pytest.raises(StateError) as caught, begun(path):
        pass
    assert caught.value.diagnostics[0].code == "STA306"


def test_many_records_are_made_durable_by_one_fsync(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with begun(path) as journal:
        calls: list[int] = []
        monkeypatch.setattr(os, "fsync", calls.append)
        for step in range(1000):
            journal.intent(step)
        journal.commit()
        assert len(calls) == 1


def test_a_newer_journal_is_left_alone(path: Path) -> None:
    path.write_bytes(encode({"record": "begin", "version": 2, "plan": json.dumps(PLAN)}))
    with pytest.raises(StateError) as caught:
        said(path)
    assert caught.value.diagnostics[0].code == "STA304"


def test_after_a_full_disk_nothing_more_is_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with begun(path) as journal:
        size = path.stat().st_size
        journal.intent(1)
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", _full_disk)
            with pytest.raises(StateError) as caught:
                journal.commit()
        assert caught.value.diagnostics[0].code == "STA302"
        journal.intent(2)
        journal.flush()
        with pytest.raises(StateError):
            journal.commit()
        assert path.stat().st_size == size


def _full_disk(_fd: int, _data: bytes) -> int:
    raise OSError(28, "No space left on device")
