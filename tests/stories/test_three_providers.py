"""Three accounts with the same ids, a module called once for each: every command keeps them apart."""

from __future__ import annotations

import json

import pytest

from support.desk import Desk
from support.three_accounts import CALLS, KEYS, NET, PROVIDERS, call, links_of, providers_of, three_accounts

LINKED = {"i-1": "vpc-a"}
OF_ALL = dict.fromkeys(KEYS, LINKED)
NOTHING: dict[str, dict[str, str]] = {key: {} for key in KEYS}
MODULES = {"mock": "module.prod", "mock.lab": "module.lab", "mock.old": "module.old"}


@pytest.fixture
def applied(desk: Desk) -> Desk:
    """The module's three instances, made."""
    three_accounts(desk, CALLS)
    desk.cl("apply", "--auto-approve", code=0)
    return desk


def one_line(text: str) -> str:
    return " ".join(text.split())


def test_a_plan_makes_each_modules_objects_in_the_account_that_it_is_given(desk: Desk) -> None:
    three_accounts(desk, CALLS)
    desk.cl("validate", code=0)
    plan = desk.cl("plan", "--out", "p", "--json", code=0).json
    assert {(step["provider"], step["account_id"], step["address"].rpartition(".")[0]) for step in plan["steps"]} == {
        (key, account, f"{MODULES[key]}.classiclink_{kind}")
        for key, (_, account) in KEYS.items()
        for kind in ("vpc", "attachment")
    }
    assert {entry["provider"] for entry in plan["reachability"]["opened"]} == set(KEYS)
    text = desk.cl("show", "p", code=0).out
    for key in KEYS:
        assert f"by {key} (account {KEYS[key][1]}" in text
        assert f"Opens i-1 → vpc-a (172.16.0.0/16, of {key})" in one_line(text)
    desk.cl("show", "--verify", "p", code=0)
    ended = desk.cl("apply", "p", code=0)
    assert "attach i-1 to vpc-a, by mock.old: done" in ended.out + ended.err
    assert links_of(desk) == OF_ALL
    assert providers_of(desk) == {
        f"{MODULES[key]}.classiclink_{kind}": key for key in KEYS for kind in ("vpc.shop", "attachment.web")
    }
    assert desk.cl("plan", "--detailed-exitcode").code == 0
    assert desk.cl("drift", code=0).out.startswith("In sync.")


@pytest.mark.parametrize("kind", ["dot", "mermaid"])
def test_the_graph_of_a_plan_says_by_whom_each_step_is(desk: Desk, kind: str) -> None:
    three_accounts(desk, CALLS)
    desk.cl("plan", "--out", "p", code=0)
    drawn = desk.cl("graph", "--plan", "p", "--format", kind, code=0).out
    assert [drawn.count(f'by {key}"') for key in KEYS] == [2, 2, 2]
    assert drawn.count("->" if kind == "dot" else "-->") == 3


def test_reports_draw_each_accounts_vpc_by_itself(desk: Desk) -> None:
    three_accounts(desk, CALLS)
    page = desk.cl("plan", "-o", "html", code=0).out
    assert [page.count(f">{key}: 172.16.0.0/16") for key in KEYS] == [2, 2, 2]  # for a screen and for a phone
    three_accounts(desk, "", OF_ALL)
    page = desk.cl("drift", "-o", "html", code=2).out
    assert [page.count(f">{key}: 172.16.0.0/16") for key in KEYS] == [2, 2, 2]


@pytest.mark.parametrize("kind", ["sarif", "junit", "github", "markdown"])
def test_every_report_of_drift_distinguishes_the_accounts(desk: Desk, kind: str) -> None:
    three_accounts(desk, "", OF_ALL)
    report = desk.cl("drift", "-o", kind, code=2).out
    for key in KEYS:
        assert f"classiclink_attachment.i-1/vpc-a ({key})" in report
    if kind == "sarif":
        results = json.loads(report)["runs"][0]["results"]
        assert len({one["partialFingerprints"]["subject/v1"] for one in results}) == len(results) == 6


