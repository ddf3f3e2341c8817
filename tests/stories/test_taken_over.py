"""What another workspace of the same backend manages is not taken over without a word."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instances, vpc

MAIN = enable("a", "vpc-a") + attach("one", "i-0001", "vpc-a")
NO_ADOPTION = "cl {\n  limits {\n    adopt = false\n  }\n}\n"
IMPORT = 'import {\n  to = classiclink_%s\n  id = "%s"\n}\n'
LINK = ("classiclink_attachment.one", "i-0001/vpc-a")


@pytest.fixture
def dev(desk: Desk) -> Desk:
    """The workspace `dev` in use, and what it declares managed by `default` already."""
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(2))
    desk.write(main__hcl=PROVIDER + MAIN)
    desk.cl("apply", "-auto-approve", code=0)
    desk.cl("workspace", "new", "dev", code=0)
    return desk


def words(text: str) -> str:
    return " ".join(text.split())


def codes(plan: str) -> dict[str, str]:
    return {each["code"]: each["severity"] for each in json.loads(plan)["diagnostics"]}


def test_a_plan_warns_with_the_workspace_the_address_and_the_command(dev: Desk) -> None:
    plan = dev.cl("plan", "-json", code=0)
    assert codes(plan.out) == {"STA460": "warning"}
    (messages,) = plan.json["diagnostics"]
    assert messages["detail"].startswith('2 objects are managed by the workspace "default" already.')
    assert "i-0001/vpc-a" in messages["detail"]
    assert "CL_WORKSPACE=default cl state rm classiclink_attachment.one classiclink_vpc.a" in messages["remedy"]
    assert words(messages["detail"]) in words(dev.cl("plan", "-summary", code=0).out), "none of it is cut"
    dev.cl("apply", "-auto-approve", code=0)
    assert dev.state_addresses() == ["classiclink_attachment.one", "classiclink_vpc.a"]
    assert codes(dev.cl("plan", "-json", code=0).out) == {}, "what is managed here is taken over no more"


def test_a_saved_plan_is_reported_again_what_it_takes_over(dev: Desk) -> None:
    dev.cl("plan", "-out=plan.json", code=0)
    assert "STA460" in dev.cl("apply", "plan.json", code=0).err


def test_where_adoption_is_off_an_import_block_may_not_take_over_either(dev: Desk) -> None:
    blocks = IMPORT % ("vpc.a", "vpc-a") + IMPORT % ("attachment.one", "i-0001/vpc-a")
    dev.write(main__hcl=PROVIDER + NO_ADOPTION + MAIN + blocks)
    assert codes(dev.cl("plan", "-json", code=1).out) == {"STA460": "error"}
    dev.cl("state", "rm", "classiclink_attachment.one", "classiclink_vpc.a", code=0, CL_WORKSPACE="default")
    assert codes(dev.cl("plan", "-json", code=0).out) == {}


def test_a_saved_plan_may_not_take_over_what_another_workspace_adopted_since(dev: Desk) -> None:
    default = {"CL_WORKSPACE": "default"}
    dev.cl("state", "rm", "classiclink_attachment.one", "classiclink_vpc.a", code=0, **default)
    blocks = IMPORT % ("vpc.a", "vpc-a") + IMPORT % ("attachment.one", "i-0001/vpc-a")
    dev.write(main__hcl=PROVIDER + NO_ADOPTION + MAIN + blocks)
    dev.cl("plan", "-out=plan.json", code=0)
    dev.cl("import", *LINK, code=0, **default)
    assert "STA460" in dev.cl("apply", "plan.json", code=1).err
    assert dev.state_addresses() == []


@pytest.mark.parametrize("command", [("import", *LINK), ("import", "--all")], ids=" ".join)
def test_an_import_warns_and_is_refused_where_adoption_is_off(dev: Desk, command: tuple[str, ...]) -> None:
    dev.write(main__hcl=PROVIDER + NO_ADOPTION + MAIN)
    assert "STA460" in dev.cl(*command, code=1).err
    assert dev.state_addresses() == []
    dev.write(main__hcl=PROVIDER + MAIN)
    messages = words(dev.cl(*command, code=0).err)
    assert 'the workspace "default"' in messages
    assert "classiclink_attachment.one" in dev.state_addresses()


def test_a_pushed_state_warns_and_is_refused_where_adoption_is_off(dev: Desk) -> None:
    pulled = dev.cl("state", "pull", code=0, CL_WORKSPACE="default").out
    dev.write(main__hcl=PROVIDER + NO_ADOPTION + MAIN)
    assert "STA460" in dev.cl("state", "push", "-", stdin=pulled, code=1).err
    assert dev.state_addresses() == []
    dev.write(main__hcl=PROVIDER + MAIN)
    assert "STA460" in dev.cl("state", "push", "-", stdin=pulled, code=0).err
    assert "STA460" not in dev.cl("state", "push", "-", stdin=pulled, code=0).err


def in_another_world(dev: Desk) -> None:
    text = 'provider "mock" {\n  world = "${cl.workspace == "dev" ? "dev" : "world"}.json"\n}\n'
    dev.write(main__hcl=text + MAIN, dev__json=json.dumps(dev.read_world()))


def in_another_account(dev: Desk) -> None:
    other = json.dumps(dev.read_world()).replace('"1001"', '"2002"')
    dev.write(world__json=other)


@pytest.mark.parametrize("elsewhere", [in_another_world, in_another_account])
def test_the_same_id_in_another_cloud_is_another_object(dev: Desk, elsewhere: Callable[[Desk], None]) -> None:
    elsewhere(dev)
    assert codes(dev.cl("plan", "-json", code=0).out) == {}


def test_a_workspace_that_cannot_be_read_is_named_and_stops_nothing(dev: Desk) -> None:
    (dev.directory / "cl.state.json").write_text("{ broken", encoding="utf-8")
    plan = dev.cl("plan", "-json", code=0)
    assert codes(plan.out) == {"STA461": "warning"}
    assert 'The workspace "default" cannot be read' in plan.json["diagnostics"][0]["detail"]
    dev.cl("apply", "-auto-approve", code=0)


def test_other_states_are_read_only_where_something_is_adopted(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(1))
    desk.write(main__hcl=PROVIDER + MAIN, cl__state__json="{ broken")
    desk.cl("workspace", "new", "dev", code=0)
    assert codes(desk.cl("plan", "-json", code=0).out) == {}
