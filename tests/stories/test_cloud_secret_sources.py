"""Each source of credentials, and each way in which a run can fail: no secret is in anything that is left.

The suite takes some of the pairs. `CL_SECRETS=all` takes them all::

    CL_SECRETS=all pytest -n 2 tests/stories/test_cloud_secret_sources.py
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import quote

import pytest

from providers.emulator.cloud.accounts import AccessKey, Credential, Credentials
from providers.emulator.emulator import Settings
from support.careful import KEY, OTHER_SECRET, PASSWORD, SECRET, TOKEN, URI_SECRET, Careful, configuration
from support.desk import Ended
from support.emulating import emulated
from support.story_estates import instances, vpc

ROLE_ARN, PROVIDER_ARN = "acs:ram::1001:role/story", "acs:ram::1001:oidc-provider/story"
OIDC_TOKEN = "e30.eyJpc3MiOiAib2lkYy10b2tlbiJ9.b2lkYy1zdG9yeQ"  # noqa: S105
SSO_TOKEN = "sS0-story-token"  # noqa: S105


def keys(prefix: str, names: tuple[str, str, str] = ("ACCESS_KEY_ID", "ACCESS_KEY_SECRET", "")) -> dict[str, str]:
    return {prefix + name: value for name, value in zip(names, (KEY, SECRET, TOKEN), strict=True) if name}


def profile(mode: str, **fields: str) -> Source:
    return Source(
        '  profile = "story"\n  shared_credentials_file = "OUTSIDE/config.json"\n', profile={"mode": mode, **fields}
    )


@dataclass(frozen=True)
class Source:
    """A block and an environment that name it. `gives` is whether it gives keys that the emulator takes."""

    block: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    profile: Mapping[str, str] = field(default_factory=dict)
    gives: bool = True


METADATA = {"http_proxy": "http://SERVER"}
"""The official library knows no other address of the metadata than 100.100.100.200: a proxy stands for it."""
KEYS_BLOCK = f'  access_key = "{KEY}"\n  secret_key = var.secret\n'
AK = {"access_key_id": KEY, "access_key_secret": SECRET}
ASSUMED = {"ram_role_arn": ROLE_ARN, "ram_session_name": "story"}
OIDC_ENVIRONMENT = {"ROLE_ARN": ROLE_ARN, "OIDC_PROVIDER_ARN": PROVIDER_ARN, "OIDC_TOKEN_FILE": "OUTSIDE/oidc"}
URI = f"http://SERVER/keys?token={URI_SECRET}"

SOURCES = {
    "keys of the block": Source(KEYS_BLOCK),
    "keys and a token of the block": Source(KEYS_BLOCK + "  security_token = var.token\n", gives=False),
    "keys of the environment": Source(environment=keys("ALIBABA_CLOUD_")),
    "keys of the second family": Source(environment=keys("ALIBABACLOUD_")),
    "keys and a token of the third family": Source(
        environment=keys("ALICLOUD_", ("ACCESS_KEY_ID", "ACCESS_KEY_SECRET", "SECURITY_TOKEN")), gives=False
    ),
    "keys by Terraform's names": Source(environment=keys("ALICLOUD_", ("ACCESS_KEY", "SECRET_KEY", ""))),
    "OIDC of the environment": Source(
        environment={f"ALIBABA_CLOUD_{name}": value for name, value in OIDC_ENVIRONMENT.items()}
    ),
    "an address of the environment": Source(environment={"ALIBABACLOUD_CREDENTIALS_URI": URI}, gives=False),
    "a machine's role of the environment": Source(
        environment={"ALICLOUD_ECS_METADATA": "app", **METADATA}, gives=False
    ),
    "a machine's role of the block": Source('  ecs_role_name = "app"\n', METADATA, gives=False),
    "an address of the block": Source("  credentials_uri = var.uri\n", gives=False),
    "a role": Source(f'{KEYS_BLOCK}  assume_role {{\n    role_arn = "{ROLE_ARN}"\n    external_id = var.token\n  }}\n'),
    "a role by OIDC": Source(
        f'  assume_role_with_oidc {{\n    oidc_provider_arn = "{PROVIDER_ARN}"\n    role_arn = "{ROLE_ARN}"\n'
        '    oidc_token_file = "OUTSIDE/oidc"\n  }\n'
    ),
    "AK": profile("AK", **AK),
    "StsToken": profile("StsToken", **AK, sts_token=TOKEN),
    "RamRoleArn": profile("RamRoleArn", **AK, **ASSUMED),
    "ChainableRamRoleArn": profile("ChainableRamRoleArn", source_profile="base", **ASSUMED),
    "EcsRamRole": Source(profile("EcsRamRole").block, METADATA, {"mode": "EcsRamRole", "ram_role_name": "app"}),
    "OIDC": profile("OIDC", oidc_provider_arn=PROVIDER_ARN, oidc_token_file="OUTSIDE/oidc", **ASSUMED),
    "CredentialsURI": profile("CredentialsURI", credentials_uri=URI),
    "External": profile("External", process_command="PROGRAM"),
    "CloudSSO": profile(
        "CloudSSO", cloud_sso_sign_in_url="http://SERVER", cloud_sso_account_id="1001",
        cloud_sso_access_config="ac-1", access_token=SSO_TOKEN,
    ),
    "OAuth": Source(
        profile("OAuth").block, {"https_proxy": f"http://user:{quote(PASSWORD, safe='')}@SERVER"},
        {"mode": "OAuth", "oauth_refresh_token": SSO_TOKEN, "oauth_access_token": SSO_TOKEN}, gives=False,
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Way:
    """How a run fails: faults of the cloud, other settings, another secret at the cloud, a failing giver of keys."""

    faults: tuple[Mapping[str, Any], ...] = ()
    settings: str = ""
    endpoint: str = ""
    secret: str = SECRET
    giver: str = "gives"


def always(kind: str, *actions: str, **more: str) -> tuple[Mapping[str, Any], ...]:
    return tuple({"action": action, "kind": kind, **more} for action in actions)


STS = ("AssumeRole", "AssumeRoleWithOIDC")
WAYS = {
    "it goes well": Way(),
    "the secret is wrong": Way(secret=OTHER_SECRET),
    "the token is expired": Way(
        always("error", "DescribeVpcs", "AttachClassicLinkVpc", code="InvalidSecurityToken.Expired", message="Old.")
    ),
    "the cloud is not there": Way(endpoint="127.0.0.1:1"),
    "the cloud speaks no TLS": Way(settings='  protocol = "HTTPS"\n  connect_timeout = "300ms"\n'),
    "a proxy refuses": Way(settings="  https_proxy = var.proxy\n"),
    "pages of HTML": Way(always("html_200", "GetCallerIdentity", *STS)),
    "replies that break off": Way(always("truncate", "DescribeVpcs", "AttachClassicLinkVpc", *STS, when="after")),
    "the giver of keys fails": Way(giver="fails"),
    "the giver of keys answers half": Way(giver="half"),
}
LOGGING: tuple[dict[str, str], ...] = (
    {"CL_LOG": "trace", "DEBUG": "sdk"},
    {"CL_LOG": "trace", "CL_LOG_PATH": "cl.log", "PYTHONDEVMODE": "1"},
    {"CL_LOG": "trace", "PYTHONDEVMODE": "1", "DEBUG": "sdk"},
)
PAIRS = [
    (source, way)
    for row, source in enumerate(SOURCES)
    for column, way in enumerate(WAYS)
    if os.environ.get("CL_SECRETS") == "all" or (column - 3 * row) % len(WAYS) == 0
]
"""One way for each source, so that each way has two sources or more; or all of them."""


class Giver(BaseHTTPRequestHandler):
    """Credentials at an address, of a machine's metadata, of CloudSSO; and a proxy that refuses."""

    kind = "gives"

    def do_GET(self) -> None:
        given = {"Code": "Success", "AccessKeyId": KEY, "AccessKeySecret": SECRET, "SecurityToken": TOKEN}
        given["Expiration"] = "2036-01-01T00:00:00Z"
        if self.kind == "half":
            del given["AccessKeyId"]
        path = self.path.partition("?")[0]
        self._say(path, {"CloudCredential": given} if path == "/cloud-credentials" else given)

    def do_POST(self) -> None:
        self.do_GET()

    def do_PUT(self) -> None:
        self._answer(200, f"metadata-{TOKEN}".encode())

    def do_CONNECT(self) -> None:
        self._answer(407, f"no: {self.headers['Proxy-Authorization']}".encode())

    def _say(self, path: str, given: Mapping[str, object]) -> None:
        if self.headers["Proxy-Authorization"]:
            self.do_CONNECT()
        else:
            self._answer(500 if self.kind == "fails" else 200, json.dumps(given).encode())

    def _answer(self, status: int, body: bytes) -> None:
        length = int(self.headers["Content-Length"] or 0)
        self.rfile.read(length)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the library's name
        pass


