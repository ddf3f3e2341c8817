"""Drift: each bucket, and which of the three moved."""

from __future__ import annotations

import pytest

from planner.diagnostics import Position, Span
from planner.drift.document import find_drift
from planner.network.identity import Enablement, GuestRoute, Link
from planner.network.kinds import Kind
from planner.network.world import Unread
from planner.network.worlds import Worlds
from planner.render.problems import DRIFT_TITLE
from planner.values import replace
from support.drift_estates import PLACE, TODAY, Estate, in_sync

WEB, MOVED = Link("i-1", "vpc-a"), Link("i-1", "vpc-b")
LINK, VPC, ROUTE = "classiclink_attachment", "classiclink_vpc", "classiclink_guest_route"


def test_nothing_is_reported_where_the_three_agree() -> None:
    document = in_sync().drift()
    assert document == {
        "format_version": "1.0",
        "in_sync": True,
        "strict": False,
        "complete": True,
        "summary": {
            "managed": 5,
            "missing": 0,
            "changed": 0,
            "unmanaged": 0,
            "violated": 0,
            "unknown": 0,
            "pending": 0,
            "ignored": 0,
            "coverage": "4/4 (100 %)",
        },
        "items": [],
        "groups": [],
        "vpcs": [
            {
                "vpc_id": vpc_id,
                "cidr_block": cidr_block,
                "classic_link_enabled": True,
                "links": 1,
                "in_order": {"count": 1, "ids": [instance_id]},
            }
            for vpc_id, cidr_block, instance_id in (
                ("vpc-a", "172.16.0.0/16", "i-1"),
                ("vpc-b", "192.168.0.0/16", "i-2"),
            )
        ],
        "notes": [],
    }


def test_the_vpcs_are_reported_with_the_links_that_are_in_order() -> None:
    document = in_sync().linked("i-3", "vpc-a").with_vpc("vpc-b", classic_link_enabled=False).drift()
    messages = {vpc["vpc_id"]: (vpc["classic_link_enabled"], vpc["links"], vpc["in_order"]) for vpc in document["vpcs"]}
    assert messages["vpc-a"] == (True, 2, {"count": 1, "ids": ["i-1"]})
    assert messages["vpc-b"][0] is False


@pytest.mark.parametrize(
    ("estate", "item"),
    [
        # state A, cloud -, configuration A
        (in_sync().linked("i-1", None), ("missing", f"{LINK}.i-1/vpc-a", "cloud")),
        (in_sync().with_vpc("vpc-a", classic_link_enabled=False), ("changed", f"{VPC}.vpc-a", "cloud")),
        (in_sync().with_instance("i-2", guest_routes=()), ("missing", f"{ROUTE}.i-2/192.168.0.0/16", "cloud")),
        # A - -
        (in_sync().linked("i-1", None).declaring(web=None), ("missing", f"{LINK}.i-1/vpc-a", "state")),
        # A B A
        (in_sync().linked("i-1", "vpc-b"), ("changed", f"{LINK}.i-1/vpc-a", "cloud")),
        # A B B
        (in_sync().linked("i-1", "vpc-b").declaring(web=MOVED), ("changed", f"{LINK}.i-1/vpc-a", "state")),
        # A A B
        (in_sync().declaring(web=MOVED), ("pending", f"{LINK}.i-1/vpc-a", "configuration")),
        # A A -
        (in_sync().declaring(web=None), ("pending", f"{LINK}.i-1/vpc-a", "configuration")),
        # - A -
        (in_sync().linked("i-3", "vpc-a"), ("unmanaged", f"{LINK}.i-3/vpc-a", "cloud")),
        (in_sync().with_vpc("vpc-off", classic_link_enabled=True), ("unmanaged", f"{VPC}.vpc-off", "cloud")),
        # - A A
        (in_sync().remembering(web=None), ("unmanaged", f"{LINK}.i-1/vpc-a", "state")),
        # - - A
        (in_sync().declaring(new=Link("i-3", "vpc-a")), ("pending", f"{LINK}.i-3/vpc-a", "configuration")),
        # A B -
        (in_sync().linked("i-1", "vpc-b").declaring(web=None), ("changed", f"{LINK}.i-1/vpc-a", "cloud")),
        # - A B
        (
            in_sync().remembering(web=None).declaring(web=MOVED),
            ("changed", f"{LINK}.i-1/vpc-a", "cloud"),
        ),
        # the same object at another address is the same object
        (in_sync().declaring(web=None, site=WEB).linked("i-3", "vpc-a"), ("unmanaged", f"{LINK}.i-3/vpc-a", "cloud")),
    ],
)
def test_each_way_to_come_apart_has_one_bucket_and_one_mover(estate: Estate, item: tuple[str, str, str]) -> None:
    bucket = item[0]
    messages = estate.items()
    assert item in messages
    others = [other for other in messages if other != item]
    assert all(other[0] == "violated" for other in others), messages
    document = estate.drift()
    assert document["in_sync"] == (bucket == "pending")
    assert not estate.drift(strict=True)["in_sync"]
    assert document["summary"][bucket] == 1
    first = next(found for found in document["items"] if found["bucket"] == bucket)
    assert first["detail"].endswith(".")
    assert all(remedy.startswith(("restore: ", "accept: ", "carry out: ", "take back: ")) for remedy in first["remedy"])


