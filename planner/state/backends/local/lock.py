"""The lock of a state: an operating-system lock that dies with its process, and a file that says who holds it.

The lock is held on the file itself. A file that is left behind by a process that was killed is no lock: a process that
comes next takes it. The holder takes its file away when it ends, so a waiter that got the lock of a file that is no
longer there starts again. What is no file of a lock is never written to: not what a link leads to, not what has another
name, not what says anything but who holds a lock.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import stat
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec.structs import asdict

from planner.diagnostics import Diagnostic, StateError
from planner.reading import read_regular
from planner.remedy import Remedy, shell
from planner.state.backends.protocol import LockInfo
from planner.state.backends.refusals import another_lock, holder_lives, locked_by, no_lock, waiting_for
from planner.state.backends.who import host, now, who
from planner.threads import start
from planner.values import replace
from planner.writing import close_quietly, how_to_write, keep_private, make_directory

HEARTBEAT_SECONDS = 10.0
STALE_AFTER = timedelta(minutes=5)
"""A holder on another host that has shown no sign of life for this long may be thrown out."""

_POLL_SECONDS = 0.05
_LONGEST = 2**16
"""More bytes than what a lock says of itself."""
_BEGINNING = b'{\n  "id": "'
"""How what a holder says of itself begins."""


@contextlib.contextmanager
def lock(
    path: Path, operation: str, timeout: float = 0.0, report: Callable[[Diagnostic], None] = lambda _waiting: None
) -> Iterator[LockInfo]:
    """Hold the lock at `path`, waiting for it at most `timeout` seconds; `report` hears whom it waits for.

    Raises StateError that names the holder where it is not free by then.
    """
    fd = _acquire(path, timeout, report)
    stamp = now()
    info = LockInfo(str(uuid.uuid4()), who(), os.getpid(), host(), stamp, operation, stamp)
    stopped = threading.Event()
    beating = threading.Thread(target=_beat, args=(fd, info, stopped), name="lock heartbeat", daemon=True)
    try:
        _write_info(fd, path, info)
        start(beating)
        yield info
    finally:
        stopped.set()
        if beating.is_alive():
            beating.join()
        with contextlib.suppress(OSError):  # what is left behind is a file, and no lock
            if _is_same_file(fd, path):
                path.unlink()
        close_quietly(fd)


def holder(path: Path) -> LockInfo | None:
    """Who holds the lock at `path` now, as far as is known; None where it is free."""
    try:
        fd = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        return None if _try_flock(fd, path) else _read_info(path)
    finally:
        close_quietly(fd)


def named(path: Path, lock_id: str) -> LockInfo:
    """What the lock file at `path` says. Raises StateError where there is no lock, or its id is another one."""
    if not os.path.lexists(path):
        raise StateError(no_lock(str(path)))
    info = _read_info(path)
    if info is None:
        raise StateError(_no_holder_named(path))
    if info.id != lock_id:
        raise StateError(another_lock(str(path), info, lock_id))
    return info


def force_unlock(path: Path, lock_id: str) -> LockInfo:
    """Take away a lock file that is really stale, and return what it said.

    Stale is one whose process has ended, or one of another host without a sign of life for five minutes. Raises
    StateError where there is no lock, its id is another one, or its holder lives.
    """
    info = named(path, lock_id)
    fd = _open(path)
    try:
        if not _try_flock(fd, path) and not _is_silent(info):
            raise StateError(holder_lives(str(path), info))
        if _is_same_file(fd, path):
            path.unlink()
    finally:
        close_quietly(fd)
    return info


def _acquire(path: Path, timeout: float, report: Callable[[Diagnostic], None]) -> int:
    deadline = time.monotonic() + timeout
    is_reported = False
    while True:
        fd = _open(path)
        if _try_flock(fd, path):
            if _is_same_file(fd, path):
                return _own(fd, path)
            close_quietly(fd)
            continue
        close_quietly(fd)
        if time.monotonic() >= deadline:
            raise StateError(locked_by(str(path), _read_info(path)))
        if not is_reported:
            report(waiting_for(str(path), _read_info(path), timeout))
            is_reported = True
        time.sleep(_POLL_SECONDS)


def _open(path: Path) -> int:
    try:
        make_directory(path.parent)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as problem:
        refusal = _not_a_lock(path, "is a link") if problem.errno == errno.ELOOP else _not_written(path, problem)
        raise StateError(refusal) from None


def _own(fd: int, path: Path) -> int:
    """The file, fit to be written by the holder of its lock. Raises StateError, with the file closed."""
    try:
        if why := _why_not_a_lock(fd):
            raise StateError(_not_a_lock(path, why))
    except BaseException:
        close_quietly(fd)
        raise
    keep_private(fd)
    return fd


def _why_not_a_lock(fd: int) -> str | None:
    """Why this is no file of a lock. One that is empty, or that says half of who holds it, was left by a crash."""
    found = os.fstat(fd)
    if not stat.S_ISREG(found.st_mode):
        return "is not a regular file"
    if found.st_nlink > 1:
        return "has another name"
    if found.st_size > _LONGEST or not _is_of_a_lock(os.pread(fd, _LONGEST, 0)):
        return "does not say who holds a lock"
    return None


def _is_of_a_lock(text: bytes) -> bool:
    if not text.strip(b"\0\n"):
        return True
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return text.startswith(_BEGINNING) or _BEGINNING.startswith(text)
    return isinstance(said, dict) and said.keys() >= LockInfo.__annotations__.keys()


def _try_flock(fd: int, path: Path) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as problem:  # a file system that knows no locks
        raise StateError(_not_written(path, problem)) from None
    return True


def _is_same_file(fd: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(fd), path.lstat())
    except FileNotFoundError:
        return False


def _write_info(fd: int, path: Path, info: LockInfo) -> None:
    try:
        os.ftruncate(fd, 0)
        os.pwrite(fd, json.dumps(asdict(info), indent=2).encode() + b"\n", 0)
    except OSError as problem:
        raise StateError(_not_written(path, problem)) from None


def _beat(fd: int, info: LockInfo, stopped: threading.Event) -> None:
    """Write the time into the file every few seconds; it keeps its length, so a reader always sees a whole document."""
    while not stopped.wait(HEARTBEAT_SECONDS):
        with contextlib.suppress(OSError):
            os.pwrite(fd, json.dumps(asdict(replace(info, heartbeat=now())), indent=2).encode(), 0)


def _read_info(path: Path) -> LockInfo | None:
    """What the file says, where it is what a lock says of itself."""
    try:
        info = LockInfo(**json.loads(read_regular(path, _LONGEST)))
        is_whole = all(type(value).__name__ == LockInfo.__annotations__[name] for name, value in asdict(info).items())
        return info if is_whole and datetime.fromisoformat(info.heartbeat).tzinfo else None
    except (OSError, ValueError, TypeError, RecursionError):
        return None


def _is_silent(info: LockInfo) -> bool:
    last = datetime.fromisoformat(info.heartbeat)
    return info.host != host() and datetime.now(UTC) - last > STALE_AFTER


def _no_holder_named(path: Path) -> Diagnostic:
    detail = f"{path} cannot be read, or does not say who holds it."
    remedy = "Nothing needs to be unlocked: the next command takes the lock, unless a running process holds it."
    return Diagnostic("STA202", "No such lock", detail, Remedy.of(remedy), files=(str(path),))


def _not_written(path: Path, problem: OSError) -> Diagnostic:
    detail = f"{path}: {problem.strerror or problem}."
    remedy = how_to_write(problem, f"Give yourself permission to write in {path.parent}.")
    if problem.errno == errno.EACCES and path.is_file():
        remedy = Remedy.of("Give yourself permission to write it: ", shell("chmod", "u+rw", path))
    elif problem.errno in (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS):
        remedy = Remedy.of(
            "Keep the state on a file system that has locks, such as a local disk or NFS with its lock service."
        )
    return Diagnostic("STA203", "Lock cannot be written", detail, remedy, files=(str(path),))


def _not_a_lock(path: Path, why: str) -> Diagnostic:
    aside = shell("mv", path, Path(f"{path}.aside"))
    detail = f"{path} {why}, so it was not changed. cl keeps the lock of the state in a file of this name."
    remedy = Remedy.of("Move it away: ", aside, "\nThen run the command again.")
    return Diagnostic("STA205", "Not a lock", detail, remedy, files=(str(path),))
