"""Files that are whole or not there, whatever stands beside them and whatever the file system lacks."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from planner.diagnostics import StateError
from planner.state.backends.local.lock import lock
from planner.state.model import State
from planner.writing import Lack, how_to_write, open_temporary, write_new, write_whole, written_as
from support.failing_calls import failing, is_directory
from support.stores import FileStore


@pytest.mark.parametrize("write", [write_whole, write_new])
def test_what_has_the_name_of_a_temporary_file_is_neither_written_nor_followed(
    tmp_path: Path, write: Callable[[Path, str], None]
) -> None:
    (tmp_path / "mine").write_text("mine")
    (tmp_path / ".link.tmp").symlink_to(tmp_path / "mine")
    os.mkfifo(tmp_path / ".pipe.tmp")
    for name in ("link", "pipe"):
        write(tmp_path / name, "new")
        assert (tmp_path / name).read_text() == "new"
        assert not (tmp_path / name).is_symlink()
    assert (tmp_path / "mine").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == [".link.tmp", ".pipe.tmp", "link", "mine", "pipe"]


def test_what_is_no_file_is_not_replaced_whatever_link_leads_there(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    for name in ("pipe", "link"):
        with pytest.raises(OSError, match="not a regular file"):
            write_whole(tmp_path / name, "new")
    assert (tmp_path / "pipe").is_fifo()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "pipe"]


def test_a_backup_that_leads_to_a_device_or_a_pipe_does_not_replace_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "cl.state.json.backup").symlink_to("pipe")
    store = FileStore(tmp_path / "cl.state.json")
    first = store.write(State(cut_short=(("mock", "i-1"),)), operation="apply")
    with pytest.raises(StateError) as caught:
        store.write(State(lineage=first.lineage, serial=1), operation="apply")
    assert [problem.code for problem in caught.value.diagnostics] == ["STA111"]
    assert (tmp_path / "pipe").is_fifo()
    assert store.read() == first


def test_what_killed_writers_left_behind_goes_and_what_is_being_written_stays(tmp_path: Path) -> None:
    left, other = tmp_path / ".s.0123456789abcdef.tmp", tmp_path / ".t.0123456789abcdef.tmp"
    for path in (left, other):
        path.touch()
    fd, written = open_temporary(tmp_path / "s")
    assert written_as(written.name) == "s"
    write_whole(tmp_path / "s", "new")
    os.close(fd)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([other.name, written.name, "s"])


def test_a_file_system_without_modes_and_without_durable_names_holds_a_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, "fchmod", errno.ENOSYS, lambda _fd: True)
    unsynced = failing(monkeypatch, "fsync", errno.EINVAL, is_directory)
    store = FileStore(tmp_path / "cl.state.json")
    with store.locked("apply"):
        store.begin_journal({"plan_id": "p", "lineage": "", "steps": []}).close()
        store.write(State(cut_short=(("mock", "i-1"),)), operation="apply")
        store.remove_journal()
    assert store.read().cut_short == (("mock", "i-1"),)
    assert len(unsynced) == 4


def test_an_error_from_closing_a_lock_is_no_defect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, "close", errno.EIO, lambda _fd: True)
    with lock(tmp_path / "l", "apply"):
        pass
    assert not (tmp_path / "l").exists()


def test_an_error_from_closing_a_journal_leaves_it_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FileStore(tmp_path / "cl.state.json")
    with store.left_behind({"plan_id": "p", "lineage": "", "steps": [{"id": 1}]}) as journal:
        journal.intent(1)
        journal.commit()
        failing(monkeypatch, "close", errno.EIO, lambda _fd: True)
    monkeypatch.undo()
    record = store.read_journal()
    assert record is not None
    assert record.unsure == [1]


def test_an_error_from_closing_a_state_is_an_error_of_writing_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FileStore(tmp_path / "cl.state.json")
    first = store.write(State(cut_short=(("mock", "i-1"),)), operation="apply")
    failing(monkeypatch, "close", errno.EIO, lambda fd: not is_directory(fd))
    with pytest.raises(StateError) as caught:
        store.write(State(lineage=first.lineage, serial=1), operation="apply")
    monkeypatch.undo()
    assert [problem.code for problem in caught.value.diagnostics] == ["STA111"]
    assert store.read() == first


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_directory_that_may_be_written_and_not_be_read_takes_a_file() -> None:
    kept = Path(tempfile.mkdtemp())  # tmp_path is below directories that only root may search
    os.chown(kept, 65534, 65534)
    kept.chmod(0o300)
    child = os.fork()
    if child == 0:
        code = 70
        try:
            os.setuid(65534)
            code = write_whole(kept / "file", "new").value
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == Lack.DURABLE_NAMES.value
    assert (kept / "file").read_text() == "new"
    shutil.rmtree(kept)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "Free some space on that disk."),
        (errno.EDQUOT, "Free some space on that disk: your quota there is used up."),
        (errno.EROFS, "read-only"),
        (errno.EFBIG, "ulimit -f"),
        (errno.EMFILE, "ulimit -n"),
        (errno.EACCES, "Give yourself permission."),
        (None, "Give yourself permission."),
    ],
)
def test_the_remedy_of_a_failed_write_fits_what_the_system_says(code: int | None, words: str) -> None:
    problem = OSError("no number") if code is None else OSError(code, os.strerror(code))
    assert words in how_to_write(problem, "Give yourself permission.").text
