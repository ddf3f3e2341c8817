"""Faults to order: each kind, on calls and on reads, and what is true afterwards."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from types import SimpleNamespace
from typing import Any

import pytest

from planner.diagnostics import ProviderError
from planner.network.identity import Action, Link
from planner.network.kinds import Kind
from planner.network.world import World
from providers.base import Refused, Throttled, Unsure
from providers.mock.provider import open_mock
from providers.mock.reading import KINDS
from support.mock_worlds import Calls, Opener, Record

ATTACH = Action.ATTACH
LINK = Link("i-3", "vpc-a")


def fault(kind: str, **more: Any) -> dict[str, Any]:
    return {"action": "AttachClassicLinkVpc", "match": {"instance_id": "i-3"}, "kind": kind, **more}


def test_a_throttled_call_did_nothing_and_a_later_try_succeeds(world: Record, open_cloud: Opener, calls: Calls) -> None:
    cloud = open_cloud(world, [fault("throttle", nth=1)])
    with pytest.raises(Throttled, match=r"Throttling\.User"):
        cloud.perform(ATTACH, LINK)
    assert "i-3" not in cloud.read().links
    cloud.perform(ATTACH, LINK)
    assert [call["outcome"] for call in calls()] == ["Throttling.User", "ok"]


def test_an_error_is_refused_with_the_code_and_message_that_were_ordered(
    world: Record, open_cloud: Opener, calls: Calls
) -> None:
    cloud = open_cloud(world, [fault("error", code="InternalError", message="oops")])
    with pytest.raises(Refused, match="InternalError: oops") as refused:
        cloud.perform(ATTACH, LINK)
    assert not isinstance(refused.value, Throttled)
    assert "i-3" not in cloud.read().links
    assert calls()[0]["outcome"] == "InternalError"


def test_an_error_whose_code_asks_for_patience_is_a_throttle(world: Record, open_cloud: Opener) -> None:
    cloud = open_cloud(world, [fault("error", code="TaskConflict", message="too frequent")])
    with pytest.raises(Throttled):
        cloud.perform(ATTACH, LINK)


def test_a_lost_reply_is_unsure_and_it_was_done(world: Record, open_cloud: Opener, calls: Calls) -> None:
    cloud = open_cloud(world, [fault("lost_reply")])
    with pytest.raises(Unsure):
        cloud.perform(ATTACH, LINK)
    assert cloud.read().links["i-3"] == "vpc-a"
    assert calls()[0]["outcome"] == "lost_reply"


def test_a_lost_reply_to_a_refusal_is_unsure_and_nothing_was_done(
    world: Record, open_cloud: Opener, calls: Calls
) -> None:
    cloud = open_cloud(world, [fault("lost_reply")])
    with pytest.raises(Unsure):
        cloud.perform(ATTACH, Link("i-3", "vpc-off"))
    assert "i-3" not in cloud.read().links
    assert calls()[0]["outcome"] == "OperationDenied"


def test_a_call_that_was_not_done_is_still_unsure(world: Record, open_cloud: Opener, calls: Calls) -> None:
    cloud = open_cloud(world, [fault("not_done")])
    with pytest.raises(Unsure):
        cloud.perform(ATTACH, LINK)
    assert "i-3" not in cloud.read().links
    assert calls()[0]["outcome"] == "not_done"


def test_a_hanging_call_answers_after_its_seconds_while_others_go_on(
    world: Record, open_cloud: Opener, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging, over = Queue[float](), threading.Event()

    def sleep(seconds: float) -> None:
        hanging.put(seconds)
        assert over.wait(60)

    monkeypatch.setattr("providers.mock.provider.time", SimpleNamespace(sleep=sleep))
    cloud = open_cloud(world, [fault("hang", seconds=90)])
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(cloud.perform, ATTACH, LINK)
        assert hanging.get(timeout=60) == 90
        cloud.perform(ATTACH, Link("i-4", "vpc-a"))
        assert not call.done()
        over.set()
        call.result()
    assert [call["outcome"] for call in calls()] == ["ok", "ok"]


def test_a_hanging_call_answers_once_its_file_is_there(
    world: Record, open_cloud: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        (tmp_path / "go").touch()

    monkeypatch.setattr("providers.mock.provider.time", SimpleNamespace(sleep=sleep))
    cloud = open_cloud(world, [fault("hang", seconds=90, until="go")])
    cloud.perform(ATTACH, LINK)
    cloud.perform(ATTACH, Link("i-4", "vpc-a"))
    assert len(pauses) == 1


def test_nth_counts_the_matching_calls_from_one(world: Record, open_cloud: Opener) -> None:
    cloud = open_cloud(world, [{"action": "AttachClassicLinkVpc", "nth": 2, "kind": "throttle"}])
    cloud.perform(ATTACH, LINK)
    with pytest.raises(Throttled):
        cloud.perform(ATTACH, Link("i-4", "vpc-a"))
    cloud.perform(ATTACH, Link("i-4", "vpc-a"))


PROGRAM = """
import sys
from pathlib import Path
from planner.network.identity import Action, Link
from providers.mock.provider import open_mock
cloud = open_mock({"world": "world.json", "call_log": "calls.jsonl", "faults": "faults.json"}, Path(sys.argv[1]))
cloud.perform(Action.ATTACH, Link("i-4", "vpc-a"))
cloud.perform(Action.ATTACH, Link("i-3", "vpc-a"))
print("survived")
"""


@pytest.mark.parametrize(("kind", "linked"), [("crash_before", False), ("crash_after", True)])
def test_a_crash_takes_the_process_and_keeps_what_was_done(
    world: Record, open_cloud: Opener, calls: Calls, tmp_path: Path, kind: str, linked: bool
) -> None:
    open_cloud(world, [fault(kind)])
    process = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert process.returncode == -signal.SIGKILL
    assert process.stdout == ""
    assert json.loads((tmp_path / "world.json").read_text()) == world, "a killed process has not folded its log"
    assert (tmp_path / "world.json.log").exists()
    cloud = open_cloud()
    expected = {"i-1": "vpc-a", "i-4": "vpc-a"} | ({"i-3": "vpc-a"} if linked else {})
    assert cloud.read().links == expected
    assert [call["instance_id"] for call in calls()] == (["i-4", "i-3"] if linked else ["i-4"])
    cloud.close()
    links = json.loads((tmp_path / "world.json").read_text())["links"]
    assert {link["instance_id"]: link["vpc_id"] for link in links} == expected
    assert not (tmp_path / "world.json.log").exists()


HIDDEN = [
    ("DescribeVpcs", {"vpc_id": "vpc-b"}, Kind.VPCS, "vpc-b", lambda world: set(world.vpcs), {"vpc-a", "vpc-off"}),
    ("DescribeVpcAttribute", {}, Kind.VPCS, None, lambda world: set(world.vpcs), set()),
    ("DescribeVSwitches", {"vpc_id": "vpc-a"}, Kind.VSWITCHES, "vpc-a", lambda world: set(world.vswitches), set()),
    ("DescribeRouteEntryList", {}, Kind.ROUTE_ENTRIES, None, lambda world: world.route_entries, ()),
    (
        "DescribeInstances",
        {"instance_id": "i-1"},
        Kind.INSTANCES,
        "i-1",
        lambda world: set(world.instances),
        {"i-2", "i-3", "i-4", "i-vpc"},
    ),
    ("DescribeClassicLinkInstances", {"vpc_id": "vpc-a"}, Kind.LINKS, "vpc-a", lambda world: world.links, {}),
    ("DescribeClassicLinkInstances", {"instance_id": "i-1"}, Kind.LINKS, "i-1", lambda world: world.links, {}),
]


@pytest.mark.parametrize(("action", "match", "kind", "subject", "seen", "expected"), HIDDEN)
@pytest.mark.parametrize("how", ["throttle", "error", "lost_reply", "not_done"])
def test_a_read_that_fails_is_named_and_the_rest_is_seen(
    world: Record,
    open_cloud: Opener,
    action: str,
    match: dict[str, str],
    kind: Kind,
    subject: str | None,
    seen: Callable[[World], object],
    expected: object,
    how: str,
) -> None:
    order = {"action": action, "match": match, "kind": how}
    if how == "error":
        order |= {"code": "Forbidden.RAM", "message": "no"}
    found = open_cloud(world, [order]).read()
    assert seen(found) == expected
    (unread,) = found.unread
    assert (unread.kind, unread.subject) == (kind, subject)
    assert unread.reason.startswith(f"{action}: ")
    assert found.why_unread(kind, subject or "anything") == unread.reason.rstrip(".")


def test_a_read_fault_with_nth_strikes_that_read_only(world: Record, open_cloud: Opener) -> None:
    denied = {"action": "DescribeInstances", "kind": "error", "code": "Forbidden.RAM", "nth": 2}
    cloud = open_cloud(world, [denied])
    assert [len(cloud.read().unread) for _ in range(3)] == [0, 1, 0]


@pytest.mark.parametrize("how", ["throttle", "lost_reply", "not_done", "error"])
@pytest.mark.parametrize("action", KINDS)
def test_a_read_that_fails_in_a_way_that_may_pass_is_tried_again(
    world: Record, open_cloud: Opener, action: str, how: str
) -> None:
    order = {"action": action, "kind": how, "nth": 1}
    if how == "error":
        order |= {"code": "ServiceUnavailable"}
    assert open_cloud(world, [order]).read().unread == ()


MALFORMED = [
    ({}, "expected a list of faults, found {}"),
    ([3], "[0]: expected an object, found 3"),
    ([fault("throtle")], 'Did you mean "throttle"?'),
    ([{"kind": "throttle"}], "[0].action: the key action is missing"),
    ([{"action": "AttachClassicLink", "kind": "throttle"}], 'Did you mean "AttachClassicLinkVpc"?'),
    ([fault("throttle", nht=1)], 'Did you mean "nth"?'),
    ([fault("throttle", nth=0)], "[0].nth: expected a whole number from 1, found 0"),
    ([fault("throttle", nth=True)], "[0].nth: expected a whole number from 1, found true"),
    ([fault("error")], "[0].code: the kind error needs code"),
    ([fault("hang")], "[0].seconds: the kind hang needs seconds"),
    ([fault("throttle", seconds=1)], "[0].seconds: only the kind hang has it"),
    ([fault("throttle", until="go")], "[0].until: only the kind hang has it"),
    ([fault("hang", seconds=1, until=3)], "[0].until: expected a string that is not empty, found 3"),
    ([fault("throttle") | {"match": []}], "[0].match: expected an object"),
    ([fault("throttle") | {"match": {"instance_id": 3}}], "[0].match.instance_id: expected an id, found 3"),
    ([{"action": "EnableVpcClassicLink", "match": {"instance_id": "i"}, "kind": "throttle"}], "has vpc_id only"),
]


@pytest.mark.parametrize(("faults", "words"), MALFORMED)
def test_a_malformed_fault_is_reported_with_its_path(
    world: Record,
    open_cloud: Opener,
    faults: list[dict[str, dict[str, int]]]
    | list[dict[str, dict[str, str] | str]]
    | list[dict[str, str]]
    | list[int]
    | list[object],
    words: str,
) -> None:
    with pytest.raises(ProviderError) as error:
        open_cloud(world, faults)
    (problem,) = error.value.diagnostics
    assert problem.code == "PRV105"
    assert words in f"{problem.detail} {problem.remedy}"


@pytest.mark.parametrize(("text", "words"), [("[", "faults.json: "), (None, "No such file")])
def test_a_faults_file_that_is_no_json_or_not_there_is_reported(
    world: Record, tmp_path: Path, text: str | None, words: str
) -> None:
    (tmp_path / "world.json").write_text(json.dumps(world))
    if text is not None:
        (tmp_path / "faults.json").write_text(text)
    with pytest.raises(ProviderError) as error:
        open_mock({"world": "world.json", "faults": "faults.json"}, tmp_path)
    assert error.value.diagnostics[0].code == "PRV104"
    assert words in error.value.diagnostics[0].detail
