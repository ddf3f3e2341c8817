"""The commands that work on states, and encryption, on every backend with its real server."""

from __future__ import annotations

import base64
import json
import re
import signal
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from support.backends import Spot
from support.runners import Runner
from support.story_estates import attach, enable, instances, vpc

NOTHING: Mapping[str, str] = {}
KEY = {"CL_ENCRYPTION_KEY": base64.b64encode(b"k" * 32).decode()}
OTHER = {"CL_ENCRYPTION_KEY": base64.b64encode(b"o" * 32).decode()}


def runner_on(spot: Spot, directory: Path, count: int = 2, environment: Mapping[str, str] = NOTHING) -> Runner:
    """A runner whose configuration links so many instances."""
    cloud = directory / "cloud"
    if not cloud.exists():
        cloud.mkdir()
        world = {"format_version": "1.0", "account_id": "1001", "vpcs": [vpc("vpc-a")], "instances": instances(9)}
        (cloud / "world.json").write_text(json.dumps(world))
    made = directory / f"runner-{len(list(directory.iterdir()))}"
    made.mkdir()
    provider = f'provider "mock" {{\n  world = "{cloud}/world.json"\n  call_log = "{cloud}/calls.jsonl"\n}}\n'
    links = "".join(attach(f"web{number}", f"i-{number:04}", "vpc-a") for number in range(1, count + 1))
    (made / "main.hcl").write_text(spot.block + provider + enable("shop", "vpc-a") + links)
    return Runner(made, cloud, spot, environment)


def done(runner: Runner, *arguments: str, code: int = 0) -> str:
    found, said = runner.cl(*arguments)
    assert found == code, said
    assert "bug in cl" not in said
    return said


def kept(spot: Spot) -> list[str]:
    """Every text that the backend keeps."""
    place = spot.open().place("default")
    found = place.read()
    versions = [place.version(one.serial) for one in place.history()] if spot.has("history") else []
    return [found.text if found else "", *versions]


def test_what_is_encrypted_leaves_the_process_sealed(spot: Spot, tmp_path: Path) -> None:
    short = spot.but(lease="3s") if spot.has("lease") else spot
    runner = runner_on(short, tmp_path, environment=KEY)
    done(runner, "apply", "--auto-approve")
    assert not [text for text in kept(spot) if "i-0001" in text]
    grown = runner_on(short, tmp_path, 6, KEY)
    code, said = grown.cl("apply", "--auto-approve", "--parallelism=1", point=9)
    assert code == -signal.SIGKILL, said
    records = spot.open().place("default").journal()
    assert records is not None
    assert b"i-000" not in records.data
    if not short.has("lease") and not spot.server.is_free_at_once:
        spot.steal("default")
    done(grown, "apply", "--auto-approve", "--lock-timeout=300s")
    assert not [text for text in kept(spot) if "i-000" in text]
    assert "No changes" in done(grown, "plan")
    assert "STA14" in done(replace(grown, environment={}), "plan", code=1)
    changed = {**OTHER, "CL_ENCRYPTION_FALLBACK_KEY": KEY["CL_ENCRYPTION_KEY"]}
    done(replace(grown, environment=changed), "refresh", "--auto-approve")
    assert "No changes" in done(replace(grown, environment=OTHER), "plan")
    if spot.has("history"):
        done(replace(grown, environment=OTHER), "state", "rollback", "1", "--auto-approve")


def test_workspaces_have_states_of_their_own(spot: Spot, tmp_path: Path) -> None:
    spot.needs("workspaces")
    runner = runner_on(spot, tmp_path)
    done(runner, "workspace", "new", "prüfung")
    done(runner, "apply", "--auto-approve")
    other = runner_on(spot, tmp_path)
    assert [line.strip("* ") for line in done(other, "workspace", "list").splitlines()[:2]] == ["default", "prüfung"]
    assert "web1" not in done(other, "state", "list")
    done(other, "workspace", "select", "prüfung")
    assert "web1" in done(other, "state", "list")
    done(runner, "workspace", "select", "default")
    done(runner, "workspace", "delete", "prüfung", code=1)
    done(runner, "workspace", "delete", "--force", "prüfung")
    assert "prüfung" not in done(runner, "workspace", "list")
    assert spot.open().place("prüfung").read() is None


def test_the_history_is_reported_and_gone_back_in(spot: Spot, tmp_path: Path) -> None:
    spot.needs("history")
    runner = runner_on(spot, tmp_path)
    done(runner, "apply", "--auto-approve")
    done(runner, "state", "rm", "classiclink_attachment.web2")
    said = json.loads(re.sub(r"\n\d+\s*$", "", done(runner, "state", "history", "--json")))
    assert [(one["serial"], one["operation"], one["steps"]) for one in said["versions"]] == [
        (2, "state rm", 0),
        (1, "apply", 3),
    ]
    done(runner, "state", "rollback", "1", "--auto-approve")
    assert "web2" in done(runner_on(spot, tmp_path), "state", "list")


def test_a_lock_is_removed_by_its_id_where_its_holder_is_gone(spot: Spot, tmp_path: Path) -> None:
    spot.needs("holder")
    runner = runner_on(spot, tmp_path)
    place = spot.open().place("default")
    with place.lock("apply", 5, lambda _problem: None) as held:
        said = done(runner, "apply", "--auto-approve", code=1)
        assert "STA201" in said
        assert held.info.id in said
        assert "STA204" in done(runner, "force-unlock", "--force", held.info.id, code=1)
        assert "STA202" in done(runner, "force-unlock", "--force", "another-id", code=1)
        held.check()
    done(runner, "apply", "--auto-approve")


def test_commands_that_only_look_take_no_lock(spot: Spot, tmp_path: Path) -> None:
    runner = runner_on(spot, tmp_path)
    done(runner, "apply", "--auto-approve")
    with spot.open().place("default").lock("apply", 5, lambda _problem: None):
        done(runner, "plan")
        done(runner, "drift")