PROGRAM = """import json, sys
given = {"mode": "StsToken", "access_key_id": %r, "access_key_secret": %r, "sts_token": %r}
kind = %r
if kind == "half":
    del given["access_key_id"]
print(json.dumps(given))
print(given, file=sys.stderr)
sys.exit(kind == "fails")
"""


@dataclass
class Stage:
    """What a story is played on. `outside` is what the user gives, secrets included: it is not looked at."""

    careful: Careful
    outside: Path
    running: list[Any]

    def set(self, source: Source, way: Way) -> dict[str, str]:
        """Write the configuration, start the cloud and who gives keys; the environment for `cl`."""
        giver = type("Giver", (Giver,), {"kind": way.giver})
        server = ThreadingHTTPServer(("127.0.0.1", 0), giver)
        server.daemon_threads = True
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.running.append(server)
        program = self.outside / "program.py"
        program.write_text(PROGRAM % (KEY, SECRET, TOKEN, way.giver))
        given = {
            "OUTSIDE": str(self.outside),
            "SERVER": f"127.0.0.1:{server.server_port}",
            "PROGRAM": shlex.join([sys.executable, str(program)]),
        }

        def put(text: str) -> str:
            for name, value in given.items():
                text = text.replace(name, value)
            return text

        (self.outside / "oidc").write_text(OIDC_TOKEN)
        profiles = [{"name": "base", "mode": "AK", **AK}, {"name": "story", **source.profile}]
        (self.outside / "config.json").write_text(put(json.dumps({"current": "story", "profiles": profiles})))
        world = {"format_version": "1.0", "account_id": "1001", "vpcs": [vpc("vpc-a")], "instances": instances(2)}
        (self.outside / "world.json").write_text(json.dumps(world))
        (self.outside / "faults.json").write_text(json.dumps(way.faults))
        cloud = emulated(
            Settings(
                self.outside / "world.json",
                keys=(AccessKey(KEY, way.secret, "1001"),),
                faults=self.outside / "faults.json",
            )
        )
        authority = cloud.__enter__().authority
        self.running.append(cloud)
        settings = way.settings if "https_proxy" in way.settings else way.settings + '  no_proxy = "*"\n'
        text = configuration(put(source.block) + settings, way.endpoint or authority)
        if "protocol" in way.settings:
            text = text.replace('  protocol = "HTTP"\n', "", 1)
        self.careful.write(main__hcl=text)
        environment = {
            "CL_VAR_secret": SECRET,
            "CL_VAR_token": TOKEN,
            "CL_VAR_uri": URI,
            "CL_VAR_proxy": f"http://user:{quote(PASSWORD, safe='')}@SERVER",
            **source.environment,
        }
        return {name: put(value) for name, value in environment.items()}

    def close(self) -> None:
        for one in reversed(self.running):
            if isinstance(one, ThreadingHTTPServer):
                one.shutdown()
                one.server_close()
            else:
                one.__exit__(None, None, None)


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    for name in ("desk", "outside"):
        (tmp_path / name).mkdir()
    careful = Careful(tmp_path / "desk")
    careful.issued += [*OIDC_TOKEN.split(".")[1:], SSO_TOKEN]
    issue: Callable[..., Credential] = Credentials.issue

    def watched(*arguments: Any) -> Credential:
        found = issue(*arguments)
        careful.issued += [found.secret, found.token or found.secret]
        return found

    monkeypatch.setattr(Credentials, "issue", watched)
    stage = Stage(careful, tmp_path / "outside", [])
    yield stage
    stage.close()


