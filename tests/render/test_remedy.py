"""Remedies as lines and as parts."""

from __future__ import annotations

from planner.render.remedy import parts, pieces, remedy_lines
from planner.render.terminal import Style

WAIVER = 'Narrow it. Or accept it:\ncl {\n  limits {\n    waive "CL104" {\n    }\n  }\n}'
BY_HAND = (
    "Detach them first, by hand:\n  cl import A i-1/vpc-a\n  aliyun ecs X\nOr leave it enabled: cl plan --exclude 'a b'"
)


def test_what_is_pasted_is_told_from_sentences() -> None:
    assert list(parts(WAIVER)) == [(False, "Narrow it. Or accept it:"), (True, WAIVER.partition("\n")[2])]
    assert list(pieces(BY_HAND)) == [
        (False, "Detach them first, by hand:"),
        (True, "  cl import A i-1/vpc-a\n  aliyun ecs X"),
        (False, "Or leave it enabled:"),
        (True, "cl plan --exclude 'a b'"),
    ]
    assert list(parts('Accept: cl import X\nAccept: resource "a" "b" {\n  c = 1\n}')) == [
        (False, "Accept: cl import X\nAccept:"),
        (True, 'resource "a" "b" {\n  c = 1\n}'),
    ]
    assert list(pieces("Say yes.")) == [(False, "Say yes.")]


def test_sentences_are_wrapped_and_commands_stay_in_one_piece() -> None:
    assert remedy_lines(BY_HAND, Style(width=30), "To fix:") == [
        "  To fix: Detach them first,",
        "  by hand:",
        "    cl import A i-1/vpc-a",
        "    aliyun ecs X",
        "  Or leave it enabled:",
        "      cl plan --exclude 'a b'",
    ]


def test_a_block_on_one_line_is_not_broken() -> None:
    remedy = 'Declare it: resource "classiclink_vpc" "NAME" { vpc_id = "vpc-a" }, or enable it by hand.'
    lines = remedy_lines(remedy, Style(width=40), "To fix:")
    assert any('{ vpc_id = "vpc-a" }' in line for line in lines)
    assert " ".join(" ".join(lines).split()) == f"To fix: {remedy}"
