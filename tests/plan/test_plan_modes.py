"""Modes, selections, safety and the document itself."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from planner.address import Address
from planner.apply.preflight import refuse_stale
from planner.config.desired import CheckResult, Desired, DesiredObject, Limits, Output, Waiver
from planner.diagnostics import Diagnostic, PlanError, Severity, StateError
from planner.documents.plan_head import Mode, plan_checksum
from planner.documents.plan_loading import load_plan
from planner.hcl.cty.types import STRING
from planner.hcl.cty.unknowns import UNKNOWN
from planner.hcl.cty.values import SENSITIVE, Value, string
from planner.network.identity import ATTACHMENT, Link
from planner.network.kinds import Kind
from planner.network.world import Unread
from planner.plan.outputs import as_json
from planner.recovery.fold import fold
from planner.remedy import cl
from planner.state.model import State, StateOutput
from planner.values import replace
from support.small_estates import (
    ROUTE,
    enablement,
    in_words,
    link,
    messages,
    place,
    plan,
    remembered,
    route,
    vpc,
    wanted,
    world,
)

NOTHING = State()
SPAN = place().block


def shop(count: int = 2) -> tuple[Any, ...]:
    ids = [f"i-{number}" for number in range(count)]
    return (enablement("a", cidr=ROUTE), *(link(name, "a") for name in ids), *(route(name) for name in ids))


def shop_world(count: int = 2) -> Any:
    ids = tuple(f"i-{number}" for number in range(count))
    return world({"a": vpc("a", cidr=ROUTE)}, dict.fromkeys(ids, "a"), routed=ids)


def test_destroy_takes_everything_managed_in_reverse() -> None:
    document = plan(shop(1), remembered(*shop(1)), shop_world(1), mode=Mode.DESTROY)
    assert in_words(document) == ["detach i-0 a", "remove_guest_route i-0 <- 1", "disable_classic_link a <- 1"]
    assert {entry["action_reason"] for entry in document["resource_changes"]} == {"destroy"}
    assert document["mode"] == "destroy"


def test_destroy_with_an_unmanaged_link_is_reported() -> None:
    cloud = shop_world(2)
    document = plan(shop(1), remembered(*shop(1)), cloud, mode=Mode.DESTROY)
    assert messages(document) == {"CL110"}


def test_destroy_minds_prevent_destroy_of_the_configuration() -> None:
    kept = link("i-1", "a", prevent_destroy=True)
    document = plan((kept,), remembered(link("i-1", "a")), world("a", {"i-1": "a"}), mode=Mode.DESTROY)
    assert messages(document) == {"CL902"}


def test_a_drain_empties_one_vpc_and_disables_it() -> None:
    objects = (*shop(2), enablement("b"), link("j-1", "b"))
    cloud = replace(shop_world(2), vpcs={"a": vpc("a", cidr=ROUTE), "b": vpc("b")})
    cloud = replace(
        cloud, links={**cloud.links, "j-1": "b"}, instances={**cloud.instances, "j-1": cloud.instances["i-0"]}
    )
    document = plan(objects, remembered(*objects), cloud, drain="a")
    assert in_words(document) == ["detach i-0 a", "detach i-1 a", "disable_classic_link a <- 1 2"]
    assert document["drain"] == "a"
    assert {step["reason"] for step in document["steps"]} == {"drain"}
    assert document["summary"]["unchanged"] == len(objects) - 3


def test_a_drain_says_that_the_configuration_still_wants_the_links_or_that_nothing_is_there() -> None:
    objects, cloud = (enablement("a"), link("i-1", "a")), world("a", {"i-1": "a"})
    assert messages(plan(objects, remembered(*objects), cloud, drain="a")) == {"CL912"}
    assert messages(plan((), remembered(*objects), cloud, drain="a")) == set()
    done = plan((), NOTHING, world({"a": vpc("a", enabled=False)}), drain="a")
    unknown = plan((), NOTHING, cloud, drain="nope")
    assert messages(unknown) == messages(done) == {"CL906"}
    assert (unknown["errored"], done["errored"]) == (True, False)


def test_a_route_replaced_under_a_link_is_away_for_a_while() -> None:
    objects = shop(1)
    document = plan(objects, remembered(*objects), shop_world(1), replace=("classiclink_guest_route.r",))
    assert messages(document) == {"CL911"}
    assert not document["errored"]
    assert document["diagnostics"][0]["detail"].startswith('classiclink_guest_route.r["i-0"] is replaced')


@pytest.mark.parametrize("replaced", ["classiclink_attachment.web", "classiclink_vpc.v"])
def test_a_route_replaced_while_its_instance_is_detached_does_no_harm(replaced: str) -> None:
    objects = shop(1)
    asked = ("classiclink_guest_route.r", "classiclink_attachment.web", replaced)
    assert messages(plan(objects, remembered(*objects), shop_world(1), replace=asked)) == set()


def test_a_route_replaced_that_no_link_needs_is_not_warned_of() -> None:
    objects, cloud = (link("i-1", "a"), route("i-1")), world("a", {"i-1": "a"}, routed=("i-1",))
    assert messages(plan(objects, remembered(*objects), cloud, replace=("classiclink_guest_route.r",))) == set()


def cl110(document: Any) -> str:
    (remedy,) = (finding["remedy"] for finding in document["rules"] if finding["rule"] == "CL110")
    return str(remedy)


def test_a_vpc_replaced_under_managed_links_needs_them_replaced() -> None:
    objects = (enablement("a"), link("i-1", "a"))
    asked = {"replace": ("classiclink_vpc.v",), "command": cl("plan", "--replace", "classiclink_vpc.v")}
    remedy = cl110(plan(objects, remembered(*objects), world("a", {"i-1": "a"}), **asked))
    assert "cl plan --replace classiclink_vpc.v --replace 'classiclink_attachment.web[\"i-1\"]'" in remedy
    assert "unmanaged" not in remedy
    assert "--exclude" not in remedy
    many = (enablement("a"), *(link(f"i-{n}", "a") for n in range(9)))
    cloud = world("a", {**{f"i-{n}": "a" for n in range(9)}, "x-1": "a"})
    remedy = cl110(plan(many, remembered(*many), cloud, **asked))
    assert 'classiclink_attachment.web["i-4"] and 4 more' in remedy
    assert "cl import ADDRESS x-1/a" in remedy


def test_a_vpc_that_is_not_declared_any_more_names_the_managed_link_that_keeps_it() -> None:
    held, cloud = remembered(enablement("a"), link("i-1", "a")), world("a", {"i-1": "a"}, extra="i-2")
    remedy = cl110(plan((link("i-1", "a"),), held, cloud, command=cl("plan")))
    assert 'classiclink_attachment.web["i-1"] keeps i-1 linked' in remedy
    assert remedy.endswith("cl plan --exclude 'classiclink_vpc.v[\"a\"]'")
    document = plan((link("i-2", "a"),), held, cloud)
    (message,) = (finding["message"] for finding in document["rules"] if finding["rule"] == "CL110")
    assert message == "1 instance would still be linked to a when it is disabled: i-2."


@pytest.mark.parametrize("mode", Mode)
def test_a_waiver_of_what_stands_is_in_use_and_one_of_nothing_is_reported(mode: Mode) -> None:
    objects = (enablement("a"), link("i-1", "a"))
    waivers = tuple(Waiver(rule, "agreed", date(2027, 1, 1), SPAN) for rule in ("CL104", "CL403"))
    cloud = world({"a": replace(vpc("a"), secondary_cidr_blocks=("172.31.0.0/16",))}, {"i-1": "a"})
    document = plan(Desired(objects, limits=Limits(waivers=waivers)), remembered(*objects), cloud, mode=mode)
    (unused,) = (found["detail"] for found in document["diagnostics"] if found["code"] == "CFG556")
    assert unused.startswith("The waiver of CL104")


def test_a_drain_of_unmanaged_links_is_not_that_of_an_empty_vpc() -> None:
    document = plan((), NOTHING, world("a", {"i-1": "a"}), drain="a", command=cl("plan", "--drain=a"))
    (found,) = document["diagnostics"]
    assert (found["code"], found["severity"], document["errored"]) == ("CL906", "error", True)
    assert "a has 1 link (i-1) and ClassicLink enabled" in found["detail"]
    assert found["remedy"].endswith("cl plan --drain=a --include-unmanaged")


def test_a_drain_names_the_unmanaged_links_that_it_leaves() -> None:
    held, cloud = remembered(link("i-1", "a")), world("a", {"i-1": "a", "x-1": "a"})
    document = plan((), held, cloud, drain="a")
    assert in_words(document) == ["detach i-1 a"]
    assert messages(document) == {"CL907"}
    assert messages(plan((), held, cloud, drain="a", include_unmanaged=True)) == set()


@pytest.mark.parametrize("include_unmanaged", [False, True])
def test_a_drain_of_an_empty_vpc_says_that_there_is_nothing_and_no_flag_that_would_help(
    include_unmanaged: bool,
) -> None:
    cloud = world({"a": vpc("a", enabled=False)})
    document = plan((), NOTHING, cloud, drain="a", include_unmanaged=include_unmanaged)
    (found,) = document["diagnostics"]
    assert (found["code"], found["severity"]) == ("CL906", "warning")
    assert "--include-unmanaged" not in found["remedy"]


def test_a_drain_of_what_could_not_be_read_does_not_say_that_nothing_is_there() -> None:
    cloud = replace(world({"a": vpc("a", enabled=False)}), unread=(Unread(Kind.LINKS, "a", "denied"),))
    (found,) = plan((), NOTHING, cloud, drain="a")["diagnostics"]
    assert found["detail"] == "No link to a is managed here, and neither is its ClassicLink."


def test_a_drain_of_a_vpc_that_is_not_there_names_one_that_may_be_meant() -> None:
    (found,) = plan((), NOTHING, world("vpc-a"), drain="vpc-aa")["diagnostics"]
    assert found["detail"] == 'vpc-aa was not found, so nothing is drained. Did you mean "vpc-a"?'


def test_a_vpc_with_an_address_that_is_none_does_not_stop_a_plan() -> None:
    cloud = world({"a": vpc("a", cidr="")}, {"i-1": "a"}, routed=("i-1",))
    assert messages(plan((link("i-1", "a"),), remembered(link("i-1", "a"), route("i-1")), cloud)) == {"CL911"}


def test_a_drain_takes_unmanaged_links_only_with_the_option() -> None:
    cloud = world("a", {"i-1": "a", "x-1": "a"})
    prior = remembered(enablement("a"), link("i-1", "a"))
    assert messages(plan((), prior, cloud, drain="a")) == {"CL110"}
    document = plan((), prior, cloud, drain="a", include_unmanaged=True)
    assert in_words(document) == ["detach x-1 a", "detach i-1 a", "disable_classic_link a <- 1 2"]
    assert [entry["mode"] for entry in document["resource_changes"]] == ["unmanaged", "managed", "managed"]
    assert not document["errored"]


def test_offline_plans_from_what_the_state_knows_and_does_not_pretend_to_know_more() -> None:
    new = world("elsewhere")
    document = plan((link("i-1", "b"),), remembered(enablement("b"), link("i-1", "a")), new, refresh=False)
    assert in_words(document) == ["detach i-1 a", "attach i-1 b <- 1", "disable_classic_link b"]
    assert {finding["status"] for finding in document["rules"] if finding["severity"] == "error"} <= {"unknown", "fail"}
    same = plan((link("i-1", "a"),), remembered(link("i-1", "a")), new, refresh=False)
    assert same["resource_changes"] == []
    assert same["complete"]
    assert same["unread"] == []


def test_what_could_not_be_read_makes_a_plan_incomplete_and_blocks_it() -> None:
    blind = replace(world("a", extra="i-1"), unread=(Unread(Kind.LINKS, None, "denied"),))
    document = plan((link("i-1", "a"),), NOTHING, blind)
    assert not document["complete"]
    assert document["unread"] == [{"kind": "links", "subject": None, "reason": "denied", "provider": "mock"}]
    assert document["errored"]
    assert "unknown" in {finding["status"] for finding in document["rules"]}


def test_what_could_not_be_read_is_taken_as_remembered() -> None:
    blind = replace(world("a", extra="i-1"), unread=(Unread(Kind.LINKS, None, "denied"),))
    document = plan((link("i-1", "a"),), remembered(link("i-1", "a")), blind)
    assert document["resource_changes"] == []
    assert not document["complete"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"targets": ('classiclink_attachment.web["i-0"]',)}, ["add_guest_route i-0", "enable", "attach i-0"]),
        ({"targets": ("classiclink_guest_route.r",)}, ["add_guest_route i-0", "add_guest_route i-1"]),
        ({"targets": ('*["i-1"]',)}, ["add_guest_route i-1", "enable", "attach i-1"]),
        ({"excludes": ('classiclink_guest_route.r["i-0"]',)}, ["add_guest_route i-1", "enable", "attach i-1"]),
        ({"excludes": ("classiclink_vpc.*",)}, ["add_guest_route i-0", "add_guest_route i-1"]),
        ({"targets": ("classiclink_attachment.web",), "excludes": ("classiclink_attachment.web",)}, []),
        (
            {"targets": ("classiclink_attachment.web",), "excludes": ('classiclink_attachment.web["i-0"]',)},
            ["add_guest_route i-1", "enable", "attach i-1"],
        ),
    ],
)
def test_a_selection_takes_what_it_needs_and_leaves_what_needs_the_excluded(
    options: dict[str, Any], expected: list[str]
) -> None:
    cloud = world({"a": vpc("a", enabled=False, cidr=ROUTE)}, extra="i-0 i-1")
    document = plan(shop(2), NOTHING, cloud, **options)
    assert not document["errored"]
    steps = " ".join(in_words(document))
    assert len(document["steps"]) == len(expected)
    assert all(words in steps for words in expected)
    assert messages(document) == {"CL907"}


def test_a_target_takes_what_it_depends_on_by_reference() -> None:
    first = wanted(Address(ATTACHMENT, "first"), Link("i-1", "a"))
    other = wanted(Address(ATTACHMENT, "other"), Link("i-3", "a"))
    last = wanted(Address(ATTACHMENT, "last"), Link("i-2", "a"), depends_on=(first.address,))
    cloud = world("a", extra="i-1 i-2 i-3")
    document = plan((first, last, other), NOTHING, cloud, targets=("classiclink_attachment.last",))
    assert in_words(document) == ["attach i-1 a", "attach i-2 a <- 1"]


def test_a_targeted_disable_takes_every_link_off_first() -> None:
    document = plan((), remembered(*shop(2)), shop_world(2), targets=('classiclink_vpc.v["a"]',))
    assert in_words(document) == ["detach i-0 a", "detach i-1 a", "disable_classic_link a <- 1 2"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"targets": ('classiclink_attachment.web["i-0"]',)}, ["detach i-0 a"]),
        ({"excludes": ("classiclink_vpc.v",)}, ["detach i-0 a", "detach i-1 a"]),
        ({"excludes": ('classiclink_attachment.web["i-0"]',)}, ["detach i-1 a"]),
    ],
)
@pytest.mark.parametrize("mode", [{"mode": Mode.DESTROY}, {"drain": "a"}, {}])
def test_a_link_goes_without_its_vpc_but_never_a_vpc_without_its_links(
    mode: dict[str, Any], options: dict[str, Any], expected: list[str]
) -> None:
    document = plan((), remembered(*shop(2)), shop_world(2), **mode, **options)
    assert [words for words in in_words(document) if not words.startswith("remove_guest_route")] == expected


def test_a_selection_that_matches_nothing_is_reported() -> None:
    document = plan(shop(1), remembered(*shop(1)), shop_world(1), targets=("classiclink_attachment.wbe",))
    assert messages(document) == {"CL906"}
    assert document["errored"]
    to_do = plan(shop(1), NOTHING, shop_world(1), targets=("classiclink_attachment.wbe",))
    assert messages(to_do) == {"CL906"}
    detail = document["diagnostics"][0]["detail"]
    assert "--target classiclink_attachment.wbe matches nothing" in detail
    assert detail.endswith('Did you mean "classiclink_attachment.web"?')


def test_a_selection_that_leaves_nothing_out_is_no_plan_of_a_part() -> None:
    cloud = world("a", extra="i-1")
    assert messages(plan((link("i-1", "a"),), NOTHING, cloud, targets=("classiclink_attachment.web",))) == set()


def drifted_shop() -> tuple[Any, Any, Any]:
    """Two links that are declared and in the state, both detached by hand, and a third that was moved to VPC b."""
    objects = (link("i-1", "a"), link("i-2", "a"), link("i-3", "a"))
    return objects, remembered(*objects), world("a b", {"i-3": "b"}, extra="i-1 i-2")


@pytest.mark.parametrize(
    ("options", "taken_over"),
    [
        ({}, ["i-1", "i-2", "i-3"]),
        ({"targets": ('classiclink_attachment.web["i-1"]',)}, ["i-1"]),
        ({"excludes": ('classiclink_attachment.web["i-1"]',)}, ["i-2", "i-3"]),
        ({"drain": "b"}, ["i-3"]),
        ({"drain": "a"}, ["i-1", "i-2", "i-3"]),
        ({"mode": Mode.REFRESH_ONLY, "targets": ('classiclink_attachment.web["i-3"]',)}, ["i-3"]),
        ({"mode": Mode.DESTROY, "targets": ('classiclink_attachment.web["i-2"]',)}, ["i-2"]),
    ],
)
def test_a_plan_of_a_part_takes_over_only_what_changed_outside_in_that_part(
    options: dict[str, Any], taken_over: list[str]
) -> None:
    objects, prior, cloud = drifted_shop()
    document = plan(objects, prior, cloud, **options)
    assert [entry["index"] for entry in document["resource_drift"]] == taken_over


def test_what_a_plan_of_a_part_leaves_out_stays_in_the_state_for_the_next_plan() -> None:
    objects, prior, cloud = drifted_shop()
    document = plan(objects, prior, cloud, targets=('classiclink_attachment.web["i-1"]',))
    after = fold(prior, document, {step["id"] for step in document["steps"]}, {})
    assert after.objects == prior.objects
    assert "2 changes of the whole plan and 2 objects that changed outside" in messages_of(document, "CL907")
    again = plan(objects, after, replace(cloud, links={**cloud.links, "i-1": "a"}))
    assert [entry["index"] for entry in again["resource_drift"]] == ["i-2", "i-3"]


def at(number: int, instance_id: str) -> DesiredObject:
    return wanted(Address(ATTACHMENT, "web", number), Link(instance_id, "a"))


@pytest.mark.parametrize(
    ("objects", "linked", "left_out"),
    [
        ((at(0, "i-3"), at(1, "i-1"), route("i-3")), "i-1 i-2", "classiclink_guest_route.*"),
        ((at(0, "i-3"), at(1, "i-1"), at(2, "i-2")), "i-2", "classiclink_attachment.web[2]"),
    ],
    ids=["two that take each other's address", "one that is made again"],
)
def test_nothing_takes_the_place_of_what_a_plan_of_a_part_leaves_where_it_is(
    objects: tuple[DesiredObject, ...], linked: str, left_out: str
) -> None:
    cloud = world(
        {"a": vpc("a", cidr=ROUTE)}, dict.fromkeys(linked.split(), "a"), extra="i-1 i-3", routed=("i-1", "i-2")
    )
    prior = remembered(at(0, "i-1"), at(1, "i-2"))
    document = plan(objects, prior, cloud, excludes=(left_out,))
    after = fold(prior, document, {step["id"] for step in document["steps"]}, {})
    assert Link("i-2", "a") in {found.identity for found in after.objects.values()}


def messages_of(document: dict[str, Any], code: str) -> str:
    """The details of the diagnostics with this code."""
    return "\n".join(found["detail"] for found in document["diagnostics"] if found["code"] == code)


def ten(count: int = 10) -> tuple[Any, ...]:
    return tuple(link(f"i-{number}", "a") for number in range(count))


def ten_linked(count: int = 10) -> Any:
    return world("a b", {f"i-{number}": "a" for number in range(count)})


def test_too_many_links_lost_need_the_exact_number() -> None:
    prior, cloud = remembered(*ten()), ten_linked()
    assert messages(plan(ten(7), prior, cloud)) == set()
    assert messages(plan(ten(6), prior, cloud)) == {"CL901"}
    assert messages(plan(ten(6), prior, cloud, accept_detach=4)) == set()
    wrong = plan(ten(6), prior, cloud, accept_detach=3)
    assert messages(wrong) == {"CL901"}
    assert wrong["rules"][0]["remedy"].endswith("plan again with the same flags and --accept-detach 4")
    typed = plan(ten(6), prior, cloud, command=cl("plan", "--out", "p.json"))
    assert typed["rules"][0]["remedy"].endswith("\n  cl plan --out p.json --accept-detach 4")
    assert messages(plan((), remembered(*ten(9)), ten_linked(9))) == set()


def test_moved_links_are_not_lost_at_whatever_address() -> None:
    moved = tuple(link(f"i-{number}", "b", "new") for number in range(10))
    assert messages(plan(moved, remembered(*ten()), ten_linked())) == set()


def test_moves_that_were_cut_short_are_known_links_too_so_that_the_rest_of_a_plan_is_no_greater_share() -> None:
    cut = replace(remembered(*ten(9)), cut_short=(("mock", "i-9"),))
    cloud = world("a b", {f"i-{number}": "a" for number in range(9)}, extra="i-9")
    assert messages(plan((*ten(6), link("i-9", "b")), cut, cloud)) == set()


def test_a_waiver_lets_lost_links_pass_and_is_reported() -> None:
    waiver = Waiver("CL901", "the shop closes", date(2027, 1, 31), SPAN)
    document = plan(Desired(limits=Limits(waivers=(waiver,))), remembered(*ten()), ten_linked())
    assert not document["errored"]
    assert [finding["status"] for finding in document["rules"] if finding["rule"] == "CL901"] == ["waived"]


def output(value: Value, *, sensitive: bool = False) -> Output:
    return Output(value, sensitive=sensitive)


def test_outputs_that_change_are_listed_with_type_and_sides() -> None:
    known = {"same": StateOutput("x", "string"), "old": StateOutput("y", "string"), "new": StateOutput("a", "string")}
    desired = Desired(outputs={"same": output(string("x")), "new": output(string("b")), "more": output(string("c"))})
    document = plan(desired, State(outputs=known), world("a"))
    sides = {
        name: (change["actions"], change["before"], change["after"])
        for name, change in document["output_changes"].items()
    }
    assert sides == {
        "old": (["delete"], "y", None),
        "new": (["update"], "a", "b"),
        "more": (["create"], None, "c"),
    }
    assert document["applicable"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (StateOutput("s3cret-old", "string", sensitive=True), output(string("s3cret-new"), sensitive=True)),
        (StateOutput("s3cret-old", "string", sensitive=True), output(string("s3cret-new"))),
        (StateOutput("s3cret-old", "string"), output(string("s3cret-new"), sensitive=True)),
        (None, output(Value(STRING, "s3cret", frozenset({SENSITIVE})))),
    ],
)
def test_a_sensitive_output_is_never_in_clear(before: StateOutput | None, after: Output) -> None:
    document = plan(Desired(outputs={"key": after}), State(outputs={"key": before} if before else {}), world("a"))
    assert "key" in document["output_changes"]
    assert "s3cret" not in json.dumps(document)


def test_an_output_that_cannot_be_known_yet_says_so() -> None:
    document = plan(Desired(outputs={"ip": output(Value(STRING, UNKNOWN))}), NOTHING, world("a"))
    assert document["output_changes"]["ip"]["after_unknown"] is True


def test_checks_and_warnings_are_in_the_document() -> None:
    warning = Diagnostic("CFG399", "Mind this", severity=Severity.WARNING)
    check = CheckResult("check.ok", "check", "fail", ("no",))
    document = plan(Desired(checks=(check,), warnings=(warning,)), NOTHING, world("a"))
    assert document["checks_blocks"] == [{"address": "check.ok", "kind": "check", "status": "fail", "messages": ["no"]}]
    assert messages(document) == {"CFG399"}
    assert not document["errored"]


def saved() -> str:
    return json.dumps(plan(shop(2), NOTHING, world({"a": vpc("a", enabled=False, cidr=ROUTE)}, extra="i-0 i-1")))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "STA401"),
        (saved()[:-20], "STA401"),
        ("[]", "STA402"),
        ('{"version": 4}', "STA402"),
        (saved().replace('"1.0"', '"2.0"', 1), "STA403"),
        (saved().replace('"1.0"', "1.0", 1), "STA403"),
        (saved().replace('"1.0"', '"1"', 1), "STA403"),
        (saved().replace('"1.0"', '"1.0.0"', 1), "STA403"),
        (saved().replace('"attach"', '"detach"', 1), "STA404"),
        (saved().replace('"checksum"', '"other"', 1), "STA404"),
        ("[" * 100_000, "STA401"),
        (saved().replace('"serial": 0', '"serial": NaN', 1), "STA401"),
        (saved().replace('"serial": 0', '"serial": 1e999', 1), "STA401"),
    ],
)
def test_a_file_that_is_no_whole_plan_is_refused(text: str, code: str) -> None:
    with pytest.raises(StateError) as caught:
        load_plan(text)
    assert caught.value.diagnostics[0].code == code


def test_a_document_of_a_wrong_shape_is_refused_though_its_checksum_holds() -> None:
    document = json.loads(saved())
    document["steps"][0]["action"] = "explode"
    document["checksum"] = plan_checksum(document)
    with pytest.raises(StateError) as caught:
        load_plan(json.dumps(document))
    assert caught.value.diagnostics[0].code == "STA402"


def test_everything_that_is_misshapen_is_reported_at_once_but_no_more_than_can_be_read() -> None:
    document = json.loads(saved()) | {"mode": "x", "proof": None}
    document["steps"] = [dict(document["steps"][0], needs=7) for _ in range(100)]
    document["checksum"] = plan_checksum(document)
    with pytest.raises(StateError) as caught:
        load_plan(json.dumps(document), "p.json")
    messages = [found.detail for found in caught.value.diagnostics]
    assert len(messages) == 20
    assert messages[0] == 'p.json: mode: expected one of "normal" or "destroy" or "refresh-only", found "x".'
    assert messages[1] == "p.json: steps[0].needs: expected a list of step ids, found 7."


@pytest.mark.parametrize("key", ["plan_id", "lineage", "serial", "errored", "mode", "summary", "rules", "proof"])
def test_a_plan_that_lacks_what_every_plan_has_is_refused_though_its_checksum_holds(key: str) -> None:
    document = json.loads(saved())
    for altered in ({name: value for name, value in document.items() if name != key}, document | {key: None}):
        with pytest.raises(StateError) as caught:
            load_plan(json.dumps(altered | {"checksum": plan_checksum(altered)}))
        assert key in caught.value.diagnostics[0].detail


def test_a_newer_minor_format_is_read() -> None:
    document = json.loads(saved())
    document |= {"format_version": "1.7", "something": "new"}
    document["checksum"] = plan_checksum(document)
    assert dict(load_plan(json.dumps(document)))["something"] == "new"


@pytest.mark.parametrize(
    ("prior", "code"),
    [
        (State(applied_plans=("plan-1",)), "STA406"),
        (State(lineage="other"), "STA407"),
        (State(serial=3), "STA408"),
    ],
)
def test_a_plan_for_another_state_is_refused(prior: State, code: str) -> None:
    with pytest.raises(PlanError) as caught:
        refuse_stale(json.loads(saved()), prior)
    assert [found.code for found in caught.value.diagnostics] == [code]


def test_an_errored_plan_is_refused_and_a_fit_one_is_not() -> None:
    document = json.loads(saved())
    refuse_stale(document, NOTHING)
    with pytest.raises(PlanError):
        refuse_stale(document | {"errored": True}, NOTHING)


@pytest.mark.parametrize("selection", [{"targets": ('classiclink_attachment.web["new"]',)}, {"excludes": ("*.old",)}])
def test_a_selection_shows_what_it_leaves_out_that_frees_a_slot(selection: dict[str, Any]) -> None:
    stay = tuple(link(f"i{number:04}", "a") for number in range(999))
    old = wanted(Address(ATTACHMENT, "old"), Link("gone", "a"))
    links = {"gone": "a", **{found.identity.instance_id or "": "a" for found in stay}}
    cloud = world("a", links, extra="new")
    document = plan((*stay, link("new", "a")), remembered(*stay, old), cloud, **selection)
    assert "CL301" in {finding["rule"] for finding in document["rules"]}
    [partial] = [found for found in document["diagnostics"] if found["code"] == "CL907"]
    assert "1 of them frees a slot that this plan needs" in partial["detail"]
    assert "such as classiclink_attachment.old" in partial["remedy"]


A, ON_A, TWO_ON_A = enablement("a"), link("i-1", "a"), link("i-2", "a")


@pytest.mark.parametrize(
    ("objects", "options"),
    [
        ((ON_A,), {}),
        ((ON_A, TWO_ON_A), {}),
        ((TWO_ON_A,), {}),
        ((A, ON_A), {"replace": ("classiclink_vpc.v",)}),
    ],
    ids=["its link stays", "one more comes", "another comes", "replaced without its link"],
)
def test_offline_links_that_the_state_knows_forbid_to_disable_their_vpc(
    objects: tuple[DesiredObject, ...], options: dict[str, Any]
) -> None:
    document = plan(objects, remembered(A, ON_A), world("a", {"i-1": "a"}), refresh=False, **options)
    assert messages(document) == {"CL110"}
    assert document["errored"]


def test_offline_links_that_the_state_knows_fill_a_vpc() -> None:
    linked = tuple(link(f"i-{number:04}", "a") for number in range(1_000))
    document = plan((A, *linked, link("j-1", "a")), remembered(A, *linked), world("a"), refresh=False)
    assert messages(document) == {"CL301"}


@pytest.mark.parametrize(
    ("number", "written"),
    [
        ("1E-400", "0"),
        ("-1E-400", "0"),
        ("0.99999999999999999999", "1"),
        ("123456789012345678.5", "123456789012345678"),
        ("1E+400", "1" + "0" * 400),
        ("1.5E-7", "1.5e-07"),
    ],
)
def test_a_number_that_a_float_makes_whole_is_written_as_a_whole_one(number: str, written: str) -> None:
    assert json.dumps(as_json(Decimal(number))) == written
