"""Whether two checkouts of this project plan alike: random projects, planned by both, must give the same bytes.

    PYTHONPATH=tests python benchmarks/same_plans.py BEFORE AFTER [--count 1000] [--seed 1]

BEFORE and AFTER are directories that hold `planner/` and `providers/`, such as two work trees of git. Each project is
drawn by a seed of its own (`benchmarks/random_projects.py`) and planned by a process of each checkout, by the command
`cl plan --out`, in the same directory, at the same time and with the same plan id. Compared are the plan document, the
saved plan, what stdout and stderr say, and the exit code. Sets have another order in each of the two processes.

Ends with 0 where all are the same. The first difference is shown, its project is kept, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, deque
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from pathlib import Path
from random import Random
from typing import Any

from random_projects import Project, random_project

WORKER = Path(__file__).with_name("planning_worker.py")
AHEAD = 4
"""Projects that the first side may have planned and the second has not."""
SHOWN = 40
"""Lines of a difference that are shown."""


@dataclass
class Side:
    """A checkout and the process that plans with its code."""

    checkout: Path
    process: subprocess.Popen[str]

    @classmethod
    def start(cls, checkout: Path, hash_seed: int) -> Side:
        if not (checkout / "planner" / "__init__.py").is_file():
            raise SystemExit(f"{checkout} is no checkout of this project: it has no planner/__init__.py")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("CL_", "PYTHONPATH"))}
        environment |= {"PYTHONHASHSEED": str(hash_seed), "CL_INPUT": "0"}
        command = [sys.executable, str(WORKER), str(checkout)]
        pipe = subprocess.PIPE
        return cls(checkout, subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment))  # noqa: S603

    def plan(self, directory: Path, project: Project) -> dict[str, Any]:
        """What `cl plan` makes of the project: the files it writes, what it says, and how it ends."""
        assert self.process.stdin is not None and self.process.stdout is not None  # noqa: S101, PT018 - both are pipes
        asked = {"directory": str(directory), "arguments": project.arguments, "slots": project.slots}
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"The process of {self.checkout} ended ({self.process.wait()}) at {directory}")
        found: dict[str, Any] = json.loads(answer)
        return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    before, after = (Side.start(path.resolve(), number) for number, path in enumerate((asked.before, asked.after), 1))
    folder = Path(tempfile.mkdtemp(prefix="same-plans-"))
    kinds: Counter[str] = Counter()
    numbers = range(asked.seed, asked.seed + asked.count)
    # Both plan in one directory, as its path is in the plan. While the second plans one, the first plans the next.
    with ThreadPoolExecutor(1) as ahead:
        first = partial(planned_first, before, folder)
        waiting = deque(ahead.submit(first, number) for number in numbers[:AHEAD])
        for number, later in zip_longest(numbers, numbers[AHEAD:]):
            project, seen = waiting.popleft().result()
            if later is not None:
                waiting.append(ahead.submit(first, later))
            now = after.plan(folder / str(number), project)
            if seen != now:
                ahead.shutdown(cancel_futures=True)
                say(f"\nSeed {number} differs: cd {folder / str(number)} && cl plan {shlex.join(project.arguments)}\n")
                say(difference(seen, now))
                raise SystemExit(1)
            shutil.rmtree(folder / str(number))
            kinds[kind_of(seen)] += 1
            if sys.stderr.isatty():
                sys.stderr.write(f"\r{number - asked.seed + 1:,} of {asked.count:,} ")
    shutil.rmtree(folder)
    say(f"{asked.count:,} projects from seed {asked.seed}: the same plans. {said(kinds)}")


def planned_first(side: Side, folder: Path, number: int) -> tuple[Project, dict[str, Any]]:
    """The project of this number, which is written, and what the side makes of it."""
    project = random_project(Random(number))  # noqa: S311 - a repeatable project, no secret
    write(folder / str(number), project.files)
    return project, side.plan(folder / str(number), project)


def write(directory: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def kind_of(answer: Mapping[str, Any]) -> str:
    """How a plan ended, for the tally: a comparison of errors alone would show little."""
    document = answer["files"].get("document.json")
    plan = json.loads(document) if document else None
    if plan is None or not plan["made_in"]["backend"]:
        return "refused"
    return "with errors" if plan["errored"] else "with steps" if plan["steps"] else "without steps"


def said(kinds: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {kind}" for kind, count in sorted(kinds.items()))


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """The first lines that differ, of the first part that does."""
    sides = [
        {**answer["files"], **{name: answer[name] for name in ("code", "out", "err")}} for answer in (before, after)
    ]
    name = next(name for name in (*sides[0], *sides[1]) if sides[0].get(name) != sides[1].get(name))
    texts = [laid_out(side.get(name)) for side in sides]
    lines = difflib.unified_diff(*(text.splitlines() for text in texts), "before", "after", lineterm="", n=2)
    shown = [line[:300] for line, _ in zip(lines, range(SHOWN), strict=False)]
    return "\n".join([f"{name}:", *(shown or ["the same values in other bytes"])])


def laid_out(value: object) -> str:
    """JSON documents a value on a line, so that a difference is short."""
    try:
        return json.dumps(json.loads(str(value)), indent=1, ensure_ascii=False)
    except ValueError:
        return str(value)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
