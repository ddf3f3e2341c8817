"""An apply was killed, or runs now: what those see who only look, and what becomes of a plan made then."""

from __future__ import annotations

import json
import signal
from typing import Any

import pytest

from support.clouds import BOTH_CLOUDS, EmulatedDesk
from support.desk import Desk
from support.holding import hold
from support.story_estates import PROVIDER, attach, enable, instances, vpc
from support.watching import PATIENCE, until

pytestmark = BOTH_CLOUDS

FAULTY = PROVIDER.replace("}", '  faults     = "faults.json"\n}')


def fleet(*numbers: int) -> str:
    return enable("shop", "vpc-a") + "".join(attach(f"n{n}", f"i-000{n}", "vpc-a") for n in numbers)


def crash(desk: Desk, kind: str, nth: int = 3) -> None:
    """Let an apply of five steps be killed in its third attach, and the cloud be well again."""
    faults = [{"action": "AttachClassicLinkVpc", "nth": nth, "kind": kind}]
    desk.write(faults__json=json.dumps(faults), main__hcl=FAULTY + fleet(1, 2, 3, 4))
    assert desk.cl("apply", "-auto-approve", "-parallelism=1").code == -signal.SIGKILL
    desk.write(main__hcl=PROVIDER + fleet(1, 2, 3, 4))


def killed_in_the_third_attach(desk: Desk) -> None:
    """Kill an apply of five steps when the third attach is done, and those before it are known to be."""
    desk.write(main__hcl=FAULTY + fleet(1, 2, 3, 4))
    release = hold(desk, nth=3)
    process = desk.start("apply", "-auto-approve", "-parallelism=1")
    journal = desk.directory / "cl.state.json.journal"
    # What a cloud has accepted is known to be done when it shows it.
    facts = 0 if isinstance(desk, EmulatedDesk) else 2
    until(lambda: len(desk.calls()) == 4 and journal.read_bytes().count(b'"done"') == facts)
    process.kill()
    process.communicate(timeout=PATIENCE)
    release()
    desk.write(main__hcl=PROVIDER + fleet(1, 2, 3, 4))


@pytest.fixture
def fresh(desk: Desk) -> Desk:
    """Nothing was ever applied here."""
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(6))
    return desk


@pytest.fixture
def ready(fresh: Desk) -> Desk:
    """The VPC is enabled already."""
    fresh.write(main__hcl=PROVIDER + fleet())
    fresh.cl("apply", "-auto-approve", code=0)
    return fresh


def left_alone(desk: Desk) -> dict[str, bytes]:
    return desk.contents("cl.state")


def made(plan: dict[str, Any]) -> list[str]:
    return [step["instance_id"] for step in plan["steps"]]


@pytest.mark.parametrize(("kind", "left"), [("crash_before", ["i-0003", "i-0004"]), ("crash_after", ["i-0004"])])
def test_the_plan_after_a_crash_is_the_one_that_apply_makes_and_it_writes_nothing(
    ready: Desk, kind: str, left: list[str]
) -> None:
    crash(ready, kind)
    before = left_alone(ready)
    seen = ready.cl("plan", "-json", "-out=p.json", code=0)
    assert left_alone(ready) == before
    assert "An apply is not finished" in seen.err
    assert made(seen.json) == left
    assert seen.json["summary"]["import"] == 0
    assert ready.cl("apply", "-json", "p.json", code=0).out.count('"apply_complete"') == len(left)
    ready.cl("plan", "-detailed-exitcode", code=0)
    assert sum(call[3] == "ok" for call in ready.calls()) == 5


def test_the_reports_of_a_plan_say_that_an_apply_is_not_finished(ready: Desk) -> None:
    crash(ready, "crash_after")
    names = ("markdown", "html", "sarif", "junit", "github")
    asked = [word for name in names for word in ("-o", f"{name}=report.{name}")]
    seen = ready.cl("plan", "-out=p.json", "-o", "text", *asked, code=0)
    assert (seen.out + seen.err).count("Warning: An apply is not finished  STA308") == 1
    for name in names:
        report = (ready.directory / f"report.{name}").read_text(encoding="utf-8")
        assert "STA308" in report, name
        assert "was interrupted" in report, name


def test_a_plan_that_cannot_be_made_says_too_that_an_apply_is_not_finished(ready: Desk) -> None:
    crash(ready, "crash_after")
    main = ready.directory / "main.hcl"
    main.write_text(
        main.read_text(encoding="utf-8") + 'locals {\n  x = tonumber("x")\n}\noutput "a" {\n  value = local.x\n}\n'
    )
    assert ready.cl("plan", code=1).err.count("STA308") == 1


def test_a_plan_that_only_has_to_record_what_was_done_is_no_plan_without_changes(fresh: Desk) -> None:
    fault = {"action": "EnableVpcClassicLink", "kind": "crash_after"}
    fresh.write(faults__json=json.dumps([fault]), main__hcl=FAULTY + enable("shop", "vpc-a"))
    fresh.cl("apply", "-auto-approve")
    fresh.write(faults__json="[]")
    seen = fresh.cl("plan", "-detailed-exitcode", code=2)
    assert "What an earlier apply did is not in the state yet." in " ".join(seen.out.split())
    assert seen.out.rstrip().endswith("Next:  cl apply")
    fresh.cl("plan", code=0)
    assert not fresh.cl("plan", "-json", "-detailed-exitcode", code=2).json["applicable"], "there is no step"
    fresh.cl("plan", "-out=p", "-detailed-exitcode", code=2)
    fresh.cl("apply", "p", code=0)
    fresh.cl("plan", "-detailed-exitcode", code=0)


