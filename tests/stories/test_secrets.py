"""Whatever fails, a sensitive value is in nothing that a run leaves."""

from __future__ import annotations

import json

import pytest

from planner.diagnostics import ConfigError
from planner.hcl import evaluate
from planner.hcl.cty.values import SENSITIVE, object_of, string
from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instances, vpc

SECRET = "hunter2-(xyzzy"  # noqa: S105
DECLARED = 'variable "s" {\n  sensitive = true\n}\n'


@pytest.fixture
def ready(desk: Desk) -> Desk:
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(2))
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-a") + attach("n1", "i-0001", "vpc-a"), var__hcl=DECLARED)
    return desk


def leaves_nothing(desk: Desk, *arguments: str, code: int | None = 1, stdin: str = "") -> str:
    """Run, and look for the value in all there is then. Gives what was said."""
    ended = desk.cl(*arguments, code=code, stdin=stdin, CL_VAR_s=SECRET)
    said = ended.out + ended.err
    for part in ("hunter2", "xyzzy"):
        assert part not in said.lower()
        for path in desk.directory.rglob("*"):
            assert not path.is_file() or part not in path.read_text(encoding="utf-8", errors="replace").lower(), path
    return said


CALLS = [
    "cidrhost(var.s, 1)",
    "cidrsubnet(var.s, 8, 1)",
    "cidrsubnets(var.s, 8)",
    "cidrnetmask(var.s)",
    'timeadd(var.s, "1h")',
    'timeadd("2026-01-01T00:00:00Z", var.s)',
    'timeadd([var.s, "1h"]...)',
    'timeadd(sensitive([lower("HUNTER2"), "1h"])...)',
    'timecmp(var.s, "2026-01-01T00:00:00Z")',
    'formatdate("YYYY", var.s)',
    'formatdate(var.s, "2026-01-01T00:00:00Z")',
    'textencodebase64("a", var.s)',
    'textdecodebase64(var.s, "UTF-8")',
    'textdecodebase64("YQ==", var.s)',
    "base64decode(var.s)",
    "base64gunzip(var.s)",
    'uuidv5(var.s, "a")',
    "jsondecode(var.s)",
    "yamldecode(var.s)",
    'regex(var.s, "a")',
    'replace("a", "/${var.s}/", "b")',
    "parseint(var.s, 10)",
    "tonumber(var.s)",
    "tobool(var.s)",
    "file(var.s)",
    "filebase64sha256(var.s)",
    'templatefile("t.tpl", { "${var.s}" = 1 })',
    'csvdecode("a,b\\n${var.s}")',
    'format("%d", var.s)',
    "format(var.s, 1, 2)",
    'formatlist("%d", [var.s])',
    "{ a = 1 }[var.s]",
    "lookup({ a = 1 }, var.s)",
    "element([], var.s)",
    "[1][var.s]",
    "1 + var.s",
    "var.s ? 1 : 2",
    '{ for k in ["${var.s}", "${var.s}"] : k => 1 }',
]


def test_no_failing_expression_quotes_a_sensitive_value() -> None:
    """Evaluated as they are: that each message is shown as it was made is for the story below."""
    values = object_of({"s": string(SECRET).with_marks(frozenset({SENSITIVE}))})
    messages: dict[str, str] = {}
    for call in CALLS:
        try:
            evaluate(call, {"var": values})
        except ConfigError as error:
            messages[call] = " ".join(str(problem.to_json()) for problem in error.diagnostics).lower()
    assert len(messages) > 30
    assert {call: said for call, said in messages.items() if "hunter2" in said or "xyzzy" in said} == {}


def test_a_failing_run_leaves_no_sensitive_value(ready: Desk) -> None:
    failing = [call for call in CALLS if "[" not in call and "hunter2" not in call][:20]
    ready.write(out__hcl="".join(f"locals {{\n  o{n} = {call}\n}}\n" for n, call in enumerate(failing)))
    leaves_nothing(ready, "plan", "-json", "-o", "html=plan.html", "-o", "markdown=plan.md", "-out=p")
    leaves_nothing(ready, "validate")


SETTINGS = {
    "world": 'provider "mock" {\n  world = var.s\n}\n',
    "log": 'provider "mock" {\n  world    = "world.json"\n  call_log = "${var.s}/a"\n}\n',
    "latency": 'provider "mock" {\n  world      = "world.json"\n  latency_ms = var.s\n}\n',
    "version": PROVIDER + "cl {\n  required_version = var.s\n}\n",
    "limit": PROVIDER + "cl {\n  limits {\n    min_links = var.s\n  }\n}\n",
    "limit_value": PROVIDER + "cl {\n  limits {\n    min_links = -length(var.s)\n  }\n}\n",
    "reason": PROVIDER + 'cl {\n  limits {\n    waive "CL104" {\n      reason = var.s\n    }\n  }\n}\n',
    "until": PROVIDER
    + 'cl {\n  limits {\n    waive "CL104" {\n      reason = "r"\n      until = var.s\n    }\n  }\n}\n',
    "backend": PROVIDER + 'cl {\n  backend "local" {\n    path = "${var.s}/x"\n  }\n}\n',
    "regex": PROVIDER + 'data "classiclink_instances" "x" {\n  name_regex = var.s\n}\n',
    "state": PROVIDER + 'data "cl_state" "x" {\n  path = var.s\n}\n',
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_no_argument_that_leaves_the_language_shows_a_sensitive_value(ready: Desk, setting: str) -> None:
    ready.write(main__hcl=SETTINGS[setting] + enable("shop", "vpc-a"))
    leaves_nothing(ready, "plan", "-json", "-out=p", "-o", "html=plan.html")


def test_no_line_of_a_file_of_values_is_shown(ready: Desk) -> None:
    ready.write(cl__clvars='s = "geheim" "geheim"\n')
    refused = ready.cl("plan", code=1).err
    assert "geheim" not in refused
    assert "on cl.clvars line 1, column 14" in refused
    ready.write(cl__clvars='s = "a"\nt = "geheim"\n')
    assert "geheim" not in ready.cl("plan").err


@pytest.mark.parametrize("name", ["values/own.hcl", "values/own.hcl.json"])
@pytest.mark.parametrize("text", ['s = "geheim" "geheim"\n', 's = "a"\nt = "geheim"\n', 's = [x, "geheim"]\n'])
def test_no_line_of_a_file_of_values_is_shown_whatever_its_name(ready: Desk, name: str, text: str) -> None:
    (ready.directory / "values").mkdir()
    (ready.directory / name).write_text(text)
    for file in (name, str(ready.directory / name), f"./{name}"):
        ended = ready.cl("plan", "-json", "-out=p", "-o", "html=plan.html", "--var-file", file, CL_VAR_s="a")
        shown = ready.cl("show", "p") if (ready.directory / "p").exists() else ended
        assert "geheim" not in ended.out + ended.err + shown.out + shown.err
        assert "geheim" not in (ready.directory / "plan.html").read_text()


def test_no_line_of_a_damaged_state_is_shown(ready: Desk) -> None:
    ready.write(cl__clvars='s = "a"\n', cl__state__json='{"outputs": {"o": {"value": "geheim" "sensitive": true}}}')
    for command in (["plan"], ["state", "list"], ["output"]):
        ended = ready.cl(*command, code=1)
        assert "geheim" not in ended.out + ended.err


def test_the_console_shows_no_sensitive_value_as_json(ready: Desk) -> None:
    said = leaves_nothing(ready, "console", "-json", code=0, stdin="var.s\n[var.s]\n1\n")
    assert [json.loads(line).get("sensitive") for line in said.splitlines()] == [True, True, None]
