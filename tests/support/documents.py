"""Plan and drift documents for the tests of renderers, in the shape that the planner gives them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from planner.address import Address
from planner.remedy import Remedy, Snippet, cl, write_all
from support.made_documents import makes

SOURCE = """\
provider "mock" {
  world = "world.json"
}

resource "classiclink_vpc" "shop" {
  vpc_id = "vpc-a"
}

resource "classiclink_attachment" "web" {
  for_each    = toset(["i-1", "i-2"])
  instance_id = each.key
  vpc_id      = classiclink_vpc.shop.vpc_id
}
"""


def sources(filename: str) -> str | None:
    return SOURCE if filename == "main.hcl" else None


def place(line: int, start: int, end: int, filename: str = "main.hcl") -> Any:
    return {
        "filename": filename,
        "start": {"line": line, "column": start},
        "end": {"line": line, "column": end},
    }


def diagnostic(**parts: Any) -> Any:
    return {
        "severity": "error",
        "code": "CFG301",
        "summary": "Unknown argument",
        "detail": 'There is no argument "vpc_idd" here. Did you mean "vpc_id"?',
        "remedy": "Write vpc_id.",
        "address": None,
        "range": place(6, 3, 9),
        "related": [],
        **parts,
    }


def vpc_attributes(vpc_id: str, cidr_block: str = "172.16.0.0/12") -> Any:
    return {"vpc_id": vpc_id, "region_id": "cn-hangzhou", "account_id": "1001", "cidr_block": cidr_block}


def link_attributes(instance_id: str, vpc_id: str, vswitch_ids: list[str] | None = None) -> Any:
    return {
        "instance_id": instance_id,
        "vpc_id": vpc_id,
        "vswitch_ids": vswitch_ids,
        "region_id": "cn-hangzhou",
        "account_id": "1001",
        "private_ip": "10.1.2.3",
    }


def change(
    address: Address,
    actions: list[str],
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    *,
    importing: str | None = None,
    previous_address: str | None = None,
    action_reason: str | None = None,
    line: int = 5,
) -> dict[str, Any]:
    keys = {*(before or {}), *(after or {})} if before and after else set()
    diff = [
        {"path": key, "before": (before or {}).get(key), "after": (after or {}).get(key)}
        for key in sorted(keys)
        if (before or {}).get(key) != (after or {}).get(key)
    ]
    entry: dict[str, Any] = {
        "address": str(address),
        "mode": "managed",
        "type": address.type,
        "name": address.name,
        "provider": "mock",
        "change": {
            "actions": actions,
            "before": before,
            "after": after,
            "after_unknown": {},
            "before_sensitive": {},
            "after_sensitive": {},
            "diff": diff,
        },
        "action_reason": action_reason or "declared",
        "range": place(line, 1, 10),
        "dependencies": [],
        "prevent_destroy": False,
    }
    if address.key is not None:
        entry["index"] = address.key
    if address.module:
        entry["module_address"] = address.module_address
    if importing:
        entry["change"]["importing"] = {"id": importing}
    if previous_address:
        entry["previous_address"] = previous_address
    return entry


def step(
    number: int,
    action: str,
    address: Address,
    *,
    instance_id: str | None = None,
    vpc_id: str | None = None,
    needs: tuple[int, ...] = (),
    slot: int | str | None = None,
) -> dict[str, Any]:
    entry: dict[str, Any] = {"id": number, "action": action, "address": str(address), "provider": "mock"}
    entry["reason"] = "declared"
    if instance_id:
        entry["instance_id"] = instance_id
    if vpc_id:
        entry["vpc_id"] = vpc_id
    entry["needs"] = list(needs)
    if slot is not None:
        entry["slot"] = {"from": "free"} if slot == "free" else {"from": "step", "step": slot}
    elif action == "attach":
        entry["slot"] = None
    return entry


def finding(rule: str, name: str, **parts: Any) -> Any:
    return {
        "rule": rule,
        "name": name,
        "status": "fail",
        "severity": "error",
        "address": "classiclink_vpc.shop",
        "subject": {"vpc_id": "vpc-a"},
        "message": "The VPC vpc-a has a custom route entry destined for 10.0.0.0/8.",
        "source": "overview, Limits",
        "remedy": "Delete the route entry 10.0.0.0/8 of vpc-a first.",
        "step": 1,
        "steps": [parts.get("step", 1)],
        "range": place(6, 12, 19),
        "related": [],
        **parts,
    }


@makes("plan")
def plan(**parts: Any) -> Any:
    """A plan document with nothing to do; `parts` replace its keys."""
    document: dict[str, Any] = {
        "format_version": "1.0",
        "cl_version": "0.1.0",
        "plan_id": "0f6b4c1e-58f1-4d0a-9a55-2f4d1c8a7b10",
        "created_at": "2026-11-23T05:00:00Z",
        "mode": "normal",
        "drain": None,
        "complete": True,
        "unread": [],
        "lineage": "5d3c",
        "serial": 4,
        "errored": False,
        "applicable": False,
        "variables": {},
        "resource_drift": [],
        "resource_changes": [],
        "output_changes": {},
        "checks_blocks": [],
        "steps": [],
        "rules": [],
        "rules_passed": {},
        "summary": dict.fromkeys(
            ("add", "change", "move", "destroy", "forget", "readdress", "import", "unchanged", "steps"), 0
        ),
        "diagnostics": [],
        "reachability": reachability(),
        "proof": {"vpcs": {}, "instances": {}, "max_unavailable": None, "lanes": []},
        "checksum": "0" * 64,
    }
    summary = {**document["summary"], **parts.pop("summary", {})}
    return {**document, **parts, "summary": summary}


def reachability(opened: Sequence[Any] = (), closed: Sequence[Any] = ()) -> Any:
    return {
        "opened": list(opened),
        "closed": list(closed),
        "counts": {
            side: {
                "vpcs": len(entries),
                "instances": sum(entry["instances"]["count"] for entry in entries),
                "pairs": sum(entry["instances"]["count"] * entry["resource_count"] for entry in entries),
            }
            for side, entries in (("opened", opened), ("closed", closed))
        },
    }


def output(actions: list[str], before: object = None, after: object = None, **parts: Any) -> Any:
    """An output that changes; `parts` replace its keys."""
    entry = {"actions": actions, "before": before, "after": after, "after_unknown": False, "type": "dynamic"}
    return {**entry, "before_sensitive": False, "after_sensitive": False, **parts}


def opening(vpc_id: str, ids: list[str], count: int, resources: dict[str, int]) -> Any:
    return {
        "vpc_id": vpc_id,
        "cidr_block": "172.16.0.0/12",
        "ranges": ["172.16.0.0/12"],
        "resources": resources,
        "resource_count": sum(resources.values()),
        "instances": {"count": count, "ids": ids, "first_ip": "10.1.2.3", "last_ip": "10.9.8.7"},
    }


def shop_plan(adopted: int = 998, **parts: Any) -> Any:
    """Two to add, one to move, many adopted: the plan that the project's pages show."""
    shop, db = Address("classiclink_vpc", "shop"), Address("classiclink_attachment", "db")
    web = Address("classiclink_attachment", "web", "i-1")
    fleet = [Address("classiclink_attachment", "fleet", f"i-f{number:04}") for number in range(adopted)]
    changes = [
        change(shop, ["create"], None, vpc_attributes("vpc-a")),
        change(web, ["create"], None, link_attributes("i-1", "vpc-a"), line=9),
        change(db, ["delete", "create"], link_attributes("i-7", "vpc-old"), link_attributes("i-7", "vpc-a"), line=9),
        *(
            change(
                address,
                ["no-op"],
                link_attributes(str(address.key), "vpc-a"),
                link_attributes(str(address.key), "vpc-a"),
                importing=f"{address.key}/vpc-a",
            )
            for address in fleet
        ),
    ]
    steps = [
        step(1, "enable_classic_link", shop, vpc_id="vpc-a"),
        step(2, "attach", web, instance_id="i-1", vpc_id="vpc-a", needs=(1,), slot="free"),
        step(3, "detach", db, instance_id="i-7", vpc_id="vpc-old"),
        step(4, "attach", db, instance_id="i-7", vpc_id="vpc-a", needs=(1, 3), slot="free"),
    ]
    warning = finding(
        "CL302",
        "quota-nearly-used",
        severity="warning",
        address='classiclink_attachment.web["i-1"]',
        message="vpc-a will hold 1,000 of 1,000 links.",
        remedy="Link further instances to another VPC.",
        step=2,
        range=place(12, 17, 39),
    )
    return plan(
        **{
            "applicable": True,
            "resource_changes": changes,
            "steps": steps,
            "rules": [warning],
            "rules_passed": {"CL101": 2, "CL102": 3, "CL103": 3},
            "rule_names": {"CL101": "vpc-not-enabled", "CL102": "vpc-cidr-not-eligible"},
            "summary": {"add": 2, "move": 1, "import": adopted, "steps": 4},
            "reachability": reachability(
                opened=[
                    opening("vpc-a", ["i-1", "i-7"], 2, {"ecs": 8, "rds": 4}),
                    opening("vpc-b", [f"i-{number}" for number in range(10)], 412, {}),
                ],
                closed=[opening("vpc-old", ["i-7"], 1, {"ecs": 3})],
            ),
            "output_changes": {
                "vpcs": output(["create"], after=["vpc-a"]),
                "token": output(["update"], before_sensitive=True, after_sensitive=True),
            },
            **parts,
        }
    )


