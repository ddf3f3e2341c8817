"""What `docs/alicloud.md` says of credentials: its pipelines are run as they stand, over the emulator."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

from providers.emulator.emulator import Settings
from support.clouds import without_proxies
from support.emulating import KEY, SECRET, emulated, provider_of
from support.story_estates import enable, vpc
from support.watching import PATIENCE

PAGE = Path(__file__).parents[2] / "docs" / "alicloud.md"
CLAIMS = base64.urlsafe_b64encode(json.dumps({"iss": "ci", "aud": "sts.aliyuncs.com", "sub": "job"}).encode()).decode()
TOKEN = f"e30.{CLAIMS}.c2ln"


@pytest.fixture
def job(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A directory with a configuration that names no keys, and the environment of a job."""
    world = tmp_path / "world.json"
    world.write_text(json.dumps({"format_version": "1.0", "account_id": "1001", "vpcs": [vpc("vpc-a")]}))
    (tmp_path / "bin").mkdir()
    cl = tmp_path / "bin" / "cl"
    cl.write_text(f'#!/bin/sh\nexec {sys.executable} -m planner.cli.main "$@"\n')
    cl.chmod(0o755)
    with emulated(Settings(world)) as cloud:
        block = provider_of(cloud.authority).replace(f'  access_key = "{KEY}"\n  secret_key = "{SECRET}"\n', "")
        (tmp_path / "main.hcl").write_text(block + enable("a", "vpc-a"))
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("ALI", "CL_", "CI"))}
        yield without_proxies(inherited) | {
            "PATH": f"{cl.parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(tmp_path),
            "RUNNER_TEMP": str(tmp_path),
            "TMPDIR": str(tmp_path),
        }


def block_with(words: str) -> Any:
    (found,) = [one for one in re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL) if words in one]
    return yaml.safe_load(found)


def run(script: str, environment: Mapping[str, str], code: int = 0) -> str:
    """What a script says on stdout and stderr."""
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", script],
        cwd=environment["HOME"], env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stdout
    return done.stdout


def test_the_job_for_gitlab_plans(job: dict[str, str]) -> None:
    plan = block_with("id_tokens")["plan"]
    (name,) = plan["id_tokens"]
    said = run("\n".join(plan["script"]), job | plan["variables"] | {name: TOKEN})
    assert "enable ClassicLink on vpc-a" in said
    assert (Path(job["HOME"]) / "plan.json").exists()


class Issuer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        is_asked_rightly = self.headers["Authorization"] == "bearer asked" and "audience=sts.aliyuncs.com" in self.path
        body = json.dumps({"value": TOKEN} if is_asked_rightly else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the library's name
        pass


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq")), reason="what GitHub's runners have")
def test_the_steps_for_github_plan(job: dict[str, str]) -> None:
    set_later = Path(job["HOME"]) / "github_env"
    set_later.touch()
    with ThreadingHTTPServer(("127.0.0.1", 0), Issuer) as issuer:
        Thread(target=issuer.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        url = f"http://127.0.0.1:{issuer.server_port}/?api-version=2.0"
        given = {"ACTIONS_ID_TOKEN_REQUEST_TOKEN": "asked", "ACTIONS_ID_TOKEN_REQUEST_URL": url}
        said = ""
        for step in block_with("id-token: write")["steps"]:
            later = dict(line.split("=", 1) for line in set_later.read_text().splitlines())
            environment = job | given | later | step.get("env", {}) | {"GITHUB_ENV": str(set_later)}
            said = run(step["run"], environment)
        issuer.shutdown()
    assert "enable ClassicLink on vpc-a" in said


def test_families_of_variables_that_disagree_are_reported_also_where_their_keys_are_wrong(job: dict[str, str]) -> None:
    given = {"ALIBABA_CLOUD_ACCESS_KEY_ID": KEY, "ALICLOUD_ACCESS_KEY": "other", "ALICLOUD_SECRET_KEY": "another"}
    messages = (
        "PRV413",
        "ALIBABA_CLOUD_ACCESS_KEY_ID and ALICLOUD_ACCESS_KEY;",
        "the variable ALIBABA_CLOUD_ACCESS_KEY_ID",
    )
    said = run("cl providers", job | given | {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET})
    assert all(words in said for words in (*messages, "account 1001"))
    said = run("cl providers", job | given | {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "wrong-one"}, code=1)
    assert all(words in said for words in (*messages, "PRV404"))
    assert "wrong-one" not in said
