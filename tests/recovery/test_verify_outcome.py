"""What a world says of a step, and readings that are shared."""

from __future__ import annotations

import threading
from collections.abc import Collection

import pytest

from planner.apply.shared_reader import SharedReader
from planner.diagnostics import ProviderError
from planner.network.identity import Action, Enablement, GuestRoute, Identity, Link
from planner.network.kinds import Kind
from planner.network.world import GuestRouteEntry, Instance, Unread, Vpc, World
from planner.recovery.verify_outcome import took_effect
from planner.values import replace
from support.applying import MemoryCloud
from support.watching import PATIENCE

LINK = Link("i-known", "vpc-on")
ROUTE = GuestRouteEntry("192.168.0.0/16")
WORLD = World(
    vpcs={"vpc-on": Vpc("vpc-on", "1", "r", "c", classic_link_enabled=True), "vpc-off": Vpc("vpc-off", "1", "r", "c")},
    instances={
        "i-known": Instance("i-known", "1", "r", "classic", "ip", guest_routes=(ROUTE,)),
        "i-dark": Instance("i-dark", "1", "r", "classic", "ip"),
    },
    links={"i-known": "vpc-on"},
)


@pytest.mark.parametrize(
    ("makes", "unmakes", "target", "stands"),
    [
        (Action.ENABLE, Action.DISABLE, Enablement("vpc-on"), True),
        (Action.ENABLE, Action.DISABLE, Enablement("vpc-off"), False),
        (Action.ENABLE, Action.DISABLE, Enablement("vpc-gone"), False),
        (Action.ATTACH, Action.DETACH, Link("i-known", "vpc-on"), True),
        (Action.ATTACH, Action.DETACH, Link("i-known", "vpc-off"), False),
        (Action.ATTACH, Action.DETACH, Link("i-gone", "vpc-on"), False),
        (Action.ADD_GUEST_ROUTE, Action.REMOVE_GUEST_ROUTE, GuestRoute("i-known", "192.168.0.0/16"), True),
        (Action.ADD_GUEST_ROUTE, Action.REMOVE_GUEST_ROUTE, GuestRoute("i-known", "10.0.0.0/8"), False),
        (Action.ADD_GUEST_ROUTE, Action.REMOVE_GUEST_ROUTE, GuestRoute("i-dark", "192.168.0.0/16"), None),
        (Action.ADD_GUEST_ROUTE, Action.REMOVE_GUEST_ROUTE, GuestRoute("i-gone", "192.168.0.0/16"), False),
    ],
)
def test_a_step_happened_where_the_world_is_as_after_it(
    makes: Action, unmakes: Action, target: Enablement | Link | GuestRoute, stands: bool | None
) -> None:
    assert took_effect(makes, target, WORLD) is stands
    assert took_effect(unmakes, target, WORLD) is (None if stands is None else not stands)


@pytest.mark.parametrize("subject", [None, "i-known", "vpc-on", "i-gone", "vpc-gone"])
def test_what_could_not_be_read_is_not_known(subject: str | None) -> None:
    world = replace(WORLD, unread=tuple(Unread(kind, subject, "denied") for kind in Kind))
    for target in (Enablement("vpc-on"), Enablement("vpc-gone"), Link("i-known", "vpc-on"), Link("i-gone", "x")):
        action = Action.ENABLE if isinstance(target, Enablement) else Action.ATTACH
        concerned = subject is None or subject in (target.instance_id or target.vpc_id)
        assert (took_effect(action, target, world) is None) == concerned


def test_all_who_ask_during_a_reading_share_the_next_one() -> None:
    begun, release = threading.Event(), threading.Event()

    class Slow(MemoryCloud):
        def look(self, targets: Collection[Identity]) -> World:
            begun.set()
            release.wait(PATIENCE)
            return super().look(targets)

    cloud = Slow()
    reader = SharedReader(cloud)
    threads = [threading.Thread(target=reader.fresh, args=(LINK,)) for _ in range(10)]
    threads[0].start()
    begun.wait(PATIENCE)
    for thread in threads[1:]:
        thread.start()
    while len(reader._changed._waiters) < 9:  # type: ignore[attr-defined]
        threads[1].join(0.001)
    release.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert cloud.reads == 2


def test_a_reading_that_fails_is_reported_to_all_and_tried_again() -> None:
    class Once(MemoryCloud):
        def look(self, targets: Collection[Identity]) -> World:
            if not self.reads:
                self.reads += 1
                raise ZeroDivisionError("oops")
            return super().look(targets)

    reader = SharedReader(Once())
    with pytest.raises(ProviderError) as caught:
        reader.fresh(LINK)
    assert "oops" in caught.value.diagnostics[0].detail
    assert reader.fresh(LINK) == World("1")
