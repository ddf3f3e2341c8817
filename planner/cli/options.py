"""Options that several commands share."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from planner.app.options import Applying, Assignments
from planner.apply.options import ApplyOptions, RetryPolicy
from planner.cli.command import order_given
from planner.cli.lazy import suggesting
from planner.plan.options import Mode, PlanOptions

F = TypeVar("F", bound=Callable[..., Any])

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def _seconds(_ctx: click.Context, _parameter: click.Parameter, value: str) -> float:
    """A time such as `30s`, `1m30s` or `500ms`, in seconds; a bare number is seconds."""
    if value.isdecimal():
        return float(value)
    parts = _DURATION.findall(value)
    if not parts or "".join(amount + unit for amount, unit in parts) != value:
        raise click.BadParameter(f"{value!r} is not a duration, such as 30s or 5m.")
    return sum(float(amount) * _SECONDS[unit] for amount, unit in parts)


def _always_locked(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if not value and ctx.command.name != "plan":
        raise click.UsageError(
            "The state is always locked while it is changed: of two that write at once, one would lose what it did. "
            "--lock-timeout=5m waits for the other one; cl force-unlock removes a lock that was left behind."
        )


_EXCLUDING = (
    ("--refresh-only", "--refresh=false"),
    ("--replace", "--destroy"),
    ("--replace", "--refresh-only"),
    ("--drain", "--destroy"),
    ("--drain", "--refresh-only"),
    ("--drain", "--replace"),
    ("--include-unmanaged", "--refresh=false"),  # only the cloud knows of links that nobody manages
)
"""Options of which one would say nothing, or the opposite, beside the other."""


def _addressed(option: str, name: str, help: str) -> Callable[[F], F]:  # noqa: A002 (click's own word)
    return click.option(option, name, multiple=True, metavar="ADDR", shell_complete=suggesting("addresses"), help=help)


def _one_vpc(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> str | None:
    """The VPC to drain. A second one would go without a word where the last one counts."""
    if len(given) > 1:
        raise click.UsageError("--drain takes one VPC; drain the others with a plan each.")
    return given[0] if given else None


_VARIABLES = (
    click.option("--var", "var", multiple=True, metavar="NAME=VALUE", help="Set a variable; repeatable."),
    click.option("--var-file", "file", multiple=True, metavar="FILE", help="Set variables from this file; repeatable."),
)
_SELECTION = (
    click.option("--refresh/--no-refresh", default=True, help="Read the cloud first, or trust the state."),
    _addressed("--target", "targets", help="Plan only this, and what it needs; repeatable."),
    _addressed("--exclude", "excludes", help="Plan all but this, and what needs it; repeatable."),
    click.option(
        "--accept-detach", type=click.IntRange(min=0), metavar="N", help="Accept that exactly N links are lost."
    ),
)
_GOALS = (
    click.option("--destroy", is_flag=True, help="Plan to take away everything that is managed."),
    click.option("--refresh-only", is_flag=True, help="Only bring the state up to what the cloud says."),
    _addressed("--replace", "replace", help="Take this away and make it anew; repeatable."),
    click.option(
        "--drain",
        metavar="VPC_ID",
        multiple=True,
        callback=_one_vpc,
        shell_complete=suggesting("vpc_ids"),
        help="Detach every link of this VPC, then disable it.",
    ),
    click.option("--include-unmanaged", is_flag=True, help="With --drain: detach links nobody manages, too."),
)


lock_timeout = click.option(
    "--lock-timeout", default="0s", callback=_seconds, metavar="TIME", help="Wait this long for the state's lock."
)
_timeout = click.option(
    "--timeout",
    default="0s",
    callback=_seconds,
    metavar="TIME",
    help="Begin no more steps after this long, and wait no longer for a reading; 0s is no limit.",
)
_step_timeout = click.option(
    "--step-timeout",
    default="10m",
    callback=_seconds,
    show_default=True,
    metavar="TIME",
    help="Give a step up after this long, and look up what became of it; give a reading up after this long.",
)
parallelism = click.option(
    "--parallelism",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="Carry out this many steps at the same time.",
)
_APPLYING = (
    click.option("--auto-approve", is_flag=True, help="Do not ask."),
    lock_timeout,
    parallelism,
    _timeout,
    _step_timeout,
)


def variables(command: F) -> F:
    """`--var` and `--var-file`, as an argument `assignments`."""
    return _gather(command, _VARIABLES, "assignments", _assignments)


def planning(command: F) -> F:
    """Everything that says what is planned, as an argument `planning` of type PlanOptions."""
    return _gather(command, (*_GOALS, *_SELECTION), "planning", _planning)


def selecting(mode: Mode) -> Callable[[F], F]:
    """What says how much is planned, for a command of this mode: an argument `planning` of type PlanOptions."""

    def build(_ctx: click.Context, given: dict[str, Any]) -> PlanOptions:
        return _checked(PlanOptions(mode=mode, **given))

    return lambda command: _gather(command, _SELECTION, "planning", build)


def applying(command: F) -> F:
    """Everything that says how a plan is applied, as an argument `how` of type Applying."""
    return _gather(command, _APPLYING, "how", _applying)


def _applying(_ctx: click.Context, given: dict[str, Any]) -> Applying:
    options = ApplyOptions(
        parallelism=given["parallelism"],
        lock_timeout=given["lock_timeout"],
        run_timeout=given["timeout"] or None,
        retry=RetryPolicy(step_timeout=given["step_timeout"]),
    )
    return Applying(given["auto_approve"], options)


def _planning(_ctx: click.Context, given: dict[str, Any]) -> PlanOptions:
    destroy, refresh_only = given.pop("destroy"), given.pop("refresh_only")
    if destroy and refresh_only:
        raise _excluding("--destroy", "--refresh-only")
    mode = Mode.DESTROY if destroy else Mode.REFRESH_ONLY if refresh_only else Mode.NORMAL
    return _checked(PlanOptions(mode=mode, **given))


def _checked(planning: PlanOptions) -> PlanOptions:
    """The same. Raises UsageError where two of its options exclude each other."""
    given = {
        "--destroy": planning.mode is Mode.DESTROY,
        "--refresh-only": planning.mode is Mode.REFRESH_ONLY,
        "--refresh=false": not planning.refresh,
        "--replace": bool(planning.replace),
        "--drain": planning.drain is not None,
        "--include-unmanaged": planning.include_unmanaged,
    }
    for one, other in _EXCLUDING:
        if given[one] and given[other]:
            raise _excluding(one, other)
    if planning.include_unmanaged and not planning.drain:
        raise click.UsageError("--include-unmanaged goes with --drain VPC_ID.")
    if planning.drain == "":
        raise click.UsageError("--drain takes the id of a VPC, not an empty text.")
    return planning


def _excluding(one: str, other: str) -> click.UsageError:
    return click.UsageError(f"{one} and {other} exclude each other.")


def _assignments(ctx: click.Context, given: dict[str, Any]) -> Assignments:
    values = {"var": iter(given.pop("var")), "file": iter(given.pop("file"))}
    return Assignments(tuple((name, next(values[name])) for name in order_given(ctx) if name in values))


def _gather(
    command: F,
    options: Sequence[Callable[[Any], Any]],
    argument: str,
    build: Callable[[click.Context, dict[str, Any]], object],
) -> F:
    """Give `command` the options, and hand them to it as one argument."""

    @functools.wraps(command)
    def gathered(*args: Any, **settings: Any) -> Any:
        given = {name: settings.pop(name) for name in names}
        return command(*args, **settings, **{argument: build(click.get_current_context(), given)})

    wrapped: Any = gathered
    present = len(getattr(wrapped, "__click_params__", []))
    for option in reversed(options):
        wrapped = option(wrapped)
    names = [parameter.name for parameter in wrapped.__click_params__[present:]]
    result: F = wrapped
    return result


lock = click.option(
    "--lock/--no-lock",
    default=True,
    expose_value=False,
    callback=_always_locked,
    help="Cannot be switched off where the state is changed; cl plan takes no lock.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
input_ = click.option("--input/--no-input", "ask", default=True, help="Ask for what is missing, or never ask.")
summary = click.option("--summary", is_flag=True, help="Print no more of a plan than a screenful.")
every_step = click.option("--every-step", is_flag=True, help="Print equal steps one by one.")
outputs = click.option(
    "-o",
    "outputs",
    multiple=True,
    metavar="FORMAT[=FILE]",
    shell_complete=suggesting("formats"),
    help="Report as text, json, markdown, html, sarif, junit or github, to stdout or into FILE; repeatable.",
)
