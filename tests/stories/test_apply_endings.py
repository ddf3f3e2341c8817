"""How an apply can end: what programs are told, and that another apply goes on from there.

Those about recovery and throttling run on both clouds. The others are about what `cl` says, whatever the cloud, or are
told by the very calls that the mock makes.
"""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from planner.documents.events import EventLine
from support import holding
from support.clouds import BOTH_CLOUDS
from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instance, instances, link, vpc
from support.watching import PATIENCE

STEPS = 16
"""More than are given to the threads while the second attach waits for its answer."""
LIMITS = "cl {\n  limits {\n    max_detach_percent = 100\n  }\n}\n"
FAULTY = '  faults = "faults.json"\n'


def configure(desk: Desk, settings: str = "") -> None:
    links = "".join(attach(f"n{n:02}", f"i-{n:04}", "vpc-a") for n in range(1, STEPS))
    desk.write(main__hcl=LIMITS + PROVIDER.replace("}", settings + "}") + enable("shop", "vpc-a") + links)


def fail(desk: Desk, *faults: dict[str, Any]) -> None:
    desk.write(faults__json=json.dumps(faults))
    configure(desk, FAULTY)


def hold(desk: Desk) -> Callable[[], None]:
    """Hold the answer to the second attach or detach. Returns what releases it."""
    configure(desk, FAULTY)
    return holding.hold(desk)


@pytest.fixture
def ready(desk: Desk) -> Desk:
    desk.world(vpcs=[vpc("vpc-a"), vpc("vpc-b", classic_link_enabled=True)], instances=instances(STEPS))
    configure(desk)
    return desk


def events_of(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events if event["type"] != "apply_progress"]


def finish(desk: Desk, adopted: int = 0) -> None:
    """Another apply, with nothing in its way, completes all; no step is done twice."""
    configure(desk)
    desk.cl("apply", "-auto-approve", code=0)
    desk.cl("plan", "-detailed-exitcode", code=0)
    done = [call[:3] for call in desk.calls() if call[3] in ("ok", "lost_reply")]
    assert len(done) == len(set(done)) == STEPS - adopted


@BOTH_CLOUDS
def test_a_good_end_as_events(ready: Desk) -> None:
    events = events_of(ready.cl("apply", "-auto-approve", "-json", code=0).out)
    messages = kinds(events)
    assert messages[: STEPS + 1] == ["version", *["planned_step"] * STEPS]
    assert sorted(messages[STEPS + 1 : -1]) == ["apply_complete"] * STEPS + ["apply_start"] * STEPS
    summary = events[-1]
    assert summary == summary | {"type": "change_summary", "done": STEPS, "failed": 0, "left": 0, "folded": True}
    finish(ready)


def test_every_event_and_its_keys_are_described(ready: Desk) -> None:
    text = (Path(__file__).parents[2] / "docs" / "apply.md").read_text(encoding="utf-8")
    described = set(re.findall(r"`([a-z_]+)`", text.partition("## Events")[2].partition("\n## ")[0]))
    refused = {"action": "AttachClassicLinkVpc", "nth": 1, "kind": "error", "code": "Forbidden", "message": "no"}
    fail(ready, refused, hang(2, "AttachClassicLinkVpc"))
    process = ready.start("apply", "-auto-approve", "-json", "-parallelism=1")
    events = stopped_at_once(process, done=1)
    assert process.wait(PATIENCE) == 130
    assert {event["type"] for event in events} == set(all_types()) <= described
    assert {key for event in events for key in event} <= described


def all_types() -> Iterator[str]:
    """The types that the lines of an apply may have."""
    for line in get_args(EventLine):
        yield from get_args(get_type_hints(line)["type"])


def messages_of(desk: Desk, code: int, *arguments: str) -> tuple[list[str], list[str]]:
    """What kinds of events an apply prints, and the codes of its diagnostics. Each event has its time."""
    events = events_of(desk.cl("apply", "-json", *arguments, code=code).out)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", event["time"]) for event in events)
    return kinds(events), [event["diagnostic"]["code"] for event in events if event["type"] == "diagnostic"]


def test_an_apply_that_does_not_begin_shows_why_as_events(ready: Desk) -> None:
    assert messages_of(ready, 1) == (["version", "diagnostic"], ["STA411"])
    assert messages_of(ready, 1, "nowhere.json") == (["version", "diagnostic"], ["STA420"])
    ready.write(more__hcl=attach("more", "i-9999", "vpc-a"))
    assert messages_of(ready, 1, "-auto-approve") == (["version", "diagnostic"], ["CL206"])
    ready.write(more__hcl="bad {")
    for arguments in ([], ["-auto-approve"]):
        assert messages_of(ready, 1, *arguments) == (["version", "diagnostic"], ["CFG102"])
    assert ready.calls() == []


