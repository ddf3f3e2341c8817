"""After a crash: the journal and the cloud together tell what was done."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import pytest

from planner.diagnostics import ProviderError, StateError
from planner.network.identity import Identity
from planner.network.kinds import Kind
from planner.network.world import Unread, World
from planner.network.worlds import Worlds
from planner.recovery import recover as recovery
from planner.recovery.recover import Recovery, read_prior
from planner.state.digest import digest
from planner.state.journal import DONE, NOT_DONE
from planner.values import replace
from providers.base import Provider
from support.applying import MemoryCloud, PlanMaker, address_of, state_of
from support.stores import FileStore


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "cl.state.json")


def fleet() -> PlanMaker:
    plan = PlanMaker()
    for number in range(1, 5):
        plan.attach(f"i-{number}", "vpc-a")
    return plan


def cut_short(store: FileStore, plan: Any, intents: int, facts: dict[int, str]) -> None:
    """The journal of this plan, or of a maker of one, after so many intents and these facts."""
    with store.left_behind(plan.document if isinstance(plan, PlanMaker) else plan) as journal:
        for step in range(1, intents + 1):
            journal.intent(step)
        for step, outcome in facts.items():
            journal.fact(step, outcome)
        journal.commit()


def recover(store: FileStore, providers: Mapping[str, Provider]) -> Recovery:
    with store.locked("apply"):
        return recovery.recover(store, providers)


def contents(store: FileStore) -> list[tuple[str, bytes]]:
    """Every file that is kept, history included."""
    return sorted((str(path), path.read_bytes()) for path in store.path.parent.rglob("*") if path.is_file())


def addresses(store: FileStore) -> set[str]:
    return set(map(str, store.read().objects))


def test_without_a_journal_there_is_nothing_to_complete(store: FileStore) -> None:
    cloud = MemoryCloud()
    assert recover(store, {"mock": cloud}).diagnostics == ()
    assert cloud.reads == 0
    assert read_prior(store, None) == recover(store, {"mock": cloud})


def test_what_has_a_fact_is_believed_and_the_rest_is_asked(store: FileStore) -> None:
    cut_short(store, fleet(), 4, {1: DONE, 2: NOT_DONE})
    cloud = MemoryCloud(links={"i-1": "vpc-a", "i-3": "vpc-a"})
    found = recover(store, {"mock": cloud})
    assert addresses(store) == {address_of("i-1"), address_of("i-3")}
    assert cloud.reads == 1
    [messages] = found.diagnostics
    assert "2 of the 4 steps" in messages.detail
    assert "attach i-3 to vpc-a: done; attach i-4 to vpc-a: not done" in messages.detail
    assert not store.journal_path.exists()
    assert recover(store, {"mock": cloud}).diagnostics == ()


def test_a_journal_that_a_clock_ahead_has_dated_is_waited_for_no_longer_than_another(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_short(store, fleet(), 1, {})
    now = store.journal_path.stat().st_mtime
    os.utime(store.journal_path, (now + 86_400, now + 86_400))
    clock = [now]
    monkeypatch.setattr(time, "time", lambda: clock[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: clock.append(clock.pop() + seconds))
    cloud = MemoryCloud()
    cloud.settle_seconds = 60.0
    recover(store, {"mock": cloud})
    assert 59 < clock[0] - now < 63


def test_where_every_step_has_a_fact_the_cloud_is_not_asked(store: FileStore) -> None:
    cut_short(store, fleet(), 1, {1: DONE})
    assert recover(store, {}).state.serial == 1
    assert addresses(store) == {address_of("i-1")}


def test_a_journal_that_was_folded_already_only_goes(store: FileStore) -> None:
    plan = fleet()
    cut_short(store, plan, 1, {1: DONE})
    journal = store.journal_path.read_bytes()
    recover(store, {})
    store.journal_path.write_bytes(journal)
    later = store.write(replace(store.read(), objects={}), operation="state rm")
    assert recover(store, {}).state == later
    assert not store.journal_path.exists()


@pytest.mark.parametrize("left", [0, 4, 500])
def test_a_journal_without_its_plan_is_refused_and_kept(store: FileStore, left: int) -> None:
    cut_short(store, fleet(), 1, {1: DONE})
    os.truncate(store.journal_path, left)
    with pytest.raises(StateError) as caught:
        recover(store, {})
    assert caught.value.diagnostics[0].code == "STA303"
    assert store.journal_path.stat().st_size == left


@pytest.mark.parametrize("part", ["steps", "resource_changes", "lineage", "checks_blocks"])
def test_a_journal_whose_plan_is_none_is_refused_and_kept(store: FileStore, part: str) -> None:
    cut_short(store, fleet().with_misfit(**{part: [{"id": 1}] if part == "steps" else 7}), 1, {1: DONE})
    asks: tuple[Callable[[], object], ...] = (lambda: recover(store, {}), lambda: read_prior(store, None))
    for ask in asks:
        with pytest.raises(StateError) as caught:
            ask()
        assert caught.value.diagnostics[0].code == "STA303"
    assert store.journal_path.exists()


def test_a_damaged_journal_has_every_step_looked_up(store: FileStore) -> None:
    cut_short(store, fleet(), 2, {1: DONE})
    lines = store.journal_path.read_bytes().split(b"\n")
    lines[2] = b"garbage"
    store.journal_path.write_bytes(b"\n".join(lines))
    found = recover(store, {"mock": MemoryCloud(links={"i-2": "vpc-a", "i-4": "vpc-a"})})
    assert addresses(store) == {address_of("i-1"), address_of("i-2"), address_of("i-4")}
    assert "1 record of the journal was damaged" in found.diagnostics[0].detail


def test_where_the_cloud_cannot_be_asked_the_journal_stays(store: FileStore) -> None:
    cut_short(store, fleet(), 2, {})

    class Dark(MemoryCloud):
        def look(self, targets: Collection[Identity]) -> World:
            raise ProviderError(())

    for providers in ({}, {"mock": Dark()}):
        with pytest.raises(ProviderError):
            recover(store, providers)
        assert store.journal_path.exists()


def unread_links(world: World, instance_id: str) -> World:
    return replace(world, unread=(Unread(Kind.LINKS, instance_id, "denied"),))


def test_a_link_that_cannot_be_read_is_managed_and_every_fact_is_kept(store: FileStore) -> None:
    cut_short(store, fleet(), 2, {1: DONE})

    class Half(MemoryCloud):
        def look(self, targets: Collection[Identity]) -> World:
            return unread_links(super().look(targets), "i-2")

    cloud = Half(links={"i-1": "vpc-a"})
    seen = read_prior(store, Worlds({"mock": cloud.read()}))
    found = recover(store, {"mock": cloud})
    assert seen.state == found.state
    assert addresses(store) == {address_of("i-1"), address_of("i-2")}
    assert [messages.code for messages in found.diagnostics] == ["STA310", "STA311"]
    assert "attach i-2 to vpc-a: cannot be read, counted as done" in found.diagnostics[0].detail
    assert not store.journal_path.exists()


def test_a_detach_that_cannot_be_read_counts_as_not_done(store: FileStore) -> None:
    store.write(state_of({"i-1": "vpc-a"}), operation="test")
    plan = PlanMaker()
    plan.detach("i-1", "vpc-a")
    plan.add(lineage=store.read().lineage)
    cut_short(store, plan, 1, {})

    class Half(MemoryCloud):
        def look(self, targets: Collection[Identity]) -> World:
            return unread_links(super().look(targets), "i-1")

    recover(store, {"mock": Half()})
    assert addresses(store) == {address_of("i-1")}


def test_a_journal_of_another_state_is_refused(store: FileStore) -> None:
    store.write(state_of({"i-9": "vpc-a"}), operation="test")
    plan = fleet()
    plan.add(lineage="another")
    cut_short(store, plan, 1, {1: DONE})
    with pytest.raises(StateError) as caught:
        recover(store, {})
    assert caught.value.diagnostics[0].code == "STA309"
    assert store.journal_path.exists()


@pytest.mark.parametrize("facts", [{}, {1: DONE}, {1: DONE, 2: NOT_DONE}, dict.fromkeys(range(1, 5), DONE)])
@pytest.mark.parametrize("known", [{}, {"i-9": "vpc-a"}])
def test_a_look_shows_the_state_that_recovery_will_write(
    store: FileStore, facts: dict[int, str], known: dict[str, str]
) -> None:
    plan = fleet()
    if known:
        written = store.write(state_of(known), operation="test")
        plan.add(lineage=written.lineage, serial=written.serial)
    cut_short(store, plan, 4, facts)
    cloud = MemoryCloud(links={"i-1": "vpc-a", "i-3": "vpc-a", **known})
    before = contents(store)
    seen = read_prior(store, Worlds({"mock": cloud.read()}))
    assert contents(store) == before
    [messages] = seen.diagnostics
    assert messages.code == "STA308"
    recovered = recover(store, {"mock": cloud}).state
    assert (seen.state, digest(seen.state)) == (recovered, digest(recovered))
    assert read_prior(store, Worlds({"mock": cloud.read()})).state == recovered


def test_a_look_without_a_world_counts_only_what_the_journal_knows(store: FileStore) -> None:
    cut_short(store, fleet(), 4, {2: DONE})
    seen = read_prior(store, None)
    assert set(map(str, seen.state.objects)) == {address_of("i-2")}
    assert "not known yet, counted as not done" in seen.diagnostics[0].detail


def test_an_apply_that_ends_during_a_plan_is_not_counted_twice(store: FileStore) -> None:
    plan = fleet()
    cut_short(store, plan, 1, {1: DONE})
    journal = store.journal_path.read_bytes()
    recover(store, {})
    later = store.write(replace(store.read(), objects={}), operation="state rm")
    store.journal_path.write_bytes(journal)
    seen = read_prior(store, None)
    assert seen.state == later
    assert seen.diagnostics == ()
