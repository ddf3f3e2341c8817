"""`cl advise`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from planner.app.assignments import Assignments
from planner.cli import options, traffic_options
from planner.cli.command import Command
from planner.cli.lazy import suggesting
from planner.cli.session import Session
from planner.cli.style import style_of
from planner.cli.surroundings import project_of

_PLANES = click.Choice(["classic", "vpc"])

if TYPE_CHECKING:
    from planner.network.traffic import Traffic


@click.command(cls=Command)
@click.argument("instance", required=False, shell_complete=suggesting("places"))
@click.argument("target", required=False, shell_complete=suggesting("places"))
@click.option("--from", "initiator", type=_PLANES, help="The network of the initiator.")
@click.option("--to", "acceptor", type=_PLANES, help="The network of the acceptor.")
@click.option(
    "--same-region/--different-region", default=None, help="Whether both are in the same region; yes by default."
)
@click.option(
    "--same-account/--different-account",
    default=None,
    help="Whether both belong to the same account; yes by default.",
)
@traffic_options.traffic
@options.provider
@options.variables
@options.as_json
@click.pass_obj
def advise(
    session: Session,
    instance: str | None,
    target: str | None,
    initiator: str | None,
    acceptor: str | None,
    same_region: bool | None,
    same_account: bool | None,
    traffic: Traffic,
    provider: str | None,
    assignments: Assignments,
    as_json: bool,
) -> None:
    """Show how to connect two networks, given by flags, or two ends in the cloud: INSTANCE and TARGET.

    INSTANCE and TARGET are ids of instances, cloud resources or VPCs, or IP addresses. If their security groups are
    known and block the traffic of --protocol and --port, the answer includes a rule that allows it.
    """
    from planner.network.ends import Plane
    from planner.network.scenarios import advise as look_up
    from planner.render.json import json_text
    from planner.render.network import advice_text
    from planner.render.offers import authorization_hcl, offer_hcl
    from planner.render.remedy import advice_called_from

    if instance and target:
        if initiator or acceptor or same_region is not None or same_account is not None:
            raise click.UsageError("INSTANCE and TARGET are looked up in the cloud: give no flags about networks.")
        from planner.app.advice import advice_between

        advice = advice_between(project_of(session, assignments), instance, target, provider, traffic)
    elif not traffic.is_all:
        raise click.UsageError("--protocol and --port need INSTANCE and TARGET.")
    elif initiator is None or acceptor is None or instance:
        raise click.UsageError(
            "Give INSTANCE and TARGET, or both --from classic|vpc and --to classic|vpc. Add --different-region or "
            "--different-account where they apply."
        )
    else:
        ends = Plane(initiator), Plane(acceptor)
        advice = look_up(*ends, same_region=same_region is not False, same_account=same_account is not False)
    document = advice.to_json()
    if document["offer"]:
        document["offer"]["hcl"] = offer_hcl(document["offer"])
    if "authorization" in document:
        document["authorization"]["hcl"] = authorization_hcl(document["authorization"])
    text = advice_text(advice_called_from(document, session.caller), style_of(session))
    session.write(json_text(document) if as_json else text)