def test_a_link_that_goes_elsewhere_says_from_where_to_where_and_both_ways_out() -> None:
    (item, *_) = in_sync().linked("i-1", "vpc-b").drift()["items"]
    assert (item["before"], item["after"]) == ({"vpc_id": "vpc-a"}, {"vpc_id": "vpc-b"})
    assert item["detail"] == "i-1 is linked to vpc-b; the state says vpc-a, and so does the configuration."
    assert item["remedy"] == [
        "restore: cl apply --target classiclink_attachment.web",
        'accept: set vpc_id = "vpc-b" at classiclink_attachment.web, '
        "then cl refresh --target classiclink_attachment.web",
    ]
    assert item["range"]["filename"] == "main.hcl"


def test_what_is_not_declared_comes_with_the_call_or_with_the_block_and_its_import() -> None:
    (item,) = in_sync().linked("i-3", "vpc-a").drift()["items"]
    assert item["remedy"] == [
        "restore: aliyun ecs DetachClassicLinkVpc --RegionId cn-hangzhou --InstanceId i-3 --VpcId vpc-a",
        "accept: declare it in the block below, then cl import classiclink_attachment.i-3 i-3/vpc-a\n"
        'resource "classiclink_attachment" "i-3" {\n  instance_id = "i-3"\n  vpc_id      = "vpc-a"\n}',
    ]
    assert "address" not in item


def test_an_unmanaged_link_that_goes_elsewhere_is_imported_before_it_is_moved() -> None:
    (item, *_) = in_sync().remembering(web=None).linked("i-1", "vpc-b").drift()["items"]
    assert item["remedy"] == [
        "restore: cl import classiclink_attachment.web i-1/vpc-b && cl apply --target classiclink_attachment.web",
        'accept: set vpc_id = "vpc-b" at classiclink_attachment.web, then cl apply --target classiclink_attachment.web',
    ]


def in_place(estate: Estate, **arguments: int) -> Estate:
    """The estate whose declarations have these arguments, each on a line of `main.hcl`."""
    spans = {name: Span("main.hcl", Position(line, 3), Position(line, 9)) for name, line in arguments.items()}
    return replace(estate, place=replace(PLACE, arguments=spans))


def one_of_many(text: str) -> Estate:
    """The link of i-1, declared and managed at this address."""
    estate = in_sync().declaring(web=None).remembering(web=None)
    return replace(estate, declared={**estate.declared, text: WEB}, state={**estate.state, text: WEB})


