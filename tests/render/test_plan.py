from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.address import Address
from planner.remedy import Caller, cl
from planner.render import plan_verdict
from planner.render.findings import plan_problems_text
from planner.render.formats import PLAN
from planner.render.plan_view import PlanView
from planner.render.setting import Setting
from planner.render.terminal import PLAIN, Style, width_of
from planner.render.text import plan_text
from support import documents

WIDE = Style(width=120)
WEB = Address("classiclink_attachment", "web", "i-1")
GONE = documents.change(WEB, ["delete"], documents.link_attributes("i-1", "vpc-a"), None)


def _text(document: Any, **options: Any) -> str:
    return plan_text(document, Setting(WIDE, **options))


@given(
    actions=st.lists(
        st.tuples(st.sampled_from(["attach", "detach"]), st.sampled_from("abc"), st.booleans()), max_size=80
    ),
    limit=st.integers(1, 90),
)
def test_every_step_stands_on_exactly_one_line(actions: list[tuple[str, str, bool]], limit: int) -> None:
    steps = [
        documents.step(
            number,
            action,
            Address("classiclink_attachment", f"r{vpc}" if named else "r", None if named else f"{vpc}{number}"),
            instance_id=f"i-{number}",
            vpc_id=f"vpc-{vpc}",
            needs=tuple(range(max(1, number - 2), number)),
        )
        for number, (action, vpc, named) in enumerate(actions, 1)
    ]
    lines = PlanView(documents.plan(steps=steps, applicable=True)).step_lines(limit)
    assert sum(line.count for line in lines) == len(steps)
    assert len(lines) <= max(limit, 2)
    if len(steps) <= limit:
        assert [line.ids for line in lines] == [str(step["id"]) for step in steps]


def test_a_step_is_one_line_with_its_waits_and_its_slot() -> None:
    text = _text(documents.shop_plan())
    assert re.search(r"2  \+  \S+web\S+ +attach i-1 \(10\.1\.2\.3\) to vpc-a +after 1; slot free\n", text)


def test_thousands_of_equal_steps_are_one_line_unless_every_step_is_asked_for() -> None:
    document = documents.drain_plan(5_000)
    assert "5,000 × classiclink_attachment.fleet[…]" in _text(document)
    assert _text(document).count("\n") < 40
    assert _text(document, every_step=True).count("\n  - classiclink") == 5_001


def test_many_resources_of_one_name_each_are_grouped_by_what_is_done_to_them() -> None:
    text = _text(documents.fleet_plan(10_000))
    assert text.count(" × classiclink_attachment.…") == 10
    assert text.count("\n") <= 60


@pytest.mark.parametrize(
    "document", [documents.fleet_plan(10_000, vpcs=1_000), documents.drain_plan(2_000), documents.failed_plan()]
)
def test_a_summary_is_a_screenful(document: Any) -> None:
    assert _text(document, summary=True).count("\n") <= 40


def test_a_slot_says_which_step_frees_it_and_a_parked_instance_that_it_waits() -> None:
    steps = [
        {**documents.step(1, "detach", WEB, instance_id="i-1", vpc_id="vpc-a"), "parked": True},
        documents.step(2, "attach", WEB, instance_id="i-1", vpc_id="vpc-b", needs=(1,), slot=1),
    ]
    text = _text(documents.plan(steps=steps, applicable=True, summary={"move": 1}))
    assert "parked until its slot is free" in text
    assert "takes the slot that 1 frees" in text


def test_changed_arguments_only_are_reported() -> None:
    before, after = (documents.link_attributes("i-1", "vpc-a", [vswitch]) for vswitch in ("vsw-1", "vsw-2"))
    document = documents.plan(
        applicable=True,
        resource_changes=[documents.change(WEB, ["update"], before, after)],
        summary={"change": 1},
    )
    assert '  ~  classiclink_attachment.web["i-1"]  vswitch_ids: ["vsw-1"] → ["vsw-2"]\n' in _text(document)


def test_a_move_shows_the_arguments_that_its_steps_do_not() -> None:
    before, after = documents.link_attributes("i-1", "vpc-b"), documents.link_attributes("i-1", "vpc-a", ["vsw-1"])
    steps = [documents.step(1, "detach", WEB, instance_id="i-1", vpc_id="vpc-b")]
    changes = [documents.change(WEB, ["delete", "create"], before, after)]
    text = _text(documents.plan(applicable=True, resource_changes=changes, steps=steps, summary={"move": 1}))
    assert 'vswitch_ids: null → ["vsw-1"]' in text
    assert "vpc_id:" not in text


