"""The s3 backend on a network that loses replies, and with processes that die, pause and wake, on a real server."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator

import pytest

from planner.diagnostics import Diagnostic, StateError
from planner.state.backends.lease import LockLost
from planner.state.backends.protocol import Held, Place
from planner.state.backends.s3 import objects as objects_module
from planner.state.backends.s3.objects import S3Objects
from planner.state.format import loads
from planner.state.model import State
from planner.state.store import Store
from planner.values import replace
from support.backends import ignore, refusal, version
from support.http_faults import CLOSE, HTML, LOSE, Choice, Fault, HttpProxy, http_proxy
from support.s3_places import S3
from support.seaweed import BUCKET
from support.watching import PATIENCE, until


@pytest.fixture
def proxy(s3: S3) -> Iterator[HttpProxy]:
    with http_proxy(s3.server.port) as running:
        yield running


STEP = 1 if os.environ.get("CL_KILLS") == "all" else 2
"""Every second request fails, or is the last one of its process; all of them with that switch."""


def job(place: Place, serial: int, after: int | None) -> None:
    """A whole apply, as far as the backend knows it; the journal of one that was cut short is completed first."""
    with place.lock("apply", PATIENCE, ignore) as held:
        complete(place, held, serial, after)


def complete(place: Place, held: Held, serial: int, after: int | None) -> None:
    state = place.read()
    if place.journal() is not None or (state is not None and state.serial == serial):
        if state is None or state.serial < serial:
            held.write(f"state {serial}", version(serial), after)
        held.end_journal()
        return
    held.begin(b"plan\n")
    held.append(b"intent 1\n")
    held.note(b"fact 1\n")
    held.append(b"intent 2\n")
    held.write(f"state {serial}", version(serial), after)
    held.end_journal()


def finished(s3: S3, serial: int) -> None:
    """All is as after jobs that nothing befell."""
    place = s3.place()
    assert [kept.serial for kept in place.history()] == list(range(serial, 0, -1))
    found = s3.objects()
    assert found[""] == found[f".history/{serial}"].partition(b"\n")[2] == f"state {serial}".encode()
    assert place.journal() is None
    assert place.holder() is None
    left = [name for name in found if name.startswith(".journal/")]
    assert all(json.loads(found[name].partition(b"\n")[0])["kind"] in ("seal", "end") for name in left)


def at(number: int, fault: Fault) -> Choice:
    """Let this happen to the request with this number."""
    return lambda asked, _what: fault if asked == number else None


@pytest.mark.parametrize(("fault", "retries"), [(LOSE, 0), (LOSE, 5), (CLOSE, 0), (HTML, 0)])
def test_any_request_of_a_job_may_fail_once(s3: S3, proxy: HttpProxy, fault: Fault, retries: int) -> None:
    place = s3.place(proxy.port, max_retries=retries)
    serial, number, asked = 0, 0, 99
    while number < asked:
        serial, number = serial + 1, number + STEP
        proxy.choose(at(number, fault))
        job(place, serial, serial - 1 or None)
        asked = len(proxy.asked)
    assert number > 15
    assert [kept.serial for kept in place.history()] == list(range(serial, max(0, serial - 20), -1))
    found = s3.objects()
    assert found[""] == f"state {serial}".encode()
    left = [name for name in found if name.startswith(".journal/")]
    assert not left or (fault is HTML and len(left) == 1), "a deletion whose reply was lost leaves the end of one"
    assert place.holder() is None


def test_any_request_of_the_first_job_may_lose_its_reply(s3: S3, proxy: HttpProxy) -> None:
    number, asked = 0, 99
    while number < asked:
        number += STEP
        here = S3(s3.server)
        proxy.choose(at(number, LOSE))
        job(here.place(proxy.port), 1, None)
        asked = len(proxy.asked)
        finished(here, 1)


@pytest.mark.parametrize("what", ["PUT .*lock", "GET .*lock", "GET .*list-type"])
@pytest.mark.parametrize("status", [409, 429, 500, 503])
def test_a_server_that_is_busy_is_asked_again(s3: S3, proxy: HttpProxy, status: int, what: str) -> None:
    place = s3.place(proxy.port)
    proxy.fail(what, status, 2)
    job(place, 1, None)
    finished(s3, 1)


@pytest.mark.parametrize("retries", [0, 5])
@pytest.mark.parametrize("what", [r"\.lock", r"\.journal/", r"\.history/", r"json$"])
def test_a_write_that_collides_with_another_is_sent_again(s3: S3, proxy: HttpProxy, what: str, retries: int) -> None:
    """Amazon answers 409 to a write whose condition it cannot decide while another one is under way."""
    place = s3.place(proxy.port, max_retries=retries)
    for serial in (1, 2):
        proxy.fail(f"PUT .*{what}", 409, 2)
        job(place, serial, serial - 1 or None)
    finished(s3, 2)


def test_redirects_are_not_followed(s3: S3, proxy: HttpProxy) -> None:
    """Amazon answers so to requests for a bucket of another region."""
    proxy.fail("GET", 301, 99)
    with refusal("STA447") as problems:
        s3.place(proxy.port).read()
    assert "another region" in problems[0].detail
    assert str(problems[0].remedy) == "Check the settings region and endpoints."


class Crashed(BaseException):
    """The process is gone: nothing of it is done any more."""


class Crashing:
    """Lets a process die at its request with this number, before or after the server heard of it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at, self.is_after, self.number = 0, False, 0
        asking = S3Objects._asking

        def crashing(objects: S3Objects, request: Callable[[], object]) -> object:
            self.number += 1
            if self.at and (self.number > self.at or (self.number == self.at and not self.is_after)):
                raise Crashed
            answer = asking(objects, request)
            if self.number == self.at:
                raise Crashed
            return answer

        monkeypatch.setattr(objects_module.S3Objects, "_asking", crashing)

    def die(self, at: int, *, is_after: bool) -> None:
        self.at, self.is_after, self.number = at, is_after, 0


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("serial", [1, 2])
def test_a_process_may_die_at_any_request(
    s3: S3, monkeypatch: pytest.MonkeyPatch, serial: int, *, is_after: bool
) -> None:
    """The next command finds the state or the journal, and ends the job."""
    crashing = Crashing(monkeypatch)
    at, is_whole = 0, False
    while not is_whole:
        at += STEP
        here = S3(s3.server)
        if serial == 2:
            crashing.die(0, is_after=False)
            job(here.place(), 1, None)
        crashing.die(at, is_after=is_after)
        is_whole = True
        try:
            job(here.place(), serial, serial - 1 or None)
        except Crashed:
            is_whole = False
        crashing.die(0, is_after=False)
        if here.place().holder() is not None:
            here.server.steal(here.key)
        job(here.place(), serial, serial - 1 or None)
        job(here.place(), serial + 1, serial)
        finished(here, serial + 1)
    assert at > 10


