"""Threads and processes that use one world at the same time."""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from types import SimpleNamespace

import pytest

from planner.diagnostics import ProviderError
from planner.network.identity import Action, Enablement, Link
from providers.base import Refused
from providers.mock import store
from providers.mock.lock import locked
from providers.mock.world_log import Act, WorldLog
from support.mock_worlds import Calls, Opener, Record

WRITER = """
import sys
from pathlib import Path
from planner.network.identity import Action, Link
from providers.base import Refused
from providers.mock.provider import open_mock
first, last = int(sys.argv[2]), int(sys.argv[3])
cloud = open_mock({"world": "world.json", "call_log": "calls.jsonl"}, Path(sys.argv[1]))
done = 0
for number in range(first, last):
    try:
        cloud.perform(Action.ATTACH, Link(f"i-{number}", "vpc-b"))
        done += 1
    except Refused as refused:
        assert refused.code in ("QuotaExceeded", "OperationDenied"), refused
    if number % 97 == 0:
        cloud.close()
cloud.close()
print(done)
"""


def many(world: Record, count: int) -> Record:
    """Replaces the instances by as many equal ones, none of them linked."""
    pattern = world["instances"][2]
    world["instances"] = [{**pattern, "instance_id": f"i-{number}"} for number in range(count)]
    world["links"] = []
    return world


def test_processes_that_write_the_same_world_lose_nothing_and_hold_the_quota_together(
    world: Record, open_cloud: Opener, calls: Calls, tmp_path: Path
) -> None:
    reader = open_cloud(many(world, 1200))
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), str(first), str(last)], stdout=subprocess.PIPE, text=True
        )
        for first, last in ((0, 500), (400, 800), (700, 1200))
    ]
    seen = [0]
    while any(writer.poll() is None for writer in writers):
        seen.append(len(reader.read().links))
    done = [int(writer.communicate()[0]) for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    assert sum(done) == 1000
    assert seen == sorted(seen), "a reader sees the world grow, never go back"
    assert len(open_cloud().read().links) == 1000
    assert len(json.loads((tmp_path / "world.json").read_text())["links"]) == 1000
    assert [call["seq"] for call in calls()] == list(range(1, len(calls()) + 1))
    assert sum(call["outcome"] == "ok" for call in calls()) == 1000
    assert not (tmp_path / "world.json.log").exists()


def test_threads_share_one_provider_and_its_quota(world: Record, open_cloud: Opener, calls: Calls) -> None:
    cloud = open_cloud(many(world, 1100))

    def attach(number: int) -> bool:
        try:
            cloud.perform(Action.ATTACH, Link(f"i-{number}", "vpc-a"))
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attach, range(1100))) == 1000
    assert len(cloud.read().links) == 1000
    assert [call["seq"] for call in calls()] == list(range(1, 1101))


THREADS = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from planner.network.identity import Action, Link
from providers.mock.provider import open_mock
cloud = open_mock({"world": "world.json", "call_log": "calls.jsonl"}, Path(sys.argv[1]))
with ThreadPoolExecutor(8) as pool:
    for number in range(int(sys.argv[2]), int(sys.argv[3])):
        pool.submit(cloud.perform, Action.ATTACH, Link(f"i-{number}", "vpc-b"))
