"""States on each backend: written, gone back to, sealed with another key, and completed from a journal."""

from __future__ import annotations

import pytest

from planner.address import Address
from planner.network.identity import VPC, Enablement
from planner.state.encryption import cipher_from
from planner.state.journal import DONE
from planner.state.model import State, StateObject
from planner.state.store import Store
from planner.values import replace
from support.backends import Spot, ignore, refusal, version

KEY = {"CL_ENCRYPTION_KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}
OTHER = {"CL_ENCRYPTION_KEY": "Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA="}


def store_of(spot: Spot, environment: dict[str, str] | None = None) -> Store:
    """The store as another process opens it."""
    return Store(spot.open().place("default"), cipher_from(environment or {}))


def with_vpc(state: State, vpc_id: str) -> State:
    address = Address(VPC, vpc_id)
    found = StateObject(address, Enablement(vpc_id), {"vpc_id": vpc_id}, "mock")
    return replace(state, objects={**state.objects, address: found})


def write(store: Store, *vpc_ids: str) -> State:
    with store.locked("apply"):
        for vpc_id in vpc_ids:
            store.write(with_vpc(store.read(), vpc_id), operation="apply", plan_id=f"p-{vpc_id}", steps=1)
    return store.read()


def test_a_state_is_read_as_it_was_written_and_a_later_serial_follows_it(spot: Spot) -> None:
    first = write(store_of(spot), "vpc-a")
    assert store_of(spot).read() == first
    second = write(store_of(spot), "vpc-b")
    assert (second.lineage, second.serial) == (first.lineage, 2)
    assert store_of(spot).read() == second


def test_an_old_version_is_rewritten(spot: Spot) -> None:
    spot.needs("history")
    store = store_of(spot)
    newest = write(store, "vpc-a", "vpc-b")
    first = store.version(1)
    with store.locked("state rollback"):
        store.push(replace(first, serial=3), operation="state rollback")
    assert (store_of(spot).read().objects, store_of(spot).read().lineage) == (first.objects, newest.lineage)
    history = store_of(spot).place.history()
    assert [(one.serial, one.operation) for one in history] == [(3, "state rollback"), (2, "apply"), (1, "apply")]
    assert (history[2].plan_id, history[2].steps) == ("p-vpc-a", 1)


def test_what_is_pushed_over_a_damaged_state_takes_no_version_away(spot: Spot) -> None:
    spot.needs("history")
    store = store_of(spot)
    write(store, "vpc-a", "vpc-b", "vpc-c")
    old = store.version(1)
    with store.place.lock("apply", 5, ignore) as held:
        held.write("damaged", replace(version(4), lineage=old.lineage), 3)
    with store.locked("state push"):
        pushed = store.push(old)
    again = store_of(spot)
    assert again.read() == pushed
    assert pushed.objects == old.objects
    kept = [one.serial for one in again.place.history()]
    assert kept == [5, 4, 3, 2, 1]
    assert len(again.version(3).objects) == 3


@pytest.mark.parametrize(
    ("before", "after"), [({}, KEY), (KEY, {**OTHER, "CL_ENCRYPTION_FALLBACK_KEY": KEY["CL_ENCRYPTION_KEY"]})]
)
def test_a_new_key_seals_all_that_is_kept_and_the_old_one_opens_nothing(
    spot: Spot, before: dict[str, str], after: dict[str, str]
) -> None:
    written = write(store_of(spot, before), "vpc-a", "vpc-secret")
    store = store_of(spot, after)
    with store.locked("refresh"):
        assert store.reseal() is not None
        assert store.reseal() is None
    again = store_of(spot, {name: value for name, value in after.items() if "FALLBACK" not in name})
    assert again.read() == written
    with refusal("STA141" if before else "STA140"):
        store_of(spot, before).read()
    stored = again.place.read()
    assert stored is not None
    assert "vpc-secret" not in stored.text
    if spot.has("history"):
        assert again.version(1).objects.keys() < written.objects.keys()
    assert write(again, "vpc-c").serial == 3


def test_the_journal_of_an_apply_that_ended_early_is_there_for_the_next_one(spot: Spot) -> None:
    store = store_of(spot, KEY)
    plan = {"plan_id": "p", "lineage": "", "steps": [{"id": 1}, {"id": 2}]}
    with store.locked("apply"), store.begin_journal(plan) as journal:
        journal.intent(1)
        journal.commit()
        journal.fact(1, DONE)
        journal.intent(2)
        journal.commit()
    other = store_of(spot, KEY)
    record = other.read_journal()
    assert record is not None
    assert dict(record.plan) == plan
    if spot.has("records"):
        assert (record.facts, record.unsure) == ({1: DONE}, [2])
    with other.locked("apply"):
        other.write(replace(other.read(), applied_plans=("p",)), operation="apply")
        other.remove_journal()
    assert store_of(spot, KEY).read_journal() is None
