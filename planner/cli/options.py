"""Options that several commands share."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from planner.address import plain_address
from planner.app.assignments import Assignments
from planner.cli.command import order_given
from planner.cli.lazy import suggesting
from planner.cli.whole_number import WholeNumber
from planner.durations import seconds_of

_Addresses = TypeVar("_Addresses", str | None, tuple[str, ...])
F = TypeVar("F", bound=Callable[..., Any])


def seconds(_ctx: click.Context, _parameter: click.Parameter, value: str) -> float:
    """A time such as `30s`, `1m30s` or `500ms`, in seconds; a bare number is seconds."""
    if value.isdecimal():
        return float(value)
    found = seconds_of(value)
    if found is None:
        raise click.BadParameter(f"{value!r} is not a duration, such as 30s or 5m.")
    return found


def plain_addresses(_ctx: click.Context, _parameter: click.Parameter, value: _Addresses) -> _Addresses:
    """Addresses as they are written everywhere, without the word `resource` in front."""
    if isinstance(value, str):
        return plain_address(value)
    return value and tuple(map(plain_address, value))


address = functools.partial(click.argument, callback=plain_addresses, shell_complete=suggesting("addresses"))
"""An argument that is an address of what is managed, or several."""


def _always_locked(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if not value and ctx.command.name != "plan":
        from planner.remedy import cl

        unlock = ctx.obj.caller.call(cl("force-unlock"))
        raise click.UsageError(
            "The state is always locked while it is changed: two commands that write at once would lose changes. "
            f"--lock-timeout=5m waits for the other one; {unlock} removes a lock that was left behind."
        )


_VARIABLES = (
    click.option("--var", "var", multiple=True, metavar="NAME=VALUE", help="Set a variable; repeatable."),
    click.option("--var-file", "file", multiple=True, metavar="FILE", help="Set variables from this file; repeatable."),
)


def variables(command: F) -> F:
    """`--var` and `--var-file`, as an argument `assignments`."""
    return gather(command, _VARIABLES, "assignments", _assignments)


def _assignments(ctx: click.Context, given: dict[str, Any]) -> Assignments:
    ctx.obj.value_files = frozenset(given["file"])
    values = {"var": iter(given.pop("var")), "file": iter(given.pop("file"))}
    return Assignments(tuple((name, next(values[name])) for name in order_given(ctx) if name in values))


def provider(command: F) -> F:
    """`--provider`, for ids that several providers see."""
    return click.option(
        "--provider",
        metavar="KEY",
        shell_complete=suggesting("providers"),
        help="Look only at this provider, such as mock.lab.",
    )(command)


def gather(
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


def hidden(*names: str) -> Callable[[F], F]:
    """Leave these options of a command out of its help: they are accepted, and say nothing there."""

    def hide(command: F) -> F:
        for parameter in getattr(command, "__click_params__", ()):
            if isinstance(parameter, click.Option) and parameter.name in names:
                parameter.hidden = True
        return command

    return hide


lock = click.option(
    "--lock/--no-lock",
    default=True,
    expose_value=False,
    callback=_always_locked,
    help="Accepted for compatibility: the state is always locked while it changes. Only cl plan, which takes no lock, "
    "accepts --no-lock.",
)
lock_timeout = click.option(
    "--lock-timeout", default="0s", callback=seconds, metavar="TIME", help="Wait up to TIME for the lock of the state."
)
parallelism = click.option(
    "--parallelism",
    type=WholeNumber(min=1),
    default=10,
    show_default=True,
    help="Run up to this many steps at once.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
input_ = click.option(
    "--input/--no-input", "ask", default=True, help="Ask for missing values; --no-input fails instead."
)
summary = click.option("--summary", is_flag=True, help="Print at most one screen of the plan.")
every_step = click.option("--every-step", is_flag=True, help="Print every step, even where many are alike.")
outputs = click.option(
    "-o",
    "outputs",
    multiple=True,
    metavar="FORMAT[=FILE]",
    shell_complete=suggesting("formats"),
    help="Write a report as text, json, markdown, html, sarif, junit or github, to stdout or to FILE; repeatable.",
)
