"""Functions that look at the disk, the clock and the home directory, and templates."""

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from planner.diagnostics import ConfigError
from planner.hcl import evaluate
from planner.hcl.evaluation.evaluator import evaluate_expression, render_template
from planner.hcl.evaluation.scope import Scope
from planner.hcl.functions import standard_functions
from planner.hcl.functions.filesystem import MAX_FILE_SIZE
from planner.hcl.syntax.parser import parse_expression

Evaluate = Callable[[str], Any]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A configuration in a directory, beside something it must not read."""
    (tmp_path / "secret.txt").write_text("secret")
    module = tmp_path / "root"
    (module / "sub" / "deep").mkdir(parents=True)
    (module / "a.txt").write_text("hé", "utf-8")
    (module / ".hidden.txt").write_text("")
    (module / "sub" / "b.txt").write_text("b")
    (module / "sub" / "c.json").write_text("{}")
    (module / "sub" / "deep" / "d.txt").write_text("d")
    (module / "raw.bin").write_bytes(b"\xff\xfe")
    return module


@pytest.fixture
def within(root: Path) -> Evaluate:
    """Evaluates an expression in the configuration's directory, to plain Python."""
    return lambda expression: evaluate(expression, base_dir=root).to_python()


def test_a_file_is_read_as_text_base64_or_digest(within: Evaluate) -> None:
    assert within('file("a.txt")') == "hé"
    assert within('file("sub/../a.txt")') == "hé"
    assert within('filebase64("raw.bin")') == "//4="
    for name in ("md5", "sha1", "sha256", "sha512", "base64sha256", "base64sha512"):
        assert within(f'file{name}("a.txt")') == within(f'{name}("hé")')


def test_whether_a_file_exists(within: Evaluate, root: Path) -> None:
    assert within('fileexists("a.txt")') is True
    assert within('fileexists("nope.txt")') is False
    assert within('fileexists("a.txt/x")') is False
    with pytest.raises(ConfigError, match="is a directory, not a file"):
        within('fileexists("sub")')


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ('file("../secret.txt")', "outside of the configuration's directory"),
        ('file("/etc/passwd")', "outside of the configuration's directory"),
        ('file("~/.profile")', "outside of the configuration's directory"),
        ('file("link")', "outside of the configuration's directory"),
        ('fileexists("../secret.txt")', "outside of the configuration's directory"),
        ('filesha1("../secret.txt")', "outside of the configuration's directory"),
        ('fileset("..", "*")', "outside of the configuration's directory"),
        ('fileset(".", "../*")', "outside of the configuration's directory"),
        ('fileset(".", "sub/../../*")', "outside of the configuration's directory"),
        ('templatefile("../secret.txt", {})', "outside of the configuration's directory"),
        ('file("nope.txt")', "there is no file"),
        ('file("sub")', "directory"),
        ('file("pipe")', "something else, not a file"),
        ('file("raw.bin")', "not text in UTF-8"),
        ('file("large")', "larger than the limit"),
        ('file("a\\u0000b")', "is not a path"),
        ('fileset(".", "{a")', "is not closed"),
        ('fileset(".", "[a")', "is not a pattern"),
    ],
)
def test_what_may_not_be_read_is_said_with_the_reason(
    within: Evaluate, root: Path, expression: str, reason: str
) -> None:
    (root / "link").symlink_to(root.parent / "secret.txt")
    os.mkfifo(root / "pipe")
    with (root / "large").open("wb") as large:
        large.truncate(MAX_FILE_SIZE + 1)
    with pytest.raises(ConfigError, match=re.escape(reason)):
        within(expression)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.txt", {".hidden.txt", "a.txt"}),
        ("**/*.txt", {".hidden.txt", "a.txt", "sub/b.txt", "sub/deep/d.txt"}),
        ("sub/**", {"sub/b.txt", "sub/c.json", "sub/deep/d.txt"}),
        ("sub/*.{txt,json}", {"sub/b.txt", "sub/c.json"}),
        ("{sub,sub/deep}/?.txt", {"sub/b.txt", "sub/deep/d.txt"}),
        ("[!b]*.txt", {".hidden.txt", "a.txt"}),
        ("sub/[a-b].txt", {"sub/b.txt"}),
        ("sub/../a.*", {"a.txt"}),
        ("nothing/*", set()),
        ("a\\\\.txt", {"a.txt"}),
        ("*" + "*.*" * 40, set()),
        ("{s{u,x}b,none}/b.txt", {"sub/b.txt"}),
    ],
)
def test_a_set_of_files_by_pattern(within: Evaluate, pattern: str, found: set[str]) -> None:
    assert set(within(f'fileset(".", "{pattern}")')) == found


