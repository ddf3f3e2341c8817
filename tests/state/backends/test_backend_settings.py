"""The settings of the backends: where their values come from, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from planner.diagnostics import Diagnostic, Position, Span, StateError
from planner.state.backends.declared import BackendBlock
from planner.state.backends.recorded import Recorded
from planner.state.backends.resolve import Settings, is_secret, missing_library, resolve, secrets_in
from planner.state.backends.settings import TABLES, Kind, Secrecy, Setting
from support.backends import refusal

ADDRESS = {"address": "https://gitlab.example/state/web"}


def http(
    settings: Mapping[str, object] = ADDRESS,
    environment: Mapping[str, str] | None = None,
    stored: Mapping[str, object] | None = None,
) -> Settings:
    return resolve(BackendBlock("http", settings), environment or {}, stored)


def refusals(
    backend: str,
    settings: Mapping[str, object],
    environment: Mapping[str, str] | None = None,
    stored: Mapping[str, object] | None = None,
) -> tuple[Diagnostic, ...]:
    with pytest.raises(StateError) as caught:
        resolve(BackendBlock(backend, settings), environment or {}, stored)
    return tuple(caught.value.diagnostics)


def test_what_is_left_out_has_its_default() -> None:
    found = http()
    assert (found.text("update_method"), found.text("lock_method"), found.number("retry_max")) == ("POST", "LOCK", 2)
    assert (found.text("lock_address"), found.flag("skip_cert_verification"), found.strings("headers")) == (
        "",
        False,
        {},
    )
    assert resolve(BackendBlock("pg", {"conn_str": "host=a"}), {}).seconds("lease") == 60.0
    assert resolve(BackendBlock("local", {}), {}).place == {"path": "cl.state.json", "workspace_dir": "cl.state.d"}


def test_stored_settings_go_before_the_block_and_the_block_before_the_environment() -> None:
    environment = {"CL_HTTP_USERNAME": "of the environment", "CL_HTTP_ADDRESS": "https://other.example"}
    assert http({}, environment).text("address") == "https://other.example"
    assert http(ADDRESS, environment).text("address") == ADDRESS["address"]
    assert http(ADDRESS, environment).text("username") == "of the environment"
    assert http(ADDRESS, environment, {"username": "stored"}).text("username") == "stored"
    assert http({**ADDRESS, "username": None}, environment).text("username") == "of the environment"


def test_the_variables_of_cl_go_before_those_of_terraform_and_empty_ones_do_not_count() -> None:
    both = {"CL_HTTP_USERNAME": "cl", "TF_HTTP_USERNAME": "tf"}
    assert http(environment=both).text("username") == "cl"
    assert http(environment={**both, "CL_HTTP_USERNAME": ""}).text("username") == "tf"


@pytest.mark.parametrize("setting", list(TABLES["http"]), ids=lambda one: one.name)
def test_every_setting_of_http_may_be_left_out_where_its_variable_is_set(setting: Setting) -> None:
    texts = {Kind.NUMBER: "7", Kind.BOOL: "true", Kind.STRINGS: '{"a": "b"}', Kind.STRING: "https://a.example/x"}
    values = {Kind.NUMBER: 7, Kind.BOOL: True, Kind.STRINGS: {"a": "b"}, Kind.STRING: "https://a.example/x"}
    for prefix in ("CL", "TF"):
        variable = f"{prefix}_HTTP_{setting.name.upper()}"
        found = resolve(
            BackendBlock("http", {}), {"CL_HTTP_ADDRESS": "https://a.example", variable: texts[setting.kind]}
        )
        read = {Kind.NUMBER: found.number, Kind.BOOL: found.flag, Kind.STRINGS: found.strings, Kind.STRING: found.text}
        expected = values[setting.kind]
        if setting.name == "address" and prefix == "TF":
            expected = "https://a.example"
        assert read[setting.kind](setting.name) == expected


def test_an_object_is_completed_by_the_variables_of_its_parts() -> None:
    block = {"bucket": "b", "key": "k", "endpoints": {"s3": "http://127.0.0.1:1"}}
    environment = {"AWS_REGION": "eu", "AWS_ENDPOINT_URL_S3": "https://not.this", "AWS_ENDPOINT_URL_STS": "https://sts"}
    found = resolve(BackendBlock("s3", block), environment)
    assert found.strings("endpoints") == {"s3": "http://127.0.0.1:1", "sts": "https://sts"}
    assert found.place == {
        "bucket": "b",
        "key": "k",
        "endpoints.s3": "http://127.0.0.1:1",
        "workspace_key_prefix": "env:",
    }


@pytest.mark.parametrize(
    ("value", "seconds"), [("60s", 60.0), ("5m", 300.0), ("1.5h", 5400.0), ("90", 90.0), (90, 90.0), ("500ms", 0.5)]
)
def test_durations(value: object, seconds: float) -> None:
    assert resolve(BackendBlock("pg", {"conn_str": "host=a", "lease": value}), {}).seconds("lease") == seconds


@pytest.mark.parametrize(
    ("backend", "settings"),
    [
        ("pg", {"conn_str": "host=a", "lease": "0s"}),
        ("pg", {"conn_str": "host=a", "lease": "soon"}),
        ("pg", {"conn_str": "host=a", "history": -1}),
        ("pg", {"conn_str": "host=a", "history": True}),
        ("pg", {"conn_str": "host=a", "skip_table_creation": "perhaps"}),
        ("pg", {"conn_str": {}}),
        ("s3", {"bucket": "b", "key": "k", "region": "r", "use_lockfile": False}),
        ("s3", {"bucket": "b", "key": "k", "region": "r", "endpoints": "http://a"}),
        ("oss", {"bucket": "b", "region": "r", "acl": "everybody"}),
        ("local", {"path": "a/.."}),
        ("local", {"workspace_dir": 5}),
        ("http", {**ADDRESS, "headers": ["a"]}),
        ("http", {**ADDRESS, "retry_max": "two"}),
    ],
)
def test_values_that_do_not_fit(backend: str, settings: Mapping[str, object]) -> None:
    (problem,) = refusals(backend, settings)
    assert problem.code == "STA442"


def test_a_value_of_the_environment_that_does_not_fit_names_the_variable_and_never_the_value() -> None:
    (problem,) = refusals("http", ADDRESS, {"TF_HTTP_RETRY_MAX": "hunter2"})
    assert problem.code == "STA442"
    assert "TF_HTTP_RETRY_MAX" in problem.detail
    assert "hunter2" not in str(problem)


def test_all_problems_are_reported() -> None:
    found = refusals("s3", {"buckets": "b", "history": "x", "dynamodb_table": "t", "assume_role": {"arn": "x"}})
    assert sorted(problem.code for problem in found) == ["STA441"] * 3 + ["STA442"] + ["STA443"] * 2
    messages = " ".join(f"{problem.detail} {problem.remedy}" for problem in found)
    for word in (
        'Did you mean "bucket"',
        "no table is needed",
        '"assume_role" of the s3 backend',
        "AWS_DEFAULT_REGION",
    ):
        assert word in messages


def test_a_backend_that_there_is_not() -> None:
    (problem,) = refusals("gcs", {})
    assert problem.code == "STA440"
    assert "local, pg, s3, http, oss" in problem.remedy.text


def test_a_missing_setting_names_its_variable_and_the_block() -> None:
    (problem,) = refusals("http", {})
    assert problem.code == "STA443"
    assert "CL_HTTP_ADDRESS" in problem.remedy.text
    assert 'backend "http" { address = ' in problem.remedy.text


def test_a_recorded_backend_without_its_secret_names_the_variable_alone() -> None:
    recorded = Recorded({}, {"schema_name": "states"}, {"type": "pg"})
    with pytest.raises(StateError) as caught:
        resolve(recorded.block, {})
    (problem,) = caught.value.diagnostics
    assert (problem.code, "recorded" in problem.detail) == ("STA443", True)
    assert problem.remedy.text == "Set the environment variable PG_CONN_STR or PGHOST."


@pytest.mark.parametrize("variable", ["PGHOST", "PGSERVICE", "PG_CONN_STR"])
def test_pg_needs_no_conn_str_where_the_environment_says_which_server(variable: str) -> None:
    assert resolve(BackendBlock("pg", {}), {variable: "x"}).text("schema_name") == "cl_remote_state"
    assert [problem.code for problem in refusals("pg", {})] == ["STA443"]


def test_no_secret_is_where_the_states_are_nor_in_what_is_printed() -> None:
    secrets = {"address": "https://ann:hunter2@gitlab.example/x", "password": "hunter2", "headers": {"a": "hunter2"}}
    declared = BackendBlock("http", secrets)
    found = resolve(declared, {})
    assert found.place == {"address": "https://gitlab.example/x"}
    assert "hunter2" not in f"{found!r}{declared!r}"


@pytest.mark.parametrize(
    ("backend", "given", "variable"),
    [
        ("http", {"password": "hunter2"}, "CL_HTTP_PASSWORD"),
        ("http", {"address": "https://ann:hunter2@gitlab.example/x"}, "CL_HTTP_ADDRESS"),
        ("http", {"headers": {"Authorization": "hunter2"}}, "CL_HTTP_HEADERS"),
        ("http", {"client_private_key_pem": "hunter2"}, "CL_HTTP_CLIENT_PRIVATE_KEY_PEM"),
        ("pg", {"conn_str": "postgres://ann:hunter2@db.example/cl"}, "PG_CONN_STR"),
        ("pg", {"conn_str": "host=db.example password=hunter2"}, "PG_CONN_STR"),
        ("pg", {"conn_str": "postgres://db.example/cl?password=hunter2"}, "PG_CONN_STR"),
        ("s3", {"sse_customer_key": "hunter2"}, "AWS_SSE_CUSTOMER_KEY"),
        ("s3", {"access_key": "hunter2"}, "AWS_ACCESS_KEY_ID"),
        ("s3", {"secret_key": "hunter2"}, "AWS_SECRET_ACCESS_KEY"),
        ("s3", {"token": "hunter2"}, "AWS_SESSION_TOKEN"),
        (
            "s3",
            {"assume_role_with_web_identity": {"web_identity_token": "hunter2"}},
            "AWS_WEB_IDENTITY_TOKEN_FILE",
        ),
        ("oss", {"secret_key": "hunter2"}, "ALICLOUD_SECRET_KEY"),
    ],
)
def test_secrets_are_not_to_be_stored(backend: str, given: Mapping[str, object], variable: str) -> None:
    (problem,) = secrets_in(backend, given)
    assert problem.code == "STA444"
    assert "hunter2" not in f"{problem!r}"
    assert problem.remedy.text == f"Set the environment variable {variable} instead."
    assert all(is_secret(backend, name) for name in given)


def test_settings_that_are_refused_are_not_among_those_to_choose_from() -> None:
    found = refusals("s3", {"acces_key": "x", "dynamodb": "t"})
    messages = " ".join(f"{problem.detail} {problem.remedy}" for problem in found if problem.code == "STA441")
    assert "bucket" in messages
    assert not [name for name in ("access_key", "secret_key", "token,", "dynamodb_table") if name in messages]


def test_a_value_that_was_stored_is_not_blamed_on_the_block_nor_one_of_the_environment() -> None:
    span = Span("main.hcl", Position(2, 3), Position(2, 9))
    block = BackendBlock("s3", {"bucket": "b", "region": "r", "lease": "1m", "key": "k"}, span)
    for stored, called in (
        ({"lease": "soon"}, 'The setting "lease" of the s3 backend, given by --backend-config,'),
        ({"lose": "soon"}, 'The s3 backend has no setting "lose", which --backend-config gave.'),
    ):
        with refusal("STA441" if "lose" in stored else "STA442") as problems:
            resolve(block, {}, stored)
        assert called in problems[0].detail
        assert problems[0].span is None
    settings = resolve(block, {"AWS_ENDPOINT_URL_S3": "nowhere"}, {"key": "/"})
    for name, called in (
        ("key", "given by --backend-config, is not right."),
        ("endpoints.s3", "The environment variable AWS_ENDPOINT_URL_S3 is not right."),
    ):
        problem = settings.wrong(name, "right")
        assert problem.detail.endswith(called)
        assert problem.span is None
    assert settings.wrong("bucket", "right").span == span


def test_what_is_not_secret_may_be_stored() -> None:
    assert not secrets_in("http", {**ADDRESS, "username": "ann", "retry_max": "3"})
    assert not secrets_in("pg", {"conn_str": "postgres://db.example/cl", "schema_name": "x"})
    assert not is_secret("http", "username")
    assert not is_secret("nosuch", "password")


def test_every_secret_setting_can_come_from_the_environment() -> None:
    for table in TABLES.values():
        for setting in table:
            if setting.secrecy is not Secrecy.NONE and not setting.refused:
                assert setting.environment, setting.name


def test_a_missing_library_names_the_command_that_brings_it() -> None:
    problem = missing_library("pg")
    assert problem.code == "STA445"
    assert "pip install 'classiclink-planner[pg]'" in problem.remedy.text


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_the_user_of_a_database_is_no_secret_and_a_password_or_a_user_of_a_web_address_is(scheme: str) -> None:
    assert secrets_in("pg", {"conn_str": f"{scheme}://cl@db.example.com:5432/infra?sslmode=verify-full"}) == []
    secret = [
        ("pg", "conn_str", f"{scheme}://cl:w0rd@db.example.com/infra"),
        ("pg", "conn_str", f"{scheme}://cl@db.example.com/infra?password=w0rd"),
        ("http", "address", "https://a-token@example.com/state"),
    ]
    assert [[one.code for one in secrets_in(backend, {name: value})] for backend, name, value in secret] == [
        ["STA444"]
    ] * len(secret)
