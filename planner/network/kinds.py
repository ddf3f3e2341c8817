"""The kinds of thing that a cloud is read for."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """A kind of thing that is read from the cloud in one go."""

    VPCS = "vpcs"
    VSWITCHES = "vswitches"
    ROUTE_ENTRIES = "route_entries"
    INSTANCES = "instances"
    LINKS = "links"
    SECURITY_GROUPS = "security_groups"

    @property
    def words(self) -> str:
        """What people call them."""
        return _WORDS.get(self.value, self.value.replace("_", " "))


_WORDS = {"vpcs": "VPCs", "vswitches": "vSwitches"}
