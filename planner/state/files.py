"""Files that are whole or not there: what is written here survives the end of the process and of the machine."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path

_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS)
"""What a file system says where a file has one name at most."""


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
    """Let its owner alone read and write this file, whatever the umask took away or somebody gave.

    A file of somebody else stays as it is.
    """
    with contextlib.suppress(PermissionError):
        os.fchmod(fd, 0o600)


def write_whole(path: Path, text: str | bytes) -> None:
    """Write `text` to `path` so that a reader sees the old file or the new one; readable by its owner alone.

    For one writer at a time: what a killed one left behind is written over. A link is followed, so that it stays
    one. Raises OSError; the old file is then as it was.
    """
    path = real_path(path)
    temporary = path.with_name(f".{path.name}.tmp")
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
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


def write_new(path: Path, text: str) -> None:
    """Write `text` to `path`, where nothing may be yet: at any moment it is there as a whole or not at all.

    For one writer at a time; what a killed one left behind goes. Raises OSError: FileExistsError where something is
    there.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.unlink(missing_ok=True)  # never written over: it may be another name of a file that is whole
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
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
    """Make the names in a directory as durable as the files."""
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