def test_one_instance_of_a_block_that_goes_elsewhere_is_reported_where_its_values_come_from() -> None:
    estate = in_place(one_of_many('classiclink_attachment.web["i-1"]').linked("i-1", "vpc-b"), for_each=4, vpc_id=9)
    assert estate.drift()["items"][0]["remedy"][1:] == [
        'accept: set vpc_id = "vpc-b" at classiclink_attachment.web, '
        "then cl refresh --target 'classiclink_attachment.web[\"i-1\"]'",
    ], "the only one"
    other = {'classiclink_attachment.web["i-9"]': Link("i-9", "vpc-a")}
    estate = replace(estate, declared={**estate.declared, **other})
    item = next(each for each in estate.drift()["items"] if each.get("instance_id") == "i-1")
    assert item["remedy"] == [
        "restore: cl apply --target 'classiclink_attachment.web[\"i-1\"]'",
        'accept: set "vpc-b" where its vpc_id comes from (main.hcl line 9), unless other instances use the same value; '
        "then cl refresh --target 'classiclink_attachment.web[\"i-1\"]'",
        'accept: remove "i-1" from the for_each of classiclink_attachment.web (main.hcl line 4), declare it in '
        "the block below, then cl apply --target classiclink_attachment.i-1\n"
        'resource "classiclink_attachment" "i-1" {\n  instance_id = "i-1"\n  vpc_id      = "vpc-b"\n}',
    ]


@pytest.mark.parametrize(
    ("address", "accept"),
    [
        (
            'classiclink_attachment.web["i-1"]',
            'remove "i-1" from the for_each of classiclink_attachment.web (main.hcl line 4)',
        ),
        ("classiclink_attachment.web[2]", "remove 2 from the count of classiclink_attachment.web (main.hcl line 5)"),
        (
            "module.m[0].classiclink_attachment.web",
            "remove module.m[0].classiclink_attachment.web from the configuration",
        ),
    ],
)
def test_one_instance_of_a_block_is_taken_out_of_what_repeats_the_block(address: str, accept: str) -> None:
    estate = in_place(one_of_many(address).linked("i-1", None), for_each=4, count=5)
    assert estate.drift()["items"][0]["remedy"][1].startswith(f"accept: {accept}, then cl refresh --target ")


def test_an_instance_of_a_module_is_reported_where_its_value_comes_from() -> None:
    estate = in_place(one_of_many("module.m[0].classiclink_attachment.web").linked("i-1", "vpc-b"), vpc_id=9)
    (_, accept) = estate.drift()["items"][0]["remedy"]
    assert accept.startswith(
        'accept: set "vpc-b" where its vpc_id comes from (main.hcl line 9), unless other instances'
    )


def test_blocks_to_be_pasted_have_names_of_their_own() -> None:
    names = ["i-3", "i.3", "i/3", "3"]
    estate = in_sync().declaring(**{"i-3": Link("i-1", "vpc-a"), "web": None})
    estate = replace(estate, world=replace(estate.world, links={**estate.world.links, **dict.fromkeys(names, "vpc-a")}))
    unmanaged = [item for item in estate.drift()["items"] if item["bucket"] == "unmanaged"]
    messages = {item["instance_id"]: item["remedy"] for item in unmanaged if item["what_moved"] == "cloud"}
    blocks = {name: remedy[1].split('"')[3] for name, remedy in messages.items()}
    assert blocks == {"i-3": "i-3-2", "i.3": "i-3-3", "i/3": "i-3-4", "3": "_3"}
    assert all(f"classiclink_attachment.{blocks[name]} " in remedy[1] for name, remedy in messages.items())


def test_a_vpc_that_has_links_is_disabled_only_when_they_are_gone() -> None:
    estate = in_sync().with_vpc("vpc-off", classic_link_enabled=True)
    ways = [
        next(item for item in each.drift()["items"] if item["id"] == "vpc-off")["remedy"][0]
        for each in (estate, estate.linked("i-3", "vpc-off"))
    ]
    assert ways == [
        "restore: aliyun vpc DisableVpcClassicLink --RegionId cn-hangzhou --VpcId vpc-off",
        "restore: cl apply --drain vpc-off --include-unmanaged, which detaches i-3 first",
    ]


