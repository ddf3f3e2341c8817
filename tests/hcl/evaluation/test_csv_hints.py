"""A CSV file of a spreadsheet: what is wrong with its columns is said where one of them is missed."""

from __future__ import annotations

import pytest

from planner.diagnostics import ConfigError
from planner.hcl import evaluate


def refusal(text: str) -> str:
    with pytest.raises(ConfigError) as refused:
        evaluate("[for row in csvdecode(text) : row.instance_id]", {"text": text})
    return refused.value.diagnostics[0].detail


def test_a_byte_order_mark_is_named() -> None:
    assert "There is one with a byte order mark, U+FEFF" in refusal("\ufeffinstance_id,vpc_id\ni-1,vpc-a\n")


@pytest.mark.parametrize(("separator", "named"), [(";", "semicolons"), ("\t", "tabs")])
def test_other_separators_are_named(separator: str, named: str) -> None:
    said = refusal(f"instance_id{separator}vpc_id\ni-1{separator}vpc-a\n")
    assert f"a CSV file with {named} in place of commas?" in said


def test_separators_behind_a_byte_order_mark_are_named_with_it() -> None:
    said = refusal("\ufeffinstance_id;vpc_id\ni-1;vpc-a\n")
    assert "a CSV file with semicolons in place of commas, and a byte order mark (U+FEFF) at its start?" in said
    assert r"""Write replace(trimprefix(file("…"), "\ufeff"), ";", ",").""" in said
    assert "Did you mean" not in said


def test_what_helps_works() -> None:
    helped = evaluate(
        'csvdecode(replace(trimprefix(text, "\\ufeff"), ";", ","))[0].instance_id',
        {"text": "\ufeffinstance_id;vpc_id\ni-1;vpc-a\n"},
    )
    assert helped.to_python() == "i-1"


def test_a_column_that_is_not_there_is_no_matter_of_separators() -> None:
    assert "CSV" not in refusal("instance;vpc_id\ni-1;vpc-a\n")
