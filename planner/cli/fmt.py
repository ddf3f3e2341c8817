"""`cl fmt`."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from planner.cli.command import Command
from planner.cli.session import Session
from planner.diagnostics import ClError, ConfigError, Diagnostic, ExitCode

PATTERNS = ("*.hcl", "*.clvars")


@click.command(cls=Command)
@click.argument("targets", nargs=-1, metavar="[FILE|DIR|-]...")
@click.option("--check", is_flag=True, help="Write nothing; exit 3 where a file is not in the canonical style.")
@click.option("--diff", is_flag=True, help="Show what differs.")
@click.option("--recursive", is_flag=True, help="Go into the directories below, too.")
@click.option("--write/--no-write", default=True, help="Rewrite the files, or leave them.")
@click.option("--list/--no-list", "list_", default=True, help="List the files that differ, or do not.")
@click.pass_obj
def fmt(
    session: Session, targets: tuple[str, ...], check: bool, diff: bool, recursive: bool, write: bool, list_: bool
) -> ExitCode:
    """Rewrite configuration files in the canonical style; with - stdin to stdout."""
    from planner.hcl.writing.format import format_source

    if targets == ("-",):
        return _stdin(session, check=check, diff=diff)
    problems: list[Diagnostic] = []
    differs = False
    for path in _files(targets or (".",), recursive=recursive, problems=problems):
        try:
            before = _text(str(path), path.read_bytes)
            after = format_source(before, str(path))
        except ClError as error:
            problems += error.diagnostics
            continue
        if before == after:
            continue
        differs = True
        if list_:
            session.write(str(path))
        if diff:
            session.write(_diff(before, after, str(path)))
        if write and not check:
            _write(path, after)
    if problems:
        raise ConfigError(problems)
    return ExitCode.INCOMPLETE if check and differs else ExitCode.DONE


def _stdin(session: Session, *, check: bool, diff: bool) -> ExitCode:
    from planner.hcl.writing.format import format_source

    before = _text("<stdin>", sys.stdin.buffer.read)
    after = format_source(before, "<stdin>")
    if diff:
        session.raw(_diff(before, after, "<stdin>"))
    elif not check:
        session.raw(after)
    return ExitCode.INCOMPLETE if check and before != after else ExitCode.DONE


def _files(targets: tuple[str, ...], *, recursive: bool, problems: list[Diagnostic]) -> Iterator[Path]:
    for target in map(Path, targets):
        if target.is_dir():
            yield from _in_directory(target, recursive=recursive)
        elif target.exists() and any(target.match(pattern) for pattern in PATTERNS):
            yield target
        else:
            why = "is no *.hcl or *.clvars file" if target.exists() else "is not there"
            problems.append(
                Diagnostic("CFG593", "Nothing to format", f"{target} {why}.", "Name a file or a directory, or -.")
            )


def _in_directory(directory: Path, *, recursive: bool) -> Iterator[Path]:
    entries = sorted(directory.iterdir())
    for entry in entries:
        if entry.is_file() and not entry.name.startswith(".") and any(entry.match(pattern) for pattern in PATTERNS):
            yield entry
    for entry in entries:
        if recursive and entry.is_dir() and not entry.is_symlink() and not entry.name.startswith("."):
            yield from _in_directory(entry, recursive=True)


def _text(name: str, read: Callable[[], bytes]) -> str:
    try:
        return read().decode("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigError(
            Diagnostic("CFG594", "File cannot be read", f"{name}: {problem}.", "Give permission; files are UTF-8.")
        ) from None


def _write(path: Path, text: str) -> None:
    try:
        path.write_bytes(text.encode())
    except OSError as problem:
        raise ConfigError(
            Diagnostic("CFG592", "File cannot be written", f"{path}: {problem.strerror}.", "Give permission.")
        ) from None


def _diff(before: str, after: str, name: str) -> str:
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"old/{name}", f"new/{name}"
    )
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
