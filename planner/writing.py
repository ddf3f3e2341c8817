"""Files that are whole or not there: what is written here survives the end of the process and of the machine."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from enum import Flag, auto
from pathlib import Path

from planner.diagnostics import Diagnostic, Severity
from planner.remedy import Part, Remedy

_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS)
"""What a file system says where a file has one name at most."""
_NOT_ABOUT_PERMISSION = {
    errno.ENOSPC: "Free some space on that disk.",
    errno.EDQUOT: "Free some space on that disk: your quota there is used up.",
    errno.EFBIG: "Raise the limit on the size of a file: ulimit -f shows it.",
    errno.EROFS: "Work in a directory that can be written to: the file system of this one is read-only.",
    errno.EIO: "Check the disk: it reports errors.",
    errno.EMFILE: "Allow more open files: ulimit -n shows the limit.",
    errno.ENFILE: "Close other programs: the system has too many open files.",
}
"""What to do where the system refuses a write that every user may make."""
_UNSUPPORTED = (errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL, errno.ENOTTY)
"""What a file system says of an operation that it does not have, such as FUSE, 9p, vboxsf and SMB of some."""
_TEMPORARY = r"\.(?P<name>.+?)(\.[0-9a-f]{16})?\.tmp"
"""The name of a temporary file; without the random part it is of an earlier release."""


class Lack(Flag):
    """What a file system does not do of what was asked of it."""

    NOTHING = 0
    MODES = auto()
    """Who may read a file cannot be set."""
    DURABLE_NAMES = auto()
    """A name cannot be made as durable as what is in its file."""


def real_path(path: Path) -> Path:
    """Where whatever links lead that are on the way; a file that is not there yet is where it would be made.

    Raises OSError where links lead in a circle.
    """
    found = Path(os.path.realpath(path))
    if any(place.is_symlink() for place in (found, *found.parents)):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    return found


def how_to_write(problem: OSError, otherwise: Part | Remedy) -> Remedy:
    """The remedy where a file could not be written: what fits the words of the system, such as those of a full disk.

    `otherwise` is for all else, such as a lack of permission.
    """
    return Remedy.of(_NOT_ABOUT_PERMISSION.get(problem.errno or 0, otherwise))


def make_directory(path: Path) -> None:
    """Make a directory and those above it, such that its owner can use them whatever the umask says. Raises OSError."""
    if path.is_dir():
        return
    make_directory(path.parent)
    try:
        path.mkdir()
    except FileExistsError:
        if not path.is_dir():
            raise
    else:
        path.chmod(path.stat().st_mode | 0o700)


def keep_private(fd: int) -> Lack:
    """Let the owner alone read and write this file, whatever its mode was.

    A file of another user, or on a file system without modes, stays as it is.
    """
    return _set_mode(fd, 0o600)


def close_quietly(fd: int) -> None:
    """Close a file whose content is on disk already, or does not matter: a network may report errors here."""
    with contextlib.suppress(OSError):
        os.close(fd)


def open_temporary(path: Path, mode: int = 0o600, flags: int = 0) -> tuple[int, Path]:
    """A new file beside `path` under a name that cannot be known beforehand, locked while it is open.

    Files that killed writers left behind are removed. Raises OSError.
    """
    _remove_leftovers(path)
    while True:
        temporary = path.with_name(f".{path.name}.{os.urandom(8).hex()}.tmp")
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | flags, mode)
        with contextlib.suppress(OSError):
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(fd).st_nlink:
            return fd, temporary
        os.close(fd)  # another writer took it for a leftover before it was locked


def written_as(name: str) -> str | None:
    """The name of the file for which a temporary file of this name was made; None for any other file."""
    found = re.fullmatch(_TEMPORARY, name)
    return found["name"] if found else None


def _remove_leftovers(path: Path) -> None:
    """Remove temporary files of `path` that no process has locked."""
    with contextlib.suppress(OSError):
        for entry in os.scandir(path.parent):
            if written_as(entry.name) == path.name and entry.is_file(follow_symlinks=False):
                _remove_unless_locked(entry.path)


def _remove_unless_locked(leftover: str) -> None:
    with contextlib.suppress(OSError):
        fd = os.open(leftover, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(leftover)  # noqa: PTH108
        finally:
            os.close(fd)


def write_whole(path: Path, text: str | bytes | Iterable[str]) -> Lack:
    """Write `text`, or its pieces, to `path` so that a reader sees the old file or the new one; readable by its owner
    alone.

    A link is followed, so that it stays one. Raises OSError, also where a device or a pipe is there; what was there is
    then as it was.
    """
    return _replace(path, _pieces(text), 0o600, lambda fd, _old: keep_private(fd))


def try_writing(path: Path) -> None:
    """Raises OSError where `write_whole` could not begin to write to `path`. What is there stays as it is."""
    fd, temporary = open_temporary(_replaceable(path))
    os.close(fd)
    temporary.unlink()


def _pieces(text: str | bytes | Iterable[str]) -> Iterator[bytes]:
    if isinstance(text, bytes):
        yield text
    else:
        for piece in [text] if isinstance(text, str) else text:
            yield piece.encode()


def rewrite(path: Path, text: str) -> Lack:
    """Write `text` to a file of the user's, whole or not at all; a file that is there keeps its mode.

    A link is followed, so that it stays one. What is no regular file, such as a device or a pipe, is written into.
    Raises OSError; an old file is then as it was.
    """
    if path.exists() and not path.is_file():  # asked before links are followed: /dev/stdout leads to no name
        path.write_text(text, encoding="utf-8", newline="\n")
        return Lack.NOTHING
    return _replace(path, [text.encode()], 0o666, _keep_mode)


def write_new(path: Path, text: str) -> Lack:
    """Write `text` to `path`, where nothing may be yet: at any moment it is there as a whole or not at all.

    Raises OSError: FileExistsError where something is there.
    """
    with _written(path, [text.encode()], 0o666, lambda _fd: Lack.NOTHING) as (temporary, lack):
        _give_name(temporary, path)
    with contextlib.suppress(OSError):
        os.unlink(temporary)  # noqa: PTH108
    return lack | sync_directory(path.parent)


def _replace(path: Path, data: Iterable[bytes], mode: int, set_mode: Callable[[int, Path], Lack]) -> Lack:
    path = _replaceable(path)
    with _written(path, data, mode, lambda fd: set_mode(fd, path)) as (temporary, lack):
        os.replace(temporary, path)  # noqa: PTH105 - the name that a test can hold on to
    return lack | sync_directory(path.parent)


def _replaceable(path: Path) -> Path:
    """Where the file really is. Raises OSError where what is there is to stay."""
    path = real_path(path)
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if path.exists() and not path.is_file():  # a device or a pipe would be gone for all who use it
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))
    return path


@contextlib.contextmanager
def _written(
    path: Path, data: Iterable[bytes], mode: int, set_mode: Callable[[int], Lack]
) -> Iterator[tuple[Path, Lack]]:
    """A durable temporary file beside `path`, and what its modes lack; it goes where the work with it fails."""
    fd, temporary = open_temporary(path, mode)
    try:
        try:
            lack = set_mode(fd)
            for piece in data:
                write_all(fd, piece)
            os.fsync(fd)
        finally:
            os.close(fd)
        yield temporary, lack
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)  # noqa: PTH108
        raise


def _keep_mode(fd: int, path: Path) -> Lack:
    """Give the new file the mode of the one it replaces, if there is one. Raises OSError where it is read-only."""
    if not path.exists():
        return Lack.NOTHING
    os.close(os.open(path, os.O_WRONLY))  # a file that may not be written is not replaced either
    return _set_mode(fd, stat.S_IMODE(path.stat().st_mode))


def _set_mode(fd: int, mode: int) -> Lack:
    """Set who may use a file of this process's own."""
    try:
        os.fchmod(fd, mode)
    except OSError as problem:
        if problem.errno in _UNSUPPORTED:
            return Lack.MODES
        if problem.errno not in (errno.EPERM, errno.EACCES):
            raise
    return Lack.MODES if stat.S_IMODE(os.fstat(fd).st_mode) & ~mode & 0o077 else Lack.NOTHING


