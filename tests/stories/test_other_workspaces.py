"""What is told of a workspace that is not in use works for that one when it is pasted."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from planner.state.backends.local.lock import lock
from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instances, vpc


@pytest.fixture
def two(desk: Desk) -> Desk:
    """Two workspaces, `default` in use; each can link an instance."""
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(1))
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-a") + attach("one", "i-0001", "vpc-a"))
    desk.cl("workspace", "new", "dev", code=0)
    return desk


def paste(desk: Desk, command: str) -> None:
    """Do in a shell what a remedy says."""
    cl = f'cl() {{ "{sys.executable}" -m planner.cli.main "$@"; }}'
    shell = ["bash", "-c", f"{cl}\n{command}"]
    done = subprocess.run(shell, cwd=desk.directory, env=desk.environment, input="yes\n", text=True, check=False)
    assert done.returncode == 0


def remedy_in(messages: str) -> str:
    """The command at the end, before the page of the code is named."""
    return messages[messages.rindex("CL_WORKSPACE=") :].partition("\n\n")[0].strip()


def test_an_apply_that_was_cut_short_is_completed_in_its_own_workspace(two: Desk) -> None:
    fault = {"action": "AttachClassicLinkVpc", "nth": 1, "kind": "crash_after"}
    two.write(faults__json=json.dumps([fault]))
    text = (two.directory / "main.hcl").read_text()
    two.write(main__hcl=text.replace("}", '  faults = "faults.json"\n}', 1))
    two.cl("apply", "-auto-approve")
    two.write(main__hcl=text)
    two.cl("workspace", "select", "default", code=0)
    messages = two.cl("workspace", "delete", "dev", code=1).err
    assert "STA312" in messages
    paste(two, remedy_in(messages))
    assert not (two.directory / "cl.state.d" / "dev" / "cl.state.json.journal").exists()
    assert not (two.directory / "cl.state.json").exists()
    messages = two.cl("workspace", "delete", "dev", code=1).err
    paste(two, messages.partition("Destroy them first: ")[2].splitlines()[0])
    two.cl("workspace", "delete", "dev", code=0)
    assert two.links() == {}


def test_a_lock_of_another_workspace_is_removed_there(two: Desk) -> None:
    two.cl("workspace", "select", "default", code=0)
    path = Path("cl.state.d/dev/cl.state.json.lock")
    with lock(two.directory / path, "apply") as info:
        messages = two.cl("workspace", "delete", "--lock-timeout=10ms", "dev", code=1).err
    assert remedy_in(messages) == f"CL_WORKSPACE=dev cl force-unlock {info.id}"
    two.cl("workspace", "delete", "dev", code=0)
