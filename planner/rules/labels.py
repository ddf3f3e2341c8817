"""Names for the blocks in remedies: valid, unused, and different for each object."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from planner.address import Address
from planner.hcl.writing.literals import block_label
from planner.network.identity import Authorization, Identity, ObjectKey


class Labels:
    """Addresses for undeclared objects in the root module. An object always gets the same address."""

    def __init__(self, taken: Iterable[Address] = ()) -> None:
        self._taken = {address.resource for address in taken}
        self._given: dict[ObjectKey, Address] = {}
        self._shared: dict[tuple[str, str, str], Address] = {}
        self._asked: Counter[str] = Counter()

    def address(self, provider: str, identity: Identity) -> Address:
        """An address that no block has and no other object gets."""
        key = (provider, identity)
        if key not in self._given:
            self._given[key] = self._free(identity.type, block_label(_about(identity)))
        return self._given[key]

    def shared(self, provider: str, type_: str, about: str) -> Address:
        """An address for one block of many objects of a type; its name is made from `about`."""
        key = (provider, type_, about)
        if key not in self._shared:
            self._shared[key] = self._free(type_, block_label(about))
        return self._shared[key]

    def _free(self, type_: str, label: str) -> Address:
        while True:
            self._asked[f"{type_}.{label}"] += 1
            number = self._asked[f"{type_}.{label}"]
            found = Address(type_, label if number == 1 else f"{label}-{number}")
            if found not in self._taken:
                self._taken.add(found)
                return found


def _about(identity: Identity) -> str:
    """The part of an object's identity that its name is made from."""
    if isinstance(identity, Authorization):
        return f"{identity.source_security_group_id}-to-{identity.security_group_id}"
    return identity.instance_id or identity.vpc_id or ""
