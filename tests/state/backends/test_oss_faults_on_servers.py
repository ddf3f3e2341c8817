"""The oss backend on a network that loses replies, in buckets of every kind, with holders that come late."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import threading
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from planner.diagnostics import Diagnostic, StateError
from planner.state.backends.bucket.held import ObjectsHeld
from planner.state.backends.oss import log as log_module
from planner.state.backends.oss.objects import Making, OssObjects
from planner.state.backends.patience import Away, Denied, Unreachable
from planner.state.backends.protocol import Held, Place
from support.backends import ignore, refusal, version
from support.http_faults import CLOSE, HTML, LOSE, Choice, Fault, HttpProxy, http_proxy
from support.oss_places import OssSpot
from support.oss_server import Oss, Running
from support.watching import PATIENCE


@pytest.fixture(params=["", "Enabled", "Suspended"], ids=["no versions", "versions", "versions suspended"])
def spot(request: pytest.FixtureRequest) -> Iterator[OssSpot]:
    running = Running(Oss(str(request.param)))
    yield OssSpot(running)
    running.stop()


@pytest.fixture
def versioned() -> Iterator[OssSpot]:
    """A place in a bucket with versions, for what takes long."""
    running = Running(Oss("Enabled"))
    yield OssSpot(running)
    running.stop()


@pytest.fixture
def proxy(versioned: OssSpot) -> Iterator[HttpProxy]:
    """Leads to the bucket with versions."""
    with http_proxy(versioned.running.port) as running:
        yield running


STEP = 1 if os.environ.get("CL_KILLS") == "all" else 2
"""Every second request fails, or is the last one of its process; all of them with that switch."""


def job(place: Place, serial: int, after: int | None) -> None:
    """A whole apply, as far as the backend knows it; the journal of one that was cut short is completed first."""
    with place.lock("apply", PATIENCE, ignore) as held:
        complete(place, held, serial, after)


def complete(place: Place, held: Held, serial: int, after: int | None) -> None:
    state = place.read()
    records = place.journal()
    if records is not None or (state is not None and state.serial == serial):
        if state is None or state.serial < serial:
            held.write(f"state {serial}", version(serial), after)
        held.end_journal()
        return
    held.begin(b"plan\n")
    held.append(b"intent 1\n")
    held.note(b"fact 1\n")
    held.append(b"intent 2\n")
    records = place.journal()
    assert records is not None
    assert records.data == b"plan\nintent 1\nfact 1\nintent 2\n"
    held.write(f"state {serial}", version(serial), after)
    held.end_journal()


def finished(spot: OssSpot, serial: int) -> None:
    """All is as after jobs that nothing befell."""
    place = spot.place()
    assert [kept.serial for kept in place.history()] == list(range(serial, max(0, serial - 20), -1))
    found = spot.objects()
    assert found[""] == f"state {serial}".encode()
    assert place.journal() is None
    assert place.holder() is None
    assert all(name == "" or name.startswith((".lock", ".history/")) for name in found)


def entries(data: bytes) -> list[dict[str, object]]:
    """The entries of a lock."""
    return [json.loads(line) for line in data.splitlines() if line.startswith(b"{")]


def at(number: int, fault: Fault) -> Choice:
    """Let this happen to the request with this number."""
    return lambda asked, _what: fault if asked == number else None


@pytest.mark.parametrize("fault", [LOSE, CLOSE, 503, HTML])
def test_any_request_of_a_job_may_fail_once(versioned: OssSpot, proxy: HttpProxy, fault: Fault) -> None:
    place = versioned.place(proxy.port)
    serial, number, asked = 0, 0, 99
    while number < asked:
        serial, number = serial + 1, number + STEP
        proxy.choose(at(number, fault))
        job(place, serial, serial - 1 or None)
        asked = len(proxy.asked)
    assert number > 15
    finished(versioned, serial)
    ids = [entry["id"] for entry in entries(versioned.objects()[".lock"])]
    assert len(ids) == len(set(ids))


def test_any_request_of_the_first_job_may_lose_its_reply(versioned: OssSpot, proxy: HttpProxy) -> None:
    number, asked = 0, 99
    while number < asked:
        number += STEP
        here = OssSpot(versioned.running)
        proxy.choose(at(number, LOSE))
        job(here.place(proxy.port), 1, None)
        asked = len(proxy.asked)
        finished(here, 1)


def losing(*numbers: int) -> Choice:
    """Lose the replies to the appends with these numbers."""
    appends = itertools.count(1)
    return lambda _number, what: LOSE if what.startswith("POST") and next(appends) in numbers else None


@pytest.mark.parametrize("numbers", [(1,), (1, 3), (1, 3, 4), (1, 2, 3, 4)])
def test_records_are_there_once_where_a_sign_of_life_lost_its_reply_just_before(
    versioned: OssSpot, proxy: HttpProxy, numbers: tuple[int, ...]
) -> None:
    with versioned.place(proxy.port).lock("apply", 0, ignore) as held:
        held.begin(b"plan\n")
        proxy.choose(losing(*numbers))
        with pytest.raises(Unreachable):
            held._tenure.renew()
        held.append(b"intent\n")
        records = versioned.place().journal()
        assert records is not None
        assert records.data == b"plan\nintent\n"


def test_a_takeover_whose_reply_was_lost_is_recognized_as_ones_own(versioned: OssSpot, proxy: HttpProxy) -> None:
    kept = versioned.place(lease="1s").lock("apply", 0, ignore)
    held = kept.__enter__()
    held.begin(b"plan\n")
    held._holding._writing.acquire()  # it shows no sign of life any more
    reported: list[Diagnostic] = []
    proxy.fail("POST", LOSE)
    with versioned.place(proxy.port).lock("apply", PATIENCE, reported.append) as other:
        assert [problem.code for problem in reported] == ["STA206", "STA208"]
        holder = versioned.place().holder()
        assert holder is not None
        assert holder.id == other.info.id
        held._holding._writing.release()
        with refusal("STA207"):
            held.append(b"intent\n")
    kept.__exit__(None, None, None)


def test_a_lock_that_is_long_goes_on_in_the_next_object(
    versioned: OssSpot, proxy: HttpProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "LONGEST", 100)
    for serial in range(1, 16):
        proxy.choose(at(serial, LOSE))
        job(versioned.place(proxy.port), serial, serial - 1 or None)
        assert versioned.place().journal() is None
    finished(versioned, 15)
    locks = {name: entries(data) for name, data in versioned.objects().items() if name.startswith(".lock")}
    assert set(locks) == {".lock", *(f".lock.{number}" for number in range(2, 16))}
    assert [entry["kind"] for entry in locks[".lock"]].count("continued") == 1
    assert locks[".lock"][-1]["kind"] == "continued"
    place = versioned.place()
    with place.lock("apply", 0, ignore), refusal("STA201"), versioned.place().lock("apply", 0, ignore):
        pytest.fail("two hold the lock")


def test_a_lock_is_that_of_one_alone_while_it_goes_on_in_the_next_object(
    spot: OssSpot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "LONGEST", 100)
    inside: list[int] = []
    crowds: list[int] = []

    def work(name: int) -> None:
        place = spot.place()
        for _ in range(5):
            with place.lock("apply", PATIENCE, ignore):
                inside.append(name)
                crowds.append(len(inside))
                inside.remove(name)

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert crowds == [1] * 20


def test_a_journal_that_is_not_in_the_state_keeps_the_lock_in_its_object(
    spot: OssSpot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "LONGEST", 100)
    with spot.place().lock("apply", 5, ignore) as held:
        held.begin(b"plan\n")
        held.append(b"intent\n" * 100)
    with spot.place().lock("apply", 5, ignore) as held:
        records = spot.place().journal()
        assert records is not None
        assert records.data == b"plan\n" + b"intent\n" * 100
        held.write("state 1", version(1), None)
        held.end_journal()
    assert ".lock.2" not in spot.objects()


def test_an_append_that_comes_late_is_refused(spot: OssSpot) -> None:
    late: list[tuple[str, int, bytes]] = []
    place = spot.place()
    appending = place._objects.append

    def delay(*what: Any) -> int | None:
        late.append(what)
        raise Denied("it is on its way for long")

    with place.lock("apply", 5, ignore) as held:
        held.begin(b"plan\n")
        with pytest.MonkeyPatch.context() as network, refusal("STA447"):
            network.setattr(place._objects, "append", delay)
            held.append(b"intent\n")
    spot.oss.steal(spot.key)
    with spot.place().lock("apply", 5, ignore):
        assert late
        assert appending(*late[0]) is None
        records = spot.place().journal()
        assert records is not None
        assert records.data == b"plan\n"


def test_a_version_is_not_replaced_by_who_creates_it_late(spot: OssSpot) -> None:
    job(spot.place(), 1, None)
    before = spot.objects()
    objects = spot.place()._objects
    there = objects.create(f"{spot.key}.history/1", b"of somebody else")
    assert there.data == before[".history/1"]
    assert spot.objects() == before


def test_a_bucket_without_versions_or_with_them_is_probed_and_left_empty(spot: OssSpot) -> None:
    spot.open().probe()
    assert spot.objects() == {}


def test_a_server_that_appends_anywhere_is_refused(spot: OssSpot) -> None:
    spot.oss.honours_positions = False
    for act in (spot.open().probe, lambda: spot.place().lock("apply", 0, ignore).__enter__()):
        with refusal("STA448"):
            act()
    assert spot.objects() == {}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "STA205"),
        (b"a text\n", "STA205"),
        (b'{"lock": {"format": 99}}\n', "STA210"),
        (b'{"id": 1}', "STA205"),
    ],
)
def test_what_is_no_lock_is_left_alone(spot: OssSpot, text: bytes, code: str) -> None:
    spot.oss.put(f"{spot.key}.lock", text, {})
    with refusal(code), spot.place().lock("apply", 0, ignore):
        pytest.fail("it was taken")
    assert spot.objects() == {".lock": text}


def test_a_lock_that_was_copied_there_cannot_be_taken(spot: OssSpot) -> None:
    job(spot.place(), 1, None)
    lock = spot.oss.data(f"{spot.key}.lock")
    spot.oss.put(f"{spot.key}.lock", lock, {})
    with refusal("STA205"), spot.place().lock("apply", 0, ignore):
        pytest.fail("it was taken")


def test_a_lock_that_was_deleted_is_lost(spot: OssSpot) -> None:
    with spot.place().lock("apply", 0, ignore) as held:
        held.begin(b"plan\n")
        spot.oss.delete(f"{spot.key}.lock")
        with refusal("STA207"):
            held.append(b"intent\n")
        with refusal("STA207"):
            held.check()
    job(spot.place(), 1, None)
    finished(spot, 1)


def test_a_lock_without_a_sign_of_life_is_removed(spot: OssSpot) -> None:
    place = spot.place(lease="6s")
    kept = place.lock("apply", 0, ignore)
    held = kept.__enter__()
    with renewed(held), refusal("STA204"):
        place.unlock(held.info.id)
    kept.__exit__(None, None, None)
    lines = spot.oss.data(f"{spot.key}.lock")[: -len(entries_end(spot))]
    spot.oss.delete(f"{spot.key}.lock")
    spot.oss.append(f"{spot.key}.lock", 0, lines, {})
    assert place.unlock(held.info.id).id == held.info.id
    assert place.holder() is None


@contextlib.contextmanager
def renewed(held: ObjectsHeld) -> Iterator[None]:
    """It is renewed without a pause until the block ends."""
    is_over = threading.Event()

    def renew() -> None:
        while not is_over.is_set():
            held._tenure.renew()

    renewing = threading.Thread(target=renew)
    renewing.start()
    try:
        yield
    finally:
        is_over.set()
        renewing.join()


def entries_end(spot: OssSpot) -> bytes:
    """The last entry, by which the lock was released."""
    return spot.oss.data(f"{spot.key}.lock").splitlines(keepends=True)[-1]


def test_a_takeover_seals_the_journal(spot: OssSpot) -> None:
    reported: list[Diagnostic] = []
    first = spot.place(lease="1s")
    with first.lock("apply", 0, ignore) as held:
        held.begin(b"plan\n")
        with held._holding._writing, spot.place().lock("apply", PATIENCE, reported.append) as other:
            assert [problem.code for problem in reported] == ["STA206", "STA208"]
            held._holding._writing.release()
            try:
                with pytest.raises(StateError) as caught:
                    held.append(b"intent\n")
            finally:
                held._holding._writing.acquire()
            assert caught.value.diagnostics[0].code == "STA207"
            with refusal("STA306"):
                other.begin(b"another plan\n")
            other.append(b"added\n")
            records = spot.place().journal()
            assert records is not None
            assert records.data == b"plan\nadded\n"


def test_a_wait_that_was_given_up_stays_that_though_the_library_reports_it_as_its_own_error() -> None:
    class Client:
        def head_object(self, _request: object) -> None:
            given_up = Away("oss://b/k", "it had not answered")
            raise import_module("alibabacloud_oss_v2").exceptions.OperationError(name="HeadObject", error=given_up)

    with pytest.raises(Away):
        OssObjects("b", Client(), Making()).tag("k")
