"""Files that are whole or not there: what is written here survives the end of the process and of the machine."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import secrets
import stat
from pathlib import Path

_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS)
"""What a file system says where a file has one name at most."""
_UNSUPPORTED = (errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL, errno.ENOTTY)
"""What a file system says of an operation that it does not have, such as FUSE, 9p, vboxsf and SMB of some."""
_TEMPORARY = re.compile(r"\.(?P<name>.+?)(\.[0-9a-f]{16})?\.tmp")
"""The name of a temporary file; without the random part it is of an earlier release."""


def real_path(path: Path) -> Path:
    """Where whatever links lead that are on the way; a file that is not there yet is where it would be made.

    Raises OSError where links lead in a circle.
    """
    found = Path(os.path.realpath(path))
    if any(place.is_symlink() for place in (found, *found.parents)):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    return found


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


def keep_private(fd: int) -> None:
    """Let the owner alone read and write this file, whatever its mode was.

    A file of another user, or on a file system without modes, stays as it is.
    """
    try:
        os.fchmod(fd, 0o600)
    except OSError as problem:
        if problem.errno not in (errno.EPERM, errno.EACCES, *_UNSUPPORTED):
            raise


def close_quietly(fd: int) -> None:
    """Close a file whose content is on disk already, or does not matter: a network may report errors here."""
    with contextlib.suppress(OSError):
        os.close(fd)


def open_temporary(path: Path, mode: int = 0o600, flags: int = 0) -> tuple[int, Path]:
    """A new file beside `path` under a name that nobody can know beforehand, locked while it is open.

    Files that killed writers left behind are removed. Raises OSError.
    """
    _remove_leftovers(path)
    while True:
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | flags, mode)
        with contextlib.suppress(OSError):
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(fd).st_nlink:
            return fd, temporary
        os.close(fd)  # another writer took it for a leftover before it was locked


def written_as(name: str) -> str | None:
    """The name of the file for which a temporary file of this name was made; None for any other file."""
    found = _TEMPORARY.fullmatch(name)
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


def write_whole(path: Path, text: str | bytes) -> None:
    """Write `text` to `path` so that a reader sees the old file or the new one; readable by its owner alone.

    A link is followed, so that it stays one. Raises OSError; the old file is then as it was.
    """
    path = real_path(path)
    fd, temporary = open_temporary(path)
    try:
        try:
            keep_private(fd)
            write_all(fd, text if isinstance(text, bytes) else text.encode())
            os.fsync(fd)
        finally:
            os.close(fd)
        os.replace(temporary, path)  # noqa: PTH105 - the name that a test can hold on to
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)  # noqa: PTH108
        raise
    sync_directory(path.parent)


def rewrite(path: Path, text: str) -> None:
    """Write `text` to a file of the user's, whole or not at all; a file that is there keeps its mode.

    A link is followed, so that it stays one. What is no regular file, such as a device or a pipe, is written into.
    Raises OSError; an old file is then as it was.
    """
    if path.exists() and not path.is_file():  # asked before links are followed: /dev/stdout leads to no name
        path.write_text(text, encoding="utf-8", newline="\n")
        return
    path = real_path(path)
    fd, temporary = open_temporary(path, 0o666)
    try:
        try:
            _keep_mode(fd, path)
            write_all(fd, text.encode())
            os.fsync(fd)
        finally:
            os.close(fd)
        os.replace(temporary, path)  # noqa: PTH105
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)  # noqa: PTH108
        raise
    sync_directory(path.parent)


def _keep_mode(fd: int, path: Path) -> None:
    """Give the new file the mode of the one it replaces, if there is one. Raises OSError where it is read-only."""
    if not path.exists():
        return
    os.close(os.open(path, os.O_WRONLY))  # a file that may not be written is not replaced either
    try:
        os.fchmod(fd, stat.S_IMODE(path.stat().st_mode))
    except OSError as problem:
        if problem.errno not in (errno.EPERM, errno.EACCES, *_UNSUPPORTED):
            raise


def write_new(path: Path, text: str) -> None:
    """Write `text` to `path`, where nothing may be yet: at any moment it is there as a whole or not at all.

    Raises OSError: FileExistsError where something is there.
    """
    fd, temporary = open_temporary(path, 0o666)
    try:
        try:
            write_all(fd, text.encode())
            os.fsync(fd)
        finally:
            os.close(fd)
        _give_name(temporary, path)
    finally:
        with contextlib.suppress(OSError):
            os.unlink(temporary)  # noqa: PTH108
    sync_directory(path.parent)


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


def sync_directory(directory: Path) -> None:
    """Make the names in a directory as durable as the files, where the file system can. Raises OSError."""
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    except OSError as problem:
        if problem.errno not in _UNSUPPORTED:
            raise
    finally:
        close_quietly(fd)
