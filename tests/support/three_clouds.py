"""Three accounts with the same ids, and what may be asked of them: drawn at random, mistakes included."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from planner.address import Address
from planner.config.desired import Desired, DesiredObject, Limits
from planner.documents.plan_head import Mode
from planner.network.identity import Enablement, GuestRoute, Identity, Link
from planner.network.world import World
from planner.plan.options import PlanOptions
from providers.mock.provider import MockProvider, open_mock
from support.small_estates import ROUTE, attributes, place
from support.story_estates import instance, link, vpc

WITH_A_DEFAULT = ("mock", "mock.lab", "mock.old")
WITH_ALIASES_ALONE = ("mock.lab", "mock.old", "mock.prod")
ACCOUNTS = ("1001", "1002", "1003")
BLOCKS = {"vpc-a": "172.16.0.0/12", "vpc-b": "10.0.0.0/8", "vpc-n": "192.168.0.0/16"}
INSTANCES = ("i-1", "i-2", "i-3")
READS = ("DescribeVpcs", "DescribeInstances", "DescribeClassicLinkInstances")


@dataclass(frozen=True)
class Stage:
    """What is declared, what is asked for, which reads fail, and after how many steps the apply is cut short."""

    desired: Desired
    options: PlanOptions
    denied: Mapping[str, Sequence[str]]
    cut: int | None


def read(directory: Path, provider: str, denied: Sequence[str] = ()) -> World:
    """What a provider sees whose account may not make these calls."""
    faults = [{"action": action, "kind": "error", "code": "Forbidden.RAM", "message": "no"} for action in denied]
    (directory / "faults.json").write_text(json.dumps(faults), encoding="utf-8")
    return open_mock({"world": f"{provider}.json", "faults": "faults.json"}, directory).read()


def opened(directory: Path, files: Mapping[str, Mapping[str, Any]]) -> dict[str, MockProvider]:
    """The mocks of these worlds, by the keys of their providers."""
    for provider, world in files.items():
        (directory / f"{provider}.json").write_text(json.dumps(world), encoding="utf-8")
    return {provider: open_mock({"world": f"{provider}.json"}, directory) for provider in files}


@st.composite
def clouds(draw: st.DrawFn, account: str) -> dict[str, Any]:
    """A world that has all of the ids, or all but one of each kind."""
    lost_vpc = draw(st.sampled_from(["", "", "", "vpc-b", "vpc-n"]))
    lost_instance = draw(st.sampled_from(["", "", "i-3"]))
    vpcs = [name for name in sorted(BLOCKS) if name != lost_vpc]
    ids = [name for name in INSTANCES if name != lost_instance]
    enabled = draw(st.lists(st.sampled_from(vpcs), unique=True, min_size=1))
    linked = draw(st.lists(st.sampled_from(ids), unique=True, max_size=1))
    return {
        "format_version": "1.0",
        "account_id": account,
        "vpcs": [
            {**vpc(name, BLOCKS[name], classic_link_enabled=name in enabled), "account_id": account} for name in vpcs
        ],
        "vswitches": [
            {"vswitch_id": "vsw-b", "vpc_id": name, "cidr_block": "10.111.1.0/24"} for name in vpcs if name == "vpc-b"
        ],
        "instances": [
            {**instance(name, f"10.1.2.{number}"), "account_id": account, **draw(st.sampled_from(_ROUTES))}
            for number, name in enumerate(ids, 1)
        ],
        "links": [link(name, draw(st.sampled_from(enabled))) for name in linked],
    }


_ROUTES: tuple[dict[str, Any], ...] = (
    {},
    {"guest_routes": []},
    {"guest_routes": [{"destination_cidr_block": ROUTE, "next_hop": "private_nic"}]},
)


@st.composite
def configurations(draw: st.DrawFn, providers: Sequence[str]) -> Desired:
    """Links, with most of the enablements and routes that they need. An address can have any provider in any stage.

    Now and then what a link needs names another provider, as by a line that was forgotten.
    """
    found: list[DesiredObject] = []
    subjects = st.tuples(st.sampled_from(list(providers)), st.sampled_from(INSTANCES))
    unique_by = None if draw(st.integers(0, 9)) == 9 else (lambda subject: subject)
    for number, (owner, name) in enumerate(draw(st.lists(subjects, min_size=1, max_size=4, unique_by=unique_by))):
        vpc_id = draw(st.sampled_from(sorted(BLOCKS)))
        needs: list[Identity] = []
        if draw(st.integers(0, 19)) < 19:
            needs.append(Enablement(vpc_id))
        if vpc_id == "vpc-n" and draw(st.integers(0, 19)) < 19:
            needs.append(GuestRoute(name, ROUTE))
        found.append(declared(f"l{number}", owner, Link(name, vpc_id), draw(_after(found))))
        for need in needs:
            of = draw(st.sampled_from(list(providers))) if draw(st.integers(0, 19)) == 19 else owner
            label = f"{owner.replace('.', '-')}-{need.instance_id or need.vpc_id}"
            found.append(declared(label, of, need))
    unique = {each.address: each for each in found}
    return Desired(tuple(unique.values()), limits=Limits(min_links=1_000), providers=tuple(providers))


def _after(found: Sequence[DesiredObject]) -> st.SearchStrategy[tuple[Address, ...]]:
    """What is to be there first: mostly nothing, and whichever provider it is of."""
    if not found:
        return st.just(())
    return st.one_of(st.just(()), st.just(()), st.tuples(st.sampled_from([each.address for each in found])))


def declared(name: str, provider: str, identity: Identity, depends_on: tuple[Address, ...] = ()) -> DesiredObject:
    return DesiredObject(
        Address(identity.type, name), identity, attributes(identity), provider, place(), depends_on=depends_on
    )


@st.composite
def stages(draw: st.DrawFn, providers: Sequence[str]) -> Stage:
    """What is asked for in one run of `cl`; mostly the whole plan, in accounts that can be read, to its end."""
    desired = draw(configurations(providers))
    denied = draw(
        st.one_of(
            st.just({}),
            st.just({}),
            st.dictionaries(st.sampled_from(list(providers)), st.lists(st.sampled_from(READS), min_size=1), max_size=1),
        )
    )
    cut = draw(st.one_of(st.none(), st.none(), st.integers(0, 4)))
    return Stage(desired, draw(_options(desired, providers)), denied, cut)


def _options(desired: Desired, providers: Sequence[str]) -> st.SearchStrategy[PlanOptions]:
    addresses = [str(each.address) for each in desired.objects] or ["classiclink_attachment.l0"]
    some = st.lists(st.sampled_from(addresses), min_size=1, max_size=2, unique=True).map(tuple)
    vpcs = st.builds("{}/{}".format, st.sampled_from(list(providers)), st.sampled_from(sorted(BLOCKS)))
    return st.one_of(
        st.just(PlanOptions()),
        st.just(PlanOptions()),
        st.just(PlanOptions(mode=Mode.DESTROY)),
        st.just(PlanOptions(refresh=False)),
        st.builds(PlanOptions, drain=vpcs, include_unmanaged=st.booleans()),
        st.builds(PlanOptions, targets=some),
        st.builds(PlanOptions, excludes=some),
        st.builds(PlanOptions, replace=some),
    )
