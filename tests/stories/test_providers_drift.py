"""Drift where there are several providers: each object is compared with what its own one sees."""

from __future__ import annotations

import json
from typing import Any

from support.desk import Desk
from support.two_accounts import LINK, OF_LAB, PROVIDERS, account, block, two_accounts

BOTH = {"i-1": "vpc-a"}
DECLARED = block("vpc", "a", '  vpc_id = "vpc-a"\n') + block("attachment", "web", LINK)


def drift(desk: Desk, code: int) -> dict[str, Any]:
    found: dict[str, Any] = desk.cl("drift", "--json", code=code).json
    return found


def subjects(document: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(item["provider"], item["bucket"], f"{item['type'][12:]}.{item['id']}") for item in document["items"]]


def blocks_of(document: dict[str, Any]) -> str:
    ways = [way for item in document["items"] for way in item["remedy"] if way.startswith("accept: declare it")]
    return "\n\n".join(way.partition("\n")[2] for way in ways) + "\n"


def test_the_same_ids_in_two_accounts_are_two_objects(desk: Desk) -> None:
    two_accounts(desk, one=BOTH, lab=BOTH, main=DECLARED)
    desk.cl("import", "--all", code=0)
    document = drift(desk, 2)
    assert subjects(document) == [
        ("mock.lab", "unmanaged", "attachment.i-1/vpc-a"),
        ("mock.lab", "unmanaged", "vpc.vpc-a"),
    ]
    assert document["summary"]["coverage"] == "2/4 (50 %)"
    assert [(vpc["provider"], vpc["in_order"]["count"]) for vpc in document["vpcs"]] == [("mock", 1), ("mock.lab", 0)]
    text = desk.cl("drift", code=2).out
    assert "classiclink_attachment.i-1/vpc-a (mock.lab)" in text
    assert "(mock)" not in text


def test_a_link_that_one_account_lost_is_missing_though_the_other_has_it(desk: Desk) -> None:
    two_accounts(desk, one=BOTH, lab=BOTH, main=DECLARED)
    desk.cl("import", "--all", code=0)
    desk.write(one__json=account("1001", {}))
    assert [found for found in subjects(drift(desk, 2)) if found[0] == "mock"] == [
        ("mock", "missing", "attachment.i-1/vpc-a"),
        ("mock", "changed", "vpc.vpc-a"),
    ]


def test_what_drift_offers_names_the_provider_and_ends_the_drift(desk: Desk) -> None:
    two_accounts(desk, one={"i-2": "vpc-a"}, lab={})
    desk.write(two__json=account("1002", {"i-3": "vpc-b"}, vpcs=("vpc-b",)))
    offered = blocks_of(drift(desk, 2))
    assert '"i-3" {\n  provider    = mock.lab\n  instance_id = "i-3"\n' in offered
    assert '"vpc-b" {\n  provider = mock.lab\n  vpc_id   = "vpc-b"\n' in offered
    assert '"i-2" {\n  instance_id = "i-2"\n' in offered
    desk.write(offered__hcl=offered)
    desk.cl("fmt", "-check", code=0)
    plan = desk.cl("plan", "--json", code=0).json
    assert (plan["steps"], plan["summary"]["import"]) == ([], 4)
    desk.cl("apply", "--auto-approve", code=0)
    assert drift(desk, 0)["in_sync"]


def test_without_a_default_provider_every_block_names_its_own(desk: Desk) -> None:
    two_accounts(desk, one=BOTH, lab={})
    desk.write(main__hcl=PROVIDERS.replace("{\n", '{\n  alias = "prod"\n', 1))
    assert "provider    = mock.prod" in blocks_of(drift(desk, 2))


def test_an_account_that_cannot_be_read_leaves_the_other_one_known(desk: Desk) -> None:
    faults = json.dumps(
        [{"action": "DescribeClassicLinkInstances", "kind": "error", "code": "Forbidden", "message": "no"}]
    )
    lab = block("attachment", "lab", OF_LAB + LINK)
    two_accounts(desk, one=BOTH, lab=BOTH, main=DECLARED + lab)
    desk.cl("import", "--all", code=0)
    desk.write(
        main__hcl=f"{PROVIDERS}\n{DECLARED}{lab}".replace('"two.json"\n', '"two.json"\n  faults = "faults.json"\n')
    )
    desk.write(faults__json=faults, one__json=account("1001", {}))
    document = drift(desk, 3)
    assert {(provider, bucket) for provider, bucket, _ in subjects(document)} == {
        ("mock", "missing"),
        ("mock", "changed"),
        ("mock.lab", "unknown"),
        ("mock.lab", "unmanaged"),
    }


def test_an_object_that_the_configuration_gives_to_another_provider_says_so(desk: Desk) -> None:
    two_accounts(desk, one=BOTH, lab=BOTH, main=DECLARED)
    desk.cl("import", "--all", code=0)
    desk.write(main__hcl=f"{PROVIDERS}\n{DECLARED.replace(LINK, OF_LAB + LINK)}")
    (item,) = [found for found in drift(desk, 2)["items"] if found["bucket"] == "pending"]
    assert (item["before"], item["after"]) == ({"provider": "mock"}, {"provider": "mock.lab"})
    assert "belongs to mock in the state and to mock.lab in the configuration" in item["detail"]


def test_a_baseline_ignores_the_drift_of_one_account_alone(desk: Desk) -> None:
    two_accounts(desk, one={}, lab=BOTH)
    desk.cl("drift", "--baseline", ".clignore", code=2)
    assert "/mock.lab/classiclink_attachment.i-1/vpc-a  #" in (desk.directory / ".clignore").read_text(encoding="utf-8")
    assert drift(desk, 0)["summary"]["ignored"] == 2
    desk.write(one__json=account("1001", BOTH))
    assert {found[0] for found in subjects(drift(desk, 2))} == {"mock"}


def test_a_module_that_is_given_the_other_provider_is_compared_with_its_world(desk: Desk) -> None:
    (desk.directory / "net").mkdir()
    (desk.directory / "net" / "main.hcl").write_text(DECLARED, encoding="utf-8")
    call = 'module "net" {\n  source    = "./net"\n  providers = { mock = mock.lab }\n}\n'
    two_accounts(desk, one={}, lab=BOTH, main=call)
    desk.cl("import", "--all", code=0)
    assert drift(desk, 0)["summary"]["managed"] == 2
    desk.write(two__json=account("1002", {}), one__json=account("1001", BOTH))
    assert [found[:2] for found in subjects(drift(desk, 2))] == [
        ("mock.lab", "missing"),
        ("mock.lab", "changed"),
        ("mock", "unmanaged"),
        ("mock", "unmanaged"),
    ]