def failed_plan() -> Any:
    """A plan that two rules and a diagnostic refuse; one finding is waived and one cannot be known."""
    return shop_plan(
        adopted=0,
        errored=True,
        applicable=False,
        rules=[
            finding("CL103", "custom-route-to-classic"),
            finding(
                "CL202",
                "instance-linked-elsewhere",
                address='classiclink_attachment.web["i-1"]',
                message="The instance i-1 is linked to vpc-b.",
                **Remedy.of(cl("import", 'classiclink_attachment.web["i-1"]', "i-1/vpc-b")).to_json(),
                range=place(11, 3, 25),
                related=[{"message": "also declared here", "range": place(5, 1, 35)}],
            ),
            finding("CL104", "custom-route-shadows-classic", severity="warning", status="waived", waiver=WAIVER),
            finding("CL106", "vswitch-unreachable", severity="warning", status="unknown", range=None),
        ],
        diagnostics=[diagnostic()],
        summary={"add": 2, "move": 1, "steps": 4},
        reachability=reachability(),
    )


def drain_plan(links: int) -> Any:
    """Everything is detached from a VPC, and ClassicLink disabled."""
    shop = Address("classiclink_vpc", "shop")
    fleet = [Address("classiclink_attachment", "fleet", f"i-{number:05}") for number in range(links)]
    return plan(
        mode="destroy",
        applicable=True,
        resource_changes=[
            *(change(one, ["delete"], link_attributes(str(one.key), "vpc-a"), None) for one in fleet),
            change(shop, ["delete"], vpc_attributes("vpc-a"), None),
        ],
        steps=[
            *(
                step(number, "detach", one, instance_id=str(one.key), vpc_id="vpc-a")
                for number, one in enumerate(fleet, 1)
            ),
            step(links + 1, "disable_classic_link", shop, vpc_id="vpc-a", needs=tuple(range(1, links + 1))),
        ],
        summary={"destroy": links + 1, "steps": links + 1},
    )


