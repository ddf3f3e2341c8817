"""What Terraform enabled is handed over to `cl`, without a call that changes anything."""

from __future__ import annotations

import json
import re
from pathlib import Path

from support.clouds import BOTH_CLOUDS
from support.desk import Desk
from support.story_estates import PROVIDER, instances, link, vpc

pytestmark = BOTH_CLOUDS

PAGE = Path(__file__).parents[2] / "docs" / "alicloud.md"


def test_an_estate_is_handed_over_as_the_page_says(desk: Desk) -> None:
    section = PAGE.read_text(encoding="utf-8").split("## From Terraform")[1]
    first = re.findall(r"```hcl\n(.*?)```", section, re.DOTALL)[0]
    enabled = [vpc(vpc_id, classic_link_enabled=True) for vpc_id in ("vpc-a", "vpc-b")]
    desk.world(
        vpcs=[*enabled, vpc("vpc-c")],
        instances=instances(3),
        links=[link("i-0001", "vpc-a"), link("i-0002", "vpc-b")],
    )
    managed = [
        {"attributes": {"id": vpc_id, "classic_link_enabled": vpc_id != "vpc-c"}}
        for vpc_id in ["vpc-a", "vpc-b", "vpc-c"]
    ]
    resources = [{"mode": "managed", "type": "alicloud_vpc", "name": "network", "instances": managed}]
    desk.write(
        main__hcl=PROVIDER + first,
        terraform__tfstate=json.dumps({"version": 4, "outputs": {}, "resources": resources}),
    )
    plan = desk.cl("plan", "--json", "--out", "plan.json", code=0).json
    assert (plan["steps"], plan["summary"]["import"]) == ([], 2)
    desk.cl("apply", "plan.json", code=0)
    desk.cl("import", "--all", "--write", "links.hcl", code=0)
    lines = (
        PROVIDER
        + 'resource "classiclink_vpc" "all" {\n  for_each = toset(["vpc-a", "vpc-b"])\n  vpc_id = each.key\n}\n'
    )
    desk.write(main__hcl=lines)
    assert not desk.cl("plan", "--json", code=0).json["applicable"]
    assert len(desk.state_addresses()) == 4
    assert desk.calls() == []