def test_a_holder_that_cannot_renew_is_taken_over_and_fenced(s3: S3, proxy: HttpProxy) -> None:
    job(s3.place(), 1, None)
    reported: list[Diagnostic] = []
    cut = s3.place(proxy.port, lease="1s")
    with cut.lock("apply", 0, ignore) as first:
        first.begin(b"plan\n")
        first.append(b"intent 1\n")
        proxy.choose(lambda _number, _what: CLOSE)
        with s3.place().lock("apply", PATIENCE, reported.append) as second:
            assert not first.is_sure()
            proxy.choose(lambda _number, _what: None)
            records = s3.place().journal()
            assert records is not None
            assert records.data == b"plan\nintent 1\n"
            acts: list[Callable[[], None]] = [
                lambda: first.append(b"intent 2\n"),
                lambda: first.write("late", version(2), 1),
                first.end_journal,
                first.check,
            ]
            for act in acts:
                with pytest.raises(LockLost) as caught:
                    act()
                assert [problem.code for problem in caught.value.diagnostics] == ["STA207"]
            second.write("state 2", version(2), 1)
            second.end_journal()
    assert [problem.code for problem in reported] == ["STA206", "STA208"]
    assert first.info.id in reported[1].detail or str(first.info) in reported[1].detail
    finished(s3, 2)


