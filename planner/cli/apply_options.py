"""Options that say how a plan is applied: of `apply`, `destroy` and `refresh`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click
from msgspec import Struct

from planner.apply.options import ApplyOptions, RetryPolicy
from planner.cli.options import gather, lock_timeout, parallelism, seconds

F = TypeVar("F", bound=Callable[..., Any])

_timeout = click.option(
    "--timeout",
    default="0s",
    callback=seconds,
    metavar="TIME",
    help="After TIME, stop reading the cloud and start no more steps; 0s means no limit.",
)
_step_timeout = click.option(
    "--step-timeout",
    default="10m",
    callback=seconds,
    show_default=True,
    metavar="TIME",
    help="Time out a step after TIME, then check its outcome in the cloud. Reads of the cloud have the same timeout.",
)
_APPLYING = (
    lock_timeout,
    parallelism,
    _timeout,
    _step_timeout,
)


class Flags(Struct, frozen=True):
    """What the three commands ask of the terminal."""

    auto_approve: bool
    confirm_manual: bool
    detailed_exitcode: bool
    as_json: bool
    every_step: bool
    ask: bool


def applying(command: F) -> F:
    """Everything that says how a plan is applied, as an argument `how` of type ApplyOptions."""
    return gather(command, _APPLYING, "how", _applying)


def _applying(ctx: click.Context, given: dict[str, Any]) -> ApplyOptions:
    return ApplyOptions(
        operation=ctx.command.name or "apply",
        parallelism=given["parallelism"],
        lock_timeout=given["lock_timeout"],
        run_timeout=given["timeout"] or None,
        retry=RetryPolicy(step_timeout=given["step_timeout"]),
    )
