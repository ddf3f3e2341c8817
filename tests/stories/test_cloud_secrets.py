"""Whatever fails between `cl` and the cloud: no key, token or password is in anything that a run leaves."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import quote

import pytest

from providers.emulator.cloud.accounts import AccessKey
from providers.emulator.emulator import Settings
from support.careful import (
    EXTERNAL_ID,
    KEY,
    OIDC_TOKEN,
    OTHER_SECRET,
    PASSWORD,
    POLICY,
    SECRET,
    TOKEN,
    URI_SECRET,
    Careful,
    configuration,
)
from support.desk import Ended
from support.emulating import emulated
from support.story_estates import instances, vpc

KEYS = f'  access_key = "{KEY}"\n  secret_key = var.secret\n'
ENV_KEYS = {"ALIBABA_CLOUD_ACCESS_KEY_ID": KEY, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET}


@dataclass(frozen=True)
class Trouble:
    """A block, an environment, faults of the cloud, and how commands end with them."""

    block: str
    code: int = 1
    environment: Mapping[str, str] = field(default_factory=dict)
    faults: Sequence[Mapping[str, Any]] = ()
    says: str = ""
    commands: Sequence[Sequence[str]] = (("apply", "--auto-approve"),)


def error(action: str, code: str) -> dict[str, Any]:
    return {"action": action, "kind": "error", "code": code, "message": f"No {TOKEN[:4]}."}


def role(session: str = "") -> str:
    return f'  assume_role {{\n    role_arn = "acs:ram::1001:role/story"\n{session}  }}\n'


def quoting(action: str, *texts: str, code: str = "SignatureDoesNotMatch") -> dict[str, Any]:
    """A refusal that quotes the request, as the cloud's do: plain, encoded, and encoded twice."""
    forms = [form for text in texts for form in (text, quote(text, safe="~"), quote(quote(text, safe="~"), safe="~"))]
    return {**error(action, code), "message": f"The server's string is [{' '.join(forms)}]."}


SECRET_ROLE = role("    external_id = var.external\n    policy = var.policy\n")
OIDC = """  assume_role_with_oidc {
    oidc_provider_arn = "acs:ram::1001:oidc-provider/story"
    role_arn          = "acs:ram::1001:role/story"
    oidc_token_file   = "OUTSIDE/FILE"
  }
"""
PLAN_AND_MORE = (("providers",), ("plan", "--out", "plan.json"), ("apply", "--auto-approve"), ("drift",))
PROXY = "  https_proxy = var.proxy\n"

