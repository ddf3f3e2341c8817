"""A move ended between its detach and its attach: the instance has no link, and comes first from then on."""

from __future__ import annotations

import json

from support.clouds import BOTH_CLOUDS
from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instances, vpc

pytestmark = BOTH_CLOUDS

MOVING = (2, 3, 4)
LIMITS = "cl {\n  limits {\n    max_unavailable = 1\n  }\n}\n"


def fleet(vpc_id: str) -> str:
    enabled = enable("a", "vpc-a") + enable("b", "vpc-b")
    return enabled + "".join(attach(f"n{n}", f"i-000{n}", vpc_id) for n in MOVING)


def test_the_next_plan_ends_the_move_before_it_begins_another(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a"), vpc("vpc-b")], instances=instances(4))
    desk.write(main__hcl=PROVIDER + fleet("vpc-a"))
    desk.cl("apply", "-auto-approve", code=0)
    refused = [{"action": "AttachClassicLinkVpc", "kind": "error", "code": "OperationDenied", "message": "Not now."}]
    faults = PROVIDER.replace("}", '  faults = "faults.json"\n}')
    desk.write(faults__json=json.dumps(refused), main__hcl=faults + LIMITS + fleet("vpc-b"))
    desk.cl("apply", "-auto-approve", "-parallelism=1", code=1)
    (down,) = {"i-0002", "i-0003", "i-0004"} - desk.links().keys()
    assert json.loads((desk.directory / "cl.state.json").read_text())["moves_cut_short"] == [down]

    found = desk.cl("drift", "--json", code=2).json
    [lost] = [item for item in found["items"] if item["bucket"] == "missing"]
    assert (lost["instance_id"], lost["vpc_id"], lost["what_moved"]) == (down, "vpc-b", "cloud")
    text = desk.cl("drift", code=2).out
    assert "is declared, but down since an apply was interrupted" in " ".join(text.split())
    assert f"restore: cl apply --target {lost['address']}" in text

    desk.write(main__hcl=PROVIDER + LIMITS + fleet("vpc-b"))
    seen = desk.cl("plan", "-json", "-out=next.plan", code=0).json
    assert (seen["steps"][0]["instance_id"], seen["steps"][0]["reason"]) == (down, "resumed")
    assert seen["proof"]["lanes"] == [[1, 2, 4]]
    assert "its move was cut short" in desk.cl("show", "next.plan", code=0).out
    desk.cl("apply", "next.plan", code=0)
    assert set(desk.links().values()) == {"vpc-b"}
    assert "moves_cut_short" not in json.loads((desk.directory / "cl.state.json").read_text())
    desk.cl("plan", "-detailed-exitcode", code=0)
    desk.cl("drift", "-strict", code=0)


def test_a_lost_link_that_could_not_be_restored_is_still_missing(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a"), vpc("vpc-b")], instances=instances(4))
    desk.write(main__hcl=PROVIDER + fleet("vpc-a"))
    desk.cl("apply", "-auto-approve", code=0)
    world = desk.read_world()
    world["links"] = [link for link in world["links"] if link["instance_id"] != "i-0003"]
    refused = [{"action": "AttachClassicLinkVpc", "kind": "error", "code": "OperationDenied", "message": "Not now."}]
    faults = PROVIDER.replace("}", '  faults = "faults.json"\n}')
    desk.write(world__json=json.dumps(world), faults__json=json.dumps(refused), main__hcl=faults + fleet("vpc-a"))
    desk.cl("apply", "-auto-approve", code=1)

    desk.write(main__hcl=PROVIDER + fleet("vpc-a"))
    [lost] = desk.cl("drift", "--json", code=2).json["items"]
    assert (lost["bucket"], lost["instance_id"]) == ("missing", "i-0003")
    desk.cl("apply", "-auto-approve", code=0)
    desk.cl("drift", "-strict", code=0)
