"""The journal: what is written is read back, a torn end is dropped, damage is noticed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.diagnostics import StateError
from planner.state.encryption import Plain
from planner.state.journal import DONE, NOT_DONE, Journal, encode, read_journal

PLAN: dict[str, Any] = {"plan_id": "p", "lineage": "", "steps": [{"id": 1}, {"id": 2}, {"id": 3}]}


def written(path: Path) -> bytes:
    with Journal(path, json.dumps(PLAN)) as journal:
        journal.intent(1)
        journal.intent(2)
        journal.commit()
        journal.fact(1, DONE)
        journal.fact(2, NOT_DONE)
        journal.intent(3)
        journal.commit()
    return path.read_bytes()


def test_a_journal_says_what_was_written(tmp_path: Path) -> None:
    written(tmp_path / "j")
    record = read_journal(tmp_path / "j", Plain())
    assert record is not None
    assert record.plan == PLAN
    assert record.facts == {1: DONE, 2: NOT_DONE}
    assert record.unsure == [3]
    assert not record.damaged


def test_where_there_is_no_journal_nothing_was_begun(tmp_path: Path) -> None:
    assert read_journal(tmp_path / "j", Plain()) is None


def test_a_journal_is_there_with_its_plan_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []
    replace = os.replace

    def replaced(source: Path, target: Path) -> None:
        assert not target.exists()
        seen.append(source.read_bytes())
        replace(source, target)

    monkeypatch.setattr("os.replace", replaced)
    Journal(tmp_path / "j", "{}").close()
    assert seen == [(tmp_path / "j").read_bytes()]
    assert [found.name for found in tmp_path.iterdir()] == ["j"]


def test_a_journal_that_was_taken_away_is_noticed(tmp_path: Path) -> None:
    with Journal(tmp_path / "j", "{}") as journal:
        journal.intent(1)
        journal.commit()
        journal.check()
        (tmp_path / "j").unlink()
        with pytest.raises(StateError) as caught:
            journal.check()
    assert caught.value.diagnostics[0].code == "STA314"


def test_wherever_it_is_cut_the_records_before_the_cut_are_read(tmp_path: Path) -> None:
    data = written(tmp_path / "whole")
    first = data.index(b"\n")
    for cut in range(len(data)):
        (tmp_path / "j").write_bytes(data[:cut])
        if cut < first:
            with pytest.raises(StateError) as caught:
                read_journal(tmp_path / "j", Plain())
            assert caught.value.diagnostics[0].code == "STA303"
            continue
        record = read_journal(tmp_path / "j", Plain())
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
def test_a_first_record_that_says_something_else_is_no_beginning(tmp_path: Path, first: Any) -> None:
    line = first.encode() + b"\n" if isinstance(first, str) else encode(first)
    (tmp_path / "j").write_bytes(line + encode({"record": "intent", "step": 1}))
    with pytest.raises(StateError) as caught:
        read_journal(tmp_path / "j", Plain())
    assert caught.value.diagnostics[0].code == "STA303"


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 4), st.integers(0, 20))
def test_damage_in_the_middle_makes_every_step_unsure_that_has_no_fact(line: int, at: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "j"
        lines = written(path).split(b"\n")
        broken = bytearray(lines[line])
        broken[at] ^= 0x01
        lines[line] = bytes(broken)
        path.write_bytes(b"\n".join(lines))
        if line == 0:
            with pytest.raises(StateError) as caught:
                read_journal(path, Plain())
            assert caught.value.diagnostics[0].code == "STA303"
            return
        record = read_journal(path, Plain())
        assert record is not None
        assert record.damaged == 1
        assert record.unsure == sorted({1, 2, 3} - record.facts.keys())


def test_a_journal_is_never_written_over(tmp_path: Path) -> None:
    written(tmp_path / "j")
    with pytest.raises(StateError) as caught:
        Journal(tmp_path / "j", json.dumps(PLAN))
    assert caught.value.diagnostics[0].code == "STA306"


def test_many_records_are_made_durable_by_one_fsync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Journal(tmp_path / "j", json.dumps(PLAN)) as journal:
        calls: list[int] = []
        monkeypatch.setattr(os, "fsync", calls.append)
        for step in range(1000):
            journal.intent(step)
        journal.commit()
        assert len(calls) == 1


def test_a_newer_journal_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "j").write_bytes(encode({"record": "begin", "version": 2, "plan": json.dumps(PLAN)}))
    with pytest.raises(StateError) as caught:
        read_journal(tmp_path / "j", Plain())
    assert caught.value.diagnostics[0].code == "STA304"


def test_after_a_full_disk_nothing_more_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Journal(tmp_path / "j", json.dumps(PLAN)) as journal:
        size = (tmp_path / "j").stat().st_size
        journal.intent(1)
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", _full_disk)
            with pytest.raises(StateError) as caught:
                journal.commit()
        assert caught.value.diagnostics[0].code == "STA302"
        journal.intent(2)
        journal.flush()
        assert (tmp_path / "j").stat().st_size == size


def _full_disk(_fd: int, _data: bytes) -> int:
    raise OSError(28, "No space left on device")
