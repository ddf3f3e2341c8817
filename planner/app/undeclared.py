"""Why nothing is declared at an address: it may be that the resource is, and only the key is another one."""

from __future__ import annotations

from collections.abc import Sequence

from planner.address import Address, import_command
from planner.config.desired import DesiredObject
from planner.diagnostics import Diagnostic, did_you_mean
from planner.network.identity import identity_from
from planner.remedy import Remedy
from planner.rules.base import listing


def undeclared(text: str, address: Address, object_id: str, objects: Sequence[DesiredObject]) -> Diagnostic:
    """The problem of an import of this object to this address. `text` is the address as it was given."""
    others = [found for found in objects if found.address.resource_key == address.resource_key]
    if others:
        detail, remedy = _other_key(text, address, object_id, others)
    else:
        hint = did_you_mean(text, [str(found.address) for found in objects])
        detail = f"The configuration declares nothing at {text}.{hint}"
        remedy = Remedy.of(f'Declare it first: resource "{address.type}" "{address.name}" {{ … }}')
    return Diagnostic("CFG390", "Address is not declared", detail, remedy)


def _other_key(text: str, address: Address, object_id: str, others: Sequence[DesiredObject]) -> tuple[str, Remedy]:
    """The detail and the remedy where the resource has `others`, but not this one."""
    there = [str(found.address) for found in others]
    detail = f"{text} is not declared, but these are: {listing(there)}."
    if address.key is None:
        detail = f"{text} has count or for_each, so its address needs a key. There are: {listing(there)}."
    elif others[0].address.key is None:
        detail = f"{address.resource} has no count or for_each, so its address has no key."
    identity = identity_from(address.type, object_id)
    same = next((other for other in others if other.identity == identity or other.address.key is None), None)
    if same is not None:
        return detail, Remedy.of("Import it there: ", import_command(same.address, object_id))
    return detail, Remedy.of("Use the address that it belongs to, or declare a new one first.")
