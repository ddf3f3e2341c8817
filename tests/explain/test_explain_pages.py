"""Each code that `cl` can print has a page, and each page a code."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from planner.explain.library import PAGES, families, own_families, pages
from planner.explain.manual import manual
from planner.explain.page import parse_family
from support.codes import codes_in_the_sources, texts_of_the_sources


def test_every_code_of_the_sources_has_a_page() -> None:
    lacking = sorted(codes_in_the_sources() - pages().keys())
    assert not lacking, "these codes have no page: write it in planner/explain/pages/, as CONTRIBUTING.md says"


def test_every_page_has_a_code_that_is_printed() -> None:
    assert not sorted(pages().keys() - codes_in_the_sources()), "nothing prints these: remove their pages"


def test_the_codes_are_found_in_calls_in_tables_and_in_classes() -> None:
    assert {"CFG101", "PRV403", "CL103", "CL902", "CFG318", "STA460"} <= codes_in_the_sources()


def test_every_code_has_one_page_in_the_order_of_codes() -> None:
    listed = [page.code for family in families() for page in family.pages]
    assert not [code for code, count in Counter(listed).items() if count > 1]
    for family in own_families():
        codes = [page.code for page in family.pages]
        assert codes == sorted(codes), family.title


@pytest.mark.parametrize("path", sorted(PAGES.glob("*.md")), ids=lambda path: path.stem)
def test_a_file_of_pages_can_be_read_in_one_go(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 400
    assert max(map(len, lines)) <= 120
    assert all(line == line.rstrip() for line in lines)


def test_titles_are_short_and_no_sentences() -> None:
    for page in (page for family in own_families() for page in family.pages):
        assert len(page.title) <= 60, page.code
        assert not page.title.endswith("."), page.code
        assert page.meaning.endswith((".", "`", ":")), page.code


def test_what_an_example_prints_is_called_as_in_the_sources() -> None:
    for page in (page for family in own_families() for page in family.pages):
        for summary, code in re.findall(r"^(?:Error|Warning): (.+)  ([A-Z]+\d{3})$", page.example, re.MULTILINE):
            assert code == page.code
            assert summary in texts_of_the_sources(), f"{code} is not called {summary!r} any more"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("## CFG101 Title\n\nText.\n", "begins with a line `# Title`"),
        ("# Files\n\n## CFG101 Title\n\nText.\n\n### Example\n\nText.\n", "CFG101 has other sections"),
        ("# Files\n\n## CFG101 Title\n\nText.\n\n### Example\n\n### What to do\n\nText.\n", "CFG101 has an empty"),
    ],
)
def test_a_file_of_another_form_is_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_family(text)


def test_a_comment_in_an_example_is_no_heading() -> None:
    text = (
        "# Files\n\n## CFG101 Title\n\nText.\n\n### Example\n\n```hcl\n## no heading\n```\n\n### What to do\n\nText.\n"
    )
    assert "## no heading" in parse_family(text).pages[0].example


def test_the_manual_in_docs_is_fresh() -> None:
    path = Path(__file__).parents[2] / "docs" / "errors.md"
    assert path.read_text(encoding="utf-8") == manual() + "\n", "python -m planner.explain.manual > docs/errors.md"
