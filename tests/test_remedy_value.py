"""A remedy as a value, and in JSON."""

from __future__ import annotations

import ast
import json
import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.cli.main import COMMANDS
from planner.diagnostics import Diagnostic, PlanError
from planner.remedy import AND, Again, Caller, Command, Remedy, Snippet, cl, files_in, shell, write_all

ROOT = Path(__file__).parents[1]
HOSTILE = ("it's", 'a "b"', "$(rm -rf /)", "`x`", "a\\b", "\x1b[31m", "two words", "über…", "")


def test_sentences_that_follow_one_another_are_one_part() -> None:
    remedy = Remedy.of("Adopt it", ": ", cl("plan"), "", Remedy.of(". Or ", "wait."))
    assert remedy.parts == ("Adopt it: ", cl("plan"), ". Or wait.")
    assert remedy.text == str(remedy) == "Adopt it: cl plan. Or wait."
    assert remedy.commands == (cl("plan"),)
    assert not Remedy.of("", Remedy())


def test_remedies_are_joined() -> None:
    assert Remedy.join("\n", [Remedy.of("a: ", cl("plan")), "b"]).text == "a: cl plan\nb"
    assert Remedy.join("\n", []) == Remedy()


@pytest.mark.parametrize("word", HOSTILE)
def test_words_are_quoted_for_a_shell_when_they_are_written(word: str) -> None:
    command = Command(("cl", "import", word, "i-1"), (("CL_WORKSPACE", word),))
    assert shlex.split(str(command)) == [f"CL_WORKSPACE={word}", "cl", "import", word, "i-1"]


def test_json_has_the_text_and_where_the_commands_are() -> None:
    remedy = Remedy.of(
        "Ä: ", shell("mv", Path("a b"), "c"), AND, Command(("cl", "plan"), (("CL_WORKSPACE", "blue"),)), "."
    )
    entry = json.loads(json.dumps(remedy.to_json()))
    assert entry == {
        "remedy": "Ä: mv 'a b' c && CL_WORKSPACE=blue cl plan.",
        "commands": [
            {"start": 3, "end": 13, "argv": ["mv", "a b", "c"], "paths": [1]},
            {"start": 17, "end": 42, "argv": ["cl", "plan"], "environment": {"CL_WORKSPACE": "blue"}},
        ],
    }
    assert Remedy.of("Wait.").to_json() == {"remedy": "Wait."}


words = st.text(max_size=8)
names = st.from_regex(r"[A-Z_]{1,5}", fullmatch=True)
commands = st.builds(
    Command,
    st.lists(words, min_size=1, max_size=4).map(tuple),
    st.dictionaries(names, words, max_size=2).map(lambda found: tuple(found.items())),
    st.lists(st.integers(0, 3), max_size=2).map(tuple),
)


snippets = st.builds(Snippet, st.text(min_size=1, max_size=8))


@given(st.lists(words | commands | snippets, max_size=6))
def test_a_remedy_is_read_as_it_was_written(parts: list[str | Command | Snippet]) -> None:
    remedy = Remedy.of(*parts)
    entry = json.loads(json.dumps(remedy.to_json()))
    found = Remedy.read(entry["remedy"], entry.get("commands", ()), entry.get("snippets", ()))
    assert found == remedy
    for command, place in zip(remedy.commands, entry.get("commands", ()), strict=True):
        assert entry["remedy"][place["start"] : place["end"]] == str(command)


@pytest.mark.parametrize(("start", "end"), [(0, 7), (3, 90), (-7, 10), (5, 3)])
def test_a_command_that_is_not_where_it_should_be_is_not_read(start: int, end: int) -> None:
    found = Remedy.read("x: cl plan", [{"start": start, "end": end, "argv": ["cl", "plan"]}])
    assert found == Remedy.of("x: cl plan")


def test_the_command_in_hand_takes_the_place_that_is_kept_for_it() -> None:
    remedy = Remedy.of("To accept it: ", Again(("--accept-detach", "4")), "\nOr go on: ", Again(name="apply"))
    assert remedy.text == "To accept it: plan again with the same flags and --accept-detach 4\nOr go on: cl apply"
    assert remedy.commands == (cl("apply"),)
    asked = cl("plan", "--out", "my plan")
    assert remedy.again(asked).commands == (cl("plan", "--out", "my plan", "--accept-detach", "4"), asked)


def test_an_error_says_how_to_do_it_again() -> None:
    error = PlanError(Diagnostic("STA408", "Plan is out of date", remedy=Remedy.of("Plan again: ", Again())))
    (problem,) = error.again(cl("plan", "--out", "p")).diagnostics
    assert problem.to_json()["remedy"] == "Plan again: cl plan --out p"
    assert error.diagnostics[0].to_json()["remedy"] == "Plan again: cl plan"


def calls_of_cl() -> set[str]:
    """The first word of every command of `cl` that is made anywhere in the product."""
    found: set[str] = set()
    for path in [*ROOT.glob("planner/**/*.py"), *ROOT.glob("providers/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "cl" and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found.add(first.value)
    return found


def test_every_command_in_a_remedy_is_one_that_there_is() -> None:
    made = calls_of_cl() - {"-chdir=try"}
    assert {"plan", "apply", "import", "state"} <= made <= set(COMMANDS)


def test_where_no_remedy_has_a_command_there_is_no_list_of_them() -> None:
    assert write_all([Remedy.of("Wait."), Remedy.of("Check it.")]) == (["Wait.", "Check it."], [])
    assert write_all([Remedy.of("Wait."), Remedy.of(cl("plan"))]) == (
        ["Wait.", "cl plan"],
        [[], [{"start": 0, "end": 7, "argv": ["cl", "plan"]}]],
    )


@pytest.mark.parametrize(
    ("text", "files", "places"),
    [
        ("cl.state.json.lock is no lock of cl.state.json.", ["cl.state.json"], ["cl.state.json"]),
        ("Ä: cl.state.json: it is a directory.", ["cl.state.json"], ["cl.state.json"]),
        ("There is no directory a/b.", ["a/b", "b"], ["a/b"]),
        ("There is no directory no.", ["no"], ["no"]),
        ("a cannot be written: a/b: No space left.", ["a", "a/b"], ["a", "a/b"]),
        ("other.hcl, sub/x.hcl and x.hcl2", ["x.hcl", "sub"], []),
    ],
)
def test_files_are_found_in_a_sentence_where_they_are_whole(text: str, files: list[str], places: list[str]) -> None:
    assert [text[found["start"] : found["end"]] for found in files_in(text, files)] == places


@pytest.mark.parametrize("name", ["<--var>", "s3://states/cl.json", "https://host/state", 'schema "cl" of h/db'])
def test_what_is_no_file_is_named_alike_from_everywhere(name: str) -> None:
    assert Caller("infra", None, "infra").name(name) == name
    assert Caller("infra", None, "infra").name("cl.state.json") == "infra/cl.state.json"
