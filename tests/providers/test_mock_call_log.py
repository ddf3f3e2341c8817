"""The call log when processes are killed between what a call does and its line."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from planner.network.identity import Action, Enablement, Link
from providers.base import Refused
from providers.mock.call_log import CallLog
from providers.mock.provider import MockProvider, open_mock
from support.mock_worlds import Calls, Opener, Record


def killed_in(write: Callable[..., None], cloud: MockProvider, action: Action, target: Enablement | Link) -> None:
    """Let a process make this call and end as `write`, in the place of writing the call down, ends it."""
    child = os.fork()
    if child == 0:
        CallLog.write = write  # type: ignore[method-assign]
        try:
            cloud.perform(action, target)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def kill(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def kill_in_the_line(log: CallLog, *_: object) -> None:
    os.pwrite(log._descriptor, b'{"seq": 2, "ti', log._end)
    kill()


WRITE = CallLog.write


def kill_after_the_line(log: CallLog, *call: Any) -> None:
    WRITE(log, *call)
    kill()


def messages(calls: Callable[[], list[dict[str, Any]]]) -> list[tuple[int, str, str | None, str]]:
    return [(call["seq"], call["action"], call["instance_id"], call["outcome"]) for call in calls()]


@pytest.mark.parametrize("write", [kill, kill_in_the_line, kill_after_the_line])
def test_the_line_of_a_call_whose_process_was_killed_is_written_once_by_the_next_process(
    write: Callable[[Path], None], world: Record, open_cloud: Opener, calls: Calls
) -> None:
    open_cloud(world).perform(Action.ATTACH, Link("i-3", "vpc-a"))
    killed_in(write, open_cloud(), Action.ATTACH, Link("i-4", "vpc-a"))
    both = [(1, "AttachClassicLinkVpc", "i-3", "ok"), (2, "AttachClassicLinkVpc", "i-4", "ok")]
    with pytest.raises(Refused):
        open_cloud().perform(Action.ATTACH, Link("i-4", "vpc-a"))
    assert messages(calls) == [*both, (3, "AttachClassicLinkVpc", "i-4", "OperationDenied")]
    open_cloud().close()
    open_cloud().close()
    assert messages(calls)[:2] == both
    assert len(calls()) == 3


def test_a_clean_end_writes_the_missing_line_before_the_effect_is_forgotten(
    world: Record, open_cloud: Opener, calls: Calls, tmp_path: Path
) -> None:
    killed_in(kill, open_cloud(world), Action.ENABLE, Enablement("vpc-off"))
    open_cloud().close()
    assert messages(calls) == [(1, "EnableVpcClassicLink", None, "ok")]
    assert not (tmp_path / "world.json.log").exists()


def test_a_call_that_was_repeated_has_a_line_for_each_time(world: Record, open_cloud: Opener, calls: Calls) -> None:
    open_cloud(world).perform(Action.ENABLE, Enablement("vpc-off"))
    killed_in(kill, open_cloud(), Action.ENABLE, Enablement("vpc-off"))
    open_cloud().close()
    assert [call["seq"] for call in calls()] == [1, 2]


def test_a_process_that_lives_on_completes_the_log_after_another_one_was_killed(
    world: Record, open_cloud: Opener, calls: Calls
) -> None:
    cloud = open_cloud(world)
    cloud.perform(Action.ATTACH, Link("i-3", "vpc-a"))
    killed_in(kill, open_cloud(), Action.ATTACH, Link("i-4", "vpc-a"))
    cloud.perform(Action.DETACH, Link("i-4", "vpc-a"))
    assert [call["action"][:6] for call in calls()] == ["Attach", "Attach", "Detach"]


def test_two_worlds_may_share_a_log_even_where_one_takes_the_number_that_the_other_meant(
    world: Record, open_cloud: Opener, calls: Calls, tmp_path: Path
) -> None:
    (tmp_path / "other.json").write_text(json.dumps(world))
    killed_in(kill, open_cloud(world), Action.ATTACH, Link("i-4", "vpc-a"))
    other = open_mock({"world": "other.json", "call_log": "calls.jsonl"}, tmp_path)
    other.perform(Action.ENABLE, Enablement("vpc-off"))
    for write in (kill, kill_after_the_line):  # both end in the line of i-4, before a call of their own
        killed_in(write, open_cloud(), Action.ATTACH, Link("i-3", "vpc-a"))
    open_cloud().close()
    done = [(call["seq"], call["action"], call["instance_id"]) for call in calls()]
    assert done == [(1, "EnableVpcClassicLink", None), (2, "AttachClassicLinkVpc", "i-4")]
    assert set(open_cloud().read().links) == {"i-1", "i-4"}


def test_a_log_that_was_deleted_begins_again_without_the_last_call_of_the_old_one(
    world: Record, open_cloud: Opener, calls: Calls, tmp_path: Path
) -> None:
    cloud = open_cloud(world)
    for instance_id in ("i-3", "i-4"):
        cloud.perform(Action.ATTACH, Link(instance_id, "vpc-a"))
    (tmp_path / "calls.jsonl").unlink()
    open_cloud().perform(Action.DETACH, Link("i-3", "vpc-a"))
    assert messages(calls) == [(1, "DetachClassicLinkVpc", "i-3", "ok")]


def test_a_log_that_was_removed_is_begun_again_by_a_process_that_had_written_to_it(
    world: Record, open_cloud: Opener, calls: Calls, tmp_path: Path
) -> None:
    cloud = open_cloud(world)
    cloud.perform(Action.ATTACH, Link("i-3", "vpc-a"))
    (tmp_path / "calls.jsonl").rename(tmp_path / "calls.jsonl.1")
    cloud.perform(Action.ATTACH, Link("i-4", "vpc-a"))
    assert messages(calls) == [(1, "AttachClassicLinkVpc", "i-4", "ok")]
    assert len((tmp_path / "calls.jsonl.1").read_text().splitlines()) == 1


def test_a_line_that_the_disk_would_not_take_is_written_as_soon_as_it_does(
    world: Record, open_cloud: Opener, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = open_cloud(world)

    def full(*_: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(CallLog, "write", full)
        with pytest.raises(Exception, match="ended as ok"):
            cloud.perform(Action.ATTACH, Link("i-3", "vpc-a"))
        with pytest.raises(Refused, match="the disk is full"):
            cloud.perform(Action.ATTACH, Link("i-4", "vpc-a"))
    cloud.perform(Action.ATTACH, Link("i-4", "vpc-a"))
    assert [call["instance_id"] for call in calls()] == ["i-3", "i-4"]


def test_lines_that_another_program_wrote_are_ignored(
    world: Record, open_cloud: Opener, calls: Calls, tmp_path: Path
) -> None:
    open_cloud(world).perform(Action.ATTACH, Link("i-3", "vpc-a"))
    killed_in(kill_after_the_line, open_cloud(), Action.ATTACH, Link("i-4", "vpc-a"))
    with (tmp_path / "calls.jsonl").open("a") as file:
        file.write('a note\n[]\n{"note": 1}\n')
    open_cloud().close()
    assert len((tmp_path / "calls.jsonl").read_text().splitlines()) == 5