def test_what_plans_is_offered_for_when_everything_can_be_read() -> None:
    """An apply, also one of a target alone, refuses a cloud that it cannot read as a whole."""
    gap = Unread(Kind.INSTANCES, "i-2", "denied")
    estate = in_sync().linked("i-1", "vpc-b").linked("i-3", "vpc-a").with_unread(gap)
    messages = {item["id"]: item["remedy"] for item in estate.drift()["items"] if item["bucket"] != "violated"}
    assert messages["i-1/vpc-a"] == [
        "restore: once everything can be read, cl apply --target classiclink_attachment.web",
        'accept: once everything can be read, set vpc_id = "vpc-b" at classiclink_attachment.web, '
        "then cl refresh --target classiclink_attachment.web",
    ]
    assert all("once" not in way for way in messages["i-3/vpc-a"]), "neither way makes a plan"


def test_a_link_that_went_elsewhere_undeclared_is_accepted_by_a_block() -> None:
    (item, *_) = in_sync().linked("i-1", "vpc-b").declaring(web=None).drift()["items"]
    assert item["remedy"][1].startswith(
        "accept: declare it in the block below, then cl refresh --target classiclink_attachment.web\n"
        'resource "classiclink_attachment" "web" {'
    )


def test_what_is_only_not_adopted_yet_is_adopted_by_one_command() -> None:
    estate = in_sync()
    notes = replace(estate, state={}).drift()["notes"]
    assert notes == ["5 objects are declared and in the cloud, not in the state: cl apply adopts them all at once."]


def without_instance(estate: Estate) -> Estate:
    world = estate.linked("i-1", None).world
    instances = {name: found for name, found in world.instances.items() if name != "i-1"}
    return replace(estate, world=replace(world, instances=instances))


def without_vpc(estate: Estate) -> Estate:
    world = estate.linked("i-1", None).world
    vpcs = {name: found for name, found in world.vpcs.items() if name != "vpc-a"}
    return replace(estate, world=replace(world, vpcs=vpcs))


@pytest.mark.parametrize(
    ("estate", "why"),
    [
        (without_instance(in_sync()), "the instance no longer exists"),
        (without_vpc(in_sync()), "the VPC no longer exists"),
        (
            in_sync().linked("i-1", None).with_instance("i-1", network_type="vpc", vpc_id="vpc-b"),
            "the instance is in vpc-b now, not in the classic network",
        ),
    ],
)
def test_nothing_is_restored_that_cannot_come_back(estate: Estate, why: str) -> None:
    item = next(found for found in estate.drift()["items"] if found["type"] == "classiclink_attachment")
    assert why in item["detail"]
    assert item["remedy"] == [
        "accept: remove classiclink_attachment.web from the configuration, "
        "then cl refresh --target classiclink_attachment.web"
    ]


def test_what_was_declared_and_never_applied_can_be_dropped_again() -> None:
    (item,) = in_sync().remembering(web=None).linked("i-1", None).drift()["items"]
    assert item["remedy"] == [
        "carry out: cl apply --target classiclink_attachment.web",
        "take back: remove classiclink_attachment.web from the configuration",
    ]


def test_what_only_the_configuration_has_is_not_said_to_be_in_the_state_or_never_applied() -> None:
    (item,) = in_sync().linked("i-1", None).remembering(web=None).drift()["items"]
    assert item["detail"] == "The link of i-1 to vpc-a is declared, but not yet in the state or the cloud."
    assert item["what_moved"] == "configuration"
    assert "state" not in DRIFT_TITLE[item["bucket"]]


def test_an_attribute_that_differs_is_reported_with_both_values() -> None:
    (item,) = in_sync().with_instance("i-1", private_ip="10.9.9.9").drift()["items"]
    assert (item["bucket"], item["what_moved"]) == ("changed", "cloud")
    assert (item["before"], item["after"]) == ({"private_ip": "10.1.2.1"}, {"private_ip": "10.9.9.9"})