def test_no_call_begins_while_the_server_does_not_answer(s3: S3, proxy: HttpProxy) -> None:
    """A minute of the lease is left, and yet: what the next commit will say is not known."""
    away, back = threading.Event(), threading.Event()

    def choice(_number: int, what: str) -> Fault | None:
        if ".journal/" not in what or back.is_set():
            return None
        away.set()
        return CLOSE

    with s3.place(proxy.port, lease="100s").lock("apply", 0, ignore) as held:
        held.begin(b"plan\n")
        proxy.choose(choice)
        appending = threading.Thread(target=held.append, args=(b"intent 1\n",))
        appending.start()
        assert away.wait(PATIENCE)
        while held.is_sure():
            assert appending.is_alive()
        held.check()
        back.set()
        appending.join()
        assert held.is_sure()
    records = s3.place().journal()
    assert records is not None
    assert records.data == b"plan\nintent 1\n"


def test_no_call_begins_while_the_lock_cannot_be_renewed(s3: S3, proxy: HttpProxy) -> None:
    was_sure: list[bool] = []

    def choice(_number: int, what: str) -> Fault | None:
        if not what.endswith(".lock"):
            return None
        was_sure.append(held.is_sure())
        return CLOSE

    with s3.place(proxy.port, lease="12s").lock("apply", 0, ignore) as held:
        proxy.choose(choice)
        until(lambda: len(was_sure) > 1)
        assert not was_sure[1], "the lease is not over yet, and yet: one renewal has failed"
        proxy.choose(lambda _number, _what: None)
        until(held.is_sure)


def test_the_seal_outlives_the_fold(s3: S3) -> None:
    """A process that was paused before its request wakes when all it did is long in the state."""
    place = s3.place()
    with place.lock("apply", 0, ignore) as first:
        first.begin(b"plan\n")
        first.append(b"intent 1\n")
        s3.server.steal(s3.key)
        with s3.place().lock("apply", 0, ignore) as second:
            second.write("state 1", version(1), None)
            second.end_journal()
        job(s3.place(), 2, 1)
        with pytest.raises(LockLost):
            first.append(b"intent 2\n")
    finished(s3, 2)


def test_a_process_that_was_taken_over_before_its_journal_began_begins_none(s3: S3) -> None:
    with s3.place().lock("apply", 0, ignore) as first:
        s3.server.steal(s3.key)
        job(s3.place(), 1, None)
        with pytest.raises(LockLost):
            first.begin(b"plan\n")
    finished(s3, 1)


def test_a_version_that_comes_after_the_takeover_is_replaced(s3: S3) -> None:
    import obstore

    job(s3.place(), 1, None)
    with s3.place().lock("apply", 0, ignore) as held:
        late = s3.objects()[".history/1"].replace(b"state 1", b"late").replace(b'"serial":1', b'"serial":2')
        obstore.put(s3.server.store(), f"{s3.key}.history/2", late)
        held.write("state 2", version(2), 1)
    found = s3.place().read()
    assert found is not None
    assert found.text == "state 2"


def test_a_crash_between_the_version_and_its_copy_is_repaired_by_the_next_writer(s3: S3) -> None:
    import obstore

    job(s3.place(), 1, None)
    old = s3.objects()[""]
    job(s3.place(), 2, 1)
    obstore.put(s3.server.store(), s3.key, old)
    found = s3.place().read()
    assert found is not None
    assert found.text == "state 2"
    job(s3.place(), 3, 2)
    finished(s3, 3)


def test_a_serial_below_the_newest_is_refused(s3: S3) -> None:
    for serial in (1, 2):
        job(s3.place(), serial, serial - 1 or None)
    with s3.place().lock("apply", 0, ignore) as held, pytest.raises(StateError) as caught:
        held.write("old", version(1), 2)
    assert [problem.code for problem in caught.value.diagnostics] == ["STA110"]
    finished(s3, 2)