def test_outputs_and_data_are_of_the_modules_own_account(applied: Desk) -> None:
    main = (applied.directory / "main.hcl").read_text(encoding="utf-8")
    wanted = "".join(
        f'output "{name}" {{\n  value = [module.{name}.account, module.{name}.seen]\n}}\n' for name in ("lab", "old")
    )
    applied.write(main__hcl=main + wanted)
    applied.cl("apply", "--auto-approve", code=0)
    assert applied.cl("output", "-json", "old", code=0).json == ["1003", ["1003"] * 3]
    assert applied.cl("output", "-json", "lab", code=0).json == ["1002", ["1002"] * 3]
    ended = applied.cl("console", "--json", stdin="module.old.account\n", code=0)
    assert ended.json["value"] == "1003"


def test_the_state_commands_keep_the_provider(applied: Desk) -> None:
    applied.cl("state", "mv", "module.lab", "module.other", code=0)
    assert providers_of(applied)["module.other.classiclink_vpc.shop"] == "mock.lab"
    applied.cl("state", "mv", "module.other", "module.lab", code=0)
    pulled = applied.cl("state", "pull", code=0).out
    applied.cl("state", "rm", "module.old", code=0)
    assert set(providers_of(applied).values()) == {"mock", "mock.lab"}
    plan = applied.cl("plan", "--json", code=0).json
    assert (plan["steps"], plan["summary"]["import"]) == ([], 2)
    assert one_line(applied.cl("plan", code=0).out).count("adopted into the state, of mock.old") == 2
    applied.cl("import", "--all", code=0)
    assert providers_of(applied)["module.old.classiclink_attachment.web"] == "mock.old"
    applied.write(old__json=pulled)
    applied.cl("state", "push", "--force", "old.json", code=0)
    assert applied.cl("plan", "--detailed-exitcode").code == 0
    shown = json.loads(applied.cl("state", "show", "-json", "module.old.classiclink_vpc.shop", code=0).out)
    assert shown["attributes"]["account_id"] == "1003"


