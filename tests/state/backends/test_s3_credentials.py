"""Which keys sign the requests of the s3 backend: the environment, profiles, roles, containers and machines."""

from __future__ import annotations

import json
import threading
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from planner.diagnostics import StateError
from planner.state.backends.patience import Denied, Unreachable
from planner.state.backends.s3.credentials import KeySettings, source_of
from planner.state.backends.s3.sts import Keys, Sts, signed

ROLE = "arn:aws:iam::123456789012:role/states"
ANSWER = """<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA1</AccessKeyId>
<SecretAccessKey>temporary</SecretAccessKey><SessionToken>token</SessionToken>
<Expiration>2026-01-02T04:04:05Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"""
TEMPORARY = Keys("ASIA1", "temporary", "token", datetime(2026, 1, 2, 4, 4, 5, tzinfo=UTC))
OF_A_MACHINE = {
    "Code": "Success",
    "AccessKeyId": "ASIA2",
    "SecretAccessKey": "machine",
    "Token": "t",
    "Expiration": "2026-01-02T04:04:05Z",
}
MACHINE = Keys("ASIA2", "machine", "t", datetime(2026, 1, 2, 4, 4, 5, tzinfo=UTC))


@dataclass
class Web:
    """A server on this machine: what it answers by path, and what it was asked."""

    answers: dict[str, tuple[int, str]] = field(default_factory=dict)
    asked: list[tuple[str, Mapping[str, str], Mapping[str, str]]] = field(default_factory=list)
    address: str = ""


@pytest.fixture
def web() -> Iterator[Web]:
    found = Web()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            form = dict(urllib.parse.parse_qsl(body))
            found.asked.append((f"{self.command} {self.path}", form, dict(self.headers)))
            status, text = found.answers.get(f"{self.command} {self.path}", (404, ""))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text.encode())

        do_POST = do_PUT = do_GET  # noqa: N815

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    found.address = f"http://127.0.0.1:{server.server_address[1]}"
    yield found
    server.shutdown()
    server.server_close()


Find = Callable[..., Keys]


@pytest.fixture
def find(web: Web, tmp_path: Path) -> Find:
    """The keys, with a home and a metadata service of the test's own."""

    def find(
        environment: Mapping[str, str] | None = None,
        profile: str = "",
        role: Mapping[str, str] | None = None,
        web_role: Mapping[str, str] | None = None,
    ) -> Keys:
        sts = Sts(f"{web.address}/", "eu-west-1")
        here = {"HOME": str(tmp_path), "AWS_EC2_METADATA_SERVICE_ENDPOINT": web.address, **(environment or {})}
        return source_of(KeySettings(profile, role or {}, web_role or {}), sts, here)()

    return find


def profiles(home: Path, credentials: str = "", config: str = "") -> None:
    (home / ".aws").mkdir()
    (home / ".aws" / "credentials").write_text(credentials)
    (home / ".aws" / "config").write_text(config)


ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "AKIA1", "AWS_SECRET_ACCESS_KEY": "of the environment"}


def test_the_keys_of_the_environment(find: Find) -> None:
    assert find(ENVIRONMENT) == Keys("AKIA1", "of the environment")
    assert find({**ENVIRONMENT, "AWS_SESSION_TOKEN": "t"}) == Keys("AKIA1", "of the environment", "t")


@pytest.mark.parametrize("missing", sorted(ENVIRONMENT))
def test_half_a_key_is_refused_and_no_other_source_is_used(find: Find, tmp_path: Path, missing: str) -> None:
    profiles(tmp_path, "[default]\naws_access_key_id = AKIA2\naws_secret_access_key = of somebody else\n")
    with pytest.raises(StateError) as caught:
        find({**ENVIRONMENT, missing: ""})
    (problem,) = caught.value.diagnostics
    assert (problem.code, missing in problem.detail) == ("STA443", True)


