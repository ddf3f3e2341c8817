"""What a plan comes to, in a sentence or two: the first lines of every report of it."""

from __future__ import annotations

from planner.diagnostics import counted
from planner.documents.plan_facts import follows_unfinished
from planner.network.identity import Subject
from planner.render.by_hand import note_of
from planner.render.plan_view import PlanView
from planner.render.terminal import name
from planner.rules.plan_safety import PLAN_OF_A_PART


def verdict(view: PlanView) -> str:
    """The first line: what this plan comes to."""
    if view.document["errored"]:
        return f"Plan failed: {counted(view.errors, 'error')}. Nothing will be applied.{_gaps(view)}"
    if not view.document["applicable"]:
        return _nothing_to_do(view) + _gaps(view) + _unrecorded(view)
    counts = _counts(view)
    if view.document["mode"] == "refresh-only" and view.document["resource_drift"]:
        drifted = counted(len(view.document["resource_drift"]), "object")
        return f"Plan: {drifted} changed outside of cl. Only the state changes.{_gaps(view)}"
    if not counts:
        return f"Plan: no step is needed; only the state changes.{_gaps(view)}"
    if not view.steps:
        return f"Plan: {', '.join(counts)}. No step is needed: only the state changes.{_gaps(view)}"
    return f"{_aim(view)}: {', '.join(counts)}. {counted(len(view.steps), 'step')}{_freedom(view)}.{_gaps(view)}"


def notices(view: PlanView) -> list[str]:
    """What is said below the verdict."""
    by_hand = [step for step in view.steps if step.get("by_hand")]
    return list(filter(None, (_offline(view), unlinked(view), note_of(by_hand))))


def unlinked(view: PlanView) -> str:
    """How many instances are without a link at once while many are moved, and what holds it to that."""
    moves = view.summary.get("move", 0)
    if moves < 2 or not view.document["applicable"]:
        return ""
    most = view.document["proof"].get("max_unavailable")
    if most is not None:
        return (
            f"Of the {moves:,} instances that move, at most {min(most, moves):,} "
            f"{'is' if min(most, moves) == 1 else 'are'} without a link at once (max_unavailable = {most:,})."
        )
    parked = sum(bool(step.get("parked")) for step in view.steps)
    held_up = _held_up(view)
    why = [
        *([f"{counted(parked, 'of them waits', 'of them wait')} for a slot without a link"] if parked else []),
        *([f"{counted(held_up, 'waits', 'wait')} without one for what it depends on"] if held_up else []),
    ]
    waiting = f", but {' and '.join(why)}" if why else ""
    return (
        f"Each of the {moves:,} instances that move is attached as soon as it is detached{waiting}. max_unavailable "
        "is not set, so any number of them may be without a link at once."
    )


def _was_read(view: PlanView) -> bool:
    """Whether the cloud was asked what it has."""
    return view.document.get("refreshed", True)


def _offline(view: PlanView) -> str:
    """What the steps rely on where the cloud was not asked."""
    if _was_read(view) or not view.document["applicable"]:
        return ""
    return (
        "The cloud was not read (--refresh=false): this plan relies on the state alone. An apply reads the cloud first."
    )


def _aim(view: PlanView) -> str:
    if view.document.get("drain"):
        return f"Plan to drain {name(view.document['drain'])}"
    return "Plan to destroy everything" if view.document["mode"] == "destroy" else "Plan"


def _gaps(view: PlanView) -> str:
    return "" if view.document.get("complete", True) else " Incomplete: not everything could be read."


def _unrecorded(view: PlanView) -> str:
    return " What an earlier apply did is not in the state yet." if follows_unfinished(view.document) else ""


def _freedom(view: PlanView) -> str:
    """In which order the steps may be done, as it goes on after how many they are."""
    if any(step["needs"] for step in view.steps):
        return "; each can start when the steps it waits for are done"
    return ", in any order" if len(view.steps) > 1 else ""


def _nothing_to_do(view: PlanView) -> str:
    if any(problem.code == PLAN_OF_A_PART.page.id for problem in view.problems):
        return "No changes in the part that is planned. The whole plan has more to do."
    if view.document["mode"] == "destroy":
        return "No changes. Nothing is managed, so there is nothing to destroy."
    if view.document["mode"] == "refresh-only":
        return "No changes. The state matches the cloud."
    if view.document.get("drain"):
        where = "" if _was_read(view) else " in the state; the cloud was not read"
        return f"No changes. Nothing to drain was found on {name(view.document['drain'])}{where}."
    checked = f"({counted(view.summary.get('unchanged', 0), 'object')} checked)"
    if not view.document.get("complete", True):
        return f"No changes in what could be read {checked}."
    if not _was_read(view):
        return f"No changes. The state matches the configuration {checked}; the cloud was not read."
    return f"No changes. The cloud matches the configuration {checked}."


def _held_up(view: PlanView) -> int:
    """How many moves wait between detach and attach, though their slot is free by then."""
    detached: dict[Subject, int] = {}
    held_up = 0
    for step in view.steps:
        instance = (step["provider"], step.get("instance_id", ""))
        if step["action"] == "detach" and not step.get("parked"):
            detached[instance] = step["id"]
        elif step["action"] == "attach" and (since := detached.get(instance)) is not None:
            held_up += step["needs"][-1] > since
    return held_up


def _counts(view: PlanView) -> list[str]:
    words = [
        ("add", "to add"),
        ("change", "to change"),
        ("move", "to move"),
        ("import", "adopted"),
        ("readdress", "re-addressed"),
        ("forget", "to forget"),
        ("destroy", "to destroy"),
    ]
    counts = [(key, f"{view.summary.get(key, 0):,} {word}") for key, word in words]
    if not any(view.summary.get(key, 0) for key, _ in counts):
        return []
    return [text for key, text in counts if view.summary.get(key, 0) or key in ("add", "destroy")]
