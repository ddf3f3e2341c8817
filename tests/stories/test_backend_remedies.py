"""The commands that `cl` names where the backend has changed: pasted as they are, they do what the user asked for."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping

import pytest

from support.desk import Desk
from support.gitlab_state import GitLab, serving
from support.story_estates import PROVIDER, attach, enable, instances, vpc

BACKEND = 'cl {\n  backend "http" {}\n}\n'
OBJECTS = enable("shop", "vpc-a") + attach("web", "i-0001", "vpc-a")
STORED = ("address", "username")


@pytest.fixture
def gitlab() -> Iterator[GitLab]:
    with serving() as found:
        yield found


@pytest.fixture
def applied(desk: Desk, gitlab: GitLab) -> Desk:
    """A desk whose state is at "web", by an address and a user that `cl init` stored."""
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(1))
    desk.write(main__hcl=PROVIDER + OBJECTS, backend__hcl=BACKEND)
    settings = gitlab.settings()
    desk.environment |= variables(settings)
    desk.cl("init", *(f"--backend-config={name}={settings[name]}" for name in STORED), code=0)
    desk.cl("apply", "-auto-approve", code=0)
    return desk


@pytest.fixture
def leaving(applied: Desk, gitlab: GitLab) -> Desk:
    """The desk, where the environment has the lock of the state "other"."""
    applied.environment |= variables(gitlab.settings("other"))
    return applied


def variables(settings: Mapping[str, object]) -> dict[str, str]:
    return {f"CL_HTTP_{name.upper()}": str(value) for name, value in settings.items() if name not in STORED}


def named(err: str, option: str) -> list[str]:
    """The arguments of the command with this option that a message names."""
    lines = " ".join(line.strip() for line in err.splitlines())
    words = lines[lines.index(f"cl init {option}") :].split()
    end = next((at for at, word in enumerate(words[3:], 3) if not word.startswith(("--", "'--"))), len(words))
    return shlex.split(" ".join(words[1:end]))


def has_state(gitlab: GitLab, name: str) -> bool:
    """Whether a state was written there; a document without one is what `cl init` tries."""
    return json.loads(gitlab.state(name).latest or b"{}").get("state") is not None


def stored(desk: Desk) -> object:
    return json.loads((desk.directory / ".cl" / "backend.json").read_text())["given"]


def test_a_setting_that_was_given_is_in_the_command_that_copies(leaving: Desk, gitlab: GitLab) -> None:
    address = f"{gitlab.url}/state/other"
    refused = leaving.cl("init", f"--backend-config=address={address}", code=1)
    assert "STA450" in refused.err
    leaving.cl(*named(refused.err, "--migrate-state"), code=0)
    assert stored(leaving) == {"address": address, "username": "ann"}
    assert has_state(gitlab, "other")


def test_a_setting_that_was_given_is_in_the_command_that_copies_nothing(leaving: Desk, gitlab: GitLab) -> None:
    address = f"{gitlab.url}/state/other"
    refused = leaving.cl("init", f"--backend-config=address={address}", code=1)
    leaving.cl(*named(refused.err, "--reconfigure"), code=0)
    assert stored(leaving) == {"address": address, "username": "ann"}
    assert not has_state(gitlab, "other")


def test_a_local_state_that_was_left_behind_follows_to_what_was_given(leaving: Desk, gitlab: GitLab) -> None:
    leaving.write(backend__hcl="")
    leaving.cl("init", "--migrate-state", code=0)
    (leaving.directory / ".cl" / "backend.json").unlink()
    leaving.write(backend__hcl=BACKEND)
    given = [f"--backend-config=address={gitlab.url}/state/other", "--backend-config=username=ann"]
    refused = leaving.cl("init", *given, code=1)
    assert "STA451" in refused.err
    assert named(refused.err, "--migrate-state") == ["init", "--migrate-state", *given]
    assert named(refused.err, "--reconfigure") == ["init", "--reconfigure", *given]
    leaving.cl(*named(refused.err, "--migrate-state"), code=0)
    assert has_state(gitlab, "other")


def test_nothing_to_copy_is_reported(applied: Desk) -> None:
    assert "No state was copied" in applied.cl("init", "--migrate-state", code=0).err


def test_a_user_who_unlocks_by_a_stale_id_sees_who_holds_the_lock(applied: Desk, gitlab: GitLab) -> None:
    gitlab.state().lock = {"ID": "the-newer-one", "Operation": "apply", "Who": "bob@laptop", "Created": ""}
    refused = applied.cl("force-unlock", "-force", "the-older-one", code=1).err
    assert "STA202" in refused
    assert "bob" in refused
    assert "is gone for good" in refused
