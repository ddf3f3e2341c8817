"""Words on the command line that are nearly right: what is said leads to the right ones."""

from __future__ import annotations

import pytest

from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instance, link, vpc


@pytest.fixture
def ready(desk: Desk) -> Desk:
    desk.world(
        vpcs=[vpc("vpc-shop", classic_link_enabled=True)], instances=[instance("i-1")], links=[link("i-1", "vpc-shop")]
    )
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-shop") + attach("web", "i-1", "vpc-shop"))
    return desk


@pytest.mark.parametrize(
    ("arguments", "messages"),
    [
        (["apply", "plan.json", "-chdir=x"], "cl -chdir=x apply plan.json\n"),
        (["apply", "-auto-approve", "-chdir", "a b", "plan.json"], "cl '-chdir=a b' apply --auto-approve plan.json\n"),
        (["plan", "-var", "token=geheim", "-chdir=x"], "cl -chdir=x plan --var 'token=…'\n"),
        (["plan", "-var=token=geheim", "-chdir=x"], "cl -chdir=x plan --var 'token=…'\n"),
        (["state", "mv", "a", "b", "-chdir=x"], "cl -chdir=x state mv a b\n"),
        (["apply", "-compact-warnings"], "a warning that several objects share is shown once"),
        (["plan", "-target="], "--target takes an address, not an empty text"),
        (["plan", "-exclude", " "], "--exclude takes an address, not an empty text"),
        (["apply", "-replace="], "--replace takes an address, not an empty text"),
        (["plan", "-o", "plan.json"], "-o json=plan.json. To save the plan: cl plan -out=plan.json."),
    ],
)
def test_a_word_in_the_wrong_place_is_answered_with_the_right_one(
    ready: Desk, arguments: list[str], messages: str
) -> None:
    ended = ready.cl(*arguments, code=64)
    assert messages in ended.err
    assert "geheim" not in ended.err


@pytest.mark.parametrize("given", ["=geheim", "  =geheim"])
def test_a_variable_without_a_name_is_refused_and_its_value_is_not_shown(ready: Desk, given: str) -> None:
    ended = ready.cl("plan", "-var", given, code=1)
    assert 'CFG409\n  --var: the name is missing before "=".' in ended.err
    assert "geheim" not in ended.err


def test_a_value_without_a_name_says_how_it_is_written(ready: Desk) -> None:
    ended = ready.cl("plan", "-var", "region", code=1)
    assert '--var: "region" has no "=".' in ended.err
    assert "--var 'name=value'" in ended.err


@pytest.mark.parametrize(
    ("address", "given", "meant"),
    [
        ("classiclink_vpc.shop", "vpc-shopp", "vpc-shop"),
        ("classiclink_attachment.web", "i-11/vpc-shop", "i-1"),
        ("classiclink_attachment.web", "i-1/vpc-shob", "vpc-shop"),
    ],
)
def test_an_id_that_nearly_is_one_is_not_imported_and_the_near_one_named(
    ready: Desk, address: str, given: str, meant: str
) -> None:
    assert f'Did you mean "{meant}"?' in ready.cl("import", address, given, code=1).err


def test_the_state_is_listed_by_the_id_of_an_instance_too(ready: Desk) -> None:
    ready.cl("apply", "-auto-approve", code=0)
    for given, listed in (
        ("i-1", "classiclink_attachment.web\n"),
        ("i-1/vpc-shop", "classiclink_attachment.web\n"),
        ("vpc-shop", "classiclink_vpc.shop\n"),
        ("i-2", ""),
    ):
        assert ready.cl("state", "list", "--id", given, code=0).out == listed


def test_the_help_of_refresh_lists_what_says_something_there(ready: Desk) -> None:
    about, _, text = ready.cl("refresh", "--help", code=0, COLUMNS="100").out.partition("Options:")
    assert "cl apply --refresh-only\n  --auto-approve." in about, "no line is broken at a hyphen"
    assert "--var " in text
    for option in ("--refresh ", "--accept-detach", "--auto-approve", "--confirm-manual", "--lock ", "--every-step"):
        assert option not in text
    ready.cl("refresh", "-auto-approve", "-lock=true", code=0)


def test_an_id_of_another_form_is_answered_with_the_form_and_an_example(ready: Desk) -> None:
    ended = ready.cl("import", "classiclink_attachment.web", "vpc-shop/i-1", code=1)
    assert "PRV310" in ended.err
    assert "it is INSTANCE_ID/VPC_ID, such as i-web/vpc-shop" in " ".join(ended.err.split())


def test_a_plan_made_elsewhere_names_both_places_from_where_they_differ(ready: Desk) -> None:
    directory = ready.directory
    for name in ("one", "other"):
        (directory / name).mkdir()
        for file in ("main.hcl", "world.json"):
            (directory / name / file).write_bytes((directory / file).read_bytes())
    ready.cl("-chdir=one", "plan", "--out", "../saved", code=0)
    ended = ready.cl("-chdir=other", "apply", "../saved", code=1)
    assert 'The directory is "…/one" in the plan, and "…/other" here.' in " ".join(ended.err.split())