TROUBLES = {
    "all is well": Trouble(KEYS, 0, commands=PLAN_AND_MORE[:3]),
    "wrong secret": Trouble(KEYS, environment={"CL_VAR_secret": OTHER_SECRET}, says="PRV404", commands=PLAN_AND_MORE),
    "secret with a line break": Trouble(KEYS, environment={"CL_VAR_secret": SECRET + "\n"}, says="PRV418"),
    "token that is not valid": Trouble(
        KEYS + "  security_token = var.token\n", faults=[error("GetCallerIdentity", "InvalidSecurityToken.Malformed")],
        says="PRV411",
    ),
    "keys of the environment": Trouble(
        "", 0, environment={**ENV_KEYS, "ALIBABA_CLOUD_SECURITY_TOKEN": TOKEN, "ALICLOUD_SECRET_KEY": OTHER_SECRET}
    ),
    "half a pair": Trouble("", environment={"ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET}, says="PRV401"),
    "secret in the wrong place": Trouble(KEYS + "  session_key = var.token\n"),
    "a secret as the region": Trouble(KEYS.replace(f'"{KEY}"', "var.secret"), says="PRV403"),
    "denied": Trouble(
        KEYS, faults=[{**error("AttachClassicLinkVpc", "Forbidden.RAM")}], says="ecs:AttachClassicLinkVpc"
    ),
    "reading denied": Trouble(KEYS, faults=[error("DescribeVpcs", "Forbidden.RAM")], code=3),
    "lost replies": Trouble(
        KEYS,
        0,
        faults=[{"action": "AttachClassicLinkVpc", "nth": 1, "kind": "close", "when": "after"}]
        + [{"action": "DescribeVpcs", "nth": nth, "kind": kind} for nth, kind in ((1, "garbage"), (2, "reset"))],
    ),
    "nothing but garbage": Trouble(
        KEYS, faults=[{"action": "GetCallerIdentity", "nth": nth, "kind": "garbage"} for nth in range(1, 5)]
    ),
    "a role": Trouble(KEYS + role(), 0),
    "a role whose token expires at once": Trouble(
        KEYS + role(), faults=[error("DescribeVpcs", "InvalidSecurityToken.Expired")]
    ),
    "a role with an external id and a policy": Trouble(KEYS + SECRET_ROLE, 0, commands=PLAN_AND_MORE[:3]),
    "such a role that is refused": Trouble(
        KEYS + SECRET_ROLE,
        faults=[quoting("AssumeRole", EXTERNAL_ID, POLICY, SECRET, code="InvalidParameter.PolicyGrammar")],
        says="PRV416",
        commands=PLAN_AND_MORE,
    ),
    "an empty external id": Trouble(KEYS + role("    external_id = [var.external]\n"), says="external_id: expected"),
    "a signature that is refused": Trouble(
        KEYS + "  security_token = var.token\n", faults=[quoting("GetCallerIdentity", SECRET, TOKEN)], says="PRV404"
    ),
    "OIDC whose request is quoted": Trouble(
        OIDC.replace("FILE", "oidc").replace("\n  }", "\n    policy = var.policy\n  }"),
        faults=[quoting("AssumeRoleWithOIDC", OIDC_TOKEN, POLICY, code="AuthenticationFail.OIDCToken.Invalid")],
        says="PRV416",
    ),
    "OIDC whose token is refused": Trouble(OIDC.replace("FILE", "oidc"), says="PRV416"),
    "OIDC with the token for its file": Trouble(
        OIDC.replace("FILE", "nowhere"), says="PRV415"
    ),
    "a profile": Trouble('  profile = "story"\n  shared_credentials_file = "OUTSIDE/config.json"\n'),
    "a profile with a token": Trouble('  profile = "sts"\n  shared_credentials_file = "OUTSIDE/config.json"\n'),
    "a profile that is not there": Trouble(
        '  profile = "none"\n  shared_credentials_file = "OUTSIDE/config.json"\n', says="PRV414"
    ),
    "credentials_uri": Trouble(
        "  credentials_uri = var.uri\n", 0, environment={"CL_VAR_uri": "SERVER/fine?URI_SECRET"}
    ),
    "credentials_uri that fails": Trouble(
        "  credentials_uri = var.uri\n", environment={"CL_VAR_uri": "SERVER/fails?URI_SECRET"}, says="PRV417"
    ),
    "credentials_uri that is no address": Trouble(
        "  credentials_uri = var.uri\n", environment={"CL_VAR_uri": f"x://{URI_SECRET}"}, says="PRV417"
    ),
    "a proxy that is not there": Trouble(
        KEYS + PROXY,
        environment={"CL_VAR_proxy": f"http://user:{quote(PASSWORD, safe='')}@127.0.0.1:1"},
        says="PRV406",
    ),
    "a proxy that refuses": Trouble(
        KEYS + PROXY, environment={"CL_VAR_proxy": f"http://user:{quote(PASSWORD, safe='')}@SERVER_HOST"}
    ),
    "a proxy whose password is not encoded": Trouble(
        KEYS + PROXY, environment={"CL_VAR_proxy": f"http://user:{PASSWORD}@127.0.0.1:1"}, says="PRV102"
    ),
    "such a proxy in the environment": Trouble(
        KEYS, environment={"http_proxy": f"http://user:{PASSWORD}@127.0.0.1:1"}, says="PRV406"
    ),
    "a proxy for credentials_uri": Trouble(
        "  credentials_uri = var.uri\n",
        environment={
            "CL_VAR_uri": "http://example.invalid/?URI_SECRET",
            "http_proxy": f"http://user:{quote(PASSWORD, safe='')}@127.0.0.1:1",
        },
        says="PRV417",
    ),
}  # fmt: skip
LOGGING = ({"CL_LOG": "trace"}, {"CL_LOG": "trace", "CL_LOG_PATH": "cl.log"})
"""Taken in turn."""


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """What the user gives, secrets included; it is not looked at."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "oidc").write_text(OIDC_TOKEN)
    keys = {"access_key_id": KEY, "access_key_secret": OTHER_SECRET}
    profiles = [
        {"name": "story", "mode": "AK", **keys},
        {"name": "sts", "mode": "StsToken", **keys, "sts_token": TOKEN},
    ]
    (outside / "config.json").write_text(json.dumps({"current": "story", "profiles": profiles}))
    return outside


@pytest.fixture
def cloud_of(outside: Path) -> Iterator[Callable[[Trouble], str]]:
    """Starts the emulator with the faults of a trouble; gives its host and port."""
    running: list[Any] = []

    def start(trouble: Trouble) -> str:
        world = {"format_version": "1.0", "account_id": "1001", "vpcs": [vpc("vpc-a")], "instances": instances(2)}
        (outside / "world.json").write_text(json.dumps(world))
        (outside / "faults.json").write_text(json.dumps(list(trouble.faults)))
        keys = (AccessKey(KEY, SECRET, "1001"),)
        running.append(emulated(Settings(outside / "world.json", keys=keys, faults=outside / "faults.json")))
        authority: str = running[0].__enter__().authority
        return authority

    yield start
    for one in running:
        one.__exit__(None, None, None)


class Answers(BaseHTTPRequestHandler):
    """An address that gives credentials out, half of them, or a failure that quotes them; and a proxy that refuses."""

    def do_GET(self) -> None:
        kind = self.path.partition("?")[0]
        given = {"Code": "Success", "AccessKeyId": KEY, "AccessKeySecret": SECRET, "SecurityToken": TOKEN}
        given["Expiration"] = "2036-01-01T00:00:00Z"
        if kind != "/fine":
            del given["AccessKeyId"]
        self.send_response(500 if kind == "/fails" else 200)
        self.end_headers()
        self.wfile.write(json.dumps(given).encode())

    def do_POST(self) -> None:
        self.send_response(407)
        self.end_headers()
        self.wfile.write(f"no: {self.headers['Proxy-Authorization']}, {self.headers['authorization']}".encode())

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the library's name
        pass


@pytest.fixture
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def careful(tmp_path: Path) -> Careful:
    directory = tmp_path / "desk"
    directory.mkdir()
    return Careful(directory)


@pytest.mark.parametrize(
    ("trouble", "logging"), list(zip(TROUBLES.values(), itertools.cycle(LOGGING), strict=False)), ids=TROUBLES
)
def test_no_secret_is_in_what_a_failing_run_leaves(
    trouble: Trouble,
    logging: Mapping[str, str],
    careful: Careful,
    outside: Path,
    server: str,
    cloud_of: Callable[[Trouble], str],
) -> None:
    given = {"secret": SECRET, "token": TOKEN, "external": EXTERNAL_ID, "policy": POLICY}
    environment = {f"CL_VAR_{name}": value for name, value in given.items()}
    environment |= {**trouble.environment, **logging}
    for name, value in environment.items():
        value = value.replace("SERVER_HOST", server).replace("SERVER", f"http://{server}")
        environment[name] = value.replace("URI_SECRET", f"token={URI_SECRET}")
    endpoint = environment.pop("ENDPOINT", None) or cloud_of(trouble)
    careful.write(main__hcl=configuration(trouble.block.replace("OUTSIDE", str(outside)), endpoint))
    for command in trouble.commands:
        ended = careful.cl(*command, code=None, **environment)
    assert ended.code == trouble.code, ended.err
    assert trouble.says in ended.err


DEFECT = """
from providers.alicloud import client

def broken(self, product, action, parameters):
    keys = self._sources.keys()
    raise LookupError(f"no request for {keys!r} in {vars(self)!r}, {self._sources!r}")

client.Client.call = broken
"""


def test_a_bug_is_written_down_without_keys(
    careful: Careful, outside: Path, cloud_of: Callable[[Trouble], str], tmp_path: Path
) -> None:
    """The defect quotes all that it can see, as a careless message would."""
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "sitecustomize.py").write_text(DEFECT)
    careful.write(main__hcl=configuration(KEYS + "  security_token = var.token\n", cloud_of(TROUBLES["all is well"])))
    ended = careful.start("plan", CL_VAR_secret=SECRET, CL_VAR_token=TOKEN, CL_LOG="trace", PYTHONPATH=str(modules))
    out, err = ended.communicate()
    assert "this is a bug in cl (LookupError)" in err
    assert [path.name[:7] for path in (careful.directory / "tmp").iterdir()] == ["cl-bug-"]
    careful.assert_clean(Ended(ended.returncode, out, err))