def _give_name(temporary: Path, path: Path) -> None:
    """Let a file be at `path`, never in the place of another one."""
    try:
        os.link(temporary, path)
    except OSError as problem:
        if problem.errno not in _NO_LINKS:
            raise
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))  # takes the name
        os.replace(temporary, path)  # noqa: PTH105


def write_all(fd: int, data: bytes) -> None:
    """Write every byte; the system may take a part at a time."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def sync_directory(directory: Path) -> Lack:
    """Make the names in a directory as durable as the files, where the file system can. Raises OSError."""
    try:
        fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    except PermissionError:  # it may be written and not be read
        return Lack.DURABLE_NAMES
    try:
        os.fsync(fd)
    except OSError as problem:
        if problem.errno not in (errno.EBADF, *_UNSUPPORTED):
            raise
        return Lack.DURABLE_NAMES
    finally:
        close_quietly(fd)
    return Lack.NOTHING


def lacking(lack: Lack, path: Path) -> list[Diagnostic]:
    """The warning for who relies on the file at `path`, which was written; none where nothing is lacking."""
    if not lack:
        return []
    missing = []
    if Lack.MODES in lack:
        missing.append("keep it from other users")
    if Lack.DURABLE_NAMES in lack:
        missing.append("make it survive a power cut: after one, the old file may be back")
    detail = f"{path} is written and complete. The file system there cannot {', nor '.join(missing)}."
    remedy = f"Use a local disk. To stay on this one, give no other user access to {path.parent}"
    remedy += ", and check the file after a power cut." if Lack.DURABLE_NAMES in lack else "."
    return [Diagnostic("STA113", "File system lacks a guarantee", detail, Remedy.of(remedy), Severity.WARNING)]
