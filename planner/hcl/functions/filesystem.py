"""Functions over files and paths.

Files are read only where the configuration lives: in the root module's directory, and in the other directories that
the caller names (local modules). Symbolic links are followed first, so that none leads out.
"""

from __future__ import annotations

import os
import posixpath
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Final

from msgspec import Struct

from planner.hcl.cty.types import BOOL, STRING, SetType, Type
from planner.hcl.cty.values import Value, boolean, set_of, string
from planner.hcl.functions.arguments import SENSITIVE_PLACEHOLDER
from planner.hcl.functions.hashing import DIGESTS, digest
from planner.hcl.functions.plain import plain as plain_function
from planner.hcl.functions.spec import Arguments, Function, FunctionError, Parameter, function

MAX_FILE_SIZE: Final = 64 * 1024 * 1024
"""Bytes of a file that a configuration may read."""

_PATH: Final = Parameter("path", STRING, allow_marked=True)


class Tree(Struct, frozen=True):
    """The directories that may be read. Relative paths start at `base`, the first of them."""

    base: Path
    others: tuple[Path, ...] = ()
    home: Path | None = None

    def resolve(self, path: Value, argument: int = 0) -> Path:
        """Where a path leads, links followed. Raises FunctionError where that may not be read."""
        try:
            located = (self.base / self.expand(path.raw)).resolve()
            allowed = self.allows(located)
        except (ValueError, OSError, RuntimeError) as problem:
            raise FunctionError(f"{_named(path)} is not a path that can be used", argument) from problem
        if not allowed:
            raise FunctionError(
                f"{_named(path)} is outside of the configuration's directory, {self.base}; "
                "a configuration can only read files that lie in it",
                argument,
            )
        return located

    def allows(self, located: Path) -> bool:
        """Whether a path without links is in a directory that may be read."""
        return any(located.is_relative_to(tree.resolve()) for tree in (self.base, *self.others))

    def expand(self, path: str) -> str:
        """The path with a leading `~` replaced by the home directory."""
        if path != "~" and not path.startswith("~/"):
            return path
        return f"{self.home or Path.home()}{path[1:]}"


def _named(path: Value) -> str:
    return SENSITIVE_PLACEHOLDER if path.marks else f'"{path.raw}"'


def _read(tree: Tree, path: Value) -> bytes:
    located = tree.resolve(path)
    try:
        with open(located, "rb", opener=_open_without_waiting) as file:
            found = os.fstat(file.fileno())
            if not S_ISREG(found.st_mode):
                raise FunctionError(f"{_named(path)} is {_kind(found.st_mode)}, not a file", 0)
            data = file.read(MAX_FILE_SIZE + 1)
    except FileNotFoundError as problem:
        raise FunctionError(
            f"there is no file {_named(path)}; files are read before anything is applied, "
            "so they must be part of the configuration",
            0,
        ) from problem
    except OSError as problem:
        raise FunctionError(f"{_named(path)} cannot be read: {problem.strerror}", 0) from problem
    if len(data) > MAX_FILE_SIZE:
        raise FunctionError(f"{_named(path)} is larger than the limit of {MAX_FILE_SIZE:,} bytes", 0)
    return data


def _open_without_waiting(path: str, flags: int) -> int:
    """Open without blocking: opening a pipe would otherwise wait for a writer."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _kind(mode: int) -> str:
    return "a directory" if S_ISDIR(mode) else "something else"


def read_text(tree: Tree, path: Value) -> str:
    """The text of a file. Raises FunctionError."""
    try:
        return _read(tree, path).decode()
    except UnicodeDecodeError as problem:
        raise FunctionError(
            f"{_named(path)} is not text in UTF-8; use filebase64(), or filesha256() and the like for a digest", 0
        ) from problem


def _file_function(name: str, description: str, make: Callable[[Value], str]) -> Function:
    def run(args: Arguments, result: Type) -> Value:
        return string(make(args[0])).with_marks(args[0].marks)

    return Function(name, (_PATH,), STRING, run, description=description)


def _digest_function(tree: Tree, digest_name: str) -> Function:
    prefix, _, algorithm = digest_name.rpartition("base64")
    name = f"file{prefix}base64{algorithm}" if "base64" in digest_name else f"file{digest_name}"
    description = f"What {digest_name} makes of the bytes of a file."
    return _file_function(name, description, lambda path: digest(digest_name, _read(tree, path)))


def _exists(tree: Tree, path: Value) -> bool:
    try:
        found = tree.resolve(path).stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as problem:
        raise FunctionError(f"{_named(path)} cannot be looked up: {problem.strerror}", 0) from problem
    if not S_ISREG(found.st_mode):
        raise FunctionError(f"{_named(path)} is {_kind(found.st_mode)}, not a file", 0)
    return True


def file_functions(tree: Tree) -> tuple[Function, ...]:
    """The functions that look at the disk."""

    @function(_PATH, returns=BOOL)
    def fileexists(args: Arguments, result: Type) -> Value:
        """Whether there is such a file."""
        return boolean(_exists(tree, args[0])).with_marks(args[0].marks)

    @function(_PATH, Parameter("pattern", STRING, allow_marked=True), returns=SetType(STRING))
    def fileset(args: Arguments, result: Type) -> Value:
        """The files below a directory whose paths match a pattern such as `**/*.json`."""
        from planner.hcl.functions.globbing import fixed_steps, matching_files

        path, pattern = args
        located = tree.resolve(path)
        tree.resolve(Value(STRING, posixpath.join(located, *fixed_steps(pattern.raw)), pattern.marks), 1)
        found = matching_files(located, pattern.raw, tree.allows)
        return set_of(STRING, map(string, found)).with_marks(path.marks | pattern.marks)

    @plain_function
    def abspath(path: str) -> str:
        """The path from the root of the file system on."""
        return posixpath.normpath(posixpath.join(tree.base.absolute().as_posix(), path))

    @plain_function
    def pathexpand(path: str) -> str:
        """The path with a leading `~` replaced by the home directory."""
        if path.startswith("~") and path != "~" and not path.startswith("~/"):
            raise FunctionError("only ~ itself is replaced, not the home directory of another user", 0)
        return tree.expand(path)

    return (
        _file_function("file", "The text of a file.", lambda path: read_text(tree, path)),
        _file_function("filebase64", "A file in base64.", lambda path: b64encode(_read(tree, path)).decode()),
        *(_digest_function(tree, name) for name in DIGESTS),
        fileexists, fileset, abspath, pathexpand,
    )  # fmt: skip


@plain_function
def basename(path: str) -> str:
    """The last part of a path."""
    return path.rstrip("/").rpartition("/")[2] or ("/" if path else ".")


@plain_function
def dirname(path: str) -> str:
    """A path without its last part."""
    directory = posixpath.normpath(path.rpartition("/")[0] or ("/" if path.startswith("/") else "."))
    return "/" + directory.lstrip("/") if directory.startswith("//") else directory


FUNCTIONS: Final[tuple[Function, ...]] = (basename, dirname)
