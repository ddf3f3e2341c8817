"""`cl emulate`."""

from __future__ import annotations

import ipaddress
import re
from functools import partial
from pathlib import Path

import click

from planner.cli.command import Command
from planner.cli.file_path import FilePath
from planner.cli.options import seconds
from planner.cli.session import Session
from planner.exit_codes import ExitCode

_RATE = re.compile(r"([1-9]\d{0,8})/(second|minute)")
_WINDOWS = {"second": 1.0, "minute": 60.0}
_KEY = re.compile(r"([^:\s]+):([^:\s]+):([^:\s]+)")


def _listen(_ctx: click.Context, _parameter: click.Parameter, value: str) -> tuple[str, int]:
    host, colon, port = value.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not (port.isascii() and port.isdecimal()) or int(port) > 65_535:
        raise click.BadParameter(f"{value!r} is not an address such as 127.0.0.1:8080.")
    return host, int(port)


def _keys(
    _ctx: click.Context, _parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[tuple[str, str, str], ...]:
    keys: list[tuple[str, str, str]] = []
    for number, value in enumerate(values, 1):
        match = _KEY.fullmatch(value)
        if match is None:  # the value holds a secret: it is not repeated
            raise click.BadParameter(f"number {number} is not of the form ID:SECRET:ACCOUNT.")
        if match[1] in (key[0] for key in keys):
            raise click.BadParameter(f"the id {match[1]!r} is repeated.")
        keys.append((match[1], match[2], match[3]))
    return tuple(keys)


def _rate(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> tuple[int, float] | None:
    if value is None:
        return None
    match = _RATE.fullmatch(value)
    if match is None:
        raise click.BadParameter(f"{value!r} is not a rate such as 100/minute or 10/second.")
    return int(match[1]), _WINDOWS[match[2]]


def _lasting(ctx: click.Context, parameter: click.Parameter, value: str | None) -> float | None:
    return None if value is None else seconds(ctx, parameter, value)


_FILE = FilePath()
_time = partial(click.option, metavar="TIME", callback=seconds, default="0s")


@click.command(cls=Command)
@click.argument("world", type=_FILE)
@click.option(
    "--listen",
    default="127.0.0.1:0",
    callback=_listen,
    metavar="HOST:PORT",
    help="Listen on this address; port 0, the default, takes a free port.",
)
@click.option(
    "--access-key",
    "keys",
    multiple=True,
    callback=_keys,
    metavar="ID:SECRET:ACCOUNT",
    help="Accept this made-up key for this account; repeatable. The default is emulator:emulator-secret.",
)
@_time("--latency", help="Delay each call by TIME.")
@_time("--lag", help="Show a change to reads only after TIME.")
@_time("--pending", help="Keep a VPC Pending for TIME after ClassicLink is enabled or disabled.")
@click.option(
    "--rate-limit",
    "rate",
    callback=_rate,
    metavar="N/minute",
    help="Throttle an account that calls an action more often than this; N/second works too.",
)
@click.option("--token-ttl", callback=_lasting, metavar="TIME", help="Expire temporary keys and NextTokens after TIME.")
@click.option("--faults", type=_FILE, metavar="FILE", help="Fail the calls that this file lists.")
@click.pass_obj
def emulate(
    session: Session,
    world: Path,
    listen: tuple[str, int],
    keys: tuple[tuple[str, str, str], ...],
    latency: float,
    lag: float,
    pending: float,
    rate: tuple[int, float] | None,
    token_ttl: float | None,
    faults: Path | None,
) -> ExitCode:
    """Serve a world file as the HTTP API of ECS, VPC and STS, for official SDKs and other clients.

    Prints the address and serves until it is interrupted. Calls change the world file.
    """
    from planner.app.emulate import EmulatorOptions, default_key_id
    from planner.app.emulate import emulate as serve

    host, port = listen
    if not _is_loopback(host):
        session.say(f"Warning: {host} can be reached from other machines, but the emulator is for tests only.")

    def started(address: str, account_ids: list[str]) -> None:
        session.write(address)
        key = "" if keys else f" Access key: {default_key_id()} (its secret is in docs/emulator.md)."
        session.say(f"Serving {world} for account {', '.join(account_ids)}.{key} Press Ctrl-C to end.")

    serve(EmulatorOptions(world, host, port, keys, latency, lag, pending, rate, token_ttl, faults), started)
    return ExitCode.DONE


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