def test_what_needs_no_step_is_reported_with_a_count() -> None:
    attributes = documents.link_attributes("i-1", "vpc-a")
    changes = [
        documents.change(
            Address("classiclink_attachment", "fleet", f"i-{number}"),
            ["no-op"],
            attributes,
            attributes,
            previous_address=f"classiclink_attachment.old_{number}",
        )
        for number in range(3_000)
    ]
    text = _text(documents.plan(applicable=True, resource_changes=changes, summary={"readdress": 3_000}))
    assert "→  3,000 × classiclink_attachment.fleet[…]\n       declared at other addresses, re-addressed in" in text


def test_every_destroyed_object_is_named_or_counted() -> None:
    text = _text(documents.drain_plan(1_000))
    named = text.count("\n  - classiclink")
    counted = sum(int(number.replace(",", "")) for number in re.findall(r"… and ([\d,]+) more of", text))
    assert named + counted == 1_001
    assert "\n  - classiclink_vpc.shop\n" in text


def test_a_plan_with_nothing_to_do_says_so_and_offers_nothing_to_type() -> None:
    text = _text(documents.plan(summary={"unchanged": 7}))
    assert text == "No changes. The cloud matches the configuration (7 objects checked).\n"


def test_a_failed_plan_says_that_nothing_will_be_applied() -> None:
    text = _text(documents.failed_plan())
    assert text.startswith("Plan failed: 3 errors. Nothing will be applied.\n")
    assert "cl apply" not in text


def test_a_failed_plan_names_the_directory_in_what_makes_another() -> None:
    text = PLAN["text"](documents.failed_plan(), Setting(WIDE, caller=Caller("my project")))
    assert text.endswith("\nNext:  fix the errors, then run cl '-chdir=my project' plan again.\n")


def test_a_plan_ends_with_what_to_type() -> None:
    document = documents.shop_plan()
    assert _text(document, next_command=cl("apply", "my plan.json")).endswith("\nNext:  cl apply 'my plan.json'\n")
    assert "Next:" not in _text(document, next_command=cl("apply"), next_step=False)
    assert "Next:" not in _text(document)


def test_a_plan_that_is_incomplete_says_what_was_not_read_and_offers_nothing_to_type() -> None:
    links = [{"kind": "links", "subject": f"i-{number}", "reason": "access denied"} for number in range(7)]
    unread = [*links, {"kind": "route_entries", "subject": None, "reason": "timed out"}]
    text = _text(documents.shop_plan(complete=False, unread=unread), next_command=cl("apply"))
    assert (
        "Unread  links of i-0, i-1, i-2, i-3, i-4 and 2 more: access denied\nUnread  route entries: timed out" in text
    )
    assert "Next:  make sure that everything can be read" in text
    assert "cl apply" not in text


def test_a_reason_that_ends_its_sentence_gets_no_second_full_stop() -> None:
    waiver = {"reason": "Renumbering is planned.", "until": "2026-12-24"}
    waived = documents.finding("CL106", "vswitch-unreachable", severity="warning", status="waived", waiver=waiver)
    page = PLAN["markdown"](documents.shop_plan(rules=[waived]), Setting())
    assert 'Waived until 2026-12-24: "Renumbering is planned." The VPC vpc-a' in " ".join(page.split())


def test_what_is_waived_is_reported_with_its_reason_and_end_and_without_a_remedy() -> None:
    waiver = {"reason": "known, and gone by Christmas", "until": "2026-12-24"}
    waived = documents.finding("CL106", "vswitch-unreachable", severity="warning", status="waived", waiver=waiver)
    document = documents.shop_plan(rules=[waived])
    assert 'Waived CL106 until 2026-12-24: "known, and gone by Christmas"  The VPC vpc-a' in _text(document)
    assert plan_problems_text(document, documents.sources, PLAIN) == ""
    assert "To fix" not in PLAN["markdown"](document, Setting())


