"""Options that say what is planned: of `plan`, `apply`, `destroy` and `refresh`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from planner.cli.lazy import suggesting
from planner.cli.options import gather, plain_addresses
from planner.cli.whole_number import WholeNumber

if TYPE_CHECKING:
    from planner.plan.options import PlanOptions

F = TypeVar("F", bound=Callable[..., Any])

_EXCLUDING = (
    ("--refresh-only", "--refresh=false"),
    ("--replace", "--destroy"),
    ("--replace", "--refresh-only"),
    ("--drain", "--destroy"),
    ("--drain", "--refresh-only"),
    ("--drain", "--replace"),
    ("--include-unmanaged", "--refresh=false"),  # only the cloud knows of unmanaged links
)
"""Options of which one would say nothing, or the opposite, beside the other."""


def _addresses(ctx: click.Context, option: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    if not all(address.strip() for address in given):
        raise click.UsageError(f"{option.opts[0]} takes an address, not an empty text. cl state list shows addresses.")
    return plain_addresses(ctx, option, given)


def _addressed(option: str, name: str, help: str) -> Callable[[F], F]:  # noqa: A002 (click's own word)
    return click.option(
        option,
        name,
        multiple=True,
        metavar="ADDR",
        shell_complete=suggesting("addresses"),
        callback=_addresses,
        help=help,
    )


def _one_vpc(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> str | None:
    """The VPC to drain. A second one would go without a word where the last one counts."""
    if len(given) > 1:
        raise click.UsageError("--drain takes one VPC; drain the others with a plan each.")
    return given[0] if given else None


_SELECTION = (
    click.option("--refresh/--no-refresh", default=True, help="Read the cloud first; --no-refresh trusts the state."),
    _addressed("--target", "targets", help="Plan only this object and those it needs; repeatable."),
    _addressed("--exclude", "excludes", help="Leave out this object and those that need it; repeatable."),
    click.option(
        "--accept-detach",
        type=WholeNumber(min=0),
        metavar="N",
        help="Accept a plan that detaches exactly N links for good.",
    ),
)
_GOALS = (
    click.option("--destroy", is_flag=True, help="Plan to destroy everything that is managed."),
    click.option("--refresh-only", is_flag=True, help="Only update the state to match the cloud."),
    _addressed("--replace", "replace", help="Replace this object; repeatable."),
    click.option(
        "--drain",
        metavar="VPC_ID",
        multiple=True,
        callback=_one_vpc,
        shell_complete=suggesting("drained"),
        help="Detach every link of this VPC, then disable ClassicLink on it.",
    ),
    click.option("--include-unmanaged", is_flag=True, help="With --drain: also detach links that are not managed."),
)


def planning(command: F) -> F:
    """Everything that says what is planned, as an argument `planning` of type PlanOptions."""
    return gather(command, (*_GOALS, *_SELECTION), "planning", _planning)


def selecting(mode: str) -> Callable[[F], F]:
    """What says how much is planned, for a command of this mode: an argument `planning` of type PlanOptions."""

    def build(_ctx: click.Context, given: dict[str, Any]) -> PlanOptions:
        return _options(mode, given)

    return lambda command: gather(command, _SELECTION, "planning", build)


def _planning(_ctx: click.Context, given: dict[str, Any]) -> PlanOptions:
    destroy, refresh_only = given.pop("destroy"), given.pop("refresh_only")
    if destroy and refresh_only:
        raise _excluding("--destroy", "--refresh-only")
    return _options("destroy" if destroy else "refresh-only" if refresh_only else "normal", given)


def _options(mode: str, settings: dict[str, Any]) -> PlanOptions:
    """What is asked of the plan. Raises UsageError where two options exclude each other."""
    from planner.documents.plan_head import Mode
    from planner.plan.options import PlanOptions

    planning = PlanOptions(mode=Mode(mode), **settings)
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
        raise click.UsageError("--include-unmanaged needs --drain VPC_ID.")
    if planning.drain == "":
        raise click.UsageError("--drain takes the id of a VPC, not an empty text.")
    return planning


def _excluding(one: str, other: str) -> click.UsageError:
    return click.UsageError(f"{one} and {other} exclude each other.")