cloud.close()
"""


def test_threads_that_pass_the_lock_on_among_themselves_let_other_processes_have_their_turn(
    world: Record, open_cloud: Opener, calls: Calls, tmp_path: Path
) -> None:
    open_cloud(many(world, 1000))
    halves = [
        subprocess.Popen([sys.executable, "-c", THREADS, str(tmp_path), str(first), str(first + 500)])
        for first in (0, 500)
    ]
    assert [half.wait() for half in halves] == [0, 0]
    assert len(open_cloud().read().links) == 1000
    assert [(call["seq"], call["outcome"]) for call in calls()] == [(seq, "ok") for seq in range(1, 1001)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["calls.jsonl", "world.json"]


def test_every_thread_waits_as_long_for_other_processes(
    world: Record, open_cloud: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    def noted(path: Path, patience: float) -> AbstractContextManager[int]:
        waits.append(patience)
        return locked(path, patience)

    monkeypatch.setattr(store, "locked", noted)
    cloud = open_cloud(many(world, 400))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: cloud.perform(Action.ATTACH, Link(f"i-{number}", "vpc-a")), range(400)))
    assert set(waits) == {store.PATIENCE}


def test_a_clean_end_between_the_calls_of_threads_loses_nothing(
    world: Record, open_cloud: Opener, calls: Calls, tmp_path: Path
) -> None:
    cloud = open_cloud(many(world, 400))
    with ThreadPoolExecutor(8) as pool:
        calling = [pool.submit(cloud.perform, Action.ATTACH, Link(f"i-{number}", "vpc-a")) for number in range(400)]
        while not all(call.done() for call in calling):
            cloud.close()
    cloud.close()
    assert len(json.loads((tmp_path / "world.json").read_text())["links"]) == 400
    assert [(call["seq"], call["outcome"]) for call in calls()] == [(seq, "ok") for seq in range(1, 401)]


def test_calls_under_way_at_the_same_time_wait_for_the_network_together(
    world: Record, open_cloud: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    all_wait = threading.Barrier(20, timeout=60)

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        all_wait.wait()

    monkeypatch.setattr("providers.mock.provider.time", SimpleNamespace(sleep=sleep))
    cloud = open_cloud(many(world, 20), latency_ms=50)
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda number: cloud.perform(Action.ATTACH, Link(f"i-{number}", "vpc-a")), range(20)))
    assert waits == [0.05] * 20


def test_what_one_provider_did_another_sees_at_once_and_after_a_fold(world: Record, open_cloud: Opener) -> None:
    one, other = open_cloud(world), open_cloud()
    one.perform(Action.ATTACH, Link("i-3", "vpc-a"))
    assert other.read().links["i-3"] == "vpc-a"
    other.perform(Action.ATTACH, Link("i-4", "vpc-a"))
    one.close()
    with pytest.raises(Refused, match="OperationDenied"):
        other.perform(Action.ATTACH, Link("i-3", "vpc-b"))
    other.perform(Action.DETACH, Link("i-3", "vpc-a"))
    assert one.read().links == {"i-1": "vpc-a", "i-4": "vpc-a"} == other.read().links


def test_an_edit_of_the_world_file_by_hand_is_seen(world: Record, open_cloud: Opener, tmp_path: Path) -> None:
    cloud = open_cloud(world)
    cloud.perform(Action.ATTACH, Link("i-3", "vpc-a"))
    cloud.close()
    world["links"] = []
    (tmp_path / "world.json").write_text(json.dumps(world))
    assert cloud.read().links == {}


def test_a_half_written_last_line_is_dropped_and_written_over(
    world: Record, open_cloud: Opener, tmp_path: Path
) -> None:
    open_cloud(world).perform(Action.ATTACH, Link("i-3", "vpc-a"))
    log = tmp_path / "world.json.log"
    whole = log.read_bytes()
    for cut in range(1, len(whole.splitlines()[1])):
        log.write_bytes(whole[:-cut])
        assert "i-3" not in open_cloud().read().links
    cloud = open_cloud()
    cloud.perform(Action.ATTACH, Link("i-4", "vpc-a"))
    assert open_cloud().read().links == {"i-1": "vpc-a", "i-4": "vpc-a"}
    assert log.read_bytes().count(b"\n") == 2


def test_a_damaged_line_in_the_middle_of_the_log_is_reported(world: Record, open_cloud: Opener, tmp_path: Path) -> None:
    cloud = open_cloud(world)
    cloud.perform(Action.ATTACH, Link("i-3", "vpc-a"))
    cloud.perform(Action.ATTACH, Link("i-4", "vpc-a"))
    log = tmp_path / "world.json.log"
    log.write_bytes(log.read_bytes().replace(b"i-3", b"i-2"))
    with pytest.raises(ProviderError) as error:
        open_cloud()
    assert error.value.diagnostics[0].code == "PRV211"


def test_a_log_that_was_folded_before_its_process_died_changes_nothing(
    world: Record, open_cloud: Opener, tmp_path: Path
) -> None:
    cloud = open_cloud(world)
    cloud.perform(Action.DETACH, Link("i-1", "vpc-a"))
    cloud.perform(Action.ATTACH, Link("i-1", "vpc-b"))
    cloud.perform(Action.ENABLE, Enablement("vpc-off"))
    log = (tmp_path / "world.json.log").read_bytes()
    cloud.close()
    (tmp_path / "world.json.log").write_bytes(log)
    again = open_cloud()
    assert again.read().links == {"i-1": "vpc-b"}
    again.close()
    assert json.loads((tmp_path / "world.json").read_text())["links"] == [{"instance_id": "i-1", "vpc_id": "vpc-b"}]


def test_a_world_that_another_process_keeps_locked_refuses_calls_and_reading_goes_on(
    world: Record, open_cloud: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "PATIENCE", 0.5)
    cloud = open_cloud(world)
    with (tmp_path / "world.json.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for _ in range(100):
            with pytest.raises(Refused, match="Another process"):
                cloud.perform(Action.ATTACH, Link("i-3", "vpc-a"))
        assert cloud.read().links == {"i-1": "vpc-a"}
    cloud.perform(Action.ATTACH, Link("i-3", "vpc-a"))


def test_a_call_in_a_world_that_no_other_process_changed_reads_no_file(
    world: Record, open_cloud: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = open_cloud(world), open_cloud()
    one.perform(Action.ATTACH, Link("i-3", "vpc-a"))
    with monkeypatch.context() as patch:
        patch.setattr(WorldLog, "read_new", None)
        one.perform(Action.DETACH, Link("i-3", "vpc-a"))
        with pytest.raises(TypeError):
            other.read()
    assert one.read().links == other.read().links == {"i-1": "vpc-a"}


def test_a_log_that_is_removed_and_begun_again_by_another_is_noticed(
    world: Record, open_cloud: Opener, tmp_path: Path
) -> None:
    cloud = open_cloud(world)
    cloud.perform(Action.ATTACH, Link("i-3", "vpc-a"))
    (tmp_path / "world.json.log").unlink()
    open_cloud().perform(Action.ENABLE, Enablement("vpc-off"))
    assert cloud.read().links == {"i-1": "vpc-a"}
    assert cloud.read().vpcs["vpc-off"].classic_link_enabled


def test_a_file_that_never_stands_still_is_reported(
    world: Record, open_cloud: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = open_cloud(world)
    path = tmp_path / "world.json"

    def edit(_log: WorldLog) -> list[Act]:
        path.write_text(path.read_text() + " ")
        return []

    monkeypatch.setattr(WorldLog, "read_new", edit)
    edit(WorldLog(path))
    with pytest.raises(ProviderError) as error:
        cloud.read()
    assert error.value.diagnostics[0].code == "PRV212"


def test_a_world_file_that_vanishes_is_reported_and_refuses_calls(
    world: Record, open_cloud: Opener, tmp_path: Path
) -> None:
    cloud = open_cloud(world)
    (tmp_path / "world.json").unlink()
    with pytest.raises(ProviderError) as error:
        cloud.read()
    assert error.value.diagnostics[0].code == "PRV201"
    with pytest.raises(Refused, match="WorldNotReadable"):
        cloud.perform(Action.ATTACH, Link("i-3", "vpc-a"))
    cloud.close()


def test_a_call_costs_the_same_in_a_large_world(world: Record, open_cloud: Opener, tmp_path: Path) -> None:
    cloud = open_cloud(many(world, 20_000))
    cloud.perform(Action.ATTACH, Link("i-0", "vpc-a"))
    before = (tmp_path / "world.json").stat().st_mtime_ns
    grown = (tmp_path / "world.json.log").stat().st_size
    cloud.perform(Action.ATTACH, Link("i-1", "vpc-a"))
    assert (tmp_path / "world.json").stat().st_mtime_ns == before
    assert (tmp_path / "world.json.log").stat().st_size - grown < 200


def test_a_writer_killed_at_any_moment_leaves_a_world_that_its_call_log_explains(
    world: Record, open_cloud: Opener, calls: Calls, tmp_path: Path
) -> None:
    open_cloud(many(world, 3000))
    for attempt in range(4):
        first = attempt * 500
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), str(first), str(first + 500)])
        while writer.poll() is None and len(calls()) < 20 + attempt * 37:
            pass
        writer.kill()
        writer.wait()
        links = set(open_cloud().read().links)
        logged = [call["instance_id"] for call in calls() if call["outcome"] == "ok"]
        assert len(links - set(logged)) <= 1, "only the call under way when it died may not be in the log yet"
        open_cloud().close()
        logged = [call["instance_id"] for call in calls() if call["outcome"] == "ok"]
        assert sorted(logged) == sorted(links)
    assert {link["instance_id"] for link in json.loads((tmp_path / "world.json").read_text())["links"]} == links
