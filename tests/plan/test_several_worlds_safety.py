"""What a plan as a whole may not do, where there are several providers: counted by provider, and told with it."""

from __future__ import annotations

from typing import Any

from planner.config.desired import Desired, DesiredObject, Limits
from planner.network.identity import Enablement, GuestRoute, Link
from planner.network.worlds import Worlds
from planner.plan.make import make_plan
from planner.plan.options import PlanOptions
from planner.state.model import State
from planner.values import replace
from support.small_estates import CONTEXT, ROUTE, remembered, vpc, world
from support.three_clouds import declared

PROVIDERS = ("mock", "mock.lab")
LINKED = world("vpc-a", {"i-1": "vpc-a"}, extra="i-2")
TWINS = Worlds(dict.fromkeys(PROVIDERS, LINKED))


def plan(
    objects: tuple[DesiredObject, ...],
    prior: State,
    worlds: Worlds = TWINS,
    limits: Limits = Limits(min_links=1_000),  # noqa: B008 - it is frozen
    **options: Any,
) -> Any:
    desired = Desired(objects, limits=limits, providers=PROVIDERS)
    context = replace(CONTEXT, quota=options.pop("quota", CONTEXT.quota))
    return make_plan(desired, prior, worlds, PlanOptions(**options), context)


def messages(document: Any) -> dict[str, str]:
    return {problem["code"]: problem["detail"] for problem in document["diagnostics"]}


def test_what_must_not_be_destroyed_is_reported_with_its_provider() -> None:
    kept = replace(declared("v", "mock.lab", Enablement("vpc-a")), prevent_destroy=True)
    document = plan((kept,), remembered(kept), replace=("classiclink_vpc.v",))
    assert messages(document)["CL902"].startswith("mock.lab: classiclink_vpc.v would be replaced")


def test_what_exists_already_is_reported_with_its_provider() -> None:
    limits = Limits(adopt=False)
    document = plan((declared("v", "mock.lab", Enablement("vpc-a")),), State(), limits=limits)
    assert messages(document)["CL903"].startswith("mock.lab: classiclink_vpc.v stands for vpc-a")


def test_one_object_of_each_provider_is_not_declared_twice() -> None:
    first, again = declared("v", "mock.lab", Enablement("vpc-a")), declared("w", "mock.lab", Enablement("vpc-a"))
    other = declared("x", "mock", Enablement("vpc-a"))
    assert "CL904" not in messages(plan((first, other), State()))
    assert messages(plan((first, again, other), State()))["CL904"].startswith("mock.lab: classiclink_vpc.w and")


def test_a_route_that_goes_is_missed_where_its_own_provider_has_the_link() -> None:
    needing = world({"vpc-n": vpc("vpc-n", cidr=ROUTE)}, {"i-1": "vpc-n"}, routed=("i-1",))
    worlds = Worlds({"mock": needing, "mock.lab": LINKED})
    for provider, missed in (("mock", True), ("mock.lab", False)):
        held = remembered(declared("r", provider, GuestRoute("i-1", ROUTE)))
        routed = Worlds({**worlds.by_provider, "mock.lab": world("vpc-a", {"i-1": "vpc-a"}, routed=("i-1",))})
        problems = messages(plan((), held, routed))
        assert ("CL911" in problems) is missed
        assert problems.get("CL911", "mock: ").startswith("mock: ")


def test_a_drained_vpc_that_is_still_declared_is_reported_with_its_provider() -> None:
    web = declared("web", "mock.lab", Link("i-1", "vpc-a"))
    document = plan((web,), remembered(web), drain="mock.lab/vpc-a")
    assert messages(document)["CL912"].startswith("mock.lab: The configuration still declares")
    assert messages(document)["CL907"].startswith("mock.lab: vpc-a will not be empty")


def test_a_link_is_lost_though_another_account_links_the_same_instance() -> None:
    lost = declared("web", "mock", Link("i-1", "vpc-a"))
    other = Worlds({"mock": LINKED, "mock.lab": world("vpc-a", extra="i-1")})
    limits = Limits(min_links=1, max_detach_percent=0)
    new = declared("lab", "mock.lab", Link("i-1", "vpc-a"))
    document = plan((new,), remembered(lost), other, limits)
    (finding,) = [rule for rule in document["rules"] if rule["rule"] == "CL901"]
    assert finding["subject"] == {"lost": "1", "known": "1"}
    assert finding["provider"] is None


def test_a_slot_is_missed_in_the_world_that_has_none_and_reported_with_its_provider() -> None:
    free = world("vpc-a", extra="i-1 i-2")
    worlds = Worlds({"mock": free, "mock.lab": LINKED})
    links = tuple(
        declared(provider.replace(".", "-"), provider, Link("i-2", "vpc-a")) for provider in ("mock", "mock.lab")
    )
    document = plan(links, State(), worlds, quota=1)
    assert [step["slot"] for step in document["steps"]] == [{"from": "free"}, None]
    assert messages(document)["CL910"].startswith("mock.lab: i-2 cannot be attached to vpc-a")
    assert "CL910" not in messages(plan(links[:1], State(), worlds, quota=1))


def test_the_providers_of_full_vpcs_are_named_where_too_many_would_be_down() -> None:
    full = world("vpc-a vpc-b", {"i-1": "vpc-a", "i-2": "vpc-b"})
    limits = Limits(min_links=1_000, max_unavailable=1)

    def moves(*providers: str) -> Any:
        ends = (("i-1", "vpc-a", "vpc-b"), ("i-2", "vpc-b", "vpc-a"))
        made = [
            (
                declared(f"{name}-{provider.replace('.', '-')}", provider, Link(name, old)),
                declared(f"{name}-{provider.replace('.', '-')}", provider, Link(name, new)),
            )
            for provider in providers
            for name, old, new in ends
        ]
        held = remembered(*(old for old, _ in made))
        return plan(tuple(new for _, new in made), held, Worlds(dict.fromkeys(PROVIDERS, full)), limits, quota=1)

    document = moves("mock.lab")
    assert "the VPCs of mock.lab are full, so 1 instance must wait" in messages(document)["CL909"]
    assert (
        "the VPCs of mock and mock.lab are full, so 2 instances must wait"
        in messages(moves("mock", "mock.lab"))["CL909"]
    )