def test_findings_have_a_line_in_the_text_and_are_reported_in_full_beside_it() -> None:
    document = documents.failed_plan()
    text, messages = _text(document), plan_problems_text(document, documents.sources, PLAIN)
    assert "Error CL103  The VPC vpc-a has a custom route entry destined for 10.0.0.0/8.  main.hcl:6\n" in text
    assert "To fix" not in text
    assert "^" not in text
    assert messages.startswith("Unknown: vSwitch unreachable  CL106\n")
    assert "Waived" not in messages
    assert messages.count("To fix:") == 4
    assert "^^^^^^^\n" in messages
    summary = plan_problems_text(document, documents.sources, PLAIN, summary=True)
    assert [line[:12] for line in summary.splitlines()] == ["Error CFG301", "Error CL103 ", "Error CL202 "]


def test_very_many_findings_of_a_kind_are_counted() -> None:
    rules = [
        documents.finding("CL103", "custom-route-to-classic", range=None, message=f"vpc-{number} has one.")
        for number in range(2_000)
    ]
    document = documents.shop_plan(rules=rules, errored=True, applicable=False)
    text, messages = _text(document), plan_problems_text(document, documents.sources, PLAIN)
    assert (text.count("Error CL103"), messages.count("Error CL103"), messages.count("To fix")) == (13, 10, 3)
    for lines in (text, messages):
        assert "… and 1,987 more of CL103 Custom route to classic" in lines


def test_what_is_said_of_many_objects_is_said_once_with_how_many_and_where() -> None:
    rules = [
        documents.finding("CL109", "vpc-not-found", address=f'a.b["{number}"]', range=documents.place(number, 1, 2))
        for number in (3, 3, 4, 5, 6, 7, 8)
    ]
    document = documents.shop_plan(rules=rules, errored=True, applicable=False)
    text, messages = _text(document), plan_problems_text(document, documents.sources, Style(width=200))
    assert "Plan failed: 7 errors." in text
    line = " ".join(text.partition("Error CL109 ")[2].partition("\n\n")[0].split())
    assert line.startswith("(7 times) The VPC vpc-a has")
    assert line.endswith(" main.hcl:3, main.hcl:4, main.hcl:5, main.hcl:6, main.hcl:7 and 1 more")
    assert messages.count("To fix") == 1
    assert messages.startswith("Error: VPC not found (7 times)  CL109\n")
    assert 'with a.b["3"] and 5 more:' in messages
    assert "also on main.hcl:4, main.hcl:5, main.hcl:6, main.hcl:7, main.hcl:8" in messages
    assert _text(document, every_step=True).count("Error CL109") == 7


def test_errors_come_by_code_and_then_by_place() -> None:
    def error(code: str, line: int) -> Any:
        return documents.finding(code, "vswitch-unreachable", message=f"{line}.", range=documents.place(line, 1, 2))

    document = documents.shop_plan(rules=[error("CL202", 3), error("CL103", 9), error("CL103", 2)], errored=True)
    found = re.findall(r"Error (CL\d+) .*main.hcl:(\d)", _text(document))
    assert found == [("CL103", "2"), ("CL103", "9"), ("CL202", "3")]
    assert _text(document).count("Nothing will be applied") == 1


def test_rows_of_steps_that_a_rule_forbids_are_marked() -> None:
    rules = [
        documents.finding("CL103", "custom-route-to-classic", step=2, steps=[2, 3]),
        documents.finding("CL202", "instance-linked-elsewhere", step=2),
        documents.finding("CL104", "custom-route-shadows-classic", severity="warning", step=1),
        documents.finding("CL301", "vpc-full", status="waived", step=1),
    ]
    lines = plan_text(documents.shop_plan(rules=rules, errored=True), Setting(Style(width=160))).split("\n")
    assert [line.partition("✗")[2] for line in lines if re.match(r"  \d", line)] == ["", " CL103, CL202", " CL103", ""]


def test_grouped_rows_count_the_steps_that_a_rule_forbids() -> None:
    rules = [documents.finding("CL112", "vpc-not-enabled", step=number) for number in (1, 5, 9)]
    text = plan_text(documents.drain_plan(1_000) | {"rules": rules, "errored": True}, Setting(Style(width=160)))
    assert text.count("✗") == 1
    assert re.search(r"1,000 × .*✗ 3 × CL112\n", text)


