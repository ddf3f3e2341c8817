"""Where an expression continues on the next line."""

from __future__ import annotations

import pytest

from planner.hcl.syntax.continuation import is_open


@pytest.mark.parametrize(
    "text",
    [
        "[\n",
        "{ for k in [1, 2] :\n",
        "upper(\n",
        "(1 + # )\n",
        "<<E\nhello\n",
        "<<-E\n  ${[\n",
        "{ a = [1, 2]\n",
        "list[\n",
    ],
)
def test_an_open_bracket_or_heredoc_continues(text: str) -> None:
    assert is_open(text)


@pytest.mark.parametrize(
    "text",
    ["1\n", "[1]\n", '"[ ("\n', '"unterminated\n', "]\n", "1 +\n", "<<E\nhello\nE\n", '"${[1][0]}"\n', "# (\n", ""],
)
def test_what_is_closed_does_not(text: str) -> None:
    assert not is_open(text)