def test_other_vswitches_in_the_configuration_are_reported_unless_they_are_ignored() -> None:
    estate = in_sync()
    objects = [
        replace(wanted, attributes={**wanted.attributes, "vswitch_ids": ("vsw-1",)})
        if wanted.identity == WEB
        else wanted
        for wanted in estate.desired.objects
    ]
    desired = replace(estate.desired, objects=tuple(objects))
    changed = [
        item
        for item in find_drift(desired, estate.prior, Worlds({"mock": estate.world}), today=TODAY)["items"]
        if item["bucket"] == "pending"
    ]
    assert [(item["what_moved"], item["after"]) for item in changed] == [("configuration", {"vswitch_ids": ["vsw-1"]})]
    ignoring = [replace(wanted, ignore_changes=frozenset({"vswitch_ids"})) for wanted in objects]
    document = find_drift(
        replace(desired, objects=tuple(ignoring)), estate.prior, Worlds({"mock": estate.world}), today=TODAY
    )
    assert document["summary"]["pending"] == 0


def test_a_move_that_the_configuration_ignores_is_none() -> None:
    estate = in_sync().declaring(web=MOVED)
    ignoring = [replace(wanted, ignore_changes=frozenset({"vpc_id"})) for wanted in estate.desired.objects]
    document = find_drift(
        replace(estate.desired, objects=tuple(ignoring)), estate.prior, Worlds({"mock": estate.world}), today=TODAY
    )
    assert document["in_sync"]


def test_without_a_configuration_the_state_says_what_is_wanted() -> None:
    estate = in_sync().declaring(web=None)
    assert estate.drift(configured=False)["in_sync"]
    moved = estate.linked("i-1", None).drift(configured=False)
    assert [item["what_moved"] for item in moved["items"]] == ["cloud"]


def test_a_state_that_holds_one_instance_twice_has_the_other_link_missing() -> None:
    estate = in_sync().remembering(old=Link("i-1", "vpc-b")).declaring(old=None)
    assert estate.items() == [("missing", f"{LINK}.i-1/vpc-b", "state")]


def test_a_guest_route_that_cannot_be_read_is_taken_on_trust() -> None:
    estate = in_sync().with_instance("i-2", guest_routes=None)
    assert estate.drift()["in_sync"]
    never_applied = estate.remembering(db=Link("i-2", "vpc-b"))
    assert never_applied.items()[-1] == ("pending", f"{ROUTE}.i-2/192.168.0.0/16", "configuration")


@pytest.mark.parametrize(
    ("what", "estate"),
    [
        ("stopping", in_sync().with_instance("i-1", status="Stopping")),
        ("stopped", in_sync().with_instance("i-1", status="Stopped")),
        ("starting", in_sync().with_instance("i-1", status="Starting")),
        ("restarting", in_sync().with_instance("i-1", status="Starting", operation_locks=("recycling",))),
        ("downtime migration", in_sync().with_instance("i-1", status="Stopped", operation_locks=("migrating",))),
        ("hot migration", in_sync().with_instance("i-1", status="Migrating")),
        ("system disk replacement", in_sync().with_instance("i-1", status="Pending", name="web-1-new-image")),
        ("a new name", in_sync().with_instance("i-1", name="renamed", tags={"app": "shop"})),
        ("the VPC is busy", in_sync().with_vpc("vpc-a", status="Pending")),
    ],
)
def test_the_life_of_an_instance_is_no_drift(what: str, estate: Estate) -> None:
    """Overview, Background: operations such as these "will not change the link"."""
    assert estate.drift()["in_sync"], what


