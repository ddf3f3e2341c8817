"""A process that plans projects with the code of one checkout: `python benchmarks/planning_worker.py CHECKOUT`.

Reads requests from stdin, a JSON object on a line: the directory, the arguments of `cl plan`, the slots of a VPC. Each
is answered on stdout by a line with what the command made. The clock stands still and every random id is zeros, so that
two checkouts can be compared; nothing else differs from the command `cl`.
"""

from __future__ import annotations

import contextlib
import datetime
import functools
import json
import os
import secrets
import sys
import tempfile
from pathlib import Path
from typing import Any

OUTPUTS = ("plan.json", "document.json")
NOW = datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.UTC)


class StandingStill(datetime.datetime):
    """A clock that always says the same."""

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> StandingStill:
        return cls.fromtimestamp(NOW.timestamp(), tz)


def main() -> None:
    checkout = sys.argv[1]
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    sys.path[:0] = [checkout]
    datetime.datetime = StandingStill  # type: ignore[misc]
    secrets.token_hex = lambda count=32: "00" * count  # type: ignore[assignment,misc]
    import planner

    if not str(planner.__file__).startswith(checkout):
        raise SystemExit(f"planner is not loaded from {checkout} but from {planner.__file__}")
    for line in sys.stdin:
        answers.write(json.dumps(plan(**json.loads(line))) + "\n")
        answers.flush()


def plan(directory: str, arguments: list[str], slots: int) -> dict[str, Any]:
    """What `cl plan` makes of the project in this directory."""
    from planner.app import planning
    from planner.cli.main import run
    from planner.cli.session import Session
    from planner.plan.options import PlanContext

    planning.PlanContext = functools.partial(PlanContext, quota=slots)  # type: ignore[assignment,misc]
    os.chdir(directory)
    asked = ["plan", *arguments, f"--out={OUTPUTS[0]}", "-o", f"json={OUTPUTS[1]}"]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        kept = [os.dup(1), os.dup(2)]
        try:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            code = int(run(Session(os.environ), asked))
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            for number, descriptor in enumerate(kept, 1):
                os.dup2(descriptor, number)
                os.close(descriptor)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode())
    files = {}
    for name in OUTPUTS:
        with contextlib.suppress(FileNotFoundError):
            files[name] = Path(name).read_text(encoding="utf-8")
            Path(name).unlink()
    return {"code": code, "out": texts[0], "err": texts[1], "files": files}


if __name__ == "__main__":
    main()
