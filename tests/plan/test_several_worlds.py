"""Two accounts: a plan that is accepted is carried out without one refused call, however their ids are mixed up."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from planner.address import Address
from planner.config.desired import Desired, DesiredObject, Limits
from planner.documents.plan_steps import read_steps
from planner.network.identity import ATTACHMENT, VPC, Enablement, Identity, Link
from planner.network.worlds import Worlds
from planner.plan.make import make_plan
from planner.plan.options import PlanOptions
from planner.proof import verify
from planner.recovery.fold import fold
from planner.state.model import State
from providers.mock.provider import MockProvider, open_mock
from support.small_cloud import sampled_order
from support.small_estates import CONTEXT, attributes, place
from support.story_estates import instance, link, vpc

ACCOUNTS = {"mock": "1001", "mock.lab": "2002"}
VPCS = ["vpc-a", "vpc-b", "vpc-l"]
INSTANCES = ["i-1", "i-2", "i-l"]


def declared(name: str, provider: str, identity: Identity) -> DesiredObject:
    return DesiredObject(Address(identity.type, name), identity, attributes(identity), provider, place())


@st.composite
def clouds(draw: st.DrawFn, account: str) -> dict[str, Any]:
    """A world that has most of the ids."""
    vpcs = draw(st.lists(st.sampled_from(VPCS), unique=True, min_size=2))
    ids = draw(st.lists(st.sampled_from(INSTANCES), unique=True, min_size=2))
    enabled = draw(st.lists(st.sampled_from(vpcs), unique=True, min_size=1))
    linked = draw(st.lists(st.sampled_from(ids), unique=True, max_size=1))
    return {
        "format_version": "1.0",
        "account_id": account,
        "vpcs": [{**vpc(name, classic_link_enabled=name in enabled), "account_id": account} for name in vpcs],
        "instances": [{**instance(name), "account_id": account} for name in ids],
        "links": [link(name, draw(st.sampled_from(enabled))) for name in linked],
    }


@st.composite
def configurations(draw: st.DrawFn) -> Desired:
    """Links and the enablements that they need, of both providers; now and then one names the wrong provider."""
    found = []
    owners = sorted(ACCOUNTS)
    for number, name in enumerate(draw(st.lists(st.sampled_from(INSTANCES), max_size=3))):
        owner, vpc_id = draw(st.sampled_from(owners)), draw(st.sampled_from(VPCS))
        found.append(declared(f"l{number}", owner, Link(name, vpc_id)))
        forgotten = draw(st.integers(0, 9)) == 0
        found.append(
            declared(f"{owner.replace('.', '-')}-{vpc_id}", "mock" if forgotten else owner, Enablement(vpc_id))
        )
    unique = {each.address: each for each in found}
    return Desired(tuple(unique.values()), limits=Limits(min_links=1_000), providers=tuple(ACCOUNTS))


@settings(max_examples=150, deadline=None)
@given(
    st.fixed_dictionaries({key: clouds(account) for key, account in ACCOUNTS.items()}),
    st.lists(configurations(), min_size=1, max_size=3),
    st.randoms(use_true_random=False),
)
def test_a_plan_that_is_accepted_is_carried_out_without_one_refused_call(
    files: dict[str, Any], stages: list[Desired], random: Any
) -> None:
    with TemporaryDirectory() as name:
        mocks: dict[str, MockProvider] = {}
        for key, world in files.items():
            Path(name, f"{key}.json").write_text(json.dumps(world), encoding="utf-8")
            mocks[key] = open_mock({"world": f"{key}.json"}, Path(name))
        state = State(lineage="lineage-1")
        for number, desired in enumerate(stages):
            worlds = Worlds({key: mock.read() for key, mock in mocks.items()})
            context = replace(CONTEXT, plan_id=f"plan-{number}")
            document = make_plan(desired, state, worlds, PlanOptions(), context)
            event(f"accepted: {not document['errored']}, steps: {bool(document['steps'])}")
            if document["errored"]:
                assert "CL999" not in {problem["code"] for problem in document["diagnostics"]}
                continue
            assert verify(document, worlds) == ()
            steps = {step.id: step for step in read_steps(document)}
            for entry in sampled_order(document["steps"], random):
                step = steps[entry["id"]]
                mocks[step.provider].perform(step.action, step.target)
            state = fold(state, document, set(steps), {})
            after = Worlds({key: mock.read() for key, mock in mocks.items()})
            again = make_plan(desired, state, after, PlanOptions(), replace(context, plan_id="again"))
            assert (again["steps"], again["errored"]) == ([], False)


def test_a_step_is_refused_where_only_another_provider_has_facts_of_what_it_touches() -> None:
    with TemporaryDirectory() as name:
        worlds = {}
        for key, account in ACCOUNTS.items():
            only = VPC if key == "mock" else ATTACHMENT
            path = Path(name, f"{key}.json")
            path.write_text(
                json.dumps(
                    {
                        "format_version": "1.0",
                        "account_id": account,
                        "vpcs": [{**vpc(f"vpc-{only}"), "account_id": account}],
                    }
                )
            )
            worlds[key] = open_mock({"world": path.name}, path.parent).read()
    desired = Desired((declared("v", "mock", Enablement(f"vpc-{VPC}")),), providers=tuple(ACCOUNTS))
    document = make_plan(desired, State(), Worlds(worlds), PlanOptions(), CONTEXT)
    assert verify(document, Worlds(worlds)) == ()
    altered = json.loads(json.dumps(document).replace('"provider": "mock"', '"provider": "mock.lab"'))
    assert verify(altered) == (f"The proof has no facts of vpc-{VPC} at mock.lab, which steps are about.",)
