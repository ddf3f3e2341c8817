"""A state goes under a key, from key to key, and back, by commands that change nothing else."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest

from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instances, vpc

FIRST = {"CL_ENCRYPTION_KEY": b64encode(b"1" * 32).decode()}
SECOND = {"CL_ENCRYPTION_KEY": b64encode(b"2" * 32).decode()}
ROLLOVER = {**SECOND, "CL_ENCRYPTION_FALLBACK_KEY": FIRST["CL_ENCRYPTION_KEY"]}
BACK = {"CL_ENCRYPTION": "off", "CL_ENCRYPTION_FALLBACK_KEY": FIRST["CL_ENCRYPTION_KEY"]}
"""A key costs a run nothing. A passphrase costs it half a second each time that it is made into a key."""


@pytest.fixture
def applied(desk: Desk) -> Desk:
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(1))
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-a") + attach("web", "i-0001", "vpc-a"))
    desk.cl("apply", "-auto-approve", code=0)
    return desk


def test_a_state_goes_over_from_passphrase_to_passphrase_where_nothing_else_changes(applied: Desk) -> None:
    first = {"CL_ENCRYPTION_PASSPHRASE": "first secret number one"}
    second = {"CL_ENCRYPTION_PASSPHRASE": "second secret number two"}
    rollover = {**second, "CL_ENCRYPTION_FALLBACK_PASSPHRASE": first["CL_ENCRYPTION_PASSPHRASE"]}
    assert_it_goes_over(applied, ["apply"], first, second, rollover)


@pytest.mark.parametrize("command", [["apply"], ["apply", "--auto-approve"], ["refresh"]])
def test_a_state_goes_over_to_another_key_where_nothing_else_changes(applied: Desk, command: list[str]) -> None:
    assert_it_goes_over(applied, command, FIRST, SECOND, ROLLOVER)


def assert_it_goes_over(
    desk: Desk, command: list[str], first: dict[str, str], second: dict[str, str], rollover: dict[str, str]
) -> None:
    assert "was not encrypted" in desk.cl(*command, code=0, **first).err
    assert "Key is missing" in desk.cl("plan", code=1).err
    assert "encrypted with the fallback key" in desk.cl("plan", code=0, **rollover).err
    assert "was encrypted with the fallback key" in desk.cl(*command, code=0, **rollover).err
    assert "fallback" not in desk.cl("plan", "-detailed-exitcode", code=0, **rollover).err
    desk.cl("plan", "-detailed-exitcode", code=0, **second)
    desk.cl("state", "push", "--force", "cl.state.json.backup", code=0, **second)
    assert "Key is wrong" in desk.cl("plan", code=1, **first).err


def test_a_state_goes_back_to_plaintext_only_where_that_is_said(applied: Desk) -> None:
    applied.cl("apply", code=0, **FIRST)
    only_fallback = {name: value for name, value in BACK.items() if name != "CL_ENCRYPTION"}
    assert "CL_ENCRYPTION=off" in applied.cl("apply", code=1, **only_fallback).err
    assert "plaintext now" in applied.cl("apply", code=0, **BACK).err
    assert "classiclink_vpc" in (applied.directory / "cl.state.json.backup").read_text()
    applied.cl("plan", "-detailed-exitcode", code=0)


def test_a_push_of_what_the_state_holds_puts_it_under_the_present_key(applied: Desk) -> None:
    applied.write(s__json=applied.cl("state", "pull", code=0).out)
    assert "encrypted with the present key" in applied.cl("state", "push", "s.json", code=0, **FIRST).err
    applied.cl("state", "push", "s.json", code=0, **ROLLOVER)
    applied.cl("plan", "-detailed-exitcode", code=0, **SECOND)


@pytest.mark.parametrize("words", ["apply", "show", "show -verify", "graph -plan"])
def test_a_plan_in_plaintext_is_refused_where_a_key_is_set(applied: Desk, words: str) -> None:
    applied.write(more__hcl='output "n" {\n  value = 2\n}\n')
    applied.cl("plan", "-out=p.json", code=0)
    refused = applied.cl(*words.split(), "p.json", code=1, **FIRST).err
    assert "Plan is not encrypted" in refused
    assert "cl plan --out p.json" in refused
    applied.cl(*words.split(), "p.json", code=0)


def test_a_plan_that_was_saved_before_the_rollover_is_applied_with_it(applied: Desk) -> None:
    applied.cl("apply", code=0, **FIRST)
    applied.write(more__hcl='output "n" {\n  value = 2\n}\n')
    applied.cl("plan", "-out=p.json", code=0, **FIRST)
    assert "fallback key" in applied.cl("apply", "p.json", code=0, **ROLLOVER).err
    assert applied.cl("output", "-raw", "n", code=0, **SECOND).out == "2"


@pytest.fixture
def planned(desk: Desk) -> Desk:
    """Nothing is applied yet; a plan is saved under the first key."""
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(1))
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-a") + attach("web", "i-0001", "vpc-a"))
    desk.cl("plan", "-out=p.json", code=0, **FIRST)
    return desk


READING = (["show"], ["show", "-json"], ["show", "-verify"], ["graph", "-plan"], ["apply"], ["apply", "-json"])


def test_a_plan_under_a_key_is_shown_verified_and_applied_once_with_it(planned: Desk) -> None:
    assert "vpc-a" not in (planned.directory / "p.json").read_text()
    assert "2 steps" in planned.cl("show", "p.json", code=0, **FIRST).out
    assert len(planned.cl("show", "-json", "p.json", code=0, **FIRST).json["steps"]) == 2
    assert "holds" in planned.cl("show", "-verify", "p.json", code=0, **FIRST).out
    planned.cl("apply", "p.json", code=0, **FIRST)
    assert planned.links() == {"i-0001": "vpc-a"}
    assert "STA406" in planned.cl("apply", "p.json", code=1, **FIRST).err
    kept = planned.contents("cl.state.json")
    assert len(kept) > 1
    assert not any(b"vpc-a" in content for content in kept.values())


@pytest.mark.parametrize(
    ("key", "code"), [({}, "STA140"), (SECOND, "STA141"), ({"CL_ENCRYPTION_PASSPHRASE": "short"}, "STA143")]
)
def test_without_its_key_a_plan_is_neither_shown_nor_applied(planned: Desk, key: dict[str, str], code: str) -> None:
    for command in READING:
        ended = planned.cl(*command, "p.json", code=1, **key)
        assert code in ended.err
        assert "the next cl apply writes it" not in ended.err
        if code != "STA143":
            assert "cl plan --out p.json" in ended.err
    assert planned.calls() == []


@pytest.mark.parametrize(("what", "code"), [("altered", "STA141"), ("cut short", "STA142"), ("no header", "STA142")])
def test_a_plan_under_a_key_that_was_altered_is_refused_with_the_way_to_a_new_one(
    planned: Desk, what: str, code: str
) -> None:
    path = planned.directory / "p.json"
    document = json.loads(text := path.read_text())
    sealed = document["data"]
    document["data"] = ("B" if sealed[0] == "A" else "A") + sealed[1:]
    altered = json.dumps(document, separators=(",", ":"))
    path.write_text({"altered": altered, "cut short": text[:300], "no header": '{"cl_encrypted":1}'}[what])
    for command in READING:
        ended = planned.cl(*command, "p.json", code=1, **FIRST)
        assert code in ended.err
        assert "cl plan --out p.json" in ended.err
        assert "backup" not in ended.err
    assert planned.calls() == []


def test_a_plan_that_is_not_encrypted_is_made_again_where_a_key_is_set_by_now(planned: Desk) -> None:
    planned.cl("plan", "-out=p.json", code=0)
    assert "Plan is not encrypted" in planned.cl("apply", "p.json", code=1, **FIRST).err
    planned.cl("plan", "-out=p.json", code=0, **FIRST)
    planned.cl("apply", "p.json", code=0, **FIRST)
    assert "vpc-a" not in (planned.directory / "cl.state.json").read_text()


def test_the_command_that_gives_the_key_takes_nothing_of_what_is_piped_in(applied: Desk) -> None:
    greedy = {"CL_ENCRYPTION_COMMAND": "sh -c 'cat >/dev/null; echo correct horse battery'"}
    pulled = applied.cl("state", "pull", code=0).out
    applied.cl("state", "push", "-", stdin=pulled, code=0, **greedy)
    applied.write(more__hcl='output "n" {\n  value = 2\n}\n')
    applied.cl("apply", stdin="yes\n", code=0, **greedy)
    assert "vpc-a" not in (applied.directory / "cl.state.json").read_text()


@pytest.mark.parametrize("source", ["PASSPHRASE", "KEY", "COMMAND"])
def test_a_secret_that_is_empty_never_means_plaintext(applied: Desk, source: str) -> None:
    name = f"CL_ENCRYPTION_{source}"
    before = (applied.directory / "cl.state.json").read_bytes()
    for command in (["plan", "-out=p"], ["apply", "-auto-approve"], ["state", "list"]):
        messages = " ".join(applied.cl(*command, code=1, **{name: ""}).err.split())
        assert f"Set but empty, as when a secret is missing: {name}." in messages
        assert f"unset {name}" in messages
    assert (applied.directory / "cl.state.json").read_bytes() == before
    assert not (applied.directory / "p").exists()
