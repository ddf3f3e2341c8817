"""Guest routes on a real cloud, which can neither set nor see them: a person adds them, and says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from planner.documents.plan import folded_part
from planner.state.journal import DONE
from support.clouds import EmulatedDesk
from support.desk import Desk
from support.stores import FileStore
from support.story_estates import PROVIDER, attach, enable, instance, vpc
from support.terminal import on_terminal

ROUTE = 'resource "classiclink_guest_route" "web" {\n  instance_id = "i-1"\n}\n'
VPCS = [vpc("vpc-192", "192.168.0.0/16"), vpc("vpc-172", "172.16.0.0/12")]
INSTANCES = [instance("i-1", "10.1.2.3"), instance("i-2", "10.1.2.4")]
ENABLED = enable("new", "vpc-192")
LINKED = attach("web", "i-1", "vpc-192")


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[EmulatedDesk]:
    desk = EmulatedDesk(tmp_path)
    desk.world(vpcs=VPCS, instances=INSTANCES)
    yield desk
    desk.close()


def configure(desk: Desk, *parts: str) -> None:
    desk.write(main__hcl="".join((PROVIDER, *parts)))


def steps(desk: Desk, *options: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.cl("plan", "--json", *options, code=0).json["steps"]
    return found


def test_a_route_in_the_state_is_there_for_every_command(cloud: EmulatedDesk) -> None:
    configure(cloud, ROUTE, ENABLED)
    cloud.cl("apply", "--auto-approve", "--confirm-manual", code=0)
    configure(cloud, ROUTE, ENABLED, LINKED)
    assert [step["action"] for step in steps(cloud)] == ["attach"]
    cloud.cl("plan", "--out", "plan.json", code=0)
    cloud.cl("apply", "plan.json", code=0)
    assert steps(cloud) == []
    assert cloud.cl("drift", "--json", code=0).json["in_sync"]
    assert "routes 192.168.0.0/16 through its private NIC" in cloud.cl("reach", "i-1", "192.168.0.9", code=0).out


def test_an_undeclared_route_is_not_assumed(cloud: EmulatedDesk) -> None:
    configure(cloud, ENABLED, LINKED)
    refused = cloud.cl("plan", code=1)
    assert "CL107" in refused.err
    assert 'resource "classiclink_guest_route"' in refused.err


def test_a_route_is_imported_on_its_user_s_word(cloud: EmulatedDesk) -> None:
    configure(cloud, ROUTE, ENABLED, LINKED)
    cloud.cl("import", "classiclink_guest_route.web", "i-1/192.168.0.0/16", code=0)
    assert [step["action"] for step in steps(cloud)] == ["enable_classic_link", "attach"]


def test_an_import_block_of_a_route_leads_to_the_command_that_takes_the_word(cloud: EmulatedDesk) -> None:
    block = 'import {\n  to = classiclink_guest_route.web\n  id = "i-1/192.168.0.0/16"\n}\n'
    configure(cloud, ROUTE, ENABLED, LINKED, block)
    refused = cloud.cl("plan", code=1).err
    assert "CL905" in refused
    assert "cl import classiclink_guest_route.web i-1/192.168.0.0/16" in " ".join(refused.split())


def test_a_plan_says_what_is_done_by_hand_and_where(cloud: EmulatedDesk) -> None:
    configure(cloud, ROUTE, ENABLED, LINKED)
    shown = cloud.cl("plan", "-o", "text", "-o", "markdown=plan.md", "-o", "html=plan.html", "--out", "p", code=0).out
    markdown, html = ((cloud.directory / name).read_text() for name in ("plan.md", "plan.html"))
    for page in (shown, markdown, html, cloud.cl("show", "p", code=0).out):
        words = " ".join(page.split())
        assert "add the guest route to 192.168.0.0/16 inside i-1 (10.1.2.3), by hand" in words
        assert "1 step by hand" in words
        assert "via the private NIC (overview, Limits)" in words
    assert [step.get("by_hand", False) for step in steps(cloud)].count(True) == 1


def test_nothing_is_called_before_the_steps_by_hand_are_confirmed(cloud: EmulatedDesk) -> None:
    configure(cloud, ROUTE, ENABLED, LINKED)
    cloud.cl("plan", "--out", "plan.json", code=0)
    for words in (("apply", "--auto-approve"), ("apply", "plan.json"), ("apply", "--auto-approve", "--json")):
        refused = cloud.cl(*words, stdin="yes\nyes\n", code=1)
        assert "PRV313" in refused.err
        assert "inside i-1 (10.1.2.3): route 192.168.0.0/16 via the private NIC" in refused.err
        assert "--confirm-manual" in refused.err
        assert cloud.state_addresses() == []
    assert [step["action"] for step in steps(cloud)] == ["enable_classic_link", "add_guest_route", "attach"]
    cloud.cl("apply", "--confirm-manual", "plan.json", code=0)
    assert steps(cloud) == []


@pytest.mark.parametrize("is_saved", [False, True])
def test_on_a_terminal_the_steps_by_hand_are_asked_about(cloud: EmulatedDesk, is_saved: bool) -> None:
    configure(cloud, ROUTE, ENABLED, LINKED)
    cloud.cl("plan", "--out", "plan.json", code=0)
    command, agreed = (["apply", "plan.json"], b"") if is_saved else (["apply"], b"yes\n")
    seen = on_terminal(cloud, 120, *command, typed=agreed + b"no\n")
    assert "inside i-1 (10.1.2.3): route 192.168.0.0/16 via the private NIC" in seen
    assert "Do all of these routes exist?" in seen
    assert "Nothing was done." in seen
    assert cloud.state_addresses() == []
    on_terminal(cloud, 120, *command, typed=agreed + b"yes\n")
    assert steps(cloud) == []


def test_no_question_is_asked_where_nothing_is_done_by_hand(cloud: EmulatedDesk) -> None:
    configure(cloud, enable("old", "vpc-172"), attach("web", "i-1", "vpc-172"))
    cloud.cl("apply", "--auto-approve", code=0)
    cloud.cl("destroy", "--auto-approve", code=0)


def test_a_link_moves_to_a_vpc_that_needs_a_route_and_back_and_all_of_it_goes(cloud: EmulatedDesk) -> None:
    vpcs = ENABLED + enable("old", "vpc-172")
    configure(cloud, vpcs, attach("web", "i-1", "vpc-172"))
    cloud.cl("apply", "--auto-approve", code=0)
    there = [("detach", "vpc-172"), ("add_guest_route", None), ("attach", "vpc-192")]
    back = [("detach", "vpc-192"), ("remove_guest_route", None), ("attach", "vpc-172")]
    for configured, expected in (((ROUTE, LINKED), there), ((attach("web", "i-1", "vpc-172"),), back)):
        configure(cloud, vpcs, *configured)
        planned = [(step["action"], step.get("vpc_id")) for step in steps(cloud)]
        assert sorted(planned, key=str) == sorted(expected, key=str)
        assert "PRV313" in cloud.cl("apply", "--auto-approve", code=1).err
        cloud.cl("apply", "--auto-approve", "--confirm-manual", code=0)
        assert steps(cloud) == []
        assert cloud.cl("drift", "--json", code=0).json["in_sync"]
    configure(cloud, vpcs, ROUTE, LINKED)
    cloud.cl("apply", "--auto-approve", "--confirm-manual", code=0)
    refused = cloud.cl("destroy", "--auto-approve", code=1)
    assert "remove the route of 192.168.0.0/16 via the private NIC" in refused.err
    cloud.cl("destroy", "--auto-approve", "--confirm-manual", code=0)
    assert cloud.state_addresses() == []


@pytest.mark.parametrize("is_noted", [False, True])
def test_after_a_crash_a_confirmation_counts_if_it_was_noted(cloud: EmulatedDesk, is_noted: bool) -> None:
    configure(cloud, ROUTE, ENABLED, LINKED)
    plan = cloud.cl("plan", "--json", code=0).json
    added = next(step["id"] for step in plan["steps"] if step["action"] == "add_guest_route")
    with FileStore(cloud.directory / "cl.state.json").left_behind(folded_part(plan)) as journal:
        journal.intent(added)
        if is_noted:
            journal.fact(added, DONE)
        journal.commit()
    left = [step["action"] for step in steps(cloud)]
    assert sorted(left) == sorted(["enable_classic_link", "attach", *([] if is_noted else ["add_guest_route"])])
    confirmation = [] if is_noted else ["--confirm-manual"]
    cloud.cl("apply", "--auto-approve", "--json", *confirmation, code=0)
    assert steps(cloud) == []
