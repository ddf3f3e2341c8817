"""The sentences of the product are its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sentences import checkouts_at_hand, copied, main, product_files, sentences

TERMS = {
    "attempt to get attribute from null value",
    "invalid combination of count and for each",
    "invalid default value for optional attribute",
}
"""Summaries that people look up, and that are long enough to count as sentences."""

THEIRS = """
// errNoShip is returned where a ship was asked for and the harbour has none of them.
var detail = fmt.Sprintf("The harbour %q has no room for " +
	"a ship named %q any more.", h, s)
"""


def _hits(tmp_path: Path, name: str, text: str) -> list[str]:
    ours, theirs = tmp_path / name, tmp_path / "theirs"
    ours.write_text(text, encoding="utf-8")
    theirs.mkdir()
    (theirs / "harbour.go").write_text(THEIRS, encoding="utf-8")
    return [" ".join(hit.sentence.words) for hit in copied(sentences([ours]), [theirs])]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ours.py", 'DETAIL = "Sorry. Returned where a ship was asked for and the harbour has none."'),
        ("ours.py", 'def f():\n    """Returned where a ship was asked for\n    and the harbour has none."""'),
        ("ours.py", "# Returned where a ship was asked for\n# and the harbour has none.\nX = 1"),
        ("ours.py", 'def f(h, s):\n    return f"The harbour {h} has no room for a ship named {s} any more."'),
        ("ours.py", 'def f(h, s):\n    return "The harbour " + h + " has no room for a ship named " + s'),
        ("ours.md", "- Returned where a ship was `asked for` and\n  the harbour has none."),
    ],
)
def test_a_sentence_of_another_project_is_found(tmp_path: Path, name: str, text: str) -> None:
    assert len(_hits(tmp_path, name, text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        '"No ship is left in this harbour, so none can be returned."',
        '"Returned where a ship was asked for, but only on Sundays."',
        '"the harbour has none"',
    ],
)
def test_other_words_and_terms_are_no_hits(tmp_path: Path, text: str) -> None:
    assert _hits(tmp_path, "ours.py", f"DETAIL = {text}") == []


def test_the_command_needs_directories(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["no/such/directory"]) == 2
    assert "usage" in capsys.readouterr().err


def test_no_sentence_stands_in_the_sources_of_hcl_opentofu_or_cty() -> None:
    checkouts = checkouts_at_hand(os.environ.get("CL_OTHER_SOURCES", ""))
    if not checkouts:
        pytest.skip("set CL_OTHER_SOURCES to checkouts of hashicorp/hcl, opentofu/opentofu and zclconf/go-cty")
    hits = copied(sentences(product_files()), checkouts)
    assert [str(hit.sentence) for hit in hits if " ".join(hit.sentence.words) not in TERMS] == []
