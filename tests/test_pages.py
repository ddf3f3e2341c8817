"""The pages at the top of the repository name files that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from planner import __version__

ROOT = Path(__file__).parents[1]
PLACES = ("planner/", "providers/", "tests/", "docs/", "benchmarks/", "fixtures/", ".ci/")


PAGES = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "providers/mock/README.md"]
PAGES += ["docs/tutorial.md", "docs/terraform.md", "docs/ci.md"]


@pytest.mark.parametrize("page", PAGES)
def test_every_path_that_a_page_names_exists(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    linked = [target for target in re.findall(r"\]\(([^)#]+)", text) if "://" not in target]
    named = [word for span in re.findall(r"`([^`\n]+)`", text) for word in span.split() if word.startswith(PLACES)]
    paths = {path for path in (*linked, *named) if "NAME" not in path}
    assert [path for path in sorted(paths) if not (ROOT / page).parent.joinpath(path).exists()] == []


def test_the_changelog_has_the_version_that_is_coming() -> None:
    assert f"Version {__version__.removesuffix('-dev')} begins." in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_each_version_of_the_changelog_has_one_list_of_a_kind_in_order() -> None:
    kinds = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
    for version in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split("\n## ")[1:]:
        found = [part.partition("\n\n") for part in version.split("\n### ")[1:]]
        assert [kind for kind, *_ in found] == [kind for kind in kinds if kind in {each for each, *_ in found}]
        for kind, _, listed in found:
            lines = listed.strip("\n").split("\n")
            assert [line for line in lines if not line.startswith(("- ", "  "))] == [], f"{kind} is not one list"
            entries = [line for line in lines if line.startswith("- ")]
            assert len(entries) == len(set(entries)), f"{kind} says something twice"
