"""What a user gets who presses TAB, in a real bash."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from planner.cli.completion import SHELLS
from planner.cli.main import COMMANDS
from planner.explain.library import pages
from support.desk import Desk
from support.watching import PATIENCE

FIXTURES = Path(__file__).parents[2] / "fixtures"

_ASK = """
source ./completion.sh
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_cl_completion cl
[[ ${#COMPREPLY[@]} == 0 ]] || printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def quickstart(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The quickstart, applied, with the script for bash, and `cl` as a command beside it."""
    here = tmp_path_factory.mktemp("completion") / "quickstart"
    shutil.copytree(FIXTURES / "quickstart", here)
    desk = Desk(here)
    desk.cl("apply", "-auto-approve", code=0)
    desk.write(completion__sh=desk.cl("completion", "bash", code=0).out)
    commands = here.parent / "bin"
    commands.mkdir()
    launcher = commands / "cl"
    launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m planner.cli.main "$@"\n', encoding="utf-8")
    launcher.chmod(0o755)
    desk.environment["PATH"] = f"{commands}{os.pathsep}{os.environ['PATH']}"
    return desk


@pytest.fixture
def bash() -> str:
    found = shutil.which("bash")
    if found is None:
        pytest.skip("there is no bash on this machine")
    return found


@pytest.fixture
def terminal(quickstart: Desk, bash: str) -> Callable[..., list[str]]:
    """A bash in the quickstart that has read the script; call it with the words typed so far."""

    def press_tab(*words: str) -> list[str]:
        done = subprocess.run(
            [bash, "--norc", "-c", _ASK, "bash", *words],
            cwd=quickstart.directory,
            env=quickstart.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        # Outside of a line that is being typed, bash has no compopt: what would have become of files is told so.
        messages = [line for line in done.stderr.splitlines() if "compopt" not in line]
        assert messages == [], done.stderr
        return done.stdout.splitlines() + (["<files>"] if "compopt" in done.stderr else [])

    return press_tab


def test_the_beginning_of_a_command_becomes_the_command(terminal: Callable[..., list[str]]) -> None:
    assert terminal("cl", "pl") == ["plan"]


def test_every_command_is_offered(terminal: Callable[..., list[str]]) -> None:
    assert terminal("cl", "") == list(COMMANDS)


def test_the_commands_of_a_group_are_offered(terminal: Callable[..., list[str]]) -> None:
    assert set(terminal("cl", "state", "")) == {"list", "show", "mv", "rm", "pull", "push", "history", "rollback"}


def test_long_options_are_completed_with_two_dashes_and_with_one(terminal: Callable[..., list[str]]) -> None:
    assert terminal("cl", "plan", "--det") == ["--detailed-exitcode"]
    assert terminal("cl", "plan", "-det") == ["-detailed-exitcode"]


def test_a_word_that_names_a_file_is_left_to_bash(terminal: Callable[..., list[str]]) -> None:
    assert terminal("cl", "plan", "-out", "p") == ["<files>"]
    assert terminal("cl", "plan", "-out", "=", "p") == ["<files>"]
    assert terminal("cl", "apply", "p") == ["<files>"]


def test_addresses_come_from_the_state_as_bash_must_have_them(terminal: Callable[..., list[str]]) -> None:
    keyed = [rf"classiclink_attachment.web\[\"i-web-{number}\"\]" for number in (1, 2)]
    assert terminal("cl", "state", "show", "classiclink_attachment.w") == keyed
    assert terminal("cl", "state", "show", keyed[0][:-4]) == keyed[:1]
    assert terminal("cl", "plan", "-target", "classiclink_v") == ["classiclink_vpc.old", "classiclink_vpc.shop"]


def test_vpcs_to_drain_are_those_of_the_state(terminal: Callable[..., list[str]]) -> None:
    assert terminal("cl", "plan", "--drain", "") == ["vpc-old", "vpc-shop"]


def test_inside_quotes_an_address_stays_as_it_is(terminal: Callable[..., list[str]]) -> None:
    offered = terminal("cl", "state", "rm", "'classiclink_attachment.w")
    assert offered == ['classiclink_attachment.web["i-web-1"]', 'classiclink_attachment.web["i-web-2"]']


def test_formats_rules_and_what_the_state_knows_are_offered(terminal: Callable[..., list[str]]) -> None:
    assert terminal("cl", "drift", "-o", "j") == ["json", "junit"]
    assert terminal("cl", "rules", "cl90") == [f"CL90{number}" for number in range(1, 10)]
    offered = terminal("cl", "explain", "cfg33")
    assert offered == [code for code in pages() if code.startswith("CFG33")]
    assert "CFG330" in offered
    assert terminal("cl", "reach", "i-web") == ["i-web-1", "i-web-2"]
    assert terminal("cl", "reach", "i-web-1", "vpc-") == []
    assert terminal("cl", "advise", "i-db", "vpc-") == ["vpc-old", "vpc-shop"]


def test_another_directory_is_looked_into(terminal: Callable[..., list[str]], quickstart: Desk) -> None:
    assert terminal("cl", "-chdir", "=", str(quickstart.directory), "output", "shop") == ["shop_range"]
    assert terminal("cl", "-chdir", "=", "nowhere", "output", "") == []


def test_workspaces_are_offered(terminal: Callable[..., list[str]], quickstart: Desk) -> None:
    quickstart.cl("workspace", "new", "staging", code=0)
    quickstart.cl("workspace", "select", "default", code=0)
    assert terminal("cl", "workspace", "select", "") == ["default", "staging"]


@pytest.mark.parametrize("words", [("cl", "foo", ""), ("cl", "state", "foo", ""), ("cl", "plan", "--foo", "x", "--js")])
def test_wrong_words_before_are_no_reason_to_complain(terminal: Callable[..., list[str]], words: Sequence[str]) -> None:
    assert all("Error" not in offer for offer in terminal(*words))


def test_a_state_that_cannot_be_read_offers_nothing(terminal: Callable[..., list[str]], desk: Desk) -> None:
    (desk.directory / "cl.state.json").write_text("{", encoding="utf-8")
    assert terminal("cl", "-chdir", "=", str(desk.directory), "state", "show", "") == []


def test_warnings_are_left_to_the_command(terminal: Callable[..., list[str]], desk: Desk) -> None:
    backend = 'cl {\n  backend "local" {}\n}\n\nvariable "vpc" {\n  default = "vpc-a"\n}\n'
    desk.write(main__hcl=backend, terraform__tfvars='vpc = "vpc-b"\n')
    assert "CFG413" in desk.cl("state", "list", code=0).err
    assert terminal("cl", "-chdir", "=", str(desk.directory), "workspace", "select", "") == ["default"]


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_gets_its_script_also_in_the_way_of_click(desk: Desk, shell: str) -> None:
    script = desk.cl("completion", shell, code=0).out
    assert f"_CL_COMPLETE={shell}_complete" in script
    assert desk.cl(code=0, _CL_COMPLETE=f"{shell}_source").out == script


def test_another_shell_is_refused(desk: Desk) -> None:
    assert "'bash', 'zsh', 'fish'" in desk.cl("completion", "tcsh", code=64).err
    assert desk.cl(code=1, _CL_COMPLETE="tcsh_source").out == ""


@pytest.mark.parametrize("shell", [shell for shell in SHELLS if shell != "bash"])
def test_the_other_shells_can_read_their_script(desk: Desk, shell: str) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"there is no {shell} on this machine")
    (desk.directory / "script").write_text(desk.cl("completion", shell, code=0).out, encoding="utf-8")
    subprocess.run([program, "-n", "script"], cwd=desk.directory, check=True, timeout=PATIENCE)


def test_pressing_tab_in_a_running_bash_puts_the_word_there(quickstart: Desk, bash: str) -> None:
    quickstart.write(rc="PS1='$ '\nsource ./completion.sh\n")
    done = subprocess.run(
        [bash, "--noprofile", "--rcfile", "rc", "-i"],
        cwd=quickstart.directory,
        input='cl sta\tsho\tclassiclink_attachment.web\\[\\"i-web-2\t\nexit\n',
        env={**quickstart.environment, "TERM": "dumb"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert '"i-web-2"' in done.stdout, done.stderr


def test_a_fish_offers_what_cl_offers(quickstart: Desk) -> None:
    fish = shutil.which("fish")
    if fish is None:
        pytest.skip("there is no fish on this machine")
    quickstart.write(script__fish=quickstart.cl("completion", "fish", code=0).out)
    ask = "source ./script.fish; complete -C'cl dri'; complete -C'cl plan -targ'; complete -C'cl reach i-w'"
    ask += "; complete -C'cl plan --dra'"
    done = subprocess.run(
        [fish, "--no-config", "-c", ask],
        cwd=quickstart.directory,
        env=quickstart.environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    words = [line.partition("\t")[0] for line in done.stdout.splitlines()]
    assert words == ["drift", "-target", "i-web-1", "i-web-2", "--drain"]
    assert done.stdout.endswith("\tDetach every link of this VPC, then disable it.\n")


_PRESS_TAB_IN_ZSH = r"""
zmodload zsh/zpty
zpty shell "zsh -f -i"
zpty -w shell 'autoload -Uz compinit; compinit -u -D; source ./script.zsh; echo re""ady'
zpty -r -m shell line '*ready*'
zpty -w -n shell $'cl ver\t'
zpty -r -m shell line '*version*'
print -r -- "$line"
zpty -d shell
"""


def test_pressing_tab_in_a_running_zsh_puts_the_word_there(quickstart: Desk) -> None:
    zsh = shutil.which("zsh")
    if zsh is None:
        pytest.skip("there is no zsh on this machine")
    quickstart.write(script__zsh=quickstart.cl("completion", "zsh", code=0).out)
    done = subprocess.run(
        [zsh, "-f", "-c", _PRESS_TAB_IN_ZSH],
        cwd=quickstart.directory,
        env={**quickstart.environment, "TERM": "dumb"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert "version" in done.stdout, done.stderr