@pytest.mark.parametrize(
    ("rule", "estate", "subject"),
    [
        ("CL103", in_sync().with_route("vpc-a", "10.0.0.0/8"), "i-1/vpc-a"),
        ("CL101", in_sync().with_vpc("vpc-a", classic_link_enabled=False), "i-1/vpc-a"),
        ("CL201", in_sync().with_instance("i-1", network_type="vpc"), "i-1/vpc-a"),
        ("CL204", in_sync().with_instance("i-1", region_id="cn-beijing"), "i-1/vpc-a"),
        ("CL107", in_sync().with_instance("i-2", guest_routes=()), "i-2/vpc-b"),
        ("CL401", in_sync().with_instance("i-1", private_ip="10.111.0.1"), "i-1/vpc-a"),
    ],
)
def test_a_link_that_stands_against_a_rule_is_violated(rule: str, estate: Estate, subject: str) -> None:
    violated = [item for item in estate.drift()["items"] if item["bucket"] == "violated"]
    assert [(item["rule"], item["id"]) for item in violated] == [(rule, subject)]
    assert violated[0]["address"].startswith("classiclink_attachment.")
    assert violated[0]["remedy"][0].startswith("restore: ")
    assert rule in violated[0]["detail"]


def test_a_warning_is_no_violation_but_noted_for_its_vpc_with_the_number_of_links() -> None:
    more = Link("i-3", "vpc-a")
    estate = in_sync().linked("i-3", "vpc-a").declaring(more=more).remembering(more=more)
    document = estate.with_route("vpc-a", "10.1.0.0/16").drift()
    assert document["in_sync"]
    (note,) = document["notes"]
    assert note.startswith(
        "CL104 (custom-route-shadows-classic) warns about 2 links to vpc-a. vpc-a has custom routes "
    )
    (rule,) = document["rules"]
    assert (rule["rule"], rule["status"], rule["severity"], rule["links"]) == ("CL104", "fail", "warning", 2)
    assert "rules" not in estate.drift()
    assert estate.with_route("vpc-a", "10.1.0.0/16").waiving("CL104").drift()["notes"] == []


def test_a_note_says_what_is_and_not_what_a_plan_would_do() -> None:
    estate = in_sync()
    links = {f"i-{number}": "vpc-a" for number in range(10, 910)}
    full = replace(estate, world=replace(estate.world, links={**estate.world.links, **links}))
    *at_once, note = full.drift()["notes"]
    assert [one.split(". ")[0] for one in at_once] == [
        "900 objects that are not declared can be accepted all at once: cl import --all --write FILE.hcl",
        "To list each object with its own remedy: cl drift --all.",
    ]
    assert note.startswith(
        "CL302 (quota-nearly-used) warns about 1 link to vpc-a. vpc-a holds 901 of at most 1,000 links;"
    )


def test_a_standing_link_without_its_guest_route_is_reported_without_talk_of_steps() -> None:
    (item,) = [
        item
        for item in in_sync().with_instance("i-2", guest_routes=()).drift()["items"]
        if item["bucket"] == "violated"
    ]
    assert "step" not in item["detail"]
    assert "ip route add 192.168.0.0/16 $(ip route show 10.0.0.0/8 |" in item["remedy"][0]
    off = in_sync().with_vpc("vpc-a", classic_link_enabled=False).drift()["items"]
    assert not [item for item in off if "step" in item["detail"]]


def test_a_waived_rule_is_no_violation() -> None:
    ten = in_sync().with_vpc("vpc-a", cidr_block="10.0.0.0/8")
    assert "CL105" in [item.get("rule") for item in ten.drift()["items"]]
    document = ten.waiving("CL105").drift()
    assert "CL105" not in [item.get("rule") for item in document["items"]]
    waived = {rule["rule"]: rule for rule in document["rules"]}["CL105"]
    assert (waived["status"], waived["vpc_id"], waived["links"]) == ("waived", "vpc-a", 1)
    assert waived["waiver"] == {"reason": "agreed", "until": None}
    assert waived["detail"] in next(note for note in document["notes"] if note.startswith("CL105"))


def test_a_fact_of_a_vpc_is_reported_for_each_of_its_links() -> None:
    estate = (
        in_sync().linked("i-3", "vpc-a").declaring(more=Link("i-3", "vpc-a")).remembering(more=Link("i-3", "vpc-a"))
    )
    items = estate.with_route("vpc-a", "10.0.0.0/8").drift()["items"]
    assert [(item["rule"], item["instance_id"]) for item in items] == [("CL103", "i-3"), ("CL103", "i-1")]


