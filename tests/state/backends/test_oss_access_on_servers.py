"""Who may use a bucket, with which keys, how objects are made there, and what is said where that fails."""

from __future__ import annotations

import json
import socket
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from planner.diagnostics import Diagnostic, StateError
from planner.state.backends.oss import objects as objects_module
from planner.state.backends.oss import opening
from planner.state.backends.patience import Patience
from support.backends import ignore, refusal, version
from support.oss_places import OssSpot, opened
from support.oss_server import KEYS, READER, TEMPORARY, Oss, Running

SECRETS = [who[name] for who in (KEYS, READER, TEMPORARY) for name in who if name != "ALICLOUD_ACCESS_KEY"]


@pytest.fixture
def spot() -> Iterator[OssSpot]:
    running = Running(Oss())
    yield OssSpot(running)
    running.stop()


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A backend that cannot be reached is given up after two seconds."""
    monkeypatch.setattr(opening, "Patience", partial(Patience, seconds=2.0))


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reply is waited for two seconds."""
    monkeypatch.setattr(objects_module, "QUICK", 2.0)
    monkeypatch.setattr(objects_module, "PATIENT", 2.0)
    monkeypatch.setattr(opening, "_CONNECT", 2.0)
    monkeypatch.setattr(opening, "QUICK", 2.0)


def problem_of(act: Callable[[], object]) -> Diagnostic:
    """The one problem of an act. No secret is in it, nor in the traceback, nor anything that a terminal obeys."""
    with pytest.raises(StateError) as caught:
        act()
    (problem,) = caught.value.diagnostics
    said = "".join(traceback.format_exception(caught.value)) + str(problem)
    assert not [secret for secret in SECRETS if secret in said]
    assert "\x1b" not in problem.detail
    return problem


def write(spot: OssSpot, keys: Mapping[str, str] = KEYS, **more: Any) -> None:
    with spot.place(keys=keys, **more).lock("apply", 0, ignore) as held:
        held.begin(b"plan\n")
        held.write("state 1", version(1), None)
        held.end_journal()


@pytest.mark.usefixtures("soon")
def test_a_server_that_is_away_is_said_to_be(spot: OssSpot) -> None:
    problem = problem_of(spot.place(1).read)
    assert problem.code == "STA446"
    assert f"{spot.key} at 127.0.0.1:1: no reply (Connection refused)" in problem.detail


@pytest.mark.usefixtures("soon", "hasty")
def test_a_server_that_answers_nothing_is_as_good_as_away(spot: OssSpot) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        problem = problem_of(spot.place(silent.getsockname()[1]).read)
    assert problem.code == "STA446"
    assert "no reply (timed out)" in problem.detail


@pytest.mark.usefixtures("soon")
def test_a_name_that_no_server_has_is_said_to_be(spot: OssSpot) -> None:
    assert problem_of(spot.place(endpoint="http://no-such-host.invalid").read).code == "STA446"


def test_a_region_that_is_not_the_buckets_is_no_question_of_keys(spot: OssSpot) -> None:
    problem = problem_of(spot.place(region="cn-beijing").read)
    assert problem.code == "STA447"
    assert str(problem.remedy) == "Check the settings region and endpoint."


def test_a_user_who_may_only_read_reads(spot: OssSpot) -> None:
    write(spot)
    found = spot.place(keys=READER).read()
    assert found is not None
    assert found.text == "state 1"
    problem = problem_of(lambda: write(spot, READER))
    assert problem.code == "STA447"
    assert "403, AccessDenied: You have no right" in problem.detail


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ({**KEYS, "ALICLOUD_SECRET_KEY": READER["ALICLOUD_SECRET_KEY"]}, "SignatureDoesNotMatch"),
        ({**KEYS, "ALICLOUD_ACCESS_KEY": "LTAI-of-nobody"}, "InvalidAccessKeyId"),
        ({**TEMPORARY, "ALICLOUD_SECURITY_TOKEN": "another-SECRET-token"}, "InvalidSecurityToken"),
    ],
)
def test_keys_that_are_not_known_are_denied(spot: OssSpot, keys: Mapping[str, str], code: str) -> None:
    problem = problem_of(spot.place(keys=keys).read)
    assert problem.code == "STA447"
    assert code in problem.detail


def test_keys_may_be_temporary_and_of_the_block(spot: OssSpot) -> None:
    write(spot, TEMPORARY)
    settings: dict[str, Any] = {
        "access_key": TEMPORARY["ALICLOUD_ACCESS_KEY"],
        "secret_key": TEMPORARY["ALICLOUD_SECRET_KEY"],
        "security_token": TEMPORARY["ALICLOUD_SECURITY_TOKEN"],
    }
    assert spot.place(keys={}, **settings).read() is not None


def test_keys_may_be_of_a_profile(spot: OssSpot, tmp_path: Path) -> None:
    write(spot)
    keys = {"access_key_id": KEYS["ALICLOUD_ACCESS_KEY"], "access_key_secret": KEYS["ALICLOUD_SECRET_KEY"]}
    config = {"current": "other", "profiles": [{"name": "team", "mode": "AK", **keys}]}
    file = tmp_path / ".aliyun" / "config.json"
    file.parent.mkdir()
    file.write_text(json.dumps(config))
    assert spot.place(keys={"HOME": str(tmp_path)}, profile="team").read() is not None
    relative = spot.settings(profile="team", shared_credentials_file=".aliyun/config.json")
    assert opened(relative, {}, tmp_path).place("default").read() is not None
    for profile in ("other", "none"):
        problem = problem_of(spot.place(keys={"HOME": str(tmp_path)}, profile=profile).read)
        assert problem.code == "STA447"
        assert f'the profile "{profile}" of {file} gave no credentials' in problem.detail