def test_a_vpc_without_resources_is_reported_in_words() -> None:
    assert "vpc-b (172.16.0.0/12): nothing is known to be deployed there" in _text(documents.shop_plan())


def test_an_incomplete_plan_says_so() -> None:
    head = _text(documents.shop_plan(complete=False)).split("\n\n")[0]
    assert "Incomplete: not everything could be read." in head.replace("\n", " ")


def test_a_sensitive_output_is_never_shown() -> None:
    assert "  ~ token = (sensitive value) → (sensitive value)\n" in _text(documents.shop_plan())


def test_an_object_that_is_replaced_is_named_among_what_is_destroyed() -> None:
    before = {**documents.link_attributes("i-1", "vpc-a"), "private_ip": "10.1.1.1"}
    after = {**documents.link_attributes("i-2", "vpc-a"), "private_ip": "10.2.2.2"}
    steps = [
        documents.step(1, "detach", WEB, instance_id="i-1", vpc_id="vpc-a"),
        documents.step(2, "attach", WEB, instance_id="i-2", vpc_id="vpc-a", needs=(1,), slot="free"),
    ]
    changes = [documents.change(WEB, ["delete", "create"], before, after, action_reason="identity_changed")]
    text = _text(
        documents.plan(applicable=True, resource_changes=changes, steps=steps, summary={"add": 1, "destroy": 1})
    )
    assert "detach i-1 (10.1.1.1) from vpc-a  stands for something else now\n" in text
    assert "attach i-2 (10.2.2.2) to vpc-a" in text
    assert 'Destroys 1 object:\n  - classiclink_attachment.web["i-1"]\n' in text


@pytest.mark.parametrize("type_", ["classiclink_attachment", "classiclink_guest_route"])
def test_what_is_replaced_as_it_was_is_destroyed_as_well(type_: str) -> None:
    before = documents.link_attributes("i-1", "vpc-a")
    if type_ != "classiclink_attachment":
        before = {"instance_id": "i-1", "destination_cidr_block": "192.168.0.0/16", "next_hop": "private_nic"}
    change = documents.change(Address(type_, "web"), ["delete", "create"], before, before)
    text = _text(documents.plan(applicable=True, resource_changes=[change], summary={"add": 1, "destroy": 1}))
    assert f"Destroys 1 object:\n  - {type_}.web\n" in text


def test_a_move_of_an_object_with_a_new_address_says_where_it_was() -> None:
    before, after = documents.link_attributes("i-1", "vpc-b"), documents.link_attributes("i-1", "vpc-a")
    steps = [documents.step(1, "detach", WEB, instance_id="i-1", vpc_id="vpc-b")]
    old = "classiclink_attachment.old"
    changes = [documents.change(WEB, ["delete", "create"], before, after, previous_address=old)]
    text = _text(documents.plan(applicable=True, resource_changes=changes, steps=steps, summary={"move": 1}))
    assert f"from vpc-b  was {old}\n" in text
    assert "Destroys" not in text


@pytest.mark.parametrize(
    ("parts", "verdict"),
    [
        ({"mode": "destroy"}, "No changes. Nothing is managed, so there is nothing to destroy."),
        ({"mode": "refresh-only"}, "No changes. The state matches the cloud."),
        (
            {"drain": "vpc-a", "diagnostics": [documents.diagnostic(code="CL907", severity="warning")]},
            "No changes in the part that is planned. The whole plan has more to do.",
        ),
        ({"drain": "vpc-a"}, "No changes. Nothing to drain was found on vpc-a."),
        (
            {"drain": "vpc-a", "refreshed": False},
            "No changes. Nothing to drain was found on vpc-a in the state; the cloud was not read.",
        ),
        (
            {"refreshed": False},
            "No changes. The state matches the configuration (0 objects checked); the cloud was not read.",
        ),
        (
            {"complete": False},
            "No changes in what could be read (0 objects checked). Incomplete: not everything could be read.",
        ),
        ({"applicable": True}, "Plan: no step is needed; only the state changes."),
        (
            {"applicable": True, "summary": {"import": 2}},
            "Plan: 0 to add, 2 adopted, 0 to destroy. No step is needed: only the state changes.",
        ),
        (
            {"applicable": True, "mode": "refresh-only", "resource_drift": [GONE, GONE]},
            "Plan: 2 objects changed outside of cl. Only the state changes.",
        ),
        (
            {"applicable": True, "mode": "refresh-only"},
            "Plan: no step is needed; only the state changes.",
        ),
    ],
)
def test_a_verdict_says_what_the_plan_comes_to(parts: dict[str, Any], verdict: str) -> None:
    assert plan_verdict.verdict(PlanView(documents.plan(**parts))) == verdict


