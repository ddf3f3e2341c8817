"""Remedies as lines and as parts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from planner.remedy import AND, HERE, Caller, Remedy, Snippet, cl, shell, write_all
from planner.render.remedy import (
    advice_called_from,
    drift_called_from,
    parts,
    pieces,
    remedies_of,
    remedy_lines,
    remedy_of,
    way_lines,
)
from planner.render.terminal import Style
from planner.state.workspace import in_workspace
from support import documents

WAIVER = 'cl {\n  limits {\n    waive "CL104" {\n    }\n  }\n}'
BY_HAND = Remedy.of(
    "Detach them first, by hand:\n  ",
    cl("import", "A", "i-1/vpc-a"),
    "\n  ",
    shell("aliyun", "ecs", "X"),
    "\nOr leave it enabled: ",
    cl("plan", "--exclude", "a b"),
)
ELSEWHERE = Caller("my project")
HOSTILE = 'it\'s "a" $(b)\\ \x1b[31m …'
"""An id with quotes, blanks, what a shell takes for a command, an escape and more than ASCII."""


def test_what_is_pasted_is_distinguished_from_sentences() -> None:
    waived = Remedy.of("Narrow it. Or accept it:\n", Snippet(WAIVER))
    assert list(parts(waived)) == [(False, "Narrow it. Or accept it:"), (True, WAIVER)]
    assert list(parts(Remedy.of(waived.text))) == [(False, waived.text)]
    assert list(pieces(BY_HAND)) == [
        (False, "Detach them first, by hand:"),
        (True, "  cl import A i-1/vpc-a\n  aliyun ecs X"),
        (False, "Or leave it enabled:"),
        (True, "cl plan --exclude 'a b'"),
    ]
    block = Snippet('resource "a" "b" {\n  c = 1\n}')
    accept = Remedy.of("Accept: ", cl("import", "X"), "\nAccept: ", block)
    assert list(parts(accept)) == [
        (False, "Accept: cl import X\nAccept:"),
        (True, block.text),
    ]
    entry = accept.to_json()
    assert entry["remedy"] == f"Accept: cl import X\nAccept: {block}"
    assert remedy_of(entry) == accept
    assert list(pieces(Remedy.of("Say yes."))) == [(False, "Say yes.")]


def test_places_of_rules_that_links_break_are_named_from_where_cl_was_called() -> None:
    caller = Caller("try", path="try")
    called: Any = drift_called_from(documents.drift(), caller)
    assert {rule["range"]["filename"] for rule in called["rules"]} == {"try/main.hcl"}
    undeclared = documents.drift(rules=[{**documents.drift()["rules"][0], "range": None}])
    called = drift_called_from(undeclared, caller)
    assert called["rules"][0]["range"] is None


def test_commands_that_are_pasted_as_one_line_are_one_piece() -> None:
    both = Remedy.of("Run it in an empty directory: ", shell("mkdir", "try"), AND, cl("init"))
    assert list(pieces(both)) == [(False, "Run it in an empty directory:"), (True, "mkdir try && cl init")]


def test_a_sentence_that_goes_on_behind_its_command_is_no_command() -> None:
    remedy = Remedy.of("See the addresses with: ", cl("state", "list"), ". Quote them.")
    assert list(pieces(remedy)) == [(False, "See the addresses with: cl state list. Quote them.")]


def test_sentences_are_wrapped_and_commands_stay_in_one_piece() -> None:
    assert remedy_lines(BY_HAND, Style(width=30), "To fix:") == [
        "  To fix: Detach them first,",
        "  by hand:",
        "    cl import A i-1/vpc-a",
        "    aliyun ecs X",
        "  Or leave it enabled:",
        "      cl plan --exclude 'a b'",
    ]


def test_a_block_on_one_line_is_not_broken() -> None:
    remedy = 'Declare it: resource "classiclink_vpc" "NAME" { vpc_id = "vpc-a" }, or enable it by hand.'
    lines = remedy_lines(Remedy.of(remedy), Style(width=40), "To fix:")
    assert any('{ vpc_id = "vpc-a" }' in line for line in lines)
    assert " ".join(" ".join(lines).split()) == f"To fix: {remedy}"


def test_a_command_is_called_from_where_its_reader_is() -> None:
    assert str(Caller("try").call(cl("plan"))) == "cl -chdir=try plan"
    assert str(ELSEWHERE.call(cl("plan"))) == "cl '-chdir=my project' plan"
    assert str(HERE.call(cl("plan"))) == "cl plan"
    assert str(ELSEWHERE.call(cl("-chdir=try", "init"))) == "cl -chdir=try init"
    assert str(Caller("try").call(shell("kill", "-INT", "1"))) == "kill -INT 1"
    move = shell("mv", Path("a"), Path("/b"))
    assert str(ELSEWHERE.call(move)) == "mv 'my project/a' /b"
    assert ELSEWHERE.call(ELSEWHERE.call(move)) == ELSEWHERE.call(move)


def test_a_command_names_the_workspace_that_the_environment_says() -> None:
    blue = Caller("try", "blue")
    assert str(blue.call(cl("plan"))) == "CL_WORKSPACE=blue cl -chdir=try plan"
    assert blue.call(blue.call(cl("plan"))) == blue.call(cl("plan"))
    assert str(blue.call(in_workspace("dev", cl("apply")))) == "CL_WORKSPACE=dev cl -chdir=try apply"
    assert str(Caller(workspace="blue").call(cl("workspace", "select", "dev"))) == "cl workspace select dev"
    assert str(Caller(workspace="blue").call(shell("unset", "CL_WORKSPACE"))) == "unset CL_WORKSPACE"


def test_a_document_is_shown_from_elsewhere_and_what_is_said_of_cl_stays_as_it_is() -> None:
    said = "Use the release of cl that wrote it, or cl plan it: "
    ways = [Remedy.of("restore: ", cl("import", HOSTILE, "i-1"), AND, cl("apply")), Remedy.of("accept: nothing")]
    texts, commands = write_all(ways)
    notes, note_commands = write_all([Remedy.of(cl("apply"), " does it."), Remedy.of("nothing")])
    adopt, adopt_commands = Remedy.of(cl("import", "A", "B")).written()
    document: Any = {
        "diagnostics": [Remedy.of(said, cl("plan")).to_json(), {"remedy": "cl plan"}],
        "items": [{"remedy": texts, "commands": commands}],
        "groups": [{"remedy": texts, "commands": commands}],
        "notes": notes,
        "note_commands": note_commands,
    }
    messages = drift_called_from(document, ELSEWHERE)
    assert [one["remedy"] for one in messages["diagnostics"]] == [f"{said}cl '-chdir=my project' plan", "cl plan"]
    assert remedies_of(messages["items"][0])[0].commands == (
        cl("-chdir=my project", "import", HOSTILE, "i-1"),
        cl("-chdir=my project", "apply"),
    )
    assert messages["items"][0]["remedy"][1] == "accept: nothing"
    assert remedies_of(messages["groups"][0]) == remedies_of(messages["items"][0])
    assert messages["notes"] == ["cl '-chdir=my project' apply does it.", "nothing"]
    assert drift_called_from(messages, ELSEWHERE) == messages
    assert drift_called_from(document, HERE) is document
    advice: Any = {"notes": [], "obstacles": [], "offer": {"adopt": adopt, "adopt_commands": adopt_commands}}
    offered = advice_called_from(advice, ELSEWHERE)
    assert offered["offer"]
    assert offered["offer"]["adopt"] == "cl '-chdir=my project' import A B"
    assert advice_called_from(offered, ELSEWHERE) == offered
    assert advice_called_from(advice, HERE) is advice


def test_an_id_with_an_escape_is_shown_harmless() -> None:
    (line,) = remedy_lines(Remedy.of("Do: ", cl("import", HOSTILE)), Style(width=140), "")
    assert "\x1b" not in line
    assert remedy_of(Remedy.of("Do: ", cl("import", HOSTILE)).to_json()).commands == (cl("import", HOSTILE),)


@pytest.mark.parametrize("before", ["", "Declare it:\n", "Declare it, then ", "Wait.\n"])
def test_a_block_begins_at_the_left_edge_as_it_stands_in_a_file(before: str) -> None:
    remedy = Remedy.of(before, Snippet(WAIVER), "\nThen ", cl("plan"), ".")
    for lines in (remedy_lines(remedy, Style(), "To fix:"), way_lines(remedy, "      ")):
        text = "\n".join(lines)
        assert f"\n{text}\n".count(f"\n{WAIVER}\n") == 1
        assert text.endswith(" Then cl plan.")


def test_what_is_typed_in_a_shell_stays_below_its_sentence() -> None:
    remedy = Remedy.of("Add it:\n", Snippet("  ip route add"))
    assert remedy_lines(remedy, Style(), "To fix:") == ["  To fix: Add it:", "    ip route add"]
    assert way_lines(remedy, "      ") == ["      Add it:", "        ip route add"]
