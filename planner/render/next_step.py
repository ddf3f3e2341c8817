"""What to type after a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.documents.plan_facts import follows_unfinished
from planner.remedy import NO_REMEDY, Command, Remedy, cl
from planner.render.setting import Setting
from planner.render.terminal import Style, escape
from planner.rules.plan_safety import MATCHES_NOTHING

if TYPE_CHECKING:
    from planner.documents.plan import PlanDocument


def next_words(document: PlanDocument, setting: Setting, style: Style) -> str:
    """The last line of a plan, empty where nothing is to be done; without a command that carries it out, what is in
    the way.
    """
    step = _next_step(document, setting.next_command, setting.plan_again or cl("plan")).calling(setting.caller.call)
    match step.parts:
        case ():
            return ""
        case (Command() as command,):
            return next_line(command, style)
    return f"Next:  {escape(step.text)}"


def next_line(command: Command, style: Style) -> str:
    """The command to type next."""
    return f"Next:  {style.bold(escape(str(command)))}"


def _next_step(document: PlanDocument, command: Command | None, again: Command) -> Remedy:
    if any(one["code"] == MATCHES_NOTHING.page.id and one["severity"] == "error" for one in document["diagnostics"]):
        return Remedy.of("correct the selection, then plan again.")
    if document["errored"]:
        return Remedy.of("fix the errors, then run ", again, " again.")
    if not document["complete"]:
        more = " again: objects that were not read may need more steps."
        return Remedy.of("make sure that everything can be read, then run ", again, more)
    is_to_do = document["applicable"] or follows_unfinished(document)
    return Remedy.of(command) if is_to_do and command else NO_REMEDY
