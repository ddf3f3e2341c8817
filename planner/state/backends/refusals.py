"""What every backend says of its locks and journals, in the same words. `name` is what messages call it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from planner.diagnostics import Diagnostic, Severity, first_of
from planner.durations import written
from planner.remedy import Remedy, cl, shell
from planner.state.backends.protocol import LockInfo
from planner.values import replace
from planner.wrong_files import seems_to_be

RESTORE = "If you have a backup of your own, restore it."
"""The remedy for a file that holds no state, where there is no backup beside it."""


_LONG_ENOUGH = 300
"""For how many seconds a user is told to wait for a lock, at least."""


def locked_by(name: str, info: LockInfo | None, lease: float = 0.0) -> Diagnostic:
    """The lock is not free; `info` is None where its holder is not known.

    `lease` is after how many seconds without a sign of life a waiter takes it over; 0: never.
    """
    by = str(info or "another process")
    if info and info.heartbeat:
        by += f"; its last sign of life was at {info.heartbeat}"
    wait = f"--lock-timeout={written(max(_LONG_ENOUGH, math.ceil(2 * lease)))}"
    if lease:
        wait += f", which also takes it over once it has shown no sign of life for {written(lease)}"
    unlock = Remedy.of(" If that process is gone for good: ", cl("force-unlock", info.id)) if info and info.id else ""
    return Diagnostic(
        "STA201",
        "State is locked",
        f"{name} is held by {by}.",
        Remedy.of(f"Wait until it ends, or let cl wait for it: {wait}.", unlock),
    )


def not_tried(name: str, info: LockInfo) -> Diagnostic:
    """Another command holds the lock, so it was not tried whether this one could take it and write."""
    locked = locked_by(name, info)
    detail = f"{locked.detail} Whether the state can be locked and written was not tried."
    return replace(locked, detail=detail, severity=Severity.WARNING)


class LockAwaited(Diagnostic, frozen=True):
    """The lock is waited for. `whose` it is, as the end of a few words; empty where that is not known."""

    whose: str = ""


def waiting_for(name: str, info: LockInfo | None, timeout: float) -> LockAwaited:
    """The lock is waited for, at most `timeout` seconds."""
    detail = f"{name} is held by {info or 'another process'}."
    remedy = Remedy.of(f"nothing yet; waiting up to {written(timeout)}. Ctrl-C ends it.")
    whose = f" of {info.in_short}" if info else ""
    return LockAwaited("STA206", "Waiting for the lock", detail, remedy, Severity.WARNING, whose=whose)


def no_lock(name: str) -> Diagnostic:
    """There is no lock to remove."""
    return Diagnostic(
        "STA202",
        "No such lock",
        f"There is no {name}.",
        Remedy.of("Take the ID from the message about the lock. Without such a message there is no lock to remove."),
    )


def another_lock(name: str, info: LockInfo, lock_id: str) -> Diagnostic:
    """There is a lock, with another id than was given."""
    detail = f"{name} is held by {info} and has the ID {info.id}, not {lock_id}."
    return Diagnostic(
        "STA202", "No such lock", detail, Remedy.of("If that process is gone for good: ", cl("force-unlock", info.id))
    )


def holder_lives(name: str, info: LockInfo) -> Diagnostic:
    """The lock of a process that lives is not removed."""
    return Diagnostic(
        "STA204",
        "Lock is not stale",
        f"{name} is held by {info}, which is alive; its last sign of life was at {info.heartbeat}.",
        Remedy.of(f"Wait until it ends, or end it on {info.host}: ", shell("kill", "-INT", str(info.pid))),
    )


def lock_lost(name: str) -> Diagnostic:
    """This process does not hold the lock any more that it took."""
    return Diagnostic(
        "STA207",
        "Lock was lost",
        f"{name} is not the lock of this command any more: it was removed or replaced, and another command may have "
        "changed the state since. No new step begins, and this command does not write the state.",
        Remedy.of("Wait until no other command runs, then go on: ", cl("apply")),
    )


def journal_in_the_way(name: str) -> Diagnostic:
    """A journal cannot begin where there is one whose content is not in the state."""
    detail = f"{name} belongs to an interrupted apply, and what that did is not in the state yet."
    return Diagnostic(
        "STA306",
        "Journal was not added to the state",
        detail,
        Remedy.of("Run ", cl("apply"), ": it reads the journal first."),
    )


def some_damaged(names: Sequence[str]) -> Diagnostic:
    """Some versions of the history, with these names, are not listed."""
    return Diagnostic(
        "STA465",
        "Version is damaged",
        f"Not listed, for {'it does' if len(names) == 1 else 'they do'} not say what state "
        f"{'it is' if len(names) == 1 else 'they are'}: {first_of(names)}.",
        Remedy.of("The versions that are listed can be used. If you have a copy of a damaged one, restore it."),
        Severity.WARNING,
    )


def no_such_version(name: str, serial: int) -> Diagnostic:
    """The history has no version with this serial."""
    return Diagnostic(
        "STA453",
        "No such version",
        f"The history of {name} has no version with serial {serial}.",
        Remedy.of("List the versions: ", cl("state", "history")),
    )


def from_spare(spare: Remedy) -> Remedy:
    """The way back by what `Place.spare` copies."""
    return Remedy.of(
        "The copy of the newest version may be intact: ",
        spare,
        "\nIf it is the state, push it: ",
        cl("state", "push", "--force", "state.json"),
    )


def not_utf8(name: str, problem: UnicodeDecodeError) -> Diagnostic:
    """What is where the state should be is no text."""
    detail = f"{name} is not UTF-8 at byte {problem.start}. {seems_to_be(problem.object)}".rstrip()
    return Diagnostic("STA102", "State is not JSON", detail, Remedy.of(RESTORE), files=(name,))
