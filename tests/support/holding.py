"""Calls that are answered when a test says so: what happens until then does not depend on how fast the machine is."""

from __future__ import annotations

import json
from collections.abc import Callable

from support.desk import Desk


def hold(desk: Desk, nth: int = 2) -> Callable[[], None]:
    """Put faults there that hold the answers to the attach and the detach of this number. Returns what releases them.

    The configuration has to name `faults.json`. The calls have their effect all the same.
    """
    signal = desk.directory / "go"
    signal.unlink(missing_ok=True)
    held = {"nth": nth, "kind": "hang", "seconds": 3600, "until": signal.name}
    actions = ("AttachClassicLinkVpc", "DetachClassicLinkVpc")
    desk.write(faults__json=json.dumps([{"action": action, **held} for action in actions]))
    return signal.touch
