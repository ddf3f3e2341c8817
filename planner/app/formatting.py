"""Configuration files in the canonical style."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct

from planner import writing
from planner.diagnostics import ClError, ConfigError, Diagnostic
from planner.hcl.writing.format import format_source
from planner.reading import not_utf8, read_regular
from planner.remedy import Remedy, shell

PATTERNS = ("*.hcl", "*.clvars")

_OF_TERRAFORM = {".tf": ".hcl", ".tfvars": ".clvars"}
"""The ending that a file of Terraform has here."""


class Formatted(Struct, frozen=True):
    """A text as it is, and as it is in the canonical style."""

    name: str
    before: str
    after: str

    @property
    def differs(self) -> bool:
        return self.before != self.after


def format_files(targets: Sequence[str], *, recursive: bool, problems: list[Diagnostic]) -> Iterator[Formatted]:
    """The files of these names and directories. What cannot be formatted is left out, and added to `problems`."""
    for path in _files(targets, recursive=recursive, problems=problems):
        try:
            yield format_text(partial(read_regular, path), str(path))
        except ClError as error:
            problems += error.diagnostics


def format_text(read: Callable[[], bytes], name: str) -> Formatted:
    """One text, which `read` gives in UTF-8. Raises ConfigError."""
    try:
        before = read().decode("utf-8")
    except OSError as problem:
        detail = f"{name}: {problem.strerror or problem}."
        raise ConfigError(
            Diagnostic("CFG594", "File cannot be read", detail, Remedy.of("Name a readable file."))
        ) from None
    except UnicodeDecodeError as problem:
        detail = f"{name}: {not_utf8(problem)}."
        raise ConfigError(Diagnostic("CFG594", "File cannot be read", detail, Remedy.of("Save it as UTF-8."))) from None
    return Formatted(name, before, format_source(before, name))


def rewrite(found: Formatted) -> None:
    """Put the canonical text into the file. Raises ConfigError."""
    try:
        writing.rewrite(Path(found.name), found.after)
    except OSError as problem:
        raise ConfigError(
            Diagnostic(
                "CFG592",
                "File cannot be written",
                f"{found.name}: {problem.strerror or problem}.",
                writing.how_to_write(problem, f"Give yourself permission to write in {Path(found.name).parent}."),
            )
        ) from None


def _files(targets: Sequence[str], *, recursive: bool, problems: list[Diagnostic]) -> Iterator[Path]:
    for target in map(Path, targets):
        try:
            if target.is_dir():
                yield from _in_directory(target, recursive=recursive)
            elif target.exists() and any(target.match(pattern) for pattern in PATTERNS):
                yield target
            else:
                why = "is not a *.hcl or *.clvars file" if target.exists() else "does not exist"
                problems.append(Diagnostic("CFG593", "Nothing to format", f"{target} {why}.", _to_format(target)))
        except OSError as problem:
            detail = f"{problem.filename}: {problem.strerror}."
            problems.append(Diagnostic("CFG594", "File cannot be read", detail, Remedy.of("Name a readable file.")))


def _to_format(target: Path) -> Remedy:
    """What to do about a target that is not formatted."""
    if target.suffix in _OF_TERRAFORM and target.exists():
        renamed = target.with_suffix(_OF_TERRAFORM[target.suffix])
        return Remedy.of("If cl is to read it, rename it: ", shell("mv", target, renamed))
    return Remedy.of("Name a file or a directory, or -.")


def _in_directory(directory: Path, *, recursive: bool) -> Iterator[Path]:
    entries = sorted(directory.iterdir())
    for entry in entries:
        if entry.is_file() and not entry.name.startswith(".") and any(entry.match(pattern) for pattern in PATTERNS):
            yield entry
    for entry in entries:
        if recursive and entry.is_dir() and not entry.is_symlink() and not entry.name.startswith("."):
            yield from _in_directory(entry, recursive=True)