def test_completion_offers_providers_and_vpcs_with_theirs(applied: Desk) -> None:
    def completed(*words: str) -> list[str]:
        asked = {"_CL_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(["cl", *words]), "COMP_CWORD": str(len(words))}
        return [line.partition(",")[2] for line in applied.cl(code=0, **asked).out.split()]

    assert completed("reach", "--provider", "mock.") == ["mock.lab", "mock.old"]
    assert completed("plan", "--drain", "") == sorted(f"{key}/vpc-a" for key in KEYS)
    applied.cl("state", "rm", "module.lab", "module.old", code=0)
    assert completed("plan", "--drain", "v") == ["vpc-a"]


def test_reach_and_advice_are_asked_of_one_account(applied: Desk) -> None:
    for ask in (("reach", "i-1", "rm-vpc-a"), ("advise", "i-2", "rm-vpc-a")):
        refused = one_line(applied.cl(*ask, code=1).err)
        assert "--provider mock or --provider mock.lab or --provider mock.old" in refused
    assert applied.cl("reach", "i-1", "rm-vpc-a", "--provider", "mock.old", "--json", code=0).json["reachable"]
    offer = applied.cl("advise", "i-2", "rm-vpc-a", "--provider", "mock.old", "--json", code=0).json["offer"]["hcl"]
    assert "  provider    = mock.old\n" in offer
    applied.write(offer__hcl=offer)
    applied.cl("fmt", "-check", code=0)
    applied.cl("apply", "--auto-approve", code=0)
    assert links_of(applied) == {**OF_ALL, "mock.old": {"i-1": "vpc-a", "i-2": "vpc-a"}}
    survey = applied.cl("addresses", "--json", code=0).json
    assert [vpc["provider"] for vpc in survey["vpcs"]] == list(KEYS)


def test_a_drain_empties_one_account_and_destroy_all_of_them(applied: Desk) -> None:
    refused = one_line(applied.cl("plan", "--drain", "vpc-a", code=1).err)
    for key in KEYS:
        assert f"cl plan --drain {key}/vpc-a" in refused
    applied.cl("apply", "--drain", "mock.old/vpc-a", "--auto-approve", code=0)
    assert links_of(applied) == {**OF_ALL, "mock.old": {}}
    applied.cl("apply", "--auto-approve", code=0)
    applied.cl("destroy", "--target", "module.lab", "--auto-approve", code=0)
    assert links_of(applied) == {**OF_ALL, "mock.lab": {}}
    applied.cl("destroy", "--auto-approve", code=0)
    assert links_of(applied) == NOTHING


def test_refresh_takes_over_what_one_account_lost(applied: Desk) -> None:
    three_accounts(applied, CALLS, {"mock": LINKED, "mock.lab": LINKED, "mock.old": {}})
    applied.cl("refresh", "--auto-approve", code=0)
    assert set(providers_of(applied).values()) == {"mock", "mock.lab"}
    again = applied.cl("plan", "--json", code=0).json
    assert {step["provider"] for step in again["steps"]} == {"mock.old"}


def test_what_import_writes_plans_nothing_in_any_account(desk: Desk) -> None:
    three_accounts(desk, call("prod", "mock"), OF_ALL)
    desk.cl("import", "--all", "--write", "found.hcl", code=0)
    found = (desk.directory / "found.hcl").read_text(encoding="utf-8")
    assert [found.count(f"provider = {key}\n") for key in KEYS] == [0, 2, 2]
    assert sorted(providers_of(desk).values()) == sorted([*KEYS, *KEYS])
    assert desk.cl("plan", "--json", "--detailed-exitcode", code=0).json["steps"] == []
    desk.cl("drift", code=0)


def test_what_drift_offers_can_be_pasted_beside_a_module(desk: Desk) -> None:
    three_accounts(desk, call("prod", "mock"), OF_ALL)
    desk.cl("import", "--all", code=0)
    items = desk.cl("drift", "--json", code=2).json["items"]
    ways = [way for item in items for way in item["remedy"] if way.startswith("accept: declare it")]
    desk.write(offered__hcl="\n\n".join(way.partition("\n")[2] for way in ways) + "\n")
    desk.cl("fmt", "-check", code=0)
    plan = desk.cl("plan", "--json", code=0).json
    assert (plan["steps"], plan["summary"]["import"]) == ([], 4)
    desk.cl("apply", "--auto-approve", code=0)
    desk.cl("drift", code=0)


@pytest.mark.parametrize("default", [True, False])
def test_what_a_rule_offers_can_be_pasted_for_every_account_at_once(desk: Desk, default: bool) -> None:
    """CL101 for the same VPC of each account, in a module and in the root; with and without a default provider."""
    module = 'resource "classiclink_attachment" "web" {\n  instance_id = "i-1"\n  vpc_id      = "vpc-a"\n}\n'
    three_accounts(desk, CALLS.replace('  instance_id = "i-1"\n', ""))
    (desk.directory / "net" / "main.hcl").write_text(module, encoding="utf-8")
    main = (desk.directory / "main.hcl").read_text(encoding="utf-8")
    if not default:
        main = main.replace('provider "mock" {\n', 'provider "mock" {\n  alias    = "prod"\n', 1)
        desk.write(main__hcl=main.replace("mock = mock }", "mock = mock.prod }"))
    findings = desk.cl("plan", "--json", code=1).json["rules"]
    assert [finding["rule"] for finding in findings] == ["CL101"] * 3
    blocks = [finding["remedy"].partition("Declare it:\n")[2].partition("\nOr enable")[0] for finding in findings]
    assert sum("provider = mock" in block for block in blocks) == (2 if default else 3)
    desk.write(pasted__hcl="\n\n".join(blocks) + "\n")
    desk.cl("fmt", "-check", "pasted.hcl", code=0)
    desk.cl("apply", "--auto-approve", code=0)
    assert links_of(desk) == OF_ALL
    assert desk.cl("plan", "--detailed-exitcode").code == 0


def test_an_account_that_cannot_be_read_leaves_two_that_can_be_applied(applied: Desk) -> None:
    faults = [
        {"action": action, "kind": "error", "code": "Forbidden.RAM", "message": "no"}
        for action in ("DescribeVpcs", "DescribeInstances", "DescribeClassicLinkInstances")
    ]
    main = PROVIDERS.replace('"three.json"\n', '"three.json"\n  faults   = "faults.json"\n')
    module = NET.replace('data "classiclink_instances" "all" {}\n', "").partition('output "seen"')[0]
    (applied.directory / "net" / "main.hcl").write_text(module, encoding="utf-8")
    moved = "\n".join(call(name, key, "i-2") for name, key in (("prod", "mock"), ("lab", "mock.lab")))
    applied.write(faults__json=json.dumps(faults), main__hcl=f"{main}\n{moved}\n{call('old', 'mock.old')}")
    assert not applied.cl("plan", "--json", code=3).json["complete"]
    targets = ("--target", "module.prod", "--target", "module.lab")
    plan = applied.cl("plan", *targets, "--out", "p", "--json", code=0).json
    assert plan["complete"]
    assert {step["provider"] for step in plan["steps"]} == {"mock", "mock.lab"}
    applied.cl("apply", "p", code=0)
    assert links_of(applied) == {"mock": {"i-2": "vpc-a"}, "mock.lab": {"i-2": "vpc-a"}, "mock.old": LINKED}
    drift = applied.cl("drift", "--json", code=3).json
    assert {item["provider"] for item in drift["items"]} == {"mock.old"}


def test_two_modules_that_swap_their_accounts_leave_everything_where_it_is(applied: Desk) -> None:
    calls = [call("prod", "mock"), call("lab", "mock.old"), call("old", "mock.lab")]
    applied.write(main__hcl="\n".join([PROVIDERS, *calls]))
    plan = applied.cl("plan", "--out", "p", "--json", code=0).json
    assert plan["steps"] == []
    moved = {change["address"]: (change["previous_address"], change["provider"]) for change in plan["resource_changes"]}
    assert moved["module.lab.classiclink_vpc.shop"] == ("module.old.classiclink_vpc.shop", "mock.old")
    applied.cl("apply", "p", code=0)
    assert (links_of(applied), providers_of(applied)["module.lab.classiclink_vpc.shop"]) == (OF_ALL, "mock.old")
    assert applied.cl("plan", "--detailed-exitcode").code == 0


def test_a_module_that_is_given_another_account_is_removed_here_and_made_there(desk: Desk) -> None:
    three_accounts(desk, call("net", "mock.lab"))
    desk.cl("apply", "--auto-approve", code=0)
    desk.write(main__hcl="\n".join([PROVIDERS, call("net", "mock.old")]))
    plan = desk.cl("plan", "--out", "p", "--json", code=0).json
    assert {(change["previous_provider"], change["provider"]) for change in plan["resource_changes"]} == {
        ("mock.lab", "mock.old")
    }
    assert "goes to another provider, which does not have it yet" in one_line(desk.cl("show", "p", code=0).out)
    desk.cl("show", "--verify", "p", code=0)
    desk.cl("apply", "p", code=0)
    assert links_of(desk) == {**NOTHING, "mock.old": LINKED}
    assert set(providers_of(desk).values()) == {"mock.old"}
    assert desk.cl("plan", "--detailed-exitcode").code == 0


def test_what_cannot_be_removed_in_one_account_is_not_made_in_the_other(desk: Desk) -> None:
    """The state has one place for it: the link that stands must not be forgotten for the one that is made."""
    block = 'resource "classiclink_attachment" "web" {\n%s  instance_id = "i-1"\n  vpc_id      = "vpc-a"\n}\n'
    three_accounts(desk, block % "", {**NOTHING, "mock": LINKED, "mock.lab": {"i-2": "vpc-a"}})
    desk.cl("apply", "--auto-approve", code=0)
    faulty = PROVIDERS.replace('"one.json"\n', '"one.json"\n  faults   = "faults.json"\n')
    moved = block % "  provider    = mock.lab\n"
    desk.write(
        faults__json='[{"action": "DetachClassicLinkVpc", "kind": "error", "code": "Locked", "message": "no"}]',
        main__hcl=f"{faulty}\n{moved}",
    )
    desk.cl("apply", "--auto-approve", code=1)
    assert links_of(desk) == {"mock": LINKED, "mock.lab": {"i-2": "vpc-a"}, "mock.old": {}}
    desk.write(main__hcl=f"{PROVIDERS}\n{moved}")
    desk.cl("apply", "--auto-approve", code=0)
    assert links_of(desk) == {"mock": {}, "mock.lab": {"i-1": "vpc-a", "i-2": "vpc-a"}, "mock.old": {}}
    assert providers_of(desk) == {"classiclink_attachment.web": "mock.lab"}


def test_a_step_that_fails_in_one_account_is_reported_with_it_and_the_others_end(desk: Desk) -> None:
    three_accounts(desk, CALLS)
    faults = [{"action": "AttachClassicLinkVpc", "kind": "error", "code": "QuotaExceeded", "message": "full"}]
    main = (desk.directory / "main.hcl").read_text(encoding="utf-8")
    desk.write(
        faults__json=json.dumps(faults),
        main__hcl=main.replace('"two.json"\n', '"two.json"\n  faults = "faults.json"\n'),
    )
    ended = desk.cl("apply", "--auto-approve", code=1)
    assert "attach i-1 to vpc-a, by mock.lab, was refused by the cloud" in one_line(ended.out + ended.err)
    assert links_of(desk) == {**OF_ALL, "mock.lab": {}}
    desk.write(main__hcl=main)
    lines = [json.loads(line) for line in desk.cl("apply", "--auto-approve", "-json", code=0).out.splitlines()]
    assert {line["provider"] for line in lines if line["type"] == "apply_complete"} == {"mock.lab"}
    assert links_of(desk) == OF_ALL


def test_an_apply_that_was_killed_in_one_account_is_completed_in_that_one(desk: Desk) -> None:
    three_accounts(desk, CALLS)
    main = (desk.directory / "main.hcl").read_text(encoding="utf-8")
    desk.write(
        faults__json='[{"action": "AttachClassicLinkVpc", "kind": "crash_after"}]',
        main__hcl=main.replace('"three.json"\n', '"three.json"\n  faults = "faults.json"\n'),
    )
    assert desk.cl("apply", "--auto-approve", "--parallelism", "1").code not in (0, 1)
    desk.write(main__hcl=main)
    messages = one_line(desk.cl("plan", code=0).err)
    assert "STA308" in messages
    assert "attach i-1 to vpc-a, by mock.old: done" in messages
    desk.cl("apply", "--auto-approve", code=0)
    assert links_of(desk) == OF_ALL
    assert desk.cl("plan", "--detailed-exitcode").code == 0


def test_a_plan_of_three_accounts_is_refused_where_one_of_them_is_another(applied: Desk) -> None:
    applied.write(
        main__hcl="\n".join([PROVIDERS, *(call(n, k, "i-2") for n, k in (("prod", "mock"), ("lab", "mock.lab")))])
    )
    applied.cl("plan", "--out", "p", code=0)
    before = links_of(applied)
    text = (applied.directory / "main.hcl").read_text(encoding="utf-8")
    (applied.directory / "four.json").write_bytes((applied.directory / "three.json").read_bytes())
    applied.write(main__hcl=text.replace('"three.json"', '"four.json"'))
    refused = one_line(applied.cl("apply", "p", code=1).err)
    assert 'The world of the provider mock.old is "three.json" in the plan, and "four.json" here.' in refused
    assert links_of(applied) == before


def test_an_ignore_names_one_account_or_all_of_them(desk: Desk) -> None:
    three_accounts(desk, "", OF_ALL)
    desk.write(__clignore="/mock.old/classiclink_attachment.i-1/vpc-a  # theirs\n")
    items = desk.cl("drift", "--json", code=2).json["items"]
    links = [item["provider"] for item in items if item["type"] == "classiclink_attachment"]
    assert links == ["mock", "mock.lab"]
    desk.write(__clignore="classiclink_attachment.i-1/vpc-a  # everybody's\nclassiclink_vpc.vpc-a  # as well\n")
    assert desk.cl("drift", "--json", code=0).json["summary"]["ignored"] == 6
