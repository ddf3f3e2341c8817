"""A process that holds locks of a backend: `python -m support.lock_worker JSON`.

The JSON says `kind`, `settings` and `environment` of the backend, and what to do: `count` locks in each of which a
number in the state grows by one, or with `calls` a journal in which each call has an intent before it is made. A call
is a line in that file. With `stop` the process stops itself there: `before` or `after` the intent of that number.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from planner.diagnostics import Diagnostic, StateError
from planner.state.backends.protocol import Place, Version
from support.backends import Spot, open_backend
from support.forked import start_cl

ROOT = Path(__file__).parents[2]


def start(spot: Spot, **what: Any) -> subprocess.Popen[str]:
    """Start a process with what it is to do. It says a line for all that it did."""
    server = spot.server
    said = {"kind": server.type, "settings": dict(spot.settings), "environment": dict(server.environment), **what}
    return start_cl([json.dumps(said)], ROOT, os.environ, module="support.lock_worker", stderr=None)


def main() -> None:
    """Do what the argument says."""
    said = json.loads(sys.argv[1])
    place = open_backend(said["kind"], said["settings"], said["environment"]).place("default")
    try:
        if "count" in said:
            _count(place, said["count"], Path(said["inside"]))
        else:
            _call(place, Path(said["calls"]), said.get("stop", ""), int(said.get("at", 0)))
    except StateError as error:
        _say(" ".join(problem.code for problem in error.diagnostics))
        sys.exit(1)


def _count(place: Place, times: int, inside: Path) -> None:
    for _ in range(times):
        with place.lock("apply", 300, _report) as held, _alone(inside):
            found = place.read()
            number = int(found.text) if found else 0
            version = Version(number + 1, "l", "2026-01-02T03:04:05Z", "me@here", "apply")
            held.write(str(number + 1), version, number or None)
    _say("counted")


@contextlib.contextmanager
def _alone(inside: Path) -> Iterator[None]:
    """Raises FileExistsError where another process is inside as well."""
    os.close(os.open(inside, os.O_CREAT | os.O_EXCL))
    yield
    inside.unlink()


def _call(place: Place, calls: Path, stop: str, at: int) -> None:
    with place.lock("apply", 60, _report) as held, calls.open("ab", buffering=0) as log:
        held.begin(b"plan\n")
        for number in itertools.count(1):
            if stop == "before" and number == at:
                os.kill(os.getpid(), signal.SIGSTOP)
            held.append(b"intent %d\n" % number)
            if stop == "after" and number == at:
                os.kill(os.getpid(), signal.SIGSTOP)
            while not held.is_sure():
                held.check()
                time.sleep(0.01)
            log.write(b"call %d\n" % number)
            _say(str(number))


def _report(problem: Diagnostic) -> None:
    if problem.code != "STA206":
        _say(problem.code)


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
