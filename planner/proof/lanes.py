"""Claim 6: how many links are down at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile

from planner.proof.instances import InstanceSteps, Move
from planner.proof.plan import ATTACH, Step, missing_needs

_RETURNING = frozenset({"changed_outside", "resumed"})
"""The reasons of an attach that brings back a link which is down at the start."""


def check_lanes(instances: Iterable[InstanceSteps], lanes: Sequence[Sequence[int]], at_most: int) -> Iterator[str]:
    """What does not hold of claim 6. A lane is a list of ids: attaches that are returns, then detaches of moves."""
    moves: dict[int, Move] = {}
    returns: dict[int, Step] = {}
    for steps in instances:
        moves |= {move.detach.id: move for move in steps.moves()}
        returns |= {step.id: step for step in steps.chain[:1] if _is_return(step)}
    if len(lanes) > at_most:
        yield f"The moves run in {len(lanes)} lanes; at most {at_most} may be under way at once."
    if Counter(step for lane in lanes for step in lane) != Counter((*moves, *returns)):
        yield "The lanes must contain each detach of a move and each return exactly once, and nothing else."
        return
    for lane in lanes:
        yield from _check_lane(lane, moves, returns)


def _is_return(step: Step) -> bool:
    return step.action == ATTACH and step.reason in _RETURNING


def _check_lane(lane: Sequence[int], moves: Mapping[int, Move], returns: Mapping[int, Step]) -> Iterator[str]:
    """The first move needs all returns of its lane, and each later one the attach of the move before it."""
    ended_before = [returns[id_] for id_ in takewhile(returns.__contains__, lane)]
    for id_ in lane[len(ended_before) :]:
        if id_ in returns:
            yield f"{returns[id_]} ends what is down at the start, and does not come first in its lane."
            return
        yield from missing_needs(moves[id_].detach, ended_before, "what comes before it in its lane")
        ended_before = [moves[id_].attach]
