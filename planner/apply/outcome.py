"""How an apply ended."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from planner.diagnostics import Diagnostic, Severity
from planner.exit_codes import ExitCode
from planner.remedy import Command
from planner.state.model import State
from planner.values import replace

UNKNOWN = "PRV302"
"""The code of a step whose outcome is unknown."""


class Outcome(Struct, frozen=True):
    """The outcome of each step, by id, and the state then.

    `failed` says why; `skipped` names the failed step that a step waits for; `under_way` are those whose calls a stop
    at once left alone; `left` could have been taken if the apply had not been stopped. `interrupted` says that it was
    stopped, `folded` that the state holds what was done: it does not after a stop at once, or where the state could
    not be written; the journal holds it then. Not `complete`: something that is known only after the last step could
    not be read.
    """

    state: State
    done: tuple[int, ...] = ()
    failed: Mapping[int, Diagnostic] = field(default_factory=dict)
    skipped: Mapping[int, int] = field(default_factory=dict)
    under_way: tuple[int, ...] = ()
    left: tuple[int, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    interrupted: bool = False
    folded: bool = True
    complete: bool = True
    seconds: float = 0.0
    throttles: int = 0

    def again(self, command: Command) -> Outcome:
        """The same, with remedies that repeat `command`."""
        return replace(
            self,
            failed={step_id: problem.again(command) for step_id, problem in self.failed.items()},
            diagnostics=tuple(problem.again(command) for problem in self.diagnostics),
        )

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to go on with."""
        return self.folded and not (self.failed or self.skipped or self.under_way or self.left)

    @property
    def is_unsure(self) -> bool:
        """Whether it is not known what a call has done."""
        return bool(self.under_way) or any(problem.code == UNKNOWN for problem in self.failed.values())

    @property
    def exit_code(self) -> ExitCode:
        """0 where all was done, 130 where it was interrupted, 3 where only outputs could not be read, else 1."""
        if self.interrupted:
            return ExitCode.INTERRUPTED
        wrong = self.failed or self.left or any(problem.severity is Severity.ERROR for problem in self.diagnostics)
        if wrong:
            return ExitCode.ERROR
        return ExitCode.DONE if self.complete else ExitCode.INCOMPLETE
