"""What a world says of a step: whether it happened. Asked where a reply was lost, and after a crash."""

from __future__ import annotations

import threading

from planner.diagnostics import Diagnostic, ProviderError
from planner.network.identity import Action, Enablement, GuestRoute, Identity, Link
from planner.network.world import Kind, World
from providers.base import Provider


def happened(action: Action, target: Identity, world: World) -> bool | None:
    """Whether the world is as after this step; None where nobody can tell."""
    match target:
        case Enablement():
            present = _enabled(target, world)
        case Link():
            unread = world.why_unread(Kind.LINKS, target.instance_id)
            present = None if unread else world.links.get(target.instance_id) == target.vpc_id
        case GuestRoute():
            present = _routed(target, world)
    wanted = action in (Action.ENABLE, Action.ATTACH, Action.ADD_GUEST_ROUTE)
    return None if present is None else present == wanted


def _enabled(target: Enablement, world: World) -> bool | None:
    vpc = world.vpcs.get(target.vpc_id)
    if vpc is not None:
        return None if world.why_unread(Kind.VPCS, target.vpc_id) else vpc.classic_link_enabled
    return None if world.why_unread(Kind.VPCS, target.vpc_id) else False


def _routed(target: GuestRoute, world: World) -> bool | None:
    instance = world.instances.get(target.instance_id)
    if instance is None:
        return None if world.why_unread(Kind.INSTANCES, target.instance_id) else False
    if instance.guest_routes is None:
        return None
    return any(route.destination_cidr_block == target.destination_cidr_block for route in instance.guest_routes)


class SharedReader:
    """Reads the world once for all who ask at the same time."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._changed = threading.Condition()
        self._begun = 0
        self._ended = 0
        self._reading = False
        self._found: World | ProviderError | None = None

    def fresh(self) -> World:
        """A world that was read after this call began. Raises ProviderError."""
        with self._changed:
            wanted = self._begun + 1
            while self._ended < wanted:
                if self._reading:
                    self._changed.wait()
                else:
                    self._read()
            found = self._found
        if not isinstance(found, World):
            assert found is not None  # noqa: S101 - a reading has ended, so something was found
            raise found
        return found

    def _read(self) -> None:
        """Read, with the lock let go meanwhile."""
        self._reading = True
        self._begun += 1
        number = self._begun
        self._changed.release()
        found: World | ProviderError | None = None
        try:
            found = self._provider.read()
        except ProviderError as error:
            found = error
        except Exception as error:  # noqa: BLE001 - a provider's defect is no reason to hang
            found = ProviderError(Diagnostic("PRV307", "Provider failed", f"{type(error).__name__}: {error}"))
        finally:
            self._changed.acquire()
            self._reading = False
            self._ended, self._found = number, found
            self._changed.notify_all()