def fleet_plan(links: int, vpcs: int = 10) -> Any:
    """Very many links, each in a block of its own name, over several VPCs."""
    rooms = [Address("classiclink_vpc", f"room_{number}") for number in range(vpcs)]
    fleet = [Address("classiclink_attachment", f"link_{number}") for number in range(links)]
    where = [number % vpcs for number in range(links)]
    return plan(
        applicable=True,
        resource_changes=[
            *(change(one, ["create"], None, vpc_attributes(f"vpc-{number}")) for number, one in enumerate(rooms)),
            *(
                change(one, ["create"], None, link_attributes(f"i-{number:05}", f"vpc-{where[number]}"))
                for number, one in enumerate(fleet)
            ),
        ],
        steps=[
            *(step(number + 1, "enable_classic_link", one, vpc_id=f"vpc-{number}") for number, one in enumerate(rooms)),
            *(
                step(
                    vpcs + number + 1,
                    "attach",
                    one,
                    instance_id=f"i-{number:05}",
                    vpc_id=f"vpc-{where[number]}",
                    needs=(where[number] + 1,),
                    slot="free",
                )
                for number, one in enumerate(fleet)
            ),
        ],
        rules=[
            finding("CL402", "address-in-vswitch", severity="warning", message=f"10.1.2.3 of i-{number:05} is free.")
            for number in range(links // 10)
        ],
        rules_passed={"CL101": links},
        summary={"add": links + vpcs, "steps": links + vpcs},
    )


def ways(*remedies: Remedy) -> Any:
    """The keys of the ways out of an item of drift."""
    texts, commands = write_all(remedies)
    entry = {"remedy": texts, "commands": commands} if commands else {"remedy": texts}
    snippets = [remedy.snippets for remedy in remedies]
    return {**entry, "snippets": snippets} if any(snippets) else entry


def drift_groups(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A group for each of these items, in their order."""
    kept = ("bucket", "what_moved", "detail", "remedy", "commands", "snippets", "rule", "range")
    return [
        {
            **{key: item[key] for key in kept if key in item},
            "items": [number],
            "subject": item.get("address") or f"{item['type']}.{item['id']}",
        }
        for number, item in enumerate(items)
    ]


def drift_rule(rule: str, name: str, severity: str, **parts: Any) -> dict[str, Any]:
    """A rule that links to vpc-a break, though that is no drift."""
    return {
        "rule": rule,
        "name": name,
        "status": "fail",
        "severity": severity,
        "vpc_id": "vpc-a",
        "links": 1,
        "detail": "What the rule says.",
        "source": "overview, Limits",
        "range": place(9, 1, 40),
        **parts,
    }


WAIVER = {"reason": "The shop moves by Christmas.", "until": "2026-12-24"}


@makes("drift")
def drift(**parts: Any) -> Any:
    items: list[dict[str, Any]] = [
        {
            "bucket": "missing",
            "address": 'classiclink_attachment.web["i-1"]',
            "type": "classiclink_attachment",
            "instance_id": "i-1",
            "vpc_id": "vpc-a",
            "what_moved": "cloud",
            "detail": "The link of i-1 to vpc-a is in the state, and not in the cloud.",
            **ways(
                Remedy.of("Restore: ", cl("apply")),
                Remedy.of("Accept: ", cl("state", "rm", 'classiclink_attachment.web["i-1"]')),
            ),
            "range": place(9, 1, 40),
        },
        {
            "bucket": "changed",
            "address": "classiclink_attachment.db",
            "type": "classiclink_attachment",
            "instance_id": "i-7",
            "vpc_id": "vpc-a",
            "what_moved": "cloud",
            "before": {"vpc_id": "vpc-a"},
            "after": {"vpc_id": "vpc-b"},
            "detail": "i-7 is linked to vpc-b, not to vpc-a.",
            **ways(Remedy.of("Restore: ", cl("apply"))),
        },
        {
            "bucket": "unmanaged",
            "type": "classiclink_attachment",
            "instance_id": "i-9",
            "vpc_id": "vpc-a",
            "what_moved": "cloud",
            "detail": "i-9 is linked to vpc-a, and nothing declares it.",
            **ways(
                Remedy.of("accept: ", cl("import", "classiclink_attachment.web", "i-9/vpc-a")),
                Remedy.of("accept: ", Snippet('resource "classiclink_attachment" "web" {\n  instance_id = "i-9"\n}')),
            ),
        },
        {
            "bucket": "violated",
            "address": 'classiclink_attachment.web["i-2"]',
            "type": "classiclink_attachment",
            "instance_id": "i-2",
            "vpc_id": "vpc-a",
            "rule": "CL103",
            "what_moved": "cloud",
            "detail": "The VPC vpc-a has a custom route entry destined for 10.0.0.0/8.",
            "remedy": ["Delete the route entry 10.0.0.0/8 of vpc-a."],
        },
        {
            "bucket": "unknown",
            "address": "classiclink_vpc.far",
            "type": "classiclink_vpc",
            "vpc_id": "vpc-far",
            "what_moved": "cloud",
            "detail": "vpc-far could not be read: the call was denied.",
            "remedy": ["Allow vpc:DescribeVpcAttribute on vpc-far."],
        },
    ]
    items = [{"id": "/".join(filter(None, map(item.get, ("instance_id", "vpc_id")))), **item} for item in items]
    return {
        "format_version": "1.0",
        "in_sync": False,
        "strict": False,
        "complete": False,
        "summary": {
            "managed": 20,
            "missing": 1,
            "changed": 1,
            "unmanaged": 1,
            "violated": 1,
            "unknown": 1,
            "pending": 0,
            "ignored": 2,
            "coverage": "18/20 (90 %)",
        },
        "items": items,
        "groups": drift_groups(parts.get("items", items)),
        "rules": [
            drift_rule("CL105", "vswitch-outside-10-111", "error", status="waived", waiver=WAIVER),
            drift_rule("CL104", "custom-route-shadows-classic", "warning", links=2),
        ],
        "vpcs": [
            {
                "vpc_id": vpc_id,
                "cidr_block": cidr_block,
                "classic_link_enabled": enabled,
                "links": links,
                "in_order": {"count": in_order, "ids": [f"i-{number}" for number in range(20, 20 + min(in_order, 10))]},
            }
            for vpc_id, cidr_block, enabled, links, in_order in (
                ("vpc-a", "172.16.0.0/16", True, 16, 14),
                ("vpc-b", "172.17.0.0/16", True, 1, 0),
                ("vpc-far", None, False, 0, 0),
            )
        ],
        "notes": ["An ignore was not used: classiclink_vpc.vpc-x."],
        **parts,
    }
