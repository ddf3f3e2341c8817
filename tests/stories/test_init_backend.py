"""`cl init` and the backend: what is checked, stored and recorded, and who is stopped by it."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.desk import Desk
from support.gitlab_state import TOKEN, GitLab, serving
from support.story_estates import PROVIDER, attach, enable, instances, vpc

BACKEND = 'cl {\n  backend "http" {}\n}\n'
OBJECTS = enable("shop", "vpc-a") + attach("web", "i-0001", "vpc-a")


@pytest.fixture
def gitlab() -> Iterator[GitLab]:
    with serving() as found:
        yield found


@pytest.fixture
def ready(desk: Desk) -> Desk:
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(1))
    desk.write(main__hcl=PROVIDER + OBJECTS)
    return desk


def variables(gitlab: GitLab, name: str = "web") -> dict[str, str]:
    """The environment of a pipeline."""
    return {f"CL_HTTP_{key.upper()}": str(value) for key, value in gitlab.settings(name).items()}


def files(desk: Desk) -> dict[str, str]:
    """What is in every file of the directory."""
    found = (path for path in desk.directory.rglob("*") if path.is_file())
    return {str(path.relative_to(desk.directory)): path.read_text(errors="replace") for path in found}


def test_a_pipeline_needs_no_init(ready: Desk, gitlab: GitLab) -> None:
    ready.write(backend__hcl=BACKEND)
    ready.environment |= variables(gitlab)
    ready.cl("apply", "-auto-approve", code=0)
    assert gitlab.state().latest is not None
    assert gitlab.state().lock is None
    assert ready.state_addresses() == ["classiclink_attachment.web", "classiclink_vpc.shop"]
    assert not [name for name in files(ready) if name.startswith("cl.state")]


def test_a_runner_without_a_disk_goes_on_where_the_last_one_ended(ready: Desk, gitlab: GitLab, tmp_path: Path) -> None:
    ready.write(backend__hcl=BACKEND)
    ready.environment |= variables(gitlab)
    ready.cl("apply", "-auto-approve", code=0)
    other = Desk(tmp_path / "other")
    other.directory.mkdir()
    for name in ("main.hcl", "backend.hcl", "world.json"):
        (other.directory / name).write_text((ready.directory / name).read_text())
    other.environment = ready.environment
    assert "No changes" in other.cl("plan", code=0).out


def test_what_is_missing_names_the_variable(ready: Desk) -> None:
    ready.write(backend__hcl=BACKEND)
    for command in (("plan",), ("state", "list"), ("init",)):
        err = ready.cl(*command, code=1).err
        assert "STA443" in err
        assert "CL_HTTP_ADDRESS" in err


def test_init_stores_settings_that_are_no_secret(ready: Desk, gitlab: GitLab) -> None:
    ready.write(backend__hcl=BACKEND)
    settings = gitlab.settings()
    rest = "".join(
        f'{name} = "{settings[name]}"\n' for name in ("lock_address", "lock_method", "unlock_method", "username")
    )
    ready.write(test__conf=rest)
    ready.environment["CL_HTTP_PASSWORD"] = TOKEN
    ended = ready.cl("init", f"-backend-config=address={settings['address']}", "-backend-config=test.conf", code=0)
    assert "Ready." in ended.out
    assert f"Backend: http, {settings['address']}\n" in ended.out
    recorded = ready.directory / ".cl" / "backend.json"
    assert stat.S_IMODE(recorded.stat().st_mode) == 0o600
    assert json.loads(recorded.read_text())["given"]["username"] == "ann"
    assert TOKEN not in "".join(files(ready).values())
    ready.cl("apply", "-auto-approve", code=0)
    assert gitlab.state().latest is not None
    ready.cl("init", "-backend-config=retry_max=1", code=0)
    assert json.loads(recorded.read_text())["given"]["address"] == settings["address"], "what was stored stays"


def test_a_secret_is_not_stored(ready: Desk, gitlab: GitLab) -> None:
    ready.write(backend__hcl=BACKEND, secret__conf=f'password = "{TOKEN}"\n')
    ready.environment |= variables(gitlab)
    for option in (f"password={TOKEN}", "secret.conf"):
        err = ready.cl("init", f"-backend-config={option}", code=1).err
        assert "STA444" in err
        assert "CL_HTTP_PASSWORD" in err
        assert TOKEN not in err
    assert not (ready.directory / ".cl").exists()


def test_a_wrong_value_is_blamed_on_the_option_that_gave_it(ready: Desk, gitlab: GitLab) -> None:
    ready.write(backend__hcl=BACKEND)
    ready.environment |= variables(gitlab)
    for option in ("retry_max=many", "update_method=P OST", "retries=3"):
        err = ready.cl("init", f"-backend-config={option}", code=1).err
        assert "--backend-config" in err, option
        assert "backend.hcl" not in err
    assert not (ready.directory / ".cl").exists()


def test_a_file_of_settings_is_quoted_in_no_message(ready: Desk, gitlab: GitLab) -> None:
    ready.write(backend__hcl=BACKEND, secret__hcl_=f'password = "{TOKEN}" "\n')
    (ready.directory / "secret.hcl_").rename(ready.directory / "secret.conf.hcl.txt")
    ready.environment |= variables(gitlab)
    err = ready.cl("init", "-backend-config=secret.conf.hcl.txt", code=1).err
    assert TOKEN not in err


def test_another_backend_than_the_recorded_one_stops_every_command(ready: Desk, gitlab: GitLab) -> None:
    ready.write(backend__hcl=BACKEND)
    ready.environment |= variables(gitlab)
    ready.cl("init", code=0)
    ready.environment |= variables(gitlab, "other")
    for command in ("init", "plan", "apply -auto-approve", "drift", "state list", "output", "workspace list", "show"):
        err = ready.cl(*command.split(), code=1).err
        assert "STA450" in err, command
        assert "/state/other" in err
        assert "init --migrate-state" in err
    ready.cl("init", "-reconfigure", code=0)
    ready.cl("plan", code=0)
    ready.write(backend__hcl="")
    said = " ".join(ready.cl("plan", code=1).err.split())
    assert 'The type was "http", and is "local" now' in said


def test_a_local_state_is_not_left_behind_without_a_word(ready: Desk, gitlab: GitLab) -> None:
    ready.cl("apply", "-auto-approve", code=0)
    ready.write(backend__hcl=BACKEND)
    ready.environment |= variables(gitlab)
    for command in ("init", "plan", "state list", "apply -auto-approve"):
        err = ready.cl(*command.split(), code=1).err
        assert "STA451" in err, command
        assert "cl.state.json" in err
    ready.cl("init", "-reconfigure", code=0)
    assert "2 adopted" in ready.cl("plan", code=0).out


def test_a_local_state_that_manages_nothing_or_was_taken_along_is_no_problem(ready: Desk, gitlab: GitLab) -> None:
    ready.cl("apply", "-auto-approve", code=0)
    pulled = ready.cl("state", "pull", code=0).out
    ready.write(backend__hcl=BACKEND, pulled__json=pulled)
    ready.environment |= variables(gitlab)
    ready.cl("init", "-reconfigure", code=0)
    ready.cl("state", "push", "pulled.json", code=0)
    (ready.directory / ".cl" / "backend.json").unlink()
    ready.cl("plan", code=0)
    ready.write(backend__hcl="")
    ready.cl("destroy", "-auto-approve", code=0)
    gitlab.states.clear()
    ready.write(backend__hcl=BACKEND)
    ready.cl("plan", code=0)


def test_a_local_backend_is_recorded_where_one_was(ready: Desk, gitlab: GitLab) -> None:
    ready.cl("init", code=0)
    assert not (ready.directory / ".cl" / "backend.json").exists()
    ready.write(backend__hcl=BACKEND)
    ready.environment |= variables(gitlab)
    ready.cl("init", code=0)
    ready.write(backend__hcl="")
    ready.cl("init", "-reconfigure", code=0)
    ready.write(backend__hcl=BACKEND)
    assert "STA450" in ready.cl("plan", code=1).err


def test_a_recorded_backend_that_cannot_be_read_is_not_guessed(ready: Desk, gitlab: GitLab) -> None:
    ready.write(backend__hcl=BACKEND)
    ready.environment |= variables(gitlab)
    ready.cl("init", code=0)
    for text in ("{", "[]", '{"given": {}, "settings": {}, "fingerprint": {}}'):
        (ready.directory / ".cl" / "backend.json").write_text(text)
        assert "STA457" in ready.cl("plan", code=1).err
    ready.cl("init", "-reconfigure", code=0)
    ready.cl("plan", code=0)


def test_init_says_what_the_server_does_not_do(ready: Desk, gitlab: GitLab) -> None:
    ready.write(backend__hcl=BACKEND)
    ready.environment |= variables(gitlab) | {"CL_HTTP_PASSWORD": "wrong-hunter2"}
    err = ready.cl("init", code=1).err
    assert "STA447" in err
    assert "hunter2" not in err
    assert not (ready.directory / ".cl").exists()


def test_init_names_who_holds_the_lock_that_it_could_not_try(ready: Desk, gitlab: GitLab) -> None:
    ready.write(backend__hcl=BACKEND)
    ready.environment |= variables(gitlab)
    gitlab.state().lock = {"ID": "of-bob", "Who": "bob", "Created": "2026-01-02T03:04:05Z"}
    ended = ready.cl("init", code=0)
    said = " ".join(ended.err.split())
    assert "Warning: State is locked STA201" in said
    assert "is held by bob since 2026-01-02T03:04:05Z" in said
    assert "was not tried" in said
    assert "cl force-unlock of-bob" in said
    assert "Ready." in ended.out


def test_there_are_no_other_workspaces(ready: Desk, gitlab: GitLab) -> None:
    ready.write(backend__hcl=BACKEND)
    ready.environment |= variables(gitlab)
    assert ready.cl("workspace", "list", code=0).out.split() == ["*", "default"]
    assert "STA428" in ready.cl("workspace", "new", "test", code=1).err
    assert "STA428" in ready.cl("plan", code=1, CL_WORKSPACE="test").err
    assert ready.cl("workspace", "show", code=0).out.strip() == "default"


def test_no_secret_is_in_a_plan_a_file_or_a_log(ready: Desk, gitlab: GitLab) -> None:
    address = str(gitlab.settings()["address"]).replace("://", f"://ann:{TOKEN}@")
    ready.write(
        backend__hcl='variable "token" {\n  sensitive = true\n}\ncl {\n  backend "http" {\n'
        f'    address  = "{address}"\n    password = var.token\n    headers  = {{ X-Token = var.token }}\n  }}\n}}\n'
    )
    ready.environment |= {"CL_VAR_token": TOKEN, "CL_LOG": "debug", "CL_HTTP_USERNAME": "ann"}
    backend = (ready.directory / "backend.hcl").read_text()
    said = [ready.cl("init", code=0), ready.cl("plan", "-out=p.json", "-o", "html=p.html", code=0)]
    said.append(ready.cl("plan", "-json", code=0))
    gitlab.state().versions[99] = b"<html>"
    said.append(ready.cl("plan", code=1))
    del gitlab.state().versions[99]
    said.append(ready.cl("apply", "p.json", code=0))
    texts = [*(ended.out + ended.err for ended in said), *(text for text in files(ready).values() if text != backend)]
    assert TOKEN not in "".join(texts)
    assert TOKEN not in b"".join(gitlab.state().versions.values()).decode()
