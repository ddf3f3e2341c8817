"""What every backend does, on its real server: see `planner/state/backends/protocol.py`."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable

import pytest

from planner.diagnostics import Diagnostic, StateError
from planner.state.backends.protocol import Place, Stored, Version
from support.backends import Spot, ignore, refusal, version
from support.watching import PATIENCE

TEXT = '{"format": "a state", "name": "\\u0000 \\ud83d 名前 \'; --"}\n'


def write(place: Place, serial: int, text: str = "", after: int | None = None) -> None:
    with place.lock("apply", 5, ignore) as held:
        held.write(text or f"state {serial}", version(serial), after)


def history(spot: Spot) -> list[Version]:
    """The versions that are kept, where there is a history."""
    return spot.open().place("default").history() if spot.has("history") else []


def in_order(*records: bytes) -> bytes:
    return b"".join(records)


def test_where_nothing_was_written_nothing_is_found(spot: Spot) -> None:
    backend = spot.open()
    place = backend.place("default")
    assert place.read() is None
    assert place.journal() is None
    assert place.holder() is None
    assert history(spot) == []
    assert backend.workspaces() == []
    with refusal("STA453"):
        place.version(1)
    with refusal("STA202"):
        place.named("an id")
    with refusal("STA202"):
        place.unlock("an id")


def test_a_probe_leaves_nothing_behind(spot: Spot) -> None:
    backend = spot.open()
    backend.probe()
    backend.probe()
    assert backend.workspaces() == []
    assert backend.place("default").read() is None
    assert history(spot) == []


def test_what_is_written_is_read_by_others(spot: Spot) -> None:
    write(spot.open().place("default"), 7, TEXT)
    found = spot.open().place("default").read()
    assert found is not None
    assert found.text == TEXT
    assert found in (Stored(TEXT, 7, "a-lineage"), Stored(TEXT))


def test_a_large_state_is_kept_whole(spot: Spot) -> None:
    text = TEXT * 100_000
    write(spot.open().place("default"), 1, text)
    found = spot.open().place("default").read()
    assert found is not None
    assert found.text == text


def test_the_history_has_every_version_the_newest_first(spot: Spot) -> None:
    spot.needs("history")
    place = spot.open().place("default")
    for serial in (1, 2, 3):
        write(place, serial, after=serial - 1 or None)
    other = spot.open().place("default")
    assert other.history() == [version(3), version(2), version(1)]
    assert [other.version(serial) for serial in (1, 2, 3)] == ["state 1", "state 2", "state 3"]


def test_as_many_versions_are_kept_as_are_asked_for(spot: Spot) -> None:
    spot.needs("history")
    place = spot.but(history=2).open().place("default")
    for serial in (1, 2, 3, 4):
        write(place, serial, after=serial - 1 or None)
    assert [kept.serial for kept in place.history()] == [4, 3]
    with refusal("STA453"):
        place.version(2)


def test_what_was_written_by_hand_is_kept_before_it_is_replaced(spot: Spot) -> None:
    place = spot.open().place("default")
    write(place, 1, "no state at all")
    write(place, 9, "a state")
    found = place.read()
    assert found is not None
    assert found.text == "a state"


def test_a_journal_has_its_records_in_order_for_everybody(spot: Spot) -> None:
    spot.needs("records")
    place = spot.open().place("default")
    began = time.time()
    with place.lock("apply", 5, ignore) as held:
        held.begin(b"plan\n")
        assert _data(spot) == b"plan\n"
        held.append(b"intent 1\n")
        assert _data(spot) == b"plan\nintent 1\n"
        held.note(b"fact 1\n")
        held.append(b"intent 2\n")
        held.append(b"intent 3\n" * 256)
        assert _data(spot) == b"plan\nintent 1\nfact 1\nintent 2\n" + b"intent 3\n" * 256
        records = spot.open().place("default").journal()
        assert records is not None
        assert began - 2 <= records.changed_at <= time.time() + 2


def _data(spot: Spot) -> bytes | None:
    records = spot.open().place("default").journal()
    return records.data if records else None


def test_the_journal_stays_for_the_next_holder_until_it_is_ended(spot: Spot) -> None:
    with spot.open().place("default").lock("apply", 5, ignore) as held:
        held.begin(b"plan\n")
        held.append(b"intent\n")
        held.note(b"fact\n")
    place = spot.open().place("default")
    with place.lock("apply", 5, ignore) as held:
        assert _data(spot) in (b"plan\nintent\nfact\n", b"plan\nintent\n")
        with refusal("STA306"):
            held.begin(b"another plan\n")
        assert _data(spot) in (b"plan\nintent\nfact\n", b"plan\nintent\n")
        held.write("state 1", version(1), None)
        assert _data(spot) is not None
        held.end_journal()
        assert _data(spot) is None
        held.end_journal()
        held.begin(b"another plan\n")
        assert _data(spot) == b"another plan\n"


def test_a_journal_may_end_with_the_write(spot: Spot) -> None:
    place = spot.open().place("default")
    for serial in (1, 2):
        with place.lock("apply", 5, ignore) as held:
            held.begin(b"plan\n")
            held.append(b"intent\n")
            held.note(b"fact\n")
            held.write(f"state {serial}", version(serial), serial - 1 or None, ends_journal=True)
            held.end_journal()
    assert _data(spot) is None
    found = place.read()
    assert found is not None
    assert found.text == "state 2"
    assert history(spot) == ([version(2), version(1)] if spot.has("history") else [])


def test_workspaces_are_made_listed_and_removed_with_all_that_is_theirs(spot: Spot) -> None:
    spot.needs("workspaces")
    backend = spot.open()
    names = ["名前", "a.b-c_d", "-x", "Z" * 90]
    for name in names:
        backend.make(name)
        backend.make(name)
    assert spot.open().workspaces() == sorted(names)
    for name in names:
        place = backend.place(name)
        assert place.read() is None
        write(place, 1, name)
    backend.make(names[0])
    assert {name: _text(spot, name) for name in names} == {name: name for name in names}
    with backend.place(names[0]).lock("workspace delete", 5, ignore) as held:
        held.begin(b"plan\n")
        backend.delete(names[0])
    assert spot.open().workspaces() == sorted(names[1:])
    gone = spot.open().place(names[0])
    assert (gone.read(), gone.journal(), gone.history(), gone.holder()) == (None, None, [], None)
    assert backend.place("default").read() is None


def _text(spot: Spot, workspace: str) -> str | None:
    found = spot.open().place(workspace).read()
    return found.text if found else None


def test_a_lock_that_is_held_is_refused_with_its_holder(spot: Spot) -> None:
    spot.needs("holder", "workspaces")
    place = spot.open().place("default")
    with place.lock("apply", 5, ignore) as held:
        assert place.holder() == held.info
        assert place.named(held.info.id) == held.info
        assert held.info.operation == "apply"
        with refusal("STA201") as problems, spot.open().place("default").lock("refresh", 0, ignore):
            pytest.fail("two hold the lock")
        assert str(held.info) in problems[0].detail
        assert held.info.id in problems[0].remedy.text
        with refusal("STA202") as problems:
            place.named("another id")
        assert held.info.id in problems[0].remedy.text
        with refusal("STA204"):
            place.unlock(held.info.id)
        held.check()
        assert held.is_sure()
        with spot.open().place("another").lock("apply", 0, ignore):
            held.check()
    assert place.holder() is None
    with place.lock("apply", 0, ignore):
        pass


def test_a_waiter_gets_the_lock_when_it_is_free(spot: Spot) -> None:
    reported: list[Diagnostic] = []
    first = spot.open().place("default").lock("apply", 0, ignore)
    first.__enter__()
    waits, order = threading.Event(), []

    def report(problem: Diagnostic) -> None:
        reported.append(problem)
        waits.set()

    def wait() -> None:
        with spot.open().place("default").lock("refresh", PATIENCE, report):
            order.append("second")

    waiter = threading.Thread(target=wait)
    waiter.start()
    assert waits.wait(PATIENCE)
    order.append("first")
    first.__exit__(None, None, None)
    waiter.join()
    assert order == ["first", "second"]
    assert [problem.code for problem in reported] == ["STA206"]


def test_a_command_that_lost_the_lock_writes_nothing_more(spot: Spot) -> None:
    spot.needs("records", "history")
    place = spot.open().place("default")
    write(place, 1)
    with place.lock("apply", 5, ignore) as held:
        held.begin(b"plan\n")
        spot.steal("default")
        acts: list[Callable[[], None]] = [
            lambda: held.append(b"intent\n"),
            lambda: held.write("state 2", version(2), 1),
            held.end_journal,
            lambda: held.rewrite(lambda _text: "anew"),
            held.check,
        ]
        for act in acts:
            with pytest.raises(StateError) as caught:
                act()
            assert caught.value.diagnostics[0].code in ("STA207", "STA314")
        held.note(b"fact\n")
    other = spot.open().place("default")
    assert _data(spot) == b"plan\n"
    found = other.read()
    assert found is not None
    assert found.text == "state 1"
    assert other.history() == [version(1)]


def test_a_command_that_lost_the_lock_leaves_that_of_the_next_holder_alone(spot: Spot) -> None:
    spot.needs("holder")
    place = spot.open().place("default")
    with place.lock("apply", 5, ignore):
        spot.steal("default")
        other = spot.open().place("default").lock("refresh", 5, ignore)
        now = other.__enter__()
    holder = place.holder()
    assert holder is not None
    assert holder.id == now.info.id
    now.write("state 1", version(1), None)
    other.__exit__(None, None, None)
    assert place.holder() is None


def test_every_text_is_rewritten_with_another_key(spot: Spot) -> None:
    spot.needs("history")
    place = spot.open().place("default")
    for serial in (1, 2):
        write(place, serial, after=serial - 1 or None)

    def anew(text: str) -> str:
        if text == "state 1":
            raise StateError(Diagnostic("STA141", "Not opened"))
        return f"sealed {text}"

    with place.lock("refresh", 5, ignore) as held:
        held.rewrite(anew)
    found = spot.open().place("default").read()
    assert found is not None
    assert found.text == "sealed state 2"
    assert place.version(2) == "sealed state 2"
    assert place.version(1) == "state 1"
    assert place.history() == [version(2), version(1)]


def test_a_version_is_kept_once_though_no_two_seals_of_a_text_are_alike(spot: Spot) -> None:
    spot.needs("history")
    place = spot.open().place("default")
    write(place, 1)
    seals = itertools.count(1)
    with place.lock("apply", 5, ignore) as held:
        held.rewrite(lambda text: f"seal {next(seals)} of {text}")
        held.write("state 2", version(2), 1)
    assert place.history() == [version(2), version(1)]


def test_the_fingerprint_is_that_of_the_place(spot: Spot, servers: object) -> None:
    other = spot.but(history=3) if spot.has("history") else spot.but(retry_max=3)
    assert spot.open().fingerprint == other.open().fingerprint
    assert spot.open().fingerprint["type"] == spot.server.type


def test_a_backend_is_used_by_several_threads(spot: Spot) -> None:
    backend = spot.open()
    write(backend.place("default"), 1)
    found: list[Stored | None] = []
    threads = [threading.Thread(target=lambda: found.append(backend.place("default").read())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.text for one in found if one] == ["state 1"] * 8
    backend.close()
