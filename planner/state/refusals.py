"""Why a state is not written, and the way back from one that cannot be read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from planner.diagnostics import Diagnostic
from planner.remedy import AND, NO_REMEDY, Command, Remedy, cl, shell
from planner.state.backends.refusals import from_spare
from planner.state.model import State
from planner.values import replace

BROKEN_STATE = frozenset({"STA102", "STA103", "STA104", "STA106", "STA107", "STA108", "STA142"})
"""The codes of a file that holds no state; one of a newer format, or whose key is missing, may hold one."""


def moved_by(state: State) -> str:
    """Who wrote this state last, as the end of a sentence; empty where that is not known."""
    return f" The state was last written by {state.written}." if state.written else ""


def _by_force(source: str) -> Command:
    return cl("state", "push", "--force", source)


def other_lineage(name: str, state: State, present: State, source: str = "FILE") -> Diagnostic:
    return Diagnostic(
        "STA109",
        "State has another lineage",
        f"{name} has lineage {present.lineage or '(none)'}; the new state has {state.lineage or '(none)'}. They "
        f"belong to different estates.{moved_by(present)}",
        Remedy.of(
            "Use the directory and workspace that the state came from. To replace it anyway: ", _by_force(source)
        ),
    )


_OF_THE_SERVER = frozenset({"STA446", "STA467", "STA468", "STA469", "STA470"})
"""The codes of a server that cannot be worked with now."""
_TAKEN_AWAY = frozenset({"STA109", "STA110", "STA207", "STA314"})
"""The codes of a state that another command may have written, because the lock was removed."""


def with_rescued(problem: Diagnostic, rescued: Path | None) -> Diagnostic:
    """A refusal to write, with the place where the state is kept that was to be written."""
    if rescued is None:
        return problem
    detail = f"{problem.detail} Another command may hold the lock by now. The new state is in {rescued}."
    remedy = Remedy.of(
        "Compare the two: ",
        cl("state", "pull"),
        ". Then import what only the new state has (",
        cl("import"),
        "), or remove the link.",
    )
    return replace(problem, detail=detail, remedy=remedy)


def older(name: str, state: State, present: State) -> Diagnostic:
    return Diagnostic(
        "STA110",
        "State has changed",
        f"{name} now has serial {present.serial}; the new state was made from serial "
        f"{state.serial}.{moved_by(present)}",
        Remedy.of("Run the command again, so that it starts from the present state."),
    )


def older_pushed(name: str, state: State, present: State, source: str) -> Diagnostic:
    return Diagnostic(
        "STA110",
        "State has changed",
        f"{name} has serial {present.serial}; the pushed state is older: serial {state.serial}.{moved_by(present)}",
        Remedy.of(
            "See what differs: ",
            cl("state", "pull"),
            ". A push would forget the changes since. To push it anyway: ",
            _by_force(source),
        ),
    )


def same_serial(name: str, state: State, source: str) -> Diagnostic:
    return Diagnostic(
        "STA110",
        "State has changed",
        f"{name} and the pushed state both have serial {state.serial}, but they differ.",
        Remedy.of("Compare them (", cl("state", "pull"), "). To replace the one in the file: ", _by_force(source)),
    )


def not_written(problem: Diagnostic, rescued: Path | None, *, has_journal: bool) -> Diagnostic:
    """A problem of writing the state, with the place where the state is kept that was to be written."""
    if problem.code in _TAKEN_AWAY:
        return with_rescued(problem, rescued)
    place = f"in {rescued}" if rescued else "lost: it could not be written to another file either"
    first = "Once the backend can be reached, " if problem.code in _OF_THE_SERVER else "Then "
    remedy = Remedy.of(problem.remedy, "\n", _push_or_complete(first, rescued, has_journal=has_journal))
    return replace(problem, detail=f"{problem.detail} The new state is {place}.", remedy=remedy)


def _push_or_complete(first: str, rescued: Path | None, *, has_journal: bool) -> Remedy:
    """What to do with a state that was not written, after what comes `first`."""
    if rescued:
        push = Remedy.of(f"{first}push it: ", cl("state", "push", str(rescued)))
        if not has_journal:
            return push
        return Remedy.of(push, "\nOr run ", cl("apply"), ", which completes the state from the journal first.")
    if has_journal:
        return Remedy.of(f"{first}run ", cl("apply"), ": it first completes the state from the journal.")
    return Remedy.of(f"{first}run the command again.")


def with_way_back(
    problem: Diagnostic, files: Sequence[Path], way_back: Command | None, spare: Remedy = NO_REMEDY
) -> Diagnostic:
    """A problem of the state with the command that brings the one before it back, if there is one.

    `files` are those of this machine in which it is kept, the state's own first; `spare` is that of its place.
    """
    if spare and problem.code in BROKEN_STATE:
        older = ("\nOr restore the version before the last write: ", way_back) if way_back else ()
        return replace(problem, remedy=Remedy.of(from_spare(spare), *older, "\n", problem.remedy))
    if way_back and problem.code in BROKEN_STATE:
        first = Remedy.of("Restore the version before the last write: ", way_back, "\n")
        return replace(problem, remedy=Remedy.of(first, problem.remedy))
    if way_back and problem.code == "STA141":
        asides = [Remedy.of(shell("mv", path, Path(f"{path}.altered")), AND) for path in files[:1]]
        return replace(problem, remedy=Remedy.of(problem.remedy, "\nIf it was altered: ", *asides, way_back))
    return problem
