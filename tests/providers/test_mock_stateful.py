"""The simulated cloud against a model of a dozen lines: any calls, reopening, dying and folding in between."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from planner.network.identity import Action, Enablement, Link
from providers.base import Refused
from providers.mock.provider import MockProvider, open_mock

VPCS = ["vpc-0", "vpc-1", "vpc-2"]
INSTANCES = [f"i-{number}" for number in range(4)]
vpc_ids, instance_ids = st.sampled_from(VPCS), st.sampled_from(INSTANCES)


class AgainstAModel(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        self.base = Path(self.directory.name)
        common = {"account_id": "1", "region_id": "r"}
        world = {
            "vpcs": [{"vpc_id": vpc_id, "cidr_block": "172.16.0.0/12", **common} for vpc_id in VPCS],
            "instances": [
                {"instance_id": instance_id, "network_type": "classic", "private_ip": "10.0.0.1", **common}
                for instance_id in INSTANCES
            ],
        }
        (self.base / "world.json").write_text(json.dumps(world))
        self.enabled: set[str] = set()
        self.links: dict[str, str] = {}
        self.clouds = [self.open(), self.open()]

    def open(self) -> MockProvider:
        return open_mock({"world": "world.json"}, self.base)

    def teardown(self) -> None:
        self.directory.cleanup()

    def perform(self, which: int, action: Action, target: Enablement | Link, *, allowed: bool) -> None:
        try:
            self.clouds[which].perform(action, target)
        except Refused:
            assert not allowed
        else:
            assert allowed

    @rule(which=st.integers(0, 1), vpc_id=vpc_ids)
    def enable(self, which: int, vpc_id: str) -> None:
        self.perform(which, Action.ENABLE, Enablement(vpc_id), allowed=True)
        self.enabled.add(vpc_id)

    @rule(which=st.integers(0, 1), vpc_id=vpc_ids)
    def disable(self, which: int, vpc_id: str) -> None:
        free = vpc_id not in self.links.values()
        self.perform(which, Action.DISABLE, Enablement(vpc_id), allowed=free)
        if free:
            self.enabled.discard(vpc_id)

    @rule(which=st.integers(0, 1), instance_id=instance_ids, vpc_id=vpc_ids)
    def attach(self, which: int, instance_id: str, vpc_id: str) -> None:
        allowed = instance_id not in self.links and vpc_id in self.enabled
        self.perform(which, Action.ATTACH, Link(instance_id, vpc_id), allowed=allowed)
        if allowed:
            self.links[instance_id] = vpc_id

    @precondition(lambda self: self.links)
    @rule(which=st.integers(0, 1), data=st.data())
    def detach(self, which: int, data: st.DataObject) -> None:
        instance_id = data.draw(st.sampled_from(sorted(self.links)))
        self.perform(which, Action.DETACH, Link(instance_id, self.links.pop(instance_id)), allowed=True)

    @rule(which=st.integers(0, 1))
    def end_cleanly_and_begin_again(self, which: int) -> None:
        self.clouds[which].close()
        self.clouds[which] = self.open()

    @rule(which=st.integers(0, 1))
    def die_and_begin_again(self, which: int) -> None:
        self.clouds[which] = self.open()

    @invariant()
    def everybody_sees_the_model(self) -> None:
        for cloud in self.clouds:
            world = cloud.read()
            assert dict(world.links) == self.links
            assert {vpc.vpc_id for vpc in world.vpcs.values() if vpc.classic_link_enabled} == self.enabled


TestAgainstAModel = AgainstAModel.TestCase
TestAgainstAModel.settings = settings(max_examples=25, stateful_step_count=30)
