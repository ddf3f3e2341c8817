"""The pages at the top of the repository name files that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from planner import __version__

ROOT = Path(__file__).parents[1]
PLACES = ("planner/", "providers/", "tests/", "docs/", "benchmarks/", "fixtures/", ".ci/")


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "providers/mock/README.md"])
def test_every_path_that_a_page_names_exists(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    linked = [target for target in re.findall(r"\]\(([^)#]+)", text) if "://" not in target]
    named = [word for span in re.findall(r"`([^`\n]+)`", text) for word in span.split() if word.startswith(PLACES)]
    paths = {path for path in (*linked, *named) if "NAME" not in path}
    assert [path for path in sorted(paths) if not (ROOT / page).parent.joinpath(path).exists()] == []


def test_the_changelog_has_the_version_that_is_coming() -> None:
    assert f"Version {__version__.removesuffix('-dev')} begins." in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
