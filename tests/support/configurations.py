"""Small configurations, written where a test needs them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from planner.config.desired import Desired
from planner.config.evaluation import Evaluation
from planner.config.load import load
from planner.config.variables import collect
from planner.diagnostics import ConfigError, Diagnostic, Related
from planner.network.world import Instance, Vpc, VSwitch, World
from planner.network.worlds import Worlds
from planner.state.model import State

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PROVIDER = 'provider "mock" {}\n'

WORLD = World(
    account_id="1001",
    vpcs={
        "vpc-a": Vpc("vpc-a", "1001", "cn-hangzhou", "172.16.0.0/12", name="shop", classic_link_enabled=True),
        "vpc-b": Vpc("vpc-b", "1001", "cn-beijing", "10.0.0.0/8", name="lab"),
    },
    vswitches={"vsw-1": VSwitch("vsw-1", "vpc-a", "172.16.1.0/24", "cn-hangzhou-b")},
    instances={
        "i-1": Instance("i-1", "1001", "cn-hangzhou", "classic", "10.1.2.3", name="web-1", tags={"app": "shop"}),
        "i-2": Instance(
            "i-2", "1001", "cn-hangzhou", "classic", "10.1.2.4", name="web-2", tags={"app": "shop", "x": "y"}
        ),
        "i-9": Instance(
            "i-9", "1001", "cn-hangzhou", "vpc", "172.16.1.9", name="db", vpc_id="vpc-a", vswitch_id="vsw-1"
        ),
    },
    links={"i-1": "vpc-a"},
)


class Everywhere(Worlds, frozen=True):
    """The same world for each provider."""

    @classmethod
    def seeing(cls, world: World) -> Everywhere:
        return cls({"": world})

    def of(self, provider: str) -> World:
        return self.by_provider[""]


@contextmanager
def evaluation(
    files: str | Mapping[str, str],
    *,
    environment: Mapping[str, str] | None = None,
    options: Sequence[tuple[str, str]] = (),
    provider: bool = True,
    workspace: str = "default",
    root: str = ".",
) -> Iterator[Evaluation]:
    """The evaluation of a configuration, given as the text of main.hcl or as files by path.

    The root module is in the directory `root`. With `provider` a mock provider is declared in a file of its own.
    """
    given = {"main.hcl": files} if isinstance(files, str) else dict(files)
    if provider:
        given.setdefault("zz_provider.hcl", PROVIDER)
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        for path, text in given.items():
            (directory / path).parent.mkdir(parents=True, exist_ok=True)
            (directory / path).write_text(text, encoding="utf-8")
        values = collect(directory / root, environment or {}, options)
        yield Evaluation(
            load(directory / root),
            values,
            workspace=workspace,
            now=NOW,
            provider_names=("alicloud", "mock"),
            environment=environment,
        )


def desired(
    files: str | Mapping[str, str], *, world: World | None = WORLD, prior: State | None = None, **given: Any
) -> Desired:
    """What a configuration that is right wants."""
    with evaluation(files, **given) as found:
        return found.desired(None if world is None else Everywhere.seeing(world), prior)


def outputs(files: str | Mapping[str, str], **given: Any) -> dict[str, Any]:
    """The outputs of a configuration as plain Python."""
    return {name: output.value.to_python() for name, output in desired(files, **given).outputs.items()}


def output(expression: str, files: str = "", **given: Any) -> Any:
    """What one expression is worth beside a configuration."""
    return outputs(f'{files}\noutput "it" {{\n  value = {expression}\n}}\n', **given)["it"]


def problems(files: str | Mapping[str, str], *, world: World | None = WORLD, **given: Any) -> tuple[Diagnostic, ...]:
    """What is wrong with a configuration, in the order in which it stands there; warnings too."""
    try:
        found = desired(files, world=world, **given).warnings
    except ConfigError as error:
        found = error.diagnostics
    return tuple(sorted(found, key=lambda problem: (problem.span is not None, problem.span)))


def messages(files: str | Mapping[str, str], **given: Any) -> list[str]:
    """The same, a line each: code, place and summary."""
    return [f"{problem.code} {place(problem)} {problem.summary}" for problem in problems(files, **given)]


def place(problem: Diagnostic) -> str:
    span = problem.span
    return f"{span.filename}:{span.start.line}:{span.start.column}" if span else "-"


def line_of(problem: Diagnostic | Related) -> int | None:
    """The line that a problem, or what is related to one, is shown at."""
    return problem.span.start.line if problem.span else None


def addresses(found: Desired) -> list[str]:
    return [str(wanted.address) for wanted in found.objects]