def test_steps_that_wait_for_nothing_may_be_taken_in_every_order() -> None:
    steps = [documents.step(number, "detach", WEB, instance_id="i-1", vpc_id="vpc-a") for number in (1, 2)]
    for count, said in ((1, "0 to add, 1 to destroy. 1 step."), (2, " 2 to destroy. 2 steps, in any order.")):
        document = documents.plan(applicable=True, steps=steps[:count], summary={"destroy": count})
        assert plan_verdict.verdict(PlanView(document)).endswith(said)


def _moves(count: int, most: int | None, parked: int = 0, held_up: int = 0) -> Any:
    steps: list[dict[str, Any]] = []
    for number in range(1, 2 * count, 2):
        link = Address("classiclink_attachment", "web", f"i-{number // 2 + 1}")
        moved = {"instance_id": str(link.key)}
        earlier = (number - 1,) if number > 1 and most else ()
        steps.append(documents.step(number, "detach", link, **moved, vpc_id="vpc-a", needs=earlier))
        steps.append(documents.step(number + 1, "attach", link, **moved, vpc_id="vpc-b", needs=(number,), slot=number))
        steps[-2]["parked"] = number // 2 < parked
    document = documents.plan(applicable=True, steps=steps, summary={"move": count})
    document["proof"] = {**document["proof"], "max_unavailable": most}
    return document


def _all_down_first(count: int) -> Any:
    """All are detached before the first is attached; each but the last is kept waiting by the one after it."""
    document = _moves(count, None)
    steps = [*document["steps"][::2], *document["steps"][:0:-2]]
    for place, step in enumerate(steps, 1):
        step["id"] = place
        step["needs"] = [count, *range(count + 1, place)] if step["action"] == "attach" else []
    return {**document, "steps": steps}


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (_moves(1, 5), ""),
        (_moves(200, 5), "Of the 200 instances that move, at most 5 are without a link at once (max_unavailable = 5)."),
        (_moves(2, 1), "Of the 2 instances that move, at most 1 is without a link at once (max_unavailable = 1)."),
        (_moves(3, 40), "Of the 3 instances that move, at most 3 are without a link at once (max_unavailable = 40)."),
        (
            _moves(3, None, parked=2),
            "Each of the 3 instances that move is attached as soon as it is detached, but 2 of them wait for a slot "
            "without a link. max_unavailable is not set, so any number of them may be without a link at once.",
        ),
        (
            _all_down_first(2),
            "Each of the 2 instances that move is attached as soon as it is detached, but 1 waits without one for what "
            "it depends on. max_unavailable is not set, so any number of them may be without a link at once.",
        ),
    ],
)
def test_a_reviewer_is_shown_how_many_instances_are_without_a_link_at_once(document: Any, said: str) -> None:
    assert plan_verdict.unlinked(PlanView(document)) == said
    for form in ("text", "markdown", "html"):
        shown = PLAN[form](document, Setting()).replace("\n", " ")
        assert said in shown
        assert bool(said) == ("without a link" in shown)


def test_what_many_steps_wait_for_is_shown_each_in_plain_words() -> None:
    detach, attach = PlanView(_moves(80, 1)).step_lines(10)
    assert (detach.ids, detach.waits) == ("1, 3, …, 159", "79 of 80 after another is attached")
    assert (attach.ids, attach.waits) == ("2, 4, …, 160", "80 slots from detaches")
    assert attach.what == "attach 80 instances to vpc-b (i-1 … i-80)"


