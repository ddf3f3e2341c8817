"""A place that does not take the state: what is said, and that doing as told ends well."""

from __future__ import annotations

import json
import re

import pytest

from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instances, link, vpc


@pytest.fixture
def stuck(desk: Desk) -> Desk:
    """Three links were made, and the state that says so could not be written: a directory is where its version goes."""
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(4), links=[])
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-a"))
    desk.cl("apply", "-auto-approve", code=0)
    links = "".join(attach(f"n{n}", f"i-000{n}", "vpc-a") for n in (1, 2, 3))
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-a") + links)
    (desk.directory / "cl.state.json.history/00000002").mkdir()
    ended = desk.cl("apply", "-auto-approve", code=1)
    assert "State cannot be written" in ended.err
    assert "Apply did not complete: 3 steps done. The state does not yet include what was done." in ended.err
    assert "Apply complete" not in ended.err
    (messages,) = re.findall(r"cl state push (\S+)", ended.err)
    assert messages == "errored.cl.state.json"
    assert "cl apply" in ended.err
    (desk.directory / "cl.state.json.history/00000002").rmdir()
    return desk


def test_the_state_is_pushed_by_the_remedy_and_the_next_plan_is_empty(stuck: Desk) -> None:
    stuck.cl("state", "push", "errored.cl.state.json", code=0)
    stuck.cl("plan", "-detailed-exitcode", code=0)
    assert len(stuck.state_addresses()) == 4
    assert not (stuck.directory / "cl.state.json.journal").exists()
    assert len(stuck.calls()) == 4


def test_a_push_by_way_of_trial_keeps_what_only_the_journal_knows(stuck: Desk) -> None:
    would = stuck.cl("state", "push", "--dry-run", "errored.cl.state.json", code=0)
    assert "4 objects instead of 1" in would.err
    assert len(stuck.state_addresses()) == 1
    test_the_next_apply_completes_the_state_as_the_message_says(stuck)


def test_the_next_apply_completes_the_state_as_the_message_says(stuck: Desk) -> None:
    assert "State was completed" in stuck.cl("apply", "-auto-approve", code=0).err
    stuck.cl("plan", "-detailed-exitcode", code=0)
    assert len(stuck.calls()) == 4
    stuck.cl("state", "push", "errored.cl.state.json", code=0)
    stuck.cl("plan", "-detailed-exitcode", code=0)


def test_another_state_is_not_pushed_over_what_only_the_journal_knows(stuck: Desk) -> None:
    stuck.write(old__json=(stuck.directory / "cl.state.json").read_text())
    for command in (["push", "old.json"], ["push", "--force", "old.json"], ["rm", "classiclink_vpc.shop"]):
        assert "An apply was interrupted" in stuck.cl("state", *command, code=1).err
    stuck.cl("state", "mv", "classiclink_vpc.shop", "classiclink_vpc.x", code=1)
    stuck.cl("import", "classiclink_attachment.n1", "i-0001/vpc-a", code=1)
    assert len(stuck.state_addresses()) == 1
    stuck.cl("apply", "-auto-approve", code=0)
    stuck.cl("state", "rm", "classiclink_attachment.n1", code=0)
    assert len(stuck.state_addresses()) == 3


def test_events_say_that_the_state_does_not_hold_what_was_done(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(1))
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-a"))
    desk.cl("apply", "-auto-approve", code=0)
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-a") + attach("web", "i-0001", "vpc-a"))
    (desk.directory / "cl.state.json.history/00000002").mkdir()
    events = [json.loads(line) for line in desk.cl("apply", "-auto-approve", "-json", code=1).out.splitlines()]
    summary, problem = events[-2:]
    assert (summary["type"], summary["done"], summary["folded"]) == ("change_summary", 1, False)
    assert (problem["type"], problem["diagnostic"]["code"]) == ("diagnostic", "STA111")


def test_the_summary_counts_what_changed_in_the_state_alone(desk: Desk) -> None:
    fleet = instances(4)
    desk.world(
        vpcs=[vpc("vpc-a", classic_link_enabled=True)],
        instances=fleet,
        links=[link(one["instance_id"], "vpc-a") for one in fleet[:2]],
    )
    both = attach("one", "i-0001", "vpc-a") + attach("two", "i-0002", "vpc-a")
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-a") + both)
    first = desk.cl("apply", "-auto-approve", code=0)
    assert "Apply complete: no step was needed; 3 adopted." in first.err
    removed = "removed {\n  from = classiclink_attachment.two\n  lifecycle {\n    destroy = false\n  }\n}\n"
    renamed = attach("uno", "i-0001", "vpc-a") + attach("three", "i-0003", "vpc-a")
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-a") + renamed + removed)
    second = desk.cl("apply", "-auto-approve", code=0)
    assert "Apply complete: 1 step done; 1 re-addressed, 1 forgotten." in second.err
    desk.cl("plan", "-detailed-exitcode", code=0)
