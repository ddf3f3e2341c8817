"""The Markdown of our own pages on a terminal."""

from __future__ import annotations

import pytest

from planner.render.markdown_text import markdown_lines
from planner.render.terminal import PLAIN, Style, width_of

TEXT = """A sentence that is broken
in the source.

- one `item`
- another one, which is
  longer

## Heading
```hcl
## no heading

- no list
```

An end."""


def test_paragraphs_are_joined_lists_and_examples_keep_their_lines() -> None:
    assert list(markdown_lines(TEXT, PLAIN)) == [
        "  A sentence that is broken in the source.",
        "",
        "  - one `item`",
        "  - another one, which is longer",
        "",
        "Heading",
        "    ## no heading",
        "",
        "    - no list",
        "",
        "  An end.",
    ]


def test_an_example_that_is_a_file_has_its_name_above_it() -> None:
    text = "```hcl shop/main.hcl\nlocals {}\n```\n\n```console\n$ cl plan\n```\n\n```\nplain\n```\n"
    lines = ["  shop/main.hcl:", "    locals {}", "", "    $ cl plan", "", "    plain"]
    assert list(markdown_lines(text, PLAIN)) == lines


def test_prose_fits_the_width_and_the_lines_of_an_item_stand_below_its_text() -> None:
    lines = list(markdown_lines("- a word, and another word, and a third one", Style(width=20)))
    assert lines == ["  - a word, and", "    another word,", "    and a third one"]


@pytest.mark.parametrize("color", [False, True])
def test_code_stays_in_one_piece(color: bool) -> None:
    lines = list(markdown_lines("Then run `cl state push --force FILE` once.", Style(color=color, width=20)))
    shown = "\x1b[36mcl state push --force FILE\x1b[0m" if color else "`cl state push --force FILE`"
    assert lines == ["  Then run", f"  {shown}", "  once."]


def test_where_there_are_colours_they_take_the_place_of_code_marks() -> None:
    lines = list(markdown_lines(TEXT, Style(color=True)))
    assert "  - one \x1b[36mitem\x1b[0m" in lines
    assert "\x1b[1mHeading\x1b[0m" in lines
    assert max(map(width_of, lines)) <= 100