@pytest.mark.usefixtures("soon")
def test_a_role_that_gives_nothing_is_said_to(spot: OssSpot) -> None:
    role = {"role_arn": "acs:ram::1:role/states", "policy": "a-policy"}
    problem = problem_of(spot.place(assume_role=role, sts_endpoint="https://127.0.0.1:1/").read)
    assert problem.code == "STA447"
    assert "the role acs:ram::1:role/states, asked for with the access key, gave no credentials" in problem.detail
    assert "a-policy" not in problem.detail


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({}, "ALICLOUD_ACCESS_KEY"),
        ({"ALICLOUD_ACCESS_KEY": "LTAI"}, "ALICLOUD_SECRET_KEY"),
        ({"ALICLOUD_SECRET_KEY": "s"}, "ALICLOUD_ACCESS_KEY"),
        ({"ALIBABA_CLOUD_ACCESS_KEY_ID": "a", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "b"}, "ALICLOUD_ACCESS_KEY"),
    ],
)
def test_without_keys_the_variables_are_named(
    spot: OssSpot, environment: Mapping[str, str], named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    problem = problem_of(lambda: spot.open(keys=environment))
    assert problem.code == "STA443"
    assert named in problem.remedy.text


def test_objects_are_made_as_the_settings_say(spot: OssSpot) -> None:
    write(spot, acl="private", encrypt=True)
    made = [versions[-1].headers for key, versions in spot.oss.objects.items() if ".probe" not in key]
    assert len(made) == 3
    for headers in made:
        assert headers["x-oss-object-acl"] == "private"
        assert headers["x-oss-server-side-encryption"] == "AES256"
    other = OssSpot(spot.running)
    write(other)
    for key in ("", ".lock", ".history/1"):
        headers = spot.oss.objects[other.key + key][-1].headers
        assert not {"x-oss-object-acl", "x-oss-server-side-encryption"} & set(headers)


def test_settings_of_tablestore_are_accepted(spot: OssSpot) -> None:
    settings: dict[str, Any] = {f"tablestore_{name}": "x" for name in ("endpoint", "instance_name", "table")}
    write(spot, **settings)


def test_a_bucket_that_is_not_there_is_said_not_to_be(spot: OssSpot) -> None:
    problem = problem_of(spot.place(bucket="another-bucket").read)
    assert problem.code == "STA466"
    assert "another-bucket" in problem.detail


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bucket", "A_Bucket"),
        ("bucket", "a/b"),
        ("key", "/cl.json"),
        ("key", "a/../b"),
        ("key", "ü" * 151),
        ("prefix", ""),
        ("region", "cn hangzhou"),
        ("endpoint", "ftp://oss"),
        ("endpoint", "https://user:pass@oss"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_before_anything_is_asked(spot: OssSpot, name: str, value: str) -> None:
    settings: dict[str, Any] = {name: value}
    problem = problem_of(lambda: spot.open(**settings))
    assert problem.code == "STA442"
    assert f'"{name}"' in problem.detail
    assert "pass@" not in problem.detail
    assert spot.oss.asked == []


@pytest.mark.parametrize("library", ["alibabacloud_oss_v2", "alibabacloud_credentials.provider"])
def test_a_missing_library_is_named_with_what_installs_it(
    spot: OssSpot, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with refusal("STA445") as problems:
        spot.open()
    assert "classiclink-planner[oss]" in problems[0].remedy.text


def test_other_workspaces_are_below_the_prefix(spot: OssSpot) -> None:
    backend = spot.open(prefix="workspaces")
    backend.make("staging")
    assert backend.workspaces() == ["staging"]
    assert spot.oss.keys("workspaces/") == [f"workspaces/staging/{spot.key}.lock"]
    assert backend.fingerprint == {
        "type": "oss",
        "bucket": "a-bucket",
        "prefix": "workspaces",
        "key": spot.key,
        "endpoint": f"http://127.0.0.1:{spot.running.port}",
    }


def test_more_versions_than_a_page_of_a_list_are_found(spot: OssSpot) -> None:
    for serial in range(1005):
        spot.oss.put(f"{spot.key}.history/{serial}", b"x", {})
    assert len(spot.place()._objects.keys(f"{spot.key}.history")) == 1005


def test_the_remedy_for_a_journal_that_cannot_be_used_keeps_it(spot: OssSpot) -> None:
    lock = f"oss://a-bucket/{spot.key}.lock"
    said = spot.place().journal_away.text
    assert f"ossutil cp --endpoint http://127.0.0.1:{spot.running.port} {lock} {lock}.damaged" in said
    assert "ossutil rm" in said


def test_a_lock_grows_slowly(spot: OssSpot) -> None:
    with spot.place().lock("apply", 0, ignore) as held:
        before = len(spot.oss.data(f"{spot.key}.lock"))
        held._renew()
        assert len(spot.oss.data(f"{spot.key}.lock")) - before < 600
