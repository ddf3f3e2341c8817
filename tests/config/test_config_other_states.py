"""`data "cl_state"`: a state in a file or in a backend, and what is refused."""

from __future__ import annotations

import pytest

from planner.state.encryption import cipher_from
from planner.state.format import dumps
from planner.state.model import State, StateOutput
from support.configurations import desired, messages, output, problems

KEY = {"CL_ENCRYPTION_PASSPHRASE": "a secret of several words"}
STATE = dumps(State(lineage="l", serial=1, outputs={"vpc": StateOutput("vpc-a", "string")}))
USE = '\noutput "it" {\n  value = data.cl_state.x.outputs.vpc\n}\n'


def source(arguments: str) -> str:
    return f'data "cl_state" "x" {{\n  {arguments}\n}}\n'


@pytest.mark.parametrize(
    ("arguments", "file"),
    [
        ('path = "net/cl.state.json"', "net/cl.state.json"),
        ('config = { path = "net/cl.state.json" }', "net/cl.state.json"),
        ('backend = "local"\nconfig = { path = "net/s.json" }', "net/s.json"),
        ('config = { workspace_dir = "net/others" }\nworkspace = "test"', "net/others/test/cl.state.json"),
    ],
)
@pytest.mark.parametrize("environment", [{}, KEY])
def test_another_state_is_read_where_its_arguments_say_with_the_keys_of_the_environment(
    arguments: str, file: str, environment: dict[str, str]
) -> None:
    files = {"main.hcl": source(arguments) + USE, file: cipher_from(environment).seal(STATE)}
    assert desired(files, environment=environment).outputs["it"].value.to_python() == "vpc-a"


def test_an_encrypted_state_without_its_key_is_reported_at_the_block() -> None:
    files = {"main.hcl": source('path = "s.json"') + USE, "s.json": cipher_from(KEY).seal(STATE)}
    (found,) = problems(files)
    assert (found.code, found.span and found.span.start.line, found.address) == ("STA140", 2, "data.cl_state.x")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("", ["CFG303 main.hcl:1:1 Missing required argument"]),
        ('workspace = "default"', ["CFG303 main.hcl:1:1 Missing required argument"]),
        ('path = "s.json"\nbackend = "local"', ["CFG334 main.hcl:1:1 Two states are named"]),
        ('path = "s.json"\nconfig = {}', ["CFG334 main.hcl:1:1 Two states are named"]),
        ('backend = "local"\nconfig = "s.json"', ["CFG306 main.hcl:3:10 Incorrect attribute value type"]),
        ('backend = sensitive("local")', ["CFG506 main.hcl:2:13 Sensitive value is shown"]),
        ('config = { path = sensitive("s") }', ["CFG506 main.hcl:2:12 Sensitive value is shown"]),
        ('backend = "http"\nconfig = sensitive({ address = "" })', ["CFG506 main.hcl:3:10 Sensitive value is shown"]),
    ],
)
def test_arguments_that_name_no_state_are_refused_when_only_checked_too(arguments: str, expected: list[str]) -> None:
    assert messages(source(arguments)) == expected
    assert messages(source(arguments), world=None) == expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ('backend = "lokal"', "STA440 main.hcl:2:13 Unknown backend"),
        ('backend = "local"\nconfig = { pfad = "s" }', "STA441 main.hcl:2:13 Unknown backend setting"),
        ('backend = "pg"', "STA443 main.hcl:2:13 Backend setting is missing"),
        ('config = { path = "gone.json" }', "CFG324 main.hcl:1:1 Cannot read state"),
        ('backend = "local"\nworkspace = "gone"', "CFG324 main.hcl:2:13 Cannot read state"),
        ('backend = "local"\nworkspace = "../.."', "STA433 main.hcl:2:13 Not a workspace name"),
    ],
)
def test_a_state_that_is_not_there_is_one_problem_at_the_block_when_planning(arguments: str, expected: str) -> None:
    assert messages(source(arguments) + USE) == [expected]
    assert messages(source(arguments) + USE, world=None) == []


def test_what_to_do_about_a_missing_setting_is_said_in_the_words_of_a_data_source() -> None:
    (found,) = problems(source('backend = "http"'))
    assert str(found.remedy) == (
        'Set the environment variable CL_HTTP_ADDRESS or TF_HTTP_ADDRESS.\nWrite it: config = { address = "…" }'
    )


def test_a_workspace_that_is_not_there_names_those_that_are() -> None:
    files = {"main.hcl": source('backend = "local"\nworkspace = "tset"'), "cl.state.d/test/cl.state.json": STATE}
    (found,) = problems(files)
    assert 'there are: default, test. Did you mean "test"?' in found.detail


def test_the_settings_are_sensitive_and_what_is_made_of_the_outputs_is_not() -> None:
    files = {"main.hcl": source('config = { path = "s.json" }') + USE, "s.json": STATE}
    assert not desired(files).outputs["it"].sensitive
    assert output("issensitive(data.cl_state.x.config)", source('path = "x"'), world=None) is True
