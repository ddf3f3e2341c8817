"""Several accounts: a plan that is accepted is carried out without one refused call, however their ids are mixed up."""

from __future__ import annotations

import json
import os
from itertools import islice
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import event, given, settings
from hypothesis import strategies as st

from planner.apply.preflight import preflight
from planner.config.desired import Desired
from planner.documents.plan_steps import read_steps
from planner.network.identity import ATTACHMENT, VPC, Enablement, Link
from planner.network.worlds import Worlds
from planner.plan.make import make_plan
from planner.plan.options import PlanOptions
from planner.proof import verify
from planner.recovery.fold import fold
from planner.state.model import State
from planner.values import replace
from providers.mock.provider import open_mock
from support.small_cloud import sampled_order
from support.small_estates import CONTEXT, remembered, world
from support.story_estates import vpc
from support.three_clouds import (
    ACCOUNTS,
    WITH_A_DEFAULT,
    WITH_ALIASES_ALONE,
    Stage,
    clouds,
    declared,
    opened,
    read,
    stages,
)


@settings(max_examples=int(os.environ.get("CL_EXAMPLES", "100")), deadline=None)
@given(st.data(), st.sampled_from([WITH_A_DEFAULT, WITH_ALIASES_ALONE]), st.randoms(use_true_random=False))
def test_a_plan_that_is_accepted_is_carried_out_without_one_refused_call(
    data: st.DataObject, providers: tuple[str, ...], random: Random
) -> None:
    files = {key: data.draw(clouds(account)) for key, account in zip(providers, ACCOUNTS, strict=True)}
    with TemporaryDirectory() as name:
        directory, state = Path(name), State(lineage="lineage-1")
        mocks = opened(directory, files)
        for number, stage in enumerate(data.draw(st.lists(stages(providers), min_size=1, max_size=4))):
            worlds = Worlds({key: read(directory, key, stage.denied.get(key, ())) for key in mocks})
            context = replace(CONTEXT, plan_id=f"plan-{number}")
            document = make_plan(stage.desired, state, worlds, stage.options, context)
            event(f"accepted: {not document['errored']}, steps: {bool(document['steps'])}, {kind_of(stage)}")
            for finding in document["rules"]:
                assert finding["provider"] is None or finding["message"].startswith(f"{finding['provider']}: ")
            if document["errored"]:
                assert "CL999" not in {problem["code"] for problem in document["diagnostics"]}
                continue
            if preflight(document, worlds, CONTEXT.now.date(), stage.desired.limits, state):
                assert not (stage.options.refresh and document["complete"]), "what was just read is as the plan has it"
                continue
            steps = {step.id: step for step in read_steps(document)}
            done: set[int] = set()
            for entry in islice(sampled_order(document["steps"], random), stage.cut):
                step = steps[entry["id"]]
                mocks[step.provider].perform(step.action, step.target)
                done.add(step.id)
            state = fold(state, document, done, {})
            if stage.options == PlanOptions() and not stage.denied and len(done) == len(steps):
                after = Worlds({key: mock.read() for key, mock in mocks.items()})
                again = make_plan(stage.desired, state, after, PlanOptions(), replace(context, plan_id="again"))
                assert (again["steps"], again["errored"]) == ([], False)


def test_what_goes_to_a_provider_that_has_it_is_replaced_there() -> None:
    """The state has link and enablement at `mock`, the configuration at `mock.lab`, where both stand, too."""
    held = (declared("v", "mock", Enablement("vpc-a")), declared("web", "mock", Link("i-1", "vpc-a")))
    wanted = tuple(replace(each, provider="mock.lab") for each in held)
    worlds = Worlds(dict.fromkeys(("mock", "mock.lab"), world("vpc-a", {"i-1": "vpc-a"})))
    options = PlanOptions(replace=tuple(str(each.address) for each in held))
    document = make_plan(Desired(wanted, providers=("mock", "mock.lab")), remembered(*held), worlds, options, CONTEXT)
    assert not document["errored"]
    assert [problem["code"] for problem in document["diagnostics"]] == ["CL915"], "both stay at mock"
    assert [(step["provider"], step["action"]) for step in document["steps"]] == [
        ("mock.lab", "detach"),
        ("mock.lab", "disable_classic_link"),
        ("mock.lab", "enable_classic_link"),
        ("mock.lab", "attach"),
    ]
    folded = fold(remembered(*held), document, {step["id"] for step in document["steps"]}, {})
    assert {each.provider for each in folded.objects.values()} == {"mock.lab"}


def kind_of(stage: Stage) -> str:
    """For the statistics of a search: what the stage is besides a plain plan."""
    options = stage.options
    asked = [name for name in ("drain", "targets", "excludes", "replace") if getattr(options, name)]
    whole = [] if options.refresh else ["offline"]
    denied = ["unreadable"] if stage.denied else []
    return " ".join([options.mode.value, *asked, *whole, *denied])


def test_a_step_is_refused_where_only_another_provider_has_facts_of_what_it_touches() -> None:
    with TemporaryDirectory() as name:
        worlds = {}
        for key, account in (("mock", "1001"), ("mock.lab", "2002")):
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
    desired = Desired((declared("v", "mock", Enablement(f"vpc-{VPC}")),), providers=("mock", "mock.lab"))
    document = make_plan(desired, State(), Worlds(worlds), PlanOptions(), CONTEXT)
    assert verify(document, Worlds(worlds)) == ()
    altered = json.loads(json.dumps(document).replace('"provider": "mock"', '"provider": "mock.lab"'))
    assert verify(altered) == (f"The proof has no facts of vpc-{VPC} at mock.lab, although steps are about it.",)
