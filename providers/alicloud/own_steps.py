"""What this process has done itself just now: the cloud may not know it everywhere yet."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection

from planner.network.identity import Action, Enablement, Link, Target

MOMENT = 60.0
"""Seconds after an own step during which a refusal of a call may be explained by that step."""


class OwnSteps:
    """The steps of the last minute. Safe to use from several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._done_at: dict[tuple[Action, str], float] = {}

    def note(self, action: Action, target: Target) -> None:
        """The cloud has taken this step."""
        with self._lock:
            for subject in _subjects(action, target):
                self._done_at[action, subject] = self._clock()

    def explain(self, action: Action, target: Target, vpc_ids: Collection[str] = ()) -> bool:
        """Whether the cloud may refuse this step because it does not know yet what was done just now.

        `vpc_ids` are the VPCs of the groups of a security rule: adding it waits for the ClassicLink of one of them.
        """
        causes = _causes(action, target)
        if action is Action.AUTHORIZE_SECURITY_RULE:
            causes = tuple((Action.ENABLE, vpc_id) for vpc_id in vpc_ids)
        with self._lock:
            done_at = [self._done_at[cause] for cause in causes if cause in self._done_at]
        return any(self._clock() - moment <= MOMENT for moment in done_at)


def _subjects(action: Action, target: Target) -> tuple[str, ...]:
    """What a step changes that a later call may be refused because of."""
    if isinstance(target, Link):
        return (target.vpc_id, target.instance_id) if action is Action.DETACH else ()
    return (target.vpc_id,) if isinstance(target, Enablement) else ()


def _causes(action: Action, target: Target) -> tuple[tuple[Action, str], ...]:
    """The own steps that would explain a refusal: an attach waits for its VPC and its instance, a disable for links."""
    if isinstance(target, Link) and action is Action.ATTACH:
        return (Action.ENABLE, target.vpc_id), (Action.DETACH, target.instance_id)
    if isinstance(target, Enablement) and action is Action.DISABLE:
        return ((Action.DETACH, target.vpc_id),)
    return ()