def test_an_apply_with_nothing_to_do_ends_with_a_summary(ready: Desk) -> None:
    ready.cl("apply", "-auto-approve", code=0)
    for arguments in ([], ["-auto-approve"]):
        assert messages_of(ready, 0, *arguments) == (["version", "change_summary"], [])


@BOTH_CLOUDS
def test_a_failed_step_as_events(ready: Desk) -> None:
    fault = {"action": "EnableVpcClassicLink", "kind": "error", "code": "Forbidden.SubUser", "message": "You may not."}
    fail(ready, fault)
    ended = ready.cl("apply", "-auto-approve", "-json", code=1)
    events = events_of(ended.out)
    errored = [event for event in events if event["type"] == "apply_errored"]
    assert errored[0]["diagnostic"]["code"] == "PRV301"
    assert "was refused by the cloud: Forbidden.SubUser: You may not." in errored[0]["diagnostic"]["detail"]
    assert [event["because_of"] for event in errored[1:]] == [errored[0]["step"]] * (STEPS - 1)
    assert events[-1] == events[-1] | {"type": "change_summary", "done": 0, "failed": 1, "skipped": STEPS - 1}
    finish(ready)


@BOTH_CLOUDS
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_first_signal_lets_what_runs_end_and_the_next_apply_goes_on(ready: Desk, number: signal.Signals) -> None:
    release = hold(ready)
    process = ready.start("apply", "-auto-approve", "-json", "-parallelism=1")
    before, after = until_complete(process, lambda: process.send_signal(number), release)
    assert process.wait(PATIENCE) == 130
    summary = after[-1]
    assert summary["type"] == "change_summary"
    assert summary["interrupted"]
    assert summary["folded"]
    assert summary["done"] + summary["left"] == STEPS
    assert summary["left"] > 0
    assert len(ready.state_addresses()) == summary["done"] == sum(call[3] == "ok" for call in ready.calls())
    assert kinds(before + after).count("apply_complete") == summary["done"]
    finish(ready)


def test_under_nohup_the_end_of_the_terminal_is_no_reason_to_stop(ready: Desk) -> None:
    release = hold(ready)
    process = ready.start("apply", "-auto-approve", "-json", "-parallelism=1", ignoring=signal.SIGHUP)
    _, after = until_complete(process, lambda: process.send_signal(signal.SIGHUP), release)
    assert process.wait(PATIENCE) == 0
    assert after[-1]["done"] == STEPS


def stopped(desk: Desk, release: Callable[[], None], *arguments: str, number: signal.Signals = signal.SIGINT) -> str:
    """What is said on stderr where an apply, one of whose calls is held, is interrupted after its first step."""
    process = desk.start(*arguments)
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if "done (" in line:
            process.send_signal(number)
            release()
            break
    said += process.stderr.read()
    assert process.wait(PATIENCE) == 130, said
    return said


def next_of(said: str) -> list[str]:
    """The words of the command at the end."""
    words = shlex.split(said.rstrip("\n").rpartition("\nNext:  ")[2])
    assert words[0] == "cl", said
    return words[1:]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_apply_ends_with_the_command_that_goes_on(ready: Desk, number: signal.Signals) -> None:
    release = hold(ready)
    elsewhere, chdir = ready.beside(ready.directory.parent), f"-chdir={ready.directory.name}"
    given = ["-auto-approve", "-exclude=classiclink_attachment.n08", "-parallelism=1", "--var", "n=a b"]
    ready.write(more__hcl='variable "n" {}\n')
    said = stopped(elsewhere, release, chdir, "apply", *given, number=number)
    assert "not begun. What was done is in the state." in said
    words = next_of(said)
    assert words == [chdir, "apply", "--exclude=classiclink_attachment.n08", "--parallelism=1", "--var", "n=a b"]
    elsewhere.cl(*words, stdin="yes\n", code=0)
    assert len(ready.state_addresses()) == STEPS - 1


@BOTH_CLOUDS
def test_an_interrupted_apply_of_a_saved_plan_goes_on_with_a_new_one_of_its_kind(ready: Desk) -> None:
    for goal in ([], ["--destroy"]):
        release = hold(ready)
        ready.cl("plan", *goal, "--out", "my plan", code=0)
        words = next_of(stopped(ready, release, "apply", "-parallelism=1", "my plan"))
        assert words == ["plan", *goal, "--out", "my plan"]
        assert next_of(ready.cl(*words, code=0).out) == ["apply", "my plan"]
        ready.cl("apply", "my plan", code=0)
        assert len(ready.state_addresses()) == (0 if goal else STEPS)


