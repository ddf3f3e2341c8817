"""What is known only after the last step: data sources are read then, before the state is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from threading import Thread

from msgspec import Struct, field

from planner.apply.stop import StopSignal
from planner.diagnostics import Diagnostic
from planner.state.model import State, StateOutput
from planner.threads import TICK, start


class LateValues(Struct, frozen=True):
    """The state with what is known after the last step; not `complete` where something could not be read."""

    state: State
    diagnostics: tuple[Diagnostic, ...] = ()
    complete: bool = True


ReadLate = Callable[[State], LateValues]
"""Reads what is known after the last step. It is given the state as the steps leave it, and raises nothing."""


class Outputs(Struct, frozen=True):
    """The values of outputs that a plan does not hold.

    `hidden` are those of sensitive ones; `late`, where there is one, is called after the last step for the others.
    """

    hidden: Mapping[str, StateOutput] = field(default_factory=dict)
    late: ReadLate | None = None


def read_late(late: ReadLate, state: State, stop: StopSignal | None) -> LateValues | None:
    """What `late` gives; None where the user stops the apply first. For the thread that takes signals."""
    answer: Future[LateValues] = Future()
    start(Thread(target=_ask, args=(late, state, answer), name="read after the steps", daemon=True))
    while not answer.done():
        if stop is not None and stop.gently:
            return None
        wait([answer], TICK)
    return answer.result()


def _ask(late: ReadLate, state: State, answer: Future[LateValues]) -> None:
    try:
        answer.set_result(late(state))
    except BaseException as error:  # noqa: BLE001 - it is raised where the answer is waited for
        answer.set_exception(error)