def test_a_profile_that_is_named_goes_before_the_environment(find: Find, tmp_path: Path) -> None:
    profiles(
        tmp_path,
        "[default]\naws_access_key_id = A\naws_secret_access_key = b%d\n[team]\naws_access_key_id=C\n",
        "[profile team]\naws_secret_access_key = d\naws_session_token = e\n",
    )
    assert find(ENVIRONMENT, profile="team") == Keys("C", "d", "e")
    assert find(ENVIRONMENT) == Keys("AKIA1", "of the environment")
    assert find() == Keys("A", "b%d")


def test_files_of_profiles_may_be_elsewhere(find: Find, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("[team]\naws_access_key_id=C\naws_secret_access_key=d\n")
    assert find({"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "keys")}, profile="team") == Keys("C", "d")


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ("", "does not exist"),
        ("[profile team]\nregion = x\n", "has neither keys nor a role"),
        ("[profile team]\nsso_session = x\n", "uses SSO"),
        ("[profile team]\nrole_arn = x\n", "without a source_profile"),
        ("[profile team]\nrole_arn = x\nsource_profile = team\n", "is a source of itself"),
        ("[profile team]\nrole_arn = x\nsource_profile = other\n", "does not exist"),
        ("not an ini file", "does not exist"),
    ],
)
def test_a_profile_without_keys_is_refused(find: Find, tmp_path: Path, config: str, why: str) -> None:
    profiles(tmp_path, config=config)
    with pytest.raises(StateError) as caught:
        find(profile="team")
    [problem] = caught.value.diagnostics
    assert problem.code == "STA447"
    assert why in problem.detail
    assert ("credential_process" in problem.remedy.text) is (why == "uses SSO")


def test_a_process_gives_keys(find: Find, tmp_path: Path) -> None:
    said = json.dumps({"Version": 1, "AccessKeyId": "P", "SecretAccessKey": "s", "SessionToken": "t"})
    (tmp_path / "said").write_text(said)
    profiles(tmp_path, config=f"[profile team]\ncredential_process = cat '{tmp_path}/said'\n")
    assert find(profile="team") == Keys("P", "s", "t")
    (tmp_path / "said").write_text("[]")
    with pytest.raises(Denied):
        find(profile="team")
    (tmp_path / "said").unlink()
    with pytest.raises(Denied, match="credential_process"):
        find(profile="team")


def test_a_role_is_assumed_with_the_keys_there_are(find: Find, web: Web) -> None:
    web.answers["POST /"] = 200, ANSWER
    role = {
        "role_arn": ROLE,
        "session_name": "me",
        "external_id": "x y",
        "duration": "1h",
        "policy": "{}",
        "source_identity": "s",
    }
    assert find(ENVIRONMENT, role=role) == TEMPORARY
    [(_, form, headers)] = web.asked
    assert form == {
        "Action": "AssumeRole",
        "Version": "2011-06-15",
        "RoleArn": ROLE,
        "RoleSessionName": "me",
        "ExternalId": "x y",
        "DurationSeconds": "3600",
        "Policy": "{}",
        "SourceIdentity": "s",
    }
    assert "Credential=AKIA1/" in headers["Authorization"]
    assert "of the environment" not in str(web.asked)


def test_a_profile_assumes_its_role_with_another_profile_or_the_machine(find: Find, web: Web, tmp_path: Path) -> None:
    web.answers["POST /"] = 200, ANSWER
    profiles(
        tmp_path,
        "[base]\naws_access_key_id=B\naws_secret_access_key=b\n[own]\naws_access_key_id=O\naws_secret_access_key=o\n",
        f"[profile team]\nrole_arn={ROLE}\nsource_profile=base\n"
        f"[profile env]\nrole_arn={ROLE}\ncredential_source=Environment\n"
        f"[profile own]\nrole_arn={ROLE}\nsource_profile=own\n",
    )
    for profile, key in (("team", "B"), ("env", "AKIA1"), ("own", "O")):
        assert find(ENVIRONMENT, profile=profile) == TEMPORARY
        assert f"Credential={key}/" in web.asked[-1][2]["Authorization"]


def test_the_token_of_a_web_identity_is_read_again_and_not_signed(find: Find, web: Web, tmp_path: Path) -> None:
    web.answers["POST /"] = 200, ANSWER
    file = tmp_path / "token"
    file.write_text("first\n")
    role = {"role_arn": ROLE, "web_identity_token_file": str(file)}
    assert find(web_role=role) == TEMPORARY
    file.write_text("second")
    find(web_role=role)
    find(web_role={"role_arn": ROLE, "web_identity_token": "third"})
    assert [form["WebIdentityToken"] for _, form, _ in web.asked] == ["first", "second", "third"]
    assert {form["Action"] for _, form, _ in web.asked} == {"AssumeRoleWithWebIdentity"}
    assert not any("Authorization" in headers for _, _, headers in web.asked)
    file.unlink()
    with pytest.raises(Denied, match="cannot be read"):
        find(web_role=role)


def test_a_container_has_keys(find: Find, web: Web, tmp_path: Path) -> None:
    web.answers["GET /keys"] = 200, json.dumps(OF_A_MACHINE)
    (tmp_path / "token").write_text("t0k3n")
    environment = {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{web.address}/keys",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(tmp_path / "token"),
    }
    assert find(environment) == MACHINE
    assert web.asked[0][2]["Authorization"] == "t0k3n"


def test_a_machine_has_keys(find: Find, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")  # no machine's own service is behind a proxy
    roles = "/latest/meta-data/iam/security-credentials/"
    web.answers |= {
        "PUT /latest/api/token": (200, "session"),
        f"GET {roles}": (200, "role-of-the-machine\n"),
        f"GET {roles}role-of-the-machine": (200, json.dumps(OF_A_MACHINE)),
    }
    assert find() == MACHINE
    assert {headers["X-Aws-Ec2-Metadata-Token"] for _, _, headers in web.asked[1:]} == {"session"}


def test_where_there_is_nothing_the_last_place_is_named(find: Find, web: Web) -> None:
    with pytest.raises(Denied, match=r"neither the environment nor a profile has .* last place .*, answered 404"):
        find()
    with pytest.raises(Denied, match=r"neither the environment nor a profile has .* last place .*, does not answer"):
        find({"AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1"})


@pytest.mark.parametrize(
    ("status", "text", "kind", "why"),
    [
        (403, "<Code>AccessDenied</Code><Message>not you</Message>", Denied, "STS answered 403, AccessDenied: not you"),
        (503, "", Unreachable, "STS answered 503"),
        (429, "", Unreachable, "STS answered 429"),
        (200, "<hello/>", Denied, "STS answered without keys"),
        (400, "<Message>\x1b[31m\n::error::</Message>", Denied, "STS answered 400, ::error::"),
    ],
)
def test_what_sts_refuses_is_said(
    find: Find, web: Web, status: int, text: str, kind: type[Exception], why: str
) -> None:
    web.answers["POST /"] = status, text
    with pytest.raises(kind) as caught:
        find(ENVIRONMENT, role={"role_arn": ROLE})
    assert str(caught.value) == why


def test_a_request_is_signed_as_botocore_signs_it() -> None:
    body = b"Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fx+y&RoleSessionName=cl"
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    for token, endpoint, signature in (
        (
            "",
            "https://sts.eu-west-1.amazonaws.com/",
            "13328c1b6dd088f7bf4da0aa3f3498b10e0efd2d15d52e0e4b4ea47dbab8ca38",
        ),
        ("TOK/+=", "http://127.0.0.1:8080/sts", "e2f82180bdaaab4fa419b9c3e46b81dde9638c445acddeaebb5e347701a35b76"),
    ):
        headers = signed(endpoint, "eu-west-1", body, Keys("AKID", "SECRET", token), at)
        assert headers["Authorization"].endswith(f"Signature={signature}")


def test_keys_are_not_in_their_representation() -> None:
    assert "secret" not in repr(Keys("A", "a secret", "a secret"))
