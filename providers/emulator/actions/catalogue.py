"""Every action that the emulator has."""

from __future__ import annotations

from providers.emulator.actions import (
    commands,
    instances,
    links,
    places,
    routes,
    security_groups,
    security_rules,
    sts,
    vpcs,
)
from providers.emulator.actions.action import ApiAction
from providers.emulator.cloud.errors import ApiError

ACTIONS: dict[tuple[str, str], ApiAction] = {
    (action.version, action.name): action
    for group in (
        links.ACTIONS,
        vpcs.ACTIONS,
        routes.ACTIONS,
        instances.ACTIONS,
        security_groups.ACTIONS,
        security_rules.ACTIONS,
        places.ACTIONS,
        commands.ACTIONS,
        sts.ACTIONS,
    )
    for action in group
}
"""By the version of the product and the name."""

VERSIONS = frozenset(version for version, _ in ACTIONS)
NAMES = frozenset(name for _, name in ACTIONS)


def find(name: str, version: str) -> ApiAction:
    """The action of this name. Raises ApiError."""
    if version not in VERSIONS:
        raise ApiError("InvalidVersion", "Specified parameter Version is not valid.")
    action = ACTIONS.get((version, name))
    if action is None:
        raise ApiError("InvalidAction.NotFound", "Specified api is not found, please check your url and method.")
    return action
