"""Every command of the examples in fixtures/pipelines, run on the quickstart with stand-ins for what is outside."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from support import seaweed
from support.desk import Desk, Ended
from support.gitlab_state import TOKEN, GitLab, serving
from support.watching import PATIENCE

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WHEEL = PROJECT["name"].replace("-", "_")
"""What the name of a wheel of this project begins with."""
PIPELINES = ROOT / "fixtures" / "pipelines"

_GH = """\
#!/bin/sh
echo "gh $*" >> "$DESK/gh.log"
case "$*" in
    *"body=@"* | *--body-file*) file=$(echo "$*" | sed 's/.*\\(@\\|--body-file \\)//'); cp "$file" "$DESK/said.md" ;;
    *--jq*) cat "$DESK/found" ;;
esac
"""
"""Notes what it is asked to do, keeps the text that it is to put up, and finds what the file `found` says."""

_PIP = """\
#!/bin/sh
[ "$1" = install ] && shift
[ "$1" = --quiet ] && shift
[ $# = 1 ] && [ -f "${1%\\[alicloud*\\]}" ]
"""
"""Installs one file that is there, with its extras; a name that is in a registry alone is refused."""

_EXPRESSIONS = {
    "github.token": "no-token",
    "github.repository": "shop/network",
    "github.event.pull_request.number": "7",
    "secrets.AWS_ACCESS_KEY_ID": seaweed.KEYS["AWS_ACCESS_KEY_ID"],
    "secrets.AWS_SECRET_ACCESS_KEY": seaweed.KEYS["AWS_SECRET_ACCESS_KEY"],
}


@dataclass
class Runner:
    """A machine of a pipeline: `cl`, `pip` and `gh` as commands, the last two as stand-ins."""

    desk: Desk
    outputs: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        commands = self.desk.directory.parent / "bin"
        commands.mkdir()
        cl = f'#!/bin/sh\nexec "{sys.executable}" -m planner.cli.main "$@"\n'
        for name, text in {"cl": cl, "pip": _PIP, "gh": _GH}.items():
            (commands / name).write_text(text, encoding="utf-8")
            (commands / name).chmod(0o755)
        vendor = self.desk.directory / "vendor"
        vendor.mkdir()
        (vendor / f"{WHEEL}-0.0.0-py3-none-any.whl").touch()
        self.desk.environment |= {
            "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
            "DESK": str(commands.parent),
            "GITHUB_STEP_SUMMARY": str(commands.parent / "summary.md"),
            "GITHUB_OUTPUT": str(commands.parent / "output"),
            "GITHUB_REPOSITORY": _EXPRESSIONS["github.repository"],
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_RUN_ID": "5",
        }
        self.find("")

    def beside(self, name: str) -> Path:
        return self.desk.directory.parent / name

    def find(self, found: str) -> None:
        """What `gh` finds from now on."""
        self.beside("found").write_text(found, encoding="utf-8")

    def asked_of_gh(self) -> str:
        log = self.beside("gh.log")
        return log.read_text(encoding="utf-8") if log.exists() else ""

    def script(self, text: str, environment: Mapping[str, str]) -> Ended:
        """Run a script as pipelines do: it ends at the first command that fails."""
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", text],
            cwd=self.desk.directory,
            env={**self.desk.environment, **environment},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert "Traceback" not in done.stdout + done.stderr
        return Ended(done.returncode, done.stdout, done.stderr)

    def github(self, name: str, job: str | None = None) -> dict[str, int]:
        """Run a job of a workflow, the only one unless it is named. Actions must find their files.

        Gives the exit code of each step that ran, by name.
        """
        workflow = load(PIPELINES / "github" / name)
        if job is None:
            (job,) = workflow["jobs"]
        ended: dict[str, int] = {}
        for step in workflow["jobs"][job]["steps"]:
            if not self._wanted(step.get("if"), failed=any(ended.values())):
                continue
            if "uses" in step:
                self._action(step)
                continue
            environment = {**workflow["env"], **{key: filled(text) for key, text in step.get("env", {}).items()}}
            assert "${{" not in step["run"], "an expression in a script is a way in for the author of its value"
            ended[step["name"]] = self.script(step["run"], environment).code
            if "id" in step:
                messages = self.beside("output")
                lines = messages.read_text(encoding="utf-8").splitlines() if messages.exists() else []
                self.outputs = {
                    f"steps.{step['id']}.outputs.{line.split('=')[0]}": line.split("=")[1] for line in lines
                }
        return ended

    def _wanted(self, condition: str | None, *, failed: bool) -> bool:
        if condition is None:
            return not failed
        if found := re.fullmatch(r"\$\{\{ !cancelled\(\) && hashFiles\('([^']+)'\) != '' \}\}", condition):
            return (self.desk.directory / found[1]).exists()
        if found := re.fullmatch(r"\$\{\{ failure\(\) && hashFiles\('([^']+)'\) == '' \}\}", condition):
            return failed and not (self.desk.directory / found[1]).exists()
        found = re.fullmatch(r"(steps\.\S+) (==|!=) '(\d)'", condition)
        assert found, f"what is {condition}?"
        return not failed and (self.outputs[found[1]] == found[3]) == (found[2] == "==")

    def _action(self, step: Mapping[str, Any]) -> None:
        known = {
            "actions/checkout",
            "actions/download-artifact",
            "actions/setup-python",
            "actions/upload-artifact",
            "github/codeql-action/upload-sarif",
        }
        assert step["uses"].split("@")[0] in known
        for key in ("path", "sarif_file"):
            if key in step.get("with", {}):
                assert (self.desk.directory / step["with"][key]).is_file()

    def gitlab(self, job: str, gitlab: GitLab) -> Ended:
        """Run a job on a machine without a state; afterwards its artifacts must be there."""
        pipeline = load(PIPELINES / "gitlab" / ".gitlab-ci.yml")
        wanted = pipeline[job]
        assert wanted["stage"] in pipeline["stages"]
        script = "\n".join([*pipeline["default"]["before_script"], *wanted["script"]])
        ended = self.script(script, _gitlab_variables(pipeline["variables"], gitlab))
        assert TOKEN not in ended.out + ended.err
        assert not list(self.desk.directory.glob("cl.state*"))
        artifacts = wanted.get("artifacts", {})
        for path in [*artifacts.get("paths", []), *artifacts.get("reports", {}).values()]:
            assert (self.desk.directory / path).is_file() or ended.code == 1, f"{job} leaves no {path}"
        return ended


def _gitlab_variables(written: Mapping[str, str], gitlab: GitLab) -> dict[str, str]:
    """The variables of a pipeline, with those in them that GitLab sets; another one is an error."""
    predefined = {"CI_API_V4_URL": f"{gitlab.url}/api/v4", "CI_PROJECT_ID": "7", "CI_JOB_TOKEN": TOKEN}
    return {name: re.sub(r"\$(\w+)", lambda found: predefined[found[1]], text) for name, text in written.items()}


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def filled(text: str) -> str:
    """The text with the values of its `${{ expressions }}`; one that is not known here is an error."""
    return re.sub(r"\$\{\{ (.*?) \}\}", lambda found: _EXPRESSIONS[found[1]], text)


@pytest.fixture
def runner(fixture_desk: Callable[[str], Desk]) -> Runner:
    return Runner(fixture_desk("quickstart"))


def test_a_pull_request_gets_a_plan_with_a_comment_a_summary_and_findings(runner: Runner) -> None:
    assert set(runner.github("plan.yml").values()) == {0}
    comment = runner.beside("said.md").read_text(encoding="utf-8")
    assert comment.startswith("<!-- cl-plan -->")
    assert "3 to add, 1 to move" in comment
    assert runner.beside("summary.md").read_text(encoding="utf-8") == comment
    assert "--method POST repos/shop/network/issues/7/comments" in runner.asked_of_gh()
    assert runner.desk.cl("apply", "plan.json", code=0)


def test_the_comment_of_the_last_run_is_brought_up_to_date(runner: Runner) -> None:
    runner.find("41\n42\n")
    assert set(runner.github("plan.yml").values()) == {0}
    assert "--method PATCH repos/shop/network/issues/comments/42 " in runner.asked_of_gh()
    assert "POST" not in runner.asked_of_gh()


def test_a_plan_with_errors_fails_the_job_and_is_reported_in_the_comment(runner: Runner) -> None:
    world = runner.desk.read_world()
    world["vpcs"] = [{**vpc, "status": "Pending"} for vpc in world["vpcs"]]
    runner.desk.world(**world)
    ended = runner.github("plan.yml")
    assert ended["Plan"] == 1
    assert ended["Comment"] == 0
    assert "CL111" in runner.beside("said.md").read_text(encoding="utf-8")


def test_a_configuration_in_another_style_fails_before_the_plan(runner: Runner) -> None:
    main = runner.desk.directory / "main.hcl"
    main.write_text(main.read_text(encoding="utf-8").replace("vpc_id = ", "vpc_id   =   ", 1), encoding="utf-8")
    ended = runner.github("plan.yml")
    assert ended["Check style and validity"] == 3
    assert "Plan" not in ended
    comment = runner.beside("said.md").read_text(encoding="utf-8")
    assert comment.startswith("<!-- cl-plan -->")
    assert "\n### The configuration is valid.\n" in comment
    assert "\n-  vpc_id   =   " in comment, "the lines to change are in the comment"
    assert runner.beside("summary.md").read_text(encoding="utf-8") == comment


def test_an_invalid_configuration_takes_the_place_of_the_plan_in_the_comment(runner: Runner) -> None:
    runner.find("42\n")
    runner.desk.write(wrong__hcl="locals {\n  a = local.missing\n}\n")
    ended = runner.github("plan.yml")
    assert (ended["Check style and validity"], ended["Comment"]) == (1, 0)
    assert "Plan" not in ended
    assert "--method PATCH repos/shop/network/issues/comments/42 " in runner.asked_of_gh()
    comment = runner.beside("said.md").read_text(encoding="utf-8")
    assert comment.startswith("<!-- cl-plan -->")
    assert "wrong.hcl" in comment
    assert "cl fmt" not in comment


def test_a_job_that_cannot_install_leaves_no_outdated_plan_in_the_comment(runner: Runner) -> None:
    runner.find("42\n")
    (runner.desk.directory / "vendor" / f"{WHEEL}-0.0.0-py3-none-any.whl").unlink()
    ended = runner.github("plan.yml")
    assert ended == {"Install": 1, "No plan": 0, "Summary": 0, "Comment": 0}
    assert "--method PATCH repos/shop/network/issues/comments/42 " in runner.asked_of_gh()
    comment = runner.beside("said.md").read_text(encoding="utf-8")
    assert comment.startswith("<!-- cl-plan -->\n\n## No plan, because the job failed\n")
    assert "(https://github.example/shop/network/actions/runs/5)" in comment


EXPIRED = """\
cl {
  limits {
    waive "CL104" {
      reason = "The range is retired in May."
      until  = "2020-05-31"
    }
  }
}
"""


def test_the_check_of_a_pull_request_warns_of_an_expired_waiver_at_its_place(runner: Runner) -> None:
    runner.desk.write(waivers__hcl=EXPIRED)
    steps = load(PIPELINES / "github" / "plan.yml")["jobs"]["plan"]["steps"]
    (check,) = [step["run"] for step in steps if step.get("name") == "Check style and validity"]
    ended = runner.script(check, {})
    assert ended.code == 0
    assert "::warning file=waivers.hcl,line=3" in ended.out
    assert "expired on 2020-05-31" in ended.out
    check = "\n".join(load(PIPELINES / "gitlab" / ".gitlab-ci.yml")["check"]["script"])
    assert "expired on 2020-05-31" in runner.script(check, {}).err + runner.script(check, {}).out


def test_a_syntax_error_is_annotated_at_its_place_on_both(runner: Runner) -> None:
    main = runner.desk.directory / "main.hcl"
    main.write_text(main.read_text(encoding="utf-8") + 'locals {\n  a = "b\n}\n', encoding="utf-8")
    (check,) = [
        step["run"]
        for step in load(PIPELINES / "github" / "plan.yml")["jobs"]["plan"]["steps"]
        if step.get("name") == "Check style and validity"
    ]
    assert "::error file=main.hcl,line=" in runner.script(check, {}).out
    check = "\n".join(load(PIPELINES / "gitlab" / ".gitlab-ci.yml")["check"]["script"])
    assert runner.script(check, {}).code == 1
    assert "main.hcl" in (runner.desk.directory / "validate.xml").read_text(encoding="utf-8")


def test_a_module_in_another_style_fails_on_both(runner: Runner) -> None:
    (runner.desk.directory / "net").mkdir()
    (runner.desk.directory / "net" / "main.hcl").write_text("locals {\na=1\n}\n", encoding="utf-8")
    assert runner.github("plan.yml")["Check style and validity"] != 0
    (_, check) = load(PIPELINES / "gitlab" / ".gitlab-ci.yml")["check"]["script"]
    assert runner.script(check, {}).code != 0


def test_what_was_planned_on_the_default_branch_is_applied_once_approved(runner: Runner) -> None:
    assert set(runner.github("apply.yml", "plan").values()) == {0}
    assert "3 to add, 1 to move" in runner.beside("summary.md").read_text(encoding="utf-8")
    assert runner.outputs == {"steps.plan.outputs.code": "2"}
    assert set(runner.github("apply.yml", "apply").values()) == {0}
    assert set(runner.github("apply.yml", "plan").values()) == {0}
    assert runner.outputs == {"steps.plan.outputs.code": "0"}, "nothing is left, and no question is asked"


def test_a_plan_with_errors_is_not_put_up_for_approval(runner: Runner) -> None:
    world = runner.desk.read_world()
    runner.desk.world(**{**world, "vpcs": [{**vpc, "status": "Pending"} for vpc in world["vpcs"]]})
    assert runner.github("apply.yml", "plan")["Plan"] == 1
    assert runner.outputs == {}
    assert "CL" in runner.beside("summary.md").read_text(encoding="utf-8"), "the report is needed where a plan fails"


def test_the_job_that_applies_is_approved_in_an_environment() -> None:
    workflow = load(PIPELINES / "github" / "apply.yml")
    apply = workflow["jobs"]["apply"]
    assert (apply["needs"], apply["environment"]) == ("plan", "classiclink")
    assert apply["if"] == "needs.plan.outputs.code == '2'"
    assert workflow["jobs"]["plan"]["outputs"] == {"code": "${{ steps.plan.outputs.code }}"}
    assert workflow["concurrency"] == "apply"


def test_drift_opens_an_issue(runner: Runner) -> None:
    assert set(runner.github("drift.yml").values()) == {0}
    assert "gh issue create --title ClassicLink has drifted" in runner.asked_of_gh()
    assert runner.beside("said.md").read_text(encoding="utf-8").startswith("<!-- cl-drift -->")


def test_an_issue_that_is_open_is_brought_up_to_date(runner: Runner) -> None:
    runner.find("12\n")
    assert set(runner.github("drift.yml").values()) == {0}
    assert "gh issue edit 12" in runner.asked_of_gh()
    assert "create --title" not in runner.asked_of_gh()


def test_no_drift_closes_the_issue(runner: Runner) -> None:
    runner.desk.cl("apply", "-auto-approve", code=0)
    runner.find("12\n")
    assert set(runner.github("drift.yml").values()) == {0}
    assert "gh issue close 12" in runner.asked_of_gh()
    assert "gh issue edit" not in runner.asked_of_gh()


def test_a_run_that_goes_wrong_is_no_drift(runner: Runner) -> None:
    (runner.desk.directory / "world.json").write_text("{", encoding="utf-8")
    assert runner.github("drift.yml")["Look for drift"] == 1
    assert runner.asked_of_gh() == ""


def test_workflows_read_the_state_from_s3(runner: Runner) -> None:
    if reason := seaweed.missing():
        pytest.skip(reason)
    desk = runner.desk
    (desk.directory / "cl.state.json").rename(desk.directory / "taken-along.json")
    settings = f'bucket = "{seaweed.BUCKET}"\n    key = "shop/cl.state.json"\n    region = "eu-west-1"\n'
    desk.write(backend__hcl=f'cl {{\n  backend "s3" {{\n    {settings}    use_path_style = true\n  }}\n}}\n')
    desk.cl("fmt", code=0)
    with seaweed.seaweed() as server:
        desk.environment["AWS_ENDPOINT_URL_S3"] = server.endpoint
        desk.cl("state", "push", "taken-along.json", code=0, **seaweed.KEYS)
        assert set(runner.github("plan.yml").values()) == {0}
        assert "3 to add, 1 to move" in runner.beside("said.md").read_text(encoding="utf-8")
        assert set(runner.github("drift.yml").values()) == {0}
    assert "gh issue create" in runner.asked_of_gh()
    assert not list(desk.directory.glob("cl.state*"))


def test_gitlab_checks_plans_and_applies_what_was_planned_and_keeps_the_state(runner: Runner) -> None:
    desk = runner.desk
    (desk.directory / "cl.state.json").rename(desk.directory / "taken-along.json")
    desk.write(backend__hcl='cl {\n  backend "http" {}\n}\n')
    with serving() as gitlab:
        variables = load(PIPELINES / "gitlab" / ".gitlab-ci.yml")["variables"]
        desk.cl("state", "push", "taken-along.json", code=0, **_gitlab_variables(variables, gitlab))
        assert [runner.gitlab(job, gitlab).code for job in ("check", "plan", "drift", "apply")] == [0, 0, 2, 0]
        assert runner.gitlab("drift", gitlab).code == 0
        assert runner.gitlab("apply", gitlab).code == 1, "a plan is applied once"
    assert list(gitlab.states) == ["classiclink"]
    assert gitlab.state("classiclink").lock is None


def test_gitlab_applies_by_hand_and_one_at_a_time() -> None:
    apply = load(PIPELINES / "gitlab" / ".gitlab-ci.yml")["apply"]
    assert [rule["when"] for rule in apply["rules"]] == ["manual"]
    assert apply["resource_group"]


def hooks() -> Iterator[tuple[str, Mapping[str, Any]]]:
    for hook in load(ROOT / ".pre-commit-hooks.yaml"):
        yield f"offered {hook['id']}", hook
    for repo in load(PIPELINES / "pre-commit" / ".pre-commit-config.yaml")["repos"]:
        for hook in repo["hooks"]:
            yield f"example {hook['id']}", hook


HOOKS = dict(hooks())


def run_hook(runner: Runner, hook: Mapping[str, Any]) -> int:
    """Run a hook as pre-commit does, on all files of the quickstart that it asks for."""
    names = sorted(path.name for path in runner.desk.directory.iterdir() if re.search(hook["files"], path.name))
    assert "main.hcl" in names
    words = [*shlex.split(hook["entry"]), *hook["args"], *(names if hook.get("pass_filenames", True) else [])]
    return runner.script(shlex.join(words), {}).code


@pytest.mark.parametrize("name", HOOKS)
def test_hooks_let_the_quickstart_pass(runner: Runner, name: str) -> None:
    assert run_hook(runner, HOOKS[name]) == 0


@pytest.mark.parametrize("name", HOOKS)
def test_hooks_refuse_what_is_wrong(runner: Runner, name: str) -> None:
    wrong = {"cl-fmt": "locals {\na=1\n}\n", "cl-validate": "locals {\n  a = local.b\n}\n"}[HOOKS[name]["id"]]
    runner.desk.write(main__hcl=wrong)
    assert run_hook(runner, HOOKS[name]) != 0


def test_the_example_has_the_hooks_that_are_offered() -> None:
    """They differ in where `cl` comes from, and in nothing else."""
    plain = {
        name: {key: value for key, value in hook.items() if key not in ("description", "language")}
        for name, hook in HOOKS.items()
    }
    for name in ("cl-fmt", "cl-validate"):
        assert plain[f"offered {name}"] == plain[f"example {name}"]


def test_every_file_says_what_it_needs() -> None:
    files = [path for path in PIPELINES.rglob("*") if path.suffix in (".yml", ".yaml")]
    assert len(files) == 5
    for path in files:
        assert " It needs:" in path.read_text(encoding="utf-8").partition("\n\n")[0], path


def test_no_example_asks_a_registry_for_cl() -> None:
    """The project has not published it there, and another one could."""
    for path in PIPELINES.rglob("*"):
        if path.suffix in (".yml", ".yaml"):
            text = path.read_text(encoding="utf-8")
            assert PROJECT["name"] not in text, path
            assert text.count("pip install") == text.count(f"vendor/{WHEEL}-*.whl"), path


@pytest.mark.parametrize("name", ["plan.yml", "apply.yml", "drift.yml"])
def test_a_workflow_takes_no_more_than_it_needs_and_nothing_that_can_be_moved(name: str) -> None:
    workflow = yaml.safe_load((PIPELINES / "github" / name).read_text(encoding="utf-8"))
    assert set(workflow["permissions"]) <= {"contents", "issues", "pull-requests", "security-events"}
    assert workflow["permissions"]["contents"] == "read"
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"]
        used = [step for step in job["steps"] if "uses" in step]
        assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", step["uses"]) for step in used)
        (checkout,) = (step for step in used if step["uses"].startswith("actions/checkout@"))
        assert checkout["with"]["persist-credentials"] is False