@pytest.mark.parametrize(("source", "way"), PAIRS)
def test_no_secret_is_left(source: str, way: str, stage: Stage) -> None:
    chosen, failing = SOURCES[source], WAYS[way]
    environment: dict[str, Any] = stage.set(chosen, failing) | LOGGING[PAIRS.index((source, way)) % len(LOGGING)]
    ended = stage.careful.cl("apply", "--auto-approve", **environment)
    assert ended.code in (0, 1, 3)
    if way == "it goes well" and chosen.gives:
        assert ended.code == 0, ended.err


@pytest.mark.parametrize("source", ["keys of the block", "RamRoleArn", "OIDC of the environment", "External"])
def test_no_secret_is_left_by_a_run_that_is_killed_nor_by_the_next(source: str, stage: Stage) -> None:
    hang = {"action": "AttachClassicLinkVpc", "kind": "hang", "seconds": 3600, "until": "go", "nth": 1}
    environment: dict[str, Any] = stage.set(SOURCES[source], Way((hang,))) | LOGGING[1]
    process = stage.careful.start("apply", "--auto-approve", "-json", **environment)
    assert process.stdout is not None
    seen = ""
    for line in process.stdout:
        seen += line
        if '"apply_start"' in line and "i-0001" in line:
            break
    process.send_signal(signal.SIGKILL)
    out, err = process.communicate()
    (stage.outside / "go").touch()
    assert process.returncode == -signal.SIGKILL, err
    stage.careful.assert_clean(Ended(process.returncode, seen + out, err))
    assert stage.careful.cl("apply", "--auto-approve", **environment).code == 0