def test_a_lock_that_was_deleted_by_hand_is_lost(s3: S3) -> None:
    import obstore

    job(s3.place(), 1, None)
    with s3.place().lock("apply", 0, ignore) as held:
        obstore.delete(s3.server.store(), f"{s3.key}.lock")
        with pytest.raises(LockLost):
            held.write("state 2", version(2), 1)
        with pytest.raises(LockLost):
            held.check()


def test_an_object_that_is_no_lock_is_not_written_to(s3: S3) -> None:
    import obstore

    newer = b'{"format":2}'
    for text in (b"", b"hello", b"[]", newer, b'{"format":1,"holder":{}}', b"[" * 100_000):
        obstore.put(s3.server.store(), f"{s3.key}.lock", text)
        with pytest.raises(StateError) as caught, s3.place().lock("apply", 0, ignore):
            pass
        assert [problem.code for problem in caught.value.diagnostics] == ["STA210" if text == newer else "STA205"]
        assert s3.objects()[".lock"] == text


@pytest.mark.parametrize("damage", [b"garbage", b"\xff"])
def test_a_version_that_is_damaged_is_named_and_not_the_state(s3: S3, damage: bytes) -> None:
    import obstore

    obstore.put(s3.server.store(), s3.key, b"{}")
    obstore.put(s3.server.store(), f"{s3.key}.history/99999999", damage)
    with pytest.raises(StateError) as caught:
        Store(s3.place()).read()
    (problem,) = caught.value.diagnostics
    assert problem.code == "STA102"
    assert f"{s3.key}.history/99999999 is not" in problem.detail


@pytest.mark.parametrize("damage", [b"garbage", b"\xff"])
def test_the_copy_brings_a_state_back_whose_only_version_is_damaged(s3: S3, damage: bytes) -> None:
    import obstore

    store = Store(s3.place())
    with store.locked("apply"):
        state = store.write(State(), operation="apply")
    obstore.put(s3.server.store(), f"{s3.key}.history/1", damage)
    copy = f"aws s3 cp --endpoint-url http://127.0.0.1:{s3.server.port} s3://{BUCKET}/{s3.key} state.json"
    for ask, code in ((store.read, "STA102"), (store.place.history, "STA465")):
        with refusal(code) as problems:
            ask()
        assert copy in problems[0].remedy.text
        assert "cl state push --force state.json" in problems[0].remedy.text
    with store.locked("state push"):
        store.push(loads(s3.objects()[""].decode(), "state.json"), force=True)
    assert replace(store.read(), written=None) == replace(state, written=None)
    assert [version.operation for version in store.place.history()] == ["state push"]


def test_a_record_that_is_missing_or_damaged_is_a_line_that_is_no_record(s3: S3) -> None:
    import obstore

    with s3.place().lock("apply", 0, ignore) as held:
        held.begin(b"plan\n")
        for number in (1, 2, 3):
            held.append(b"intent %d\n" % number)
    journal = f"{s3.key}.journal/{held.info.id}"
    obstore.delete(s3.server.store(), f"{journal}/00000002")
    obstore.put(s3.server.store(), f"{journal}/00000003", b"\xff\n")
    records = s3.place().journal()
    assert records is not None
    assert records.data == b"plan\n?\n?\nintent 3\n"


def test_a_hundred_commits_are_read_in_order(s3: S3) -> None:
    with s3.place().lock("apply", 0, ignore) as held:
        held.begin(b"0\n")
        for number in range(1, 100):
            held.append(b"%d\n" % number)
    records = s3.place().journal()
    assert records is not None
    assert records.data == b"".join(b"%d\n" % number for number in range(100))


def test_a_workspace_of_another_key_with_the_same_prefix_is_none_of_this_one(s3: S3) -> None:
    other = S3(s3.server)
    name = s3.key.partition("/")[0]
    other.open().make(name)
    s3.open().make(f"{name}-own")
    assert name in other.open().workspaces()
    assert s3.open().workspaces() == [f"{name}-own"]
    s3.open().delete(f"{name}-own")
    assert s3.open().workspaces() == []
    s3.open().make(f"{name}-own")
    assert s3.open().workspaces() == [f"{name}-own"]
