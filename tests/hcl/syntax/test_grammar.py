"""python-hcl2's grammar is what `cl` expects, or is refused in plain words."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from planner.diagnostics import ConfigError
from planner.hcl.syntax import grammar
from planner.hcl.syntax.parser import parse_expression, parse_file


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
def test_the_tables_are_kept_with_the_user_and_not_beside_the_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: str
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / home))
    beside = set(Path(grammar.__file__).parent.glob(".grammar*"))
    grammar.load.cache_clear()
    assert grammar.load().terminals
    assert set(Path(grammar.__file__).parent.glob(".grammar*")) == beside
    assert [path.name for path in tmp_path.glob("cache/cl/*")] == (
        [f"grammar.{sys.implementation.cache_tag}"] if home == "cache" else []
    )


def test_the_version_that_is_advised_is_the_one_that_is_required() -> None:
    project = Path(__file__).parents[3].joinpath("pyproject.toml").read_text()
    assert f'"{grammar.REQUIREMENT}"' in project
