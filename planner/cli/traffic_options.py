"""`--protocol` and `--port`, as an argument `traffic`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from planner.cli.options import F, gather
from planner.cli.whole_number import WholeNumber

if TYPE_CHECKING:
    from planner.network.traffic import Traffic

PROTOCOLS = ("tcp", "udp", "icmp", "gre", "all")
"""Those of `planner.network.security_groups`, which a help text need not load; a test holds the two equal."""

_OPTIONS = (
    click.option("--protocol", type=click.Choice(PROTOCOLS), help="The protocol; all by default."),
    click.option(
        "--port",
        type=WholeNumber(1, 65_535),
        help="The destination port; without --protocol, of tcp and udp.",
    ),
)


def traffic(command: F) -> F:
    """Give `command` both options."""
    return gather(command, _OPTIONS, "traffic", _traffic)


def _traffic(_ctx: click.Context, given: dict[str, Any]) -> Traffic:
    from planner.network.security_groups import WITH_PORTS
    from planner.network.traffic import Traffic

    protocol, port = given["protocol"], given["port"]
    if port is not None and protocol is not None and protocol not in WITH_PORTS:
        raise click.UsageError(f"--port is for tcp and udp: {protocol} has no ports.")
    return Traffic(protocol, port)