def test_objects_that_keep_their_keys_under_another_resource_are_one_line_that_names_both() -> None:
    attributes = documents.link_attributes("i-1", "vpc-a")
    changes = [
        documents.change(
            Address("classiclink_attachment", "new", f"i-{number}"),
            ["no-op"],
            attributes,
            attributes,
            previous_address=f'module.m["x"].classiclink_attachment.old["i-{number}"]',
        )
        for number in range(10)
    ]
    document = documents.plan(applicable=True, resource_changes=changes, summary={"readdress": 10})
    messages = 'were module.m["x"].classiclink_attachment.old[…], each with its key; re-addressed in the state'
    assert [(line.count, line.what) for line in PlanView(document).quiet_lines(30)] == [(10, messages)]
    assert 'was module.m["x"].classiclink_attachment.old["i-7"];' in _text(document, every_step=True)


@pytest.mark.parametrize("width", [60, 80, 100, 140])
@pytest.mark.parametrize(
    "document",
    [
        documents.shop_plan(adopted=40),
        documents.failed_plan(),
        documents.drain_plan(100),
        documents.fleet_plan(200, vpcs=2),
        _moves(20, 5),
        _moves(200, None, parked=9),
    ],
)
@pytest.mark.parametrize("color", [False, True])
def test_no_line_of_a_plan_is_wider_than_the_terminal(document: Any, width: int, color: bool) -> None:
    style = Style(color=color, width=width)
    shown = plan_text(document, Setting(style, next_command=cl("apply"))) + plan_problems_text(
        document, documents.sources, style
    )
    assert [line for line in shown.split("\n") if width_of(line) > width and "cl " not in line] == []


def test_markdown_keeps_the_next_command_in_code_whatever_is_in_its_address() -> None:
    again = cl("apply", "--target", 'classiclink_attachment.x["a ` b"]')
    text = PLAN["markdown"](documents.shop_plan(), Setting(next_command=again))
    assert text.endswith(f"\n\n``Next:  {again}``\n")


def test_findings_that_are_reported_behind_the_plan_have_no_line_in_it() -> None:
    waived = documents.finding("CL106", "vswitch-unreachable", severity="warning", status="waived")
    document = documents.failed_plan()
    document["rules"] = [*document["rules"], waived]
    text = _text(document, findings_follow=True)
    assert "Error CL" not in text
    assert "Warning CL" not in text
    assert "Waived CL106" in text
    assert "Plan failed: 3 errors." in text


def test_guest_routes_are_reported_with_their_destination() -> None:
    route = Address("classiclink_guest_route", "r", "i-1")
    steps = [
        {
            **documents.step(number, action, route, instance_id="i-1"),
            "destination_cidr_block": "192.168.0.0/16",
        }
        for number, action in enumerate(("add_guest_route", "remove_guest_route"), 1)
    ]
    text = _text(documents.plan(applicable=True, steps=steps, summary={"add": 1}))
    assert "add the guest route to 192.168.0.0/16 inside i-1\n" in text
    assert "remove the guest route to 192.168.0.0/16 inside i-1\n" in text


def test_what_changed_outside_is_reported_first() -> None:
    before, after = documents.link_attributes("i-1", "vpc-a"), documents.link_attributes("i-1", "vpc-b")
    drift = [
        documents.change(WEB, ["update"], before, after),
        documents.change(WEB, ["delete"], before, None, action_reason="detached_outside"),
        documents.change(WEB, ["delete"], before, None, action_reason="instance_gone"),
        documents.change(
            Address("classiclink_vpc", "v"),
            ["delete"],
            documents.vpc_attributes("vpc-a"),
            None,
            action_reason="disabled_outside",
        ),
        documents.change(
            Address("classiclink_guest_route", "r"),
            ["delete"],
            {"instance_id": "i-1"},
            None,
            action_reason="route_removed_outside",
        ),
    ]
    lines = _text(documents.plan(resource_drift=drift)).split("\n")
    assert [line.split("  ")[-1] for line in lines[3:8]] == [
        'vpc_id: "vpc-a" → "vpc-b"',
        "was detached",
        "its instance is no longer there",
        "ClassicLink was disabled",
        "was removed",
    ]


def test_outputs_that_change_are_reported_with_both_values() -> None:
    outputs = {
        "a": documents.output(["update"], [1], after_unknown=True),
        "b": documents.output(["delete"], "x", type=None),
        **{f"c{number}": documents.output(["create"], after=number) for number in range(40)},
    }
    text = _text(documents.plan(applicable=True, output_changes=outputs))
    assert "  ~ a = [1] → (known after apply)\n" in text
    assert '  - b = "x"\n' in text
    assert "  … and 12 more\n" in text