def test_an_interrupted_destroy_goes_on_with_destroy_and_accepts_what_is_left(ready: Desk) -> None:
    ready.cl("apply", "-auto-approve", code=0)
    release = hold(ready)
    ready.write(main__hcl=(ready.directory / "main.hcl").read_text().removeprefix(LIMITS))
    words = next_of(
        stopped(ready, release, "destroy", "-auto-approve", "-parallelism=1", f"-accept-detach={STEPS - 1}")
    )
    assert words == ["destroy", "--parallelism=1", "--accept-detach", str(len(ready.links()))]
    ready.cl(*words, stdin="yes\n", code=0)
    assert ready.state_addresses() == []


def test_a_failed_apply_says_how_to_go_on_with_the_options_that_it_had(ready: Desk) -> None:
    fail(ready, {"action": "EnableVpcClassicLink", "kind": "error", "code": "Forbidden.SubUser", "message": "no"})
    given = ["apply", "-target", "classiclink_attachment.n01"]
    ended = ready.cl(*given, "-auto-approve", code=1)
    assert next_of(ended.err) == ["apply", "--target", "classiclink_attachment.n01"]
    assert "then go on with: cl apply --target classiclink_attachment.n01" in " ".join(ended.err.split())


def until_complete(
    process: subprocess.Popen[str], *acts: Callable[[], object]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The events up to the first step that is done, when `acts` are called, and those after it."""
    assert process.stdout is not None
    lines: Iterator[dict[str, Any]] = map(json.loads, process.stdout)
    before: list[dict[str, Any]] = []
    for event in lines:
        before.append(event)
        if event["type"] == "apply_complete":
            for act in acts:
                act()
            break
    return before, list(lines)


def stopped_at_once(process: subprocess.Popen[str], done: int) -> list[dict[str, Any]]:
    """All events of an apply that gets two signals while a call hangs after so many steps."""
    assert process.stdout is not None
    events: list[dict[str, Any]] = []

    def until_progress(done: int) -> None:
        for line in process.stdout or ():
            events.append(json.loads(line))
            if events[-1]["type"] == "apply_progress" and events[-1]["done"] == done and events[-1]["running"]:
                break

    until_progress(done)
    process.send_signal(signal.SIGTERM)
    until_progress(done)
    process.send_signal(signal.SIGHUP)
    events.extend(map(json.loads, process.stdout))
    return events


def test_two_signals_stop_at_once_and_the_journal_knows_all(ready: Desk) -> None:
    fail(ready, hang(2, "AttachClassicLinkVpc"))
    process = ready.start("apply", "-auto-approve", "-json", "-parallelism=1")
    rest = stopped_at_once(process, done=2)
    assert process.wait(PATIENCE) == 130
    [summary] = [event for event in rest if event["type"] == "change_summary"]
    assert (summary["interrupted"], summary["folded"]) == (True, False)
    assert (summary["done"], summary["under_way"], summary["left"]) == (2, 1, STEPS - 3)
    [problem] = [event["diagnostic"] for event in rest if event["type"] == "diagnostic"]
    assert problem["code"] == "STA305"
    assert "attach i-0002 to vpc-a" in problem["detail"]
    assert problem["remedy"].endswith("Go on with: cl apply --parallelism=1")
    assert (ready.directory / "cl.state.json.journal").exists()
    finish(ready)


@BOTH_CLOUDS
def test_a_plan_that_the_cloud_no_longer_allows_is_refused_before_anything_as_events(ready: Desk) -> None:
    ready.cl("plan", "-out=p.json", code=0)
    world = ready.read_world()
    ready.world(**{**world, "links": [link("i-0003", "vpc-b")]})
    refused = ready.cl("apply", "-json", "p.json", code=1)
    messages = events_of(refused.out)
    assert set(kinds(messages)) == {"version", "diagnostic"}
    assert {event["diagnostic"]["code"] for event in messages[1:]} == {"STA409", "CL202"}
    assert all(event["diagnostic"]["remedy"].endswith("lan again: cl plan --out p.json") for event in messages[1:])
    assert ready.calls() == []
    ready.world(**world)
    finish(ready)


@BOTH_CLOUDS
def test_a_run_that_is_out_of_time_begins_no_more_and_says_how_to_go_on(ready: Desk) -> None:
    fail(ready, {"action": "AttachClassicLinkVpc", "nth": 2, "kind": "hang", "seconds": 6})
    ended = ready.cl("apply", "-auto-approve", "-parallelism=1", "-timeout=5s", code=1)
    assert "is known, press Ctrl-C." in " ".join(ended.err.split()), "once, for nobody has interrupted it"
    assert "Apply ran out of time" in ended.err
    assert "not begun" in ended.err
    assert "What was done is in the state." in ended.err
    assert 0 < len(ready.state_addresses()) < STEPS
    finish(ready)


@BOTH_CLOUDS
def test_a_call_that_hangs_is_given_up_looked_up_and_the_rest_goes_on(ready: Desk) -> None:
    fail(ready, hang(2, "AttachClassicLinkVpc"))
    ended = ready.cl("apply", "-auto-approve", "-parallelism=2", "-step-timeout=3s", code=0)
    assert f"Apply complete: {STEPS} steps done." in ended.err
    finish(ready)


def hang(nth: int, action: str = "DescribeVpcs") -> dict[str, Any]:
    return {"action": action, "nth": nth, "kind": "hang", "seconds": 3600}


@pytest.mark.parametrize(("limit", "reading"), [("-timeout=500ms", 1), ("-step-timeout=500ms", 2)])
def test_a_reading_that_hangs_before_the_first_step_is_given_up(ready: Desk, limit: str, reading: int) -> None:
    fail(ready, hang(reading))
    ended = ready.cl("apply", "-auto-approve", limit, code=3)
    assert "Cloud does not answer" in ended.err
    assert ready.calls() == []
    assert messages_of(ready, 3, "-auto-approve", limit) == (["version", "diagnostic"], ["PRV308"])
    finish(ready)


def test_a_journal_stays_where_the_reading_that_is_to_complete_it_hangs(ready: Desk) -> None:
    fail(ready, {"action": "AttachClassicLinkVpc", "nth": 3, "kind": "crash_after"})
    ready.cl("apply", "-auto-approve", code=-9)
    fail(ready, hang(1))
    before = (ready.directory / "cl.state.json.journal").read_bytes()
    assert "Cloud does not answer" in ready.cl("apply", "-auto-approve", "-timeout=500ms", code=3).err
    assert (ready.directory / "cl.state.json.journal").read_bytes() == before
    finish(ready)


@pytest.mark.parametrize("limits", [["-step-timeout=3s"], ["-timeout=8s", "-step-timeout=9s"], ["-timeout=8s"]])
def test_where_checking_the_outcome_of_a_call_hangs_it_is_unknown(ready: Desk, limits: list[str]) -> None:
    lost = {"action": "AttachClassicLinkVpc", "match": {"instance_id": "i-0003"}, "kind": "lost_reply"}
    fail(ready, lost, *(hang(reading) for reading in range(3, 9)))
    ended = ready.cl("apply", "-auto-approve", *limits, code=1)
    assert "Outcome of a step is unknown" in ended.err
    assert len(ready.state_addresses()) == STEPS - 1
    finish(ready, adopted=0)


@BOTH_CLOUDS
def test_a_step_that_is_throttled_for_ever_fails_when_its_time_is_over(ready: Desk) -> None:
    fail(ready, {"action": "AttachClassicLinkVpc", "match": {"instance_id": "i-0002"}, "kind": "throttle"})
    ended = ready.cl("apply", "-auto-approve", "-step-timeout=3s", code=1)
    assert "Cloud is too busy" in ended.err
    assert len(ready.state_addresses()) == STEPS - 1
    finish(ready)


def test_a_reader_of_events_that_goes_away_ends_the_apply_gently(ready: Desk) -> None:
    release = hold(ready)
    process = ready.start("apply", "-auto-approve", "-json", "-parallelism=1")
    assert process.stdout is not None
    assert any('"apply_complete"' in line for line in process.stdout)
    process.stdout.close()
    release()
    assert process.wait(PATIENCE) == 1
    assert process.stderr is not None
    said = process.stderr.read()
    assert "Traceback" not in said
    assert "Events are no longer read" in said
    assert re.search(r"Apply was interrupted: \d+ steps? done, \d+ not begun\. What was done is in the state\.", said)
    assert next_of(said) == ["apply", "--parallelism=1"]
    assert not (ready.directory / "cl.state.json.journal").exists()
    assert 0 < len(ready.state_addresses()) < STEPS
    finish(ready)


def on_a_terminal_of_its_own(desk: Desk, *arguments: str) -> tuple[int, int]:
    """A command under way in the foreground of a new terminal: its process, and the descriptor of the terminal."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(desk.directory)
        command = [sys.executable, "-m", "planner.cli.main", *arguments]
        os.execve(sys.executable, command, desk.environment)  # noqa: S606
    return child, terminal


def test_a_terminal_that_is_closed_ends_the_apply_gently(ready: Desk) -> None:
    release = hold(ready)
    child, terminal = on_a_terminal_of_its_own(ready, "apply", "-auto-approve", "-parallelism=1")
    seen = b""
    while b"done (" not in seen:
        seen += os.read(terminal, 1024)
    os.close(terminal)
    release()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 130
    assert not (ready.directory / "cl.state.json.journal").exists()
    assert 0 < len(ready.state_addresses()) < STEPS
    finish(ready)


def test_on_a_terminal_a_first_ctrl_c_is_answered_and_a_second_leaves_the_calls_alone(ready: Desk) -> None:
    fail(ready, hang(2, "AttachClassicLinkVpc"))
    child, terminal = on_a_terminal_of_its_own(ready, "apply", "-auto-approve", "-parallelism=1")
    seen = b""
    for sign in (f"2 of {STEPS}, 1 running".encode(), b"Apply is stopping"):
        while sign not in seen:
            seen += os.read(terminal, 1024)
        os.write(terminal, b"\x03")
    with contextlib.suppress(OSError):  # what a terminal says at its end
        while more := os.read(terminal, 1024):
            seen += more
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 130
    words = " ".join(seen.decode(errors="replace").split())
    assert f"2 steps done, 1 under way with an unknown outcome, {STEPS - 3} not begun." in words
    finish(ready)


def test_an_edit_of_the_world_during_an_apply_is_shown_as_a_change_of_the_cloud(ready: Desk) -> None:
    release = hold(ready)
    process = ready.start("apply", "-auto-approve", "-json", "-parallelism=1")

    def edit() -> None:
        path = ready.directory / "world.json"
        world = json.loads(path.read_text())
        world["links"] = [link("i-0008", "vpc-b"), link("i-0007", "vpc-a")]
        world["instances"].append(instance("i-new"))
        path.write_text(json.dumps(world))

    before, after = until_complete(process, edit, release)
    assert process.wait(PATIENCE) == 1
    errored = [event for event in before + after if event["type"] == "apply_errored"]
    assert [event["instance_id"] for event in errored] == ["i-0007", "i-0008"]
    assert {event["diagnostic"]["code"] for event in errored} == {"PRV301"}
    world = ready.read_world()
    assert "i-new" in {one["instance_id"] for one in world["instances"]}
    assert "CL202" in ready.cl("apply", "-auto-approve", code=1).err
    ready.world(**{**world, "links": [one for one in world["links"] if one["vpc_id"] == "vpc-a"]})
    finish(ready, adopted=1)


def test_two_workspaces_are_applied_at_once_each_with_its_own_state(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a", classic_link_enabled=True)], instances=instances(8))
    desk.write(
        main__hcl=PROVIDER.replace("}", "  latency_ms = 100\n}")
        + "locals {\n  numbers = { blue = [1, 2, 3, 4], green = [5, 6, 7, 8] }\n}\n"
        + 'resource "classiclink_attachment" "web" {\n'
        + '  for_each = toset([for n in local.numbers[cl.workspace] : "i-000${n}"])\n'
        + '  instance_id = each.key\n  vpc_id = "vpc-a"\n}\n'
    )
    for name in ("blue", "green"):
        desk.cl("workspace", "new", name, code=0)
    both = [desk.start("apply", "-auto-approve", CL_WORKSPACE=name) for name in ("blue", "green")]
    ended = [process.communicate(timeout=PATIENCE) for process in both]
    assert [process.returncode for process in both] == [0, 0], ended
    assert len(desk.calls()) == len(desk.links()) == 8
    for name, first in (("blue", 1), ("green", 5)):
        listed = desk.cl("state", "list", code=0, CL_WORKSPACE=name).out.split()
        assert listed == [f'classiclink_attachment.web["i-000{n}"]' for n in range(first, first + 4)]
        desk.cl("plan", "-detailed-exitcode", code=0, CL_WORKSPACE=name)


def test_nothing_is_locked_during_the_question_and_a_plan_that_grew_old_by_then_is_refused(ready: Desk) -> None:
    command = [sys.executable, "-m", "planner.cli.main", "apply"]
    process = subprocess.Popen(
        command,
        cwd=ready.directory,
        env=ready.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert any("Apply " in line and "to account 1001 in cn-hangzhou" in line for line in process.stderr)
    ready.cl("apply", "-auto-approve", code=0)
    _, said = process.communicate("yes\n", timeout=PATIENCE)
    assert process.returncode == 1
    assert "made from serial 0, but the state now has serial 1" in " ".join(said.split())
    assert "with cl apply at" in " ".join(said.split())
    assert "Plan again: cl apply\n" in said
    finish(ready)