def test_a_directory_that_leads_back_into_itself_is_entered_once(within: Evaluate, root: Path) -> None:
    (root / "sub" / "loop").symlink_to(root / "sub")
    assert set(within('fileset("sub", "**/b.txt")')) == {"b.txt"}


def test_a_name_that_is_no_text_is_passed_over(within: Evaluate, root: Path) -> None:
    try:
        Path(os.fsdecode(bytes(root / "sub") + b"/\xff.txt")).touch()
    except OSError:
        pytest.skip("the file system has only names that are text")
    assert set(within('fileset("sub", "*.txt")')) == {"b.txt"}


def test_other_directories_can_be_made_readable(root: Path) -> None:
    functions = standard_functions(root, readable=(root.parent,))
    found = evaluate_expression(parse_expression('file("../secret.txt")', "t"), Scope({}, functions))
    assert found.raw == "secret"


def test_paths(within: Evaluate, root: Path) -> None:
    assert within('abspath("x/../y")') == f"{root}/y"
    assert within('basename("/")') == "/"
    assert within('basename("")') == "."
    assert within('dirname("/a")') == "/"
    assert within('dirname("a/b/")') == "a/b"


def test_the_home_directory_is_the_one_given() -> None:
    functions = standard_functions(home=Path("/home/someone"))
    found = evaluate_expression(parse_expression('[pathexpand("~/x"), pathexpand("a/~")]', "t"), Scope({}, functions))
    assert found.to_python() == ["/home/someone/x", "a/~"]


def test_the_time_is_the_one_given() -> None:
    plan_time = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=8)))
    functions = standard_functions(plan_time=plan_time, now=lambda: datetime(2027, 1, 1, tzinfo=UTC))
    found = evaluate_expression(parse_expression("[plantimestamp(), timestamp()]", "t"), Scope({}, functions))
    assert found.to_python() == ["2026-01-01T19:04:05Z", "2027-01-01T00:00:00Z"]


def test_the_plans_time_is_unknown_where_there_is_no_plan() -> None:
    assert not evaluate("plantimestamp()").is_known


def test_a_template_file_is_rendered_with_its_variables(within: Evaluate, root: Path) -> None:
    (root / "hello.tmpl").write_text("%{ for n in names ~}\nHello ${upper(n)}!\n%{ endfor ~}\n")
    assert within('templatefile("hello.tmpl", {names = ["a", "b"]})') == "Hello A!\nHello B!\n"
    assert within('templatefile("sub/c.json", {})') == "{}"


def test_a_template_can_render_another(within: Evaluate, root: Path) -> None:
    (root / "outer.tmpl").write_text('<${templatefile("inner.tmpl", {x = x})}>')
    (root / "inner.tmpl").write_text("${x}")
    assert within('templatefile("outer.tmpl", {x = 1})') == "<1>"


def test_a_template_that_renders_itself_ends_in_a_diagnostic(within: Evaluate, root: Path) -> None:
    (root / "self.tmpl").write_text('${templatefile("self.tmpl", {})}')
    with pytest.raises(ConfigError, match="does one use itself"):
        within('templatefile("self.tmpl", {})')


def test_a_problem_inside_a_template_is_reported_with_its_place(within: Evaluate, root: Path) -> None:
    (root / "bad.tmpl").write_text("a\n${nope}")
    with pytest.raises(ConfigError, match=r"bad\.tmpl:2,3"):
        within('templatefile("bad.tmpl", {})')


def test_a_secret_path_is_not_reported(within: Evaluate) -> None:
    with pytest.raises(ConfigError) as refused:
        within('file(sensitive("my-secret.txt"))')
    assert "my-secret" not in str(refused.value)


def test_bcrypt_and_uuid_give_something_new_each_time() -> None:
    hashed = evaluate('bcrypt("pa$$word", 4)').raw
    assert re.fullmatch(r"\$2a\$04\$[./A-Za-z0-9]{53}", hashed)
    assert evaluate("uuid() != uuid()").raw is True
    assert re.fullmatch(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", evaluate("uuid()").raw)


def test_functions_can_be_rendered_without_any_template_function() -> None:
    assert "templatefile" not in standard_functions()
    assert "templatefile" in standard_functions(render=render_template)