def test_unmanaged_links_are_not_judged() -> None:
    estate = in_sync().linked("i-3", "vpc-b").with_instance("i-3", guest_routes=())
    assert [item[0] for item in estate.items()] == ["unmanaged"]


@pytest.mark.parametrize(
    ("unread", "estate"),
    [
        (Unread(Kind.LINKS, "i-1", "denied"), in_sync().linked("i-1", None)),
        (Unread(Kind.LINKS, None, "denied"), in_sync().linked("i-1", None)),
        (Unread(Kind.VPCS, "vpc-a", "denied"), in_sync().with_vpc("vpc-a", classic_link_enabled=False)),
        (Unread(Kind.ROUTE_ENTRIES, "vpc-a", "denied"), in_sync()),
        (Unread(Kind.INSTANCES, "i-9", "denied"), in_sync()),
        (Unread(Kind.VSWITCHES, None, "denied"), in_sync()),
    ],
)
def test_what_could_not_be_read_is_unknown_and_never_in_sync(unread: Unread, estate: Estate) -> None:
    document = estate.with_unread(unread).drift()
    assert not document["complete"]
    assert not document["in_sync"]
    assert document["summary"]["unknown"] >= 1
    assert document["summary"]["missing"] == 0
    assert all("denied" in item["detail"] for item in document["items"])


def test_what_is_unread_of_a_vpc_is_reported_once_for_all_its_links() -> None:
    more = Link("i-3", "vpc-a")
    estate = in_sync().linked("i-3", "vpc-a").declaring(more=more).remembering(more=more)
    (item,) = estate.with_unread(Unread(Kind.ROUTE_ENTRIES, "vpc-a", "denied")).drift()["items"]
    assert (item["type"], item["id"], item["rule"], item["bucket"]) == (VPC, "vpc-a", "CL103", "unknown")
    (item,) = estate.with_unread(Unread(Kind.LINKS, None, "denied")).drift()["items"]
    assert (item["type"], item["id"], item["bucket"]) == (LINK, "*", "unknown")


def test_where_nothing_is_there_nothing_is_covered() -> None:
    nothing = in_sync().with_vpc("vpc-a", classic_link_enabled=False).with_vpc("vpc-b", classic_link_enabled=False)
    assert nothing.linked("i-1", None).linked("i-2", None).drift()["summary"]["coverage"] == "0/0"


def test_coverage_counts_links_and_enabled_vpcs() -> None:
    estate = in_sync().linked("i-3", "vpc-a")
    assert estate.drift()["summary"]["coverage"] == "4/5 (80 %)"
    many = replace(estate, world=replace(estate.world, links={f"i-{n}": "vpc-a" for n in range(1, 999)}))
    assert many.drift()["summary"]["coverage"] == "4/1000 (0 %)"


def test_items_come_by_bucket_then_by_address() -> None:
    estate = (
        in_sync()
        .linked("i-3", "vpc-a")
        .linked("i-1", None)
        .with_vpc("vpc-b", classic_link_enabled=False)
        .with_instance("i-2", guest_routes=())
    )
    messages = estate.items()
    assert [bucket for bucket, _, _ in messages] == [
        "missing",
        "missing",
        "changed",
        "unmanaged",
        "violated",
        "violated",
    ]
    assert messages[:2] == [
        ("missing", f"{LINK}.i-1/vpc-a", "cloud"),
        ("missing", f"{ROUTE}.i-2/192.168.0.0/16", "cloud"),
    ]


def test_the_whole_estate_gone_is_reported_object_by_object() -> None:
    estate = in_sync()
    gone = replace(estate, world=replace(estate.world, vpcs={}, instances={}, links={}))
    messages = gone.items()
    assert {bucket for bucket, _, _ in messages} == {"missing"}
    assert len(messages) == 5
    assert {type(identity) for identity in estate.declared.values()} == {Enablement, GuestRoute, Link}
