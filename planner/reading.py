"""Reading a file that must be a file, of a plausible size."""

from __future__ import annotations

import errno
import io
import os
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from planner.remedy import Remedy, shell

MOST_BYTES = 2**31
"""More than a file of any estate has; reading it could take all the memory there is."""
_PART = 2**20
_MOST_LINKS = 40
"""Links that the system follows on the way to a file."""


def read_regular(path: Path, most: int = MOST_BYTES) -> bytes:
    """What is in a file. Raises OSError, for a pipe or a device too: reading one might never end.

    A link that leads nowhere is no FileNotFoundError, which callers take for a file that nobody has made yet: its
    target may be on a volume that is not mounted.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        link = next((place for place in (path, *path.parents) if place.is_symlink() and not place.exists()), None)
        if link is not None:
            why = f"it leads to {os.path.realpath(path)}, which does not exist"
            raise OSError(errno.ENOLINK, why) from None
        raise
    if S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, "it is a directory")
    if not S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file")
    check_size(found.st_size, most)
    return path.read_bytes()


def open_regular(path: str, flags: int) -> int:
    """An opener for `open` that does not block. Raises OSError for a pipe or a device."""
    fd = os.open(path, flags | os.O_NONBLOCK)
    if not S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError(errno.EINVAL, "it is not a regular file")
    return fd


def read_text(path: Path, encoding: str = "utf-8", errors: str = "strict") -> str:
    """The text of such a file, every line ended by a line feed alone. Raises OSError and UnicodeDecodeError."""
    return io.TextIOWrapper(io.BytesIO(read_regular(path)), encoding, errors).read()


def not_utf8(problem: UnicodeDecodeError) -> str:
    """Why what was read is no text, as the end of a sentence."""
    line = bytes(problem.object[: problem.start]).count(b"\n") + 1
    return f"it is not UTF-8 text: byte {problem.start:,}, in line {line:,}, cannot be read"


def read_named(path: Path) -> bytes:
    """What is in a file that the user names, which may be what the shell opened, as in `--var-file <(…)`.

    Raises OSError, for a named pipe or a device too: reading one may never end.
    """
    if _is_open_already(path) and not S_ISREG(path.stat().st_mode):
        with path.open("rb") as file:
            found = bytearray()
            while part := file.read(_PART):
                found += part
                check_size(len(found))
            return bytes(found)
    return read_regular(path)


def _is_open_already(path: Path) -> bool:
    """Whether a name is that of a file that this process was started with, such as `/dev/stdin` and `/dev/fd/63`."""
    for _ in range(_MOST_LINKS):
        parent = os.path.realpath(path.parent)
        if parent in ("/dev/fd", f"/proc/{os.getpid()}/fd"):
            return True
        if not path.is_symlink():
            return False
        path = Path(parent) / path.readlink()
    return False


def what_to_do(path: Path, problem: OSError) -> Remedy:
    """The remedy where a file that `cl` keeps cannot be read."""
    if isinstance(problem, PermissionError):
        return Remedy.of("Give yourself permission to read it: ", shell("chmod", "u+rw", path))
    if problem.errno in (errno.EISDIR, errno.EINVAL, errno.EFBIG):
        return Remedy.of("This is not a file of cl. Move it:\n    ", shell("mv", path, Path(f"{path}.other")))
    return Remedy.of("See what it is: ", shell("ls", "-ld", path))


def check_size(size: int, most: int = MOST_BYTES) -> None:
    """Raises OSError where that is too much to be read."""
    if size > most:
        raise OSError(errno.EFBIG, f"it has {size:,} bytes, and cl reads {most:,} at most")
