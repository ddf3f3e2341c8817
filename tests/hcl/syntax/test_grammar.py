"""python-hcl2's grammar is what `cl` expects, or is refused in plain words."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lark import Lark
from lark import Token as LarkToken
from lark.exceptions import UnexpectedToken
from sources import ROOT

from planner.diagnostics import ConfigError
from planner.hcl.syntax import grammar
from planner.hcl.syntax.installed import fingerprint, grammar_file
from planner.hcl.syntax.parser import parse_expression, parse_file
from planner.hcl.syntax.tables import FedToken, Parser, Tables, Tree, Unexpected, Written, read_tables
from planner.hcl.syntax.tabulating import lark_of, tabulated
from support.strategies_hcl import broken, configurations

INSTALLED = grammar_file()


@cache
def lark() -> Lark:
    return lark_of(INSTALLED)


def packaged() -> Written:
    """The tables in the package."""
    return read_tables(Path(grammar.__file__).with_name("tables.json").read_bytes())


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Another python-hcl2, without a grammar yet."""
    package = tmp_path / "hcl2"
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "hcl2", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    grammar.load.cache_clear()
    yield package
    grammar.load.cache_clear()


def test_a_grammar_with_other_names_is_refused_once_for_a_file(package: Path) -> None:
    (package / "hcl2.lark").write_text('start: NAME\nNAME: "x"\n')
    with pytest.raises(ConfigError) as refused:
        parse_file("a = 1\nb = 2\n", "main.hcl")
    (problem,) = refused.value.diagnostics
    assert problem.summary == "Incompatible python-hcl2"
    assert "its grammar has no ASTERISK, ATTR_SPLAT," in problem.detail
    assert 'pip install "python-hcl2>=8.1.4,<8.2"' in str(problem.remedy)


@pytest.mark.parametrize("text", [None, "start: ("])
def test_a_grammar_that_cannot_be_loaded_is_refused(package: Path, text: str | None) -> None:
    if text is not None:
        (package / "hcl2.lark").write_text(text)
    with pytest.raises(ConfigError, match=r"Incompatible python-hcl2: .* its grammar cannot be loaded"):
        parse_expression("1", "main.hcl")


@pytest.mark.parametrize("home", ["cache", "file"])
def test_tables_of_another_grammar_are_made_and_kept_with_the_user(
    package: Path, monkeypatch: pytest.MonkeyPatch, home: str
) -> None:
    (package.parent / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(package.parent / home))
    (package / "hcl2.lark").write_text(f"// another one\n{INSTALLED.read_text()}")
    beside = set(Path(grammar.__file__).parent.iterdir())
    assert [list(rule) for rule in grammar.load().rules] == [list(rule) for rule in packaged().rules]
    assert set(Path(grammar.__file__).parent.iterdir()) == beside
    assert [path.name for path in package.parent.glob("cache/cl/*")] == (
        [f"grammar.{sys.implementation.cache_tag}"] if home == "cache" else []
    )


def test_the_tables_of_the_package_are_those_of_the_grammar_that_is_installed() -> None:
    """Renewed by `python -m planner.hcl.syntax.tabulating > planner/hcl/syntax/tables.json`."""
    assert packaged() == tabulated(lark(), fingerprint(INSTALLED.read_bytes()))


def test_with_the_tables_of_the_package_nothing_is_kept_and_lark_is_not_loaded(tmp_path: Path) -> None:
    program = "import sys; from planner.hcl import evaluate; print(evaluate('1').to_python(), 'lark' in sys.modules)"
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    said = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert said.stdout == "1 False\n"
    assert not (tmp_path / "cache").exists()


class BesideLark(Parser):
    """Feeds Lark's own parser with the same tokens, and holds what comes of it to be the same."""

    def __init__(self, tables: Tables) -> None:
        super().__init__(tables)
        self.lark = lark().parse_interactive()

    def accepts(self, kind: str) -> bool:
        found = super().accepts(kind)
        assert found == (kind in self.lark.choices())  # type: ignore[no-untyped-call]
        return found

    def feed(self, token: FedToken) -> Tree | None:
        try:
            theirs = self.lark.feed_token(LarkToken(token.type, str(token)))
        except UnexpectedToken:
            with pytest.raises(Unexpected):
                super().feed(token)
            raise Unexpected from None
        tree = super().feed(token)
        assert shape(tree) == shape(theirs)
        return tree


def shape(part: Any) -> object:
    """A tree as plain values."""
    if part is None:
        return None
    return [str(part.data), *map(shape, part.children)] if hasattr(part, "data") else (part.type, str(part))


@given(st.one_of(configurations, broken()))
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_parsed_is_what_lark_parses(text: str) -> None:
    with pytest.MonkeyPatch.context() as patched, contextlib.suppress(ConfigError):
        patched.setattr("planner.hcl.syntax.parser.Parser", BesideLark)
        parse_file(text, "main.hcl")


@pytest.mark.parametrize("path", sorted(ROOT.glob("fixtures/**/*.hcl")), ids=lambda path: path.parent.name)
def test_the_fixtures_are_parsed_as_by_lark(path: Path) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("planner.hcl.syntax.parser.Parser", BesideLark)
        parse_file(path.read_text(), path.name)


def test_the_version_that_is_advised_is_the_one_that_is_required() -> None:
    project = Path(__file__).parents[3].joinpath("pyproject.toml").read_text()
    assert f'"{grammar.REQUIREMENT}"' in project