def test_a_plan_made_after_the_very_first_apply_crashed_is_applicable_too(fresh: Desk) -> None:
    crash(fresh, "crash_after")
    fresh.cl("plan", "-out=p.json", code=0)
    fresh.cl("apply", "p.json", code=0)
    fresh.cl("plan", "-detailed-exitcode", code=0)


def test_drift_counts_in_what_was_done(ready: Desk) -> None:
    crash(ready, "crash_after")
    before = left_alone(ready)
    seen = ready.cl("drift", "-json", code=0)
    assert left_alone(ready) == before
    assert seen.json["summary"]["managed"] == 4
    assert [(item["bucket"], item["address"]) for item in seen.json["items"]] == [
        ("pending", "classiclink_attachment.n4")
    ]


def test_a_saved_plan_that_was_killed_was_begun_and_one_that_was_carried_out_was_applied(ready: Desk) -> None:
    fault = {"action": "AttachClassicLinkVpc", "nth": 3, "kind": "crash_after"}
    ready.write(faults__json=json.dumps([fault]), main__hcl=FAULTY + fleet(1, 2, 3, 4))
    ready.cl("plan", "-out=p", code=0)
    assert ready.cl("apply", "-parallelism=1", "p").code == -signal.SIGKILL
    ready.write(main__hcl=PROVIDER + fleet(1, 2, 3, 4))
    for _ in range(2):
        messages = " ".join(ready.cl("apply", "p", code=1).err.split())
        assert (
            "was begun before, and the state now has the results of 3 of its 4 steps. A plan can be applied only once."
            in messages
        )
        assert "Plan again: cl plan --out p" in messages
    ready.cl("plan", "-out=p", code=0)
    ready.cl("apply", "p", code=0)
    assert "was applied before. A plan can be applied only once." in " ".join(
        ready.cl("apply", "p", code=1).err.split()
    )


LOOKING = [
    ("state", "list"),
    ("state", "show", "classiclink_vpc.shop"),
    ("state", "pull"),
    ("show",),
    ("show", "-json"),
    ("output",),
    ("output", "-json"),
]


def test_a_command_that_shows_the_state_alone_reports_that_an_apply_has_done_more(ready: Desk) -> None:
    before = [ready.cl(*command, code=0) for command in LOOKING]
    assert {one.err for one in before} == {""}
    killed_in_the_third_attach(ready)
    kept = left_alone(ready)
    for command, quiet in zip(LOOKING, before, strict=True):
        seen = ready.cl(*command, code=0)
        assert seen.out == quiet.out
        assert "Warning: An apply is not finished  STA308" in seen.err
        if not isinstance(ready, EmulatedDesk):
            assert "2 of its 4 steps are known to be done" in " ".join(seen.err.split())
    assert left_alone(ready) == kept
    ready.cl("apply", "-auto-approve", code=0)
    assert {ready.cl(*command, code=0).err for command in LOOKING} == {""}


def test_the_state_is_shown_beside_a_journal_that_cannot_be_read(ready: Desk) -> None:
    (ready.directory / "cl.state.json.journal").write_text("hello\nworld\n")
    seen = ready.cl("state", "list", code=0)
    assert seen.out == "classiclink_vpc.shop\n"
    assert "Warning: Journal is damaged" in seen.err


def test_a_plan_made_before_the_apply_was_completed_otherwise_is_refused(ready: Desk) -> None:
    crash(ready, "crash_before")
    ready.cl("plan", "-out=p.json", code=0)
    world = ready.read_world()
    world["links"] = [
        *world.get("links", []),
        {"instance_id": "i-0003", "vpc_id": "vpc-a"},
    ]  # it came through after all
    (ready.directory / "world.json").write_text(json.dumps(world))
    refused = ready.cl("apply", "p.json", code=1)
    assert "Plan is out of date" in refused.err
    assert "Plan again: cl plan --out p.json" in refused.err
    ready.cl("plan", "-out=p.json", code=0)
    ready.cl("apply", "p.json", code=0)
    ready.cl("plan", "-detailed-exitcode", code=0)


def test_a_plan_made_before_another_command_went_on_is_refused_with_both_serials(ready: Desk) -> None:
    crash(ready, "crash_before")
    ready.cl("plan", "-out=p.json", code=0)
    ready.cl("apply", "-auto-approve", code=0)
    refused = ready.cl("apply", "p.json", code=1)
    assert "Plan is out of date" in refused.err
    serial = json.loads((ready.directory / "p.json").read_text())["serial"]
    assert f"serial {serial}, but the state now has serial {serial + 1}" in " ".join(refused.err.split())


def test_without_reading_the_cloud_only_the_journal_is_believed(ready: Desk) -> None:
    crash(ready, "crash_after")
    seen = ready.cl("plan", "-refresh=false", "-json")
    assert "not known yet, counted as not done" in " ".join(seen.err.split())
    assert {"i-0003", "i-0004"} <= set(made(seen.json))


def test_a_plan_that_was_approved_at_the_prompt_completes_the_crash_first(ready: Desk) -> None:
    crash(ready, "crash_after")
    ended = ready.cl("apply", stdin="yes\n", code=0)
    assert "State was completed after a crash" in ended.err
    assert "Apply complete: 1 step done." in ended.err
    ready.cl("plan", "-detailed-exitcode", code=0)
