"""What a user gets who asks for the meaning of a code."""

from __future__ import annotations

import pytest

from planner.explain.library import own_families, pages
from support.desk import Desk
from support.page_examples import Example, examples, shown
from support.story_estates import PROVIDER, attach, enable, vpc

WRONG = PROVIDER + 'resource "classiclink_vpc" "a" {\n  vpc_ids = "x"\n}\nlocals {\n  b = uper("x")\n}\n'
UNMET = """
check "served" {
  assert {
    condition     = var.served
    error_message = "Nobody serves."
  }
}
variable "served" {
  default = false
}
"""


@pytest.mark.parametrize("example", [one for one in examples() if one.is_typed], ids=str)
def test_the_commands_of_a_page_print_what_it_says(example: Example, desk: Desk) -> None:
    said = example.follow(desk)
    assert (example.code in said) is not example.good, said
    for line in example.printed:
        assert shown(line, said), f"{line}\n\n{said}"


def test_a_code_is_explained_in_small_letters_too(desk: Desk) -> None:
    page = desk.cl("explain", "cfg205", code=0).out
    assert page.startswith("CFG205 Unknown function\n")
    assert page.index("\nExample\n") < page.index('    name = uper("shop")') < page.index("\nWhat to do\n")
    assert "```" not in page
    assert "#" not in page


def test_a_page_is_json_for_programs(desk: Desk) -> None:
    page = desk.cl("explain", "CFG205", "--json", code=0).json
    assert page.keys() == {"code", "title", "meaning", "example", "remedy"}
    assert page["title"] == "Unknown function"


def test_without_a_code_the_families_are_listed_and_for_programs_every_code(desk: Desk) -> None:
    listed = desk.cl("explain", code=0).out
    for family in own_families():
        assert family.title in listed
    codes = desk.cl("explain", "-json", code=0).json
    assert [entry["code"] for entry in codes] == list(pages())


def test_the_beginning_of_a_code_lists_those_that_begin_so(desk: Desk) -> None:
    lines = desk.cl("explain", "cfg2", code=0).out.splitlines()
    assert [line.split()[0] for line in lines if line.startswith("CFG")] == [
        code for code in pages() if code.startswith("CFG2")
    ]


@pytest.mark.parametrize("command", ["explain", "rules"])
def test_an_unknown_code_is_a_wrong_command_line_with_what_may_be_meant(desk: Desk, command: str) -> None:
    assert 'Did you mean "CFG205"?' in desk.cl(command, "CFG2055", code=64).err
    assert "cl explain lists the codes" in desk.cl(command, "\x1b[2J\n::error::", code=64).err
    assert "\x1b" not in desk.cl(command, "\x1b[2J", code=64).err


def test_rules_and_explain_answer_for_each_others_codes(desk: Desk) -> None:
    assert desk.cl("rules", "CFG205", code=0).out == desk.cl("explain", "CFG205", code=0).out
    rule = desk.cl("explain", "CL103", code=0).out
    assert rule.startswith("CL103 ")
    assert "It cannot be waived." in rule


def test_what_ends_a_command_names_the_pages_once_below_the_last_error(desk: Desk) -> None:
    desk.write(main__hcl=WRONG)
    ended = desk.cl("plan", code=1).err
    assert ended.endswith("\nMore about this: cl explain CFG302 (also CFG205)\n")
    assert desk.cl("validate", code=1).out.count("cl explain") == 1
    assert "cl explain" not in desk.cl("validate", "-json", code=1).out


def test_a_plan_with_errors_names_their_pages_and_one_with_warnings_none(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a")])
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-a") + attach("web", "i-1", "vpc-a"))
    assert desk.cl("plan", code=1).err.endswith("\nMore about this: cl explain CL206\n")
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-a") + UNMET)
    warned = desk.cl("plan", code=0)
    assert "CFG320" in warned.err
    assert "cl explain" not in warned.err


def test_a_mistyped_name_of_a_rule_is_answered_with_the_nearest(desk: Desk) -> None:
    assert 'Did you mean "vpc-not-found"?' in desk.cl("rules", "vpc-not-fond", code=64).err
    assert "cl rules lists the names." in desk.cl("rules", "no-such-thing-at-all", code=64).err
