"""`import` blocks that cannot be followed, each with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from planner.address import import_command
from planner.diagnostics import Diagnostic
from planner.network.identity import GUEST_ROUTE
from planner.network.worlds import Worlds
from planner.plan.match import RefusedImport
from planner.remedy import Remedy
from planner.rules.base import seen_elsewhere
from planner.rules.plan_safety import IMPORT_NOT_FOLLOWED

_IDS = (
    "An id is VPC_ID for classiclink_vpc, INSTANCE_ID/VPC_ID for classiclink_attachment, INSTANCE_ID/CIDR for "
    "classiclink_guest_route, GROUP:SOURCE:tcp:80/80:accept or GROUP/RULE_ID for classiclink_security_rule."
)


def not_importable(imports: Iterable[RefusedImport], worlds: Worlds) -> Iterator[Diagnostic]:
    """CL905: an `import` block names what the cloud does not have, or not what is declared at its address."""
    for refused in imports:
        block = refused.block
        detail, remedy = _why(refused, worlds)
        yield IMPORT_NOT_FOLLOWED.diagnostic(detail=detail, remedy=remedy, address=str(block.to), span=block.span)


def _why(refused: RefusedImport, worlds: Worlds) -> tuple[str, Remedy]:
    """Why it cannot be followed, and what to do."""
    block, declared = refused.block, refused.declared
    if declared is None:
        return f"Nothing is declared at {block.to}.", Remedy.of("Declare it, or correct the address in the block.")
    if refused.identity is None:
        at = worlds.prefix(declared.provider)
        return f'{at}"{block.id}" is not an id of a {block.to.type}.', Remedy.of(_IDS)
    declared_id, at = declared.identity.id, worlds.prefix(declared.provider)
    if refused.identity != declared.identity:
        detail = f"{at}The block imports {refused.identity.id}, but {block.to} declares {declared_id}."
        return detail, Remedy.of(f'Write id = "{declared_id}", or correct the declaration of {block.to}.')
    if refused.seen_by:
        ways = " or ".join(f"provider = {provider}" for provider in refused.seen_by)
        return (
            f'{at}"{declared_id}" is not in the cloud.{seen_elsewhere(refused.seen_by)}',
            Remedy.of(f"Name the provider in {block.to.resource}, or for its module: {ways}"),
        )
    if block.to.type == GUEST_ROUTE:
        return (
            f'{at}"{declared_id}" is not in the cloud{", as far as it can be seen" if refused.unread else ""}.',
            Remedy.of(
                "To add the route, remove the block. If the instance has it and the cloud cannot see it, run: ",
                import_command(block.to, block.id),
            ),
        )
    if refused.unread:
        return f'{at}Whether "{declared_id}" exists could not be read.', Remedy.of(
            "Give the provider permission to read it."
        )
    return (
        f'{at}"{declared_id}" is not in the cloud.',
        Remedy.of("Correct its ids, here and where it is declared, or remove the import block to create it."),
    )
