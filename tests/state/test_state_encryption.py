"""State at rest: only who has the key can read it, and going over to another key takes one write."""

from __future__ import annotations

import base64
import errno
import json
import os
import shlex
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from planner.address import Address
from planner.diagnostics import StateError
from planner.network.identity import VPC, Enablement
from planner.state import commands, encryption
from planner.state.encryption import Plain, Seal, cipher_from, is_sealed
from planner.state.format import dumps
from planner.state.load import load_state
from planner.state.model import State, StateObject
from planner.values import replace
from support.stores import FileStore

OLD = {"CL_ENCRYPTION_PASSPHRASE": "correct horse battery"}
NEW = {"CL_ENCRYPTION_KEY": base64.b64encode(bytes(range(32))).decode()}
BOTH = {**NEW, "CL_ENCRYPTION_FALLBACK_PASSPHRASE": OLD["CL_ENCRYPTION_PASSPHRASE"]}
OFF = {"CL_ENCRYPTION": "off", **{name.replace("ION_", "ION_FALLBACK_"): value for name, value in NEW.items()}}
PRINTED = {"CL_ENCRYPTION_COMMAND": shlex.join([sys.executable, "-c", "print('correct horse battery')"])}


@pytest.fixture(autouse=True)
def cheap_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encryption, "_SCRYPT", {"n": 2**4, "r": 8, "p": 1})


def state() -> State:
    address = Address(VPC, "secret-name")
    return State(objects={address: StateObject(address, Enablement("vpc-a"), {"vpc_id": "vpc-a"}, "mock")})


def refused(action: object, *arguments: object) -> str:
    with pytest.raises(StateError) as caught:
        action(*arguments)  # type: ignore[operator]
    assert caught.value.diagnostics[0].remedy
    return caught.value.diagnostics[0].code


@pytest.mark.parametrize("environment", [OLD, NEW, PRINTED])
def test_what_is_sealed_can_be_opened_with_the_same_key_only(environment: dict[str, str]) -> None:
    sealed = cipher_from(environment).seal("ü secret")
    assert is_sealed(sealed)
    assert "secret" not in sealed
    assert cipher_from(environment).open(sealed, "f") == ("ü secret", Seal.AS_ASKED)
    other = {"CL_ENCRYPTION_PASSPHRASE": "another passphrase"}
    assert refused(cipher_from(other).open, sealed, "f") == "STA141"
    assert refused(Plain().open, sealed, "f") == "STA140"


def test_nothing_is_sealed_twice_in_the_same_way() -> None:
    cipher = cipher_from(NEW)
    assert cipher.seal("x") != cipher.seal("x")


@pytest.mark.parametrize("part", ["key", "nonce", "data"])
def test_what_was_altered_is_refused(part: str) -> None:
    cipher = cipher_from(OLD)
    document = json.loads(cipher.seal("secret"))
    if part == "key":
        document["key"]["salt"] = base64.b64encode(bytes(16)).decode()
    else:
        altered = bytearray(base64.b64decode(document[part]))
        altered[0] ^= 1
        document[part] = base64.b64encode(altered).decode()
    assert refused(cipher.open, json.dumps(document, separators=(",", ":")), "f") == "STA141"


@pytest.mark.parametrize(
    "cost", [{"n": 2**40}, {"n": 3}, {"n": "x"}, {"salt": 1}, {"n": 2**17, "p": 100_000}, {"p": -1}, {"r": []}]
)
def test_a_file_cannot_ask_for_an_absurd_key(cost: dict[str, object]) -> None:
    cipher = cipher_from(OLD)
    document = json.loads(cipher.seal("secret"))
    document["key"].update(cost)
    assert refused(cipher.open, json.dumps(document, separators=(",", ":")), "f") == "STA141"


def test_what_was_cut_short_is_refused() -> None:
    cipher = cipher_from(NEW)
    sealed = cipher.seal("secret")
    for cut in range(len('{"cl_encrypted":'), len(sealed) - 2):
        assert refused(cipher.open, sealed[:cut], "f") == "STA142"


@pytest.mark.parametrize(
    "environment",
    [
        {"CL_ENCRYPTION_PASSPHRASE": "short"},
        {"CL_ENCRYPTION_KEY": "not base64"},
        {"CL_ENCRYPTION_KEY": base64.b64encode(bytes(16)).decode()},
        {"CL_ENCRYPTION_COMMAND": "/no/such/command"},
        {"CL_ENCRYPTION_COMMAND": "false"},
        {"CL_ENCRYPTION_COMMAND": "'"},
        {"CL_ENCRYPTION_COMMAND": "  "},
        {"CL_ENCRYPTION_COMMAND": "yes"},
        {"CL_ENCRYPTION_COMMAND": "sh -c 'yes >&2'"},
        {"CL_ENCRYPTION_COMMAND": "printf 'correct horse battery \\377'"},
        {"CL_ENCRYPTION_COMMAND": "\0"},
        {"CL_ENCRYPTION_PASSPHRASE": "correct horse battery \udcff"},
        {**OLD, **NEW},
        {**OLD, "CL_ENCRYPTION": "off"},
        {"CL_ENCRYPTION": "no"},
        {"CL_ENCRYPTION_PASSPHRASE": ""},
        {"CL_ENCRYPTION_KEY": ""},
        {"CL_ENCRYPTION_COMMAND": " "},
        {**OLD, "CL_ENCRYPTION_FALLBACK_KEY": ""},
    ],
)
def test_a_key_that_cannot_be_used_is_reported(environment: dict[str, str]) -> None:
    assert refused(cipher_from, environment) == "STA143"


def test_a_command_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "_SECONDS", 0.2)
    for command in ("sleep 60", "sh -c 'exec >&- 2>&-; exec sleep 60'"):
        assert refused(cipher_from, {"CL_ENCRYPTION_COMMAND": command}) == "STA143"


def test_a_command_that_needs_a_shell_is_shown_how_to_have_one() -> None:
    with pytest.raises(StateError) as caught:
        cipher_from({"CL_ENCRYPTION_COMMAND": "false | cat"})
    assert "sh -c '…'" in str(caught.value.diagnostics[0].remedy)
    sealed = cipher_from(OLD).seal("x")
    with_shell = {"CL_ENCRYPTION_COMMAND": "sh -c 'word=battery; echo correct horse $word | cat'"}
    assert cipher_from(with_shell).open(sealed, "f")[0] == "x"


def test_a_command_that_leaves_a_process_with_its_outputs_open_has_still_ended(tmp_path: Path) -> None:
    left = tmp_path / "left"
    agent = {"CL_ENCRYPTION_COMMAND": f"sh -c 'sleep 600 & echo $! > {left}; echo correct horse battery'"}
    assert cipher_from(agent).open(cipher_from(OLD).seal("x"), "f")[0] == "x"
    os.kill(int(left.read_text()), signal.SIGKILL)  # which is an error where it has ended


def test_a_state_goes_over_to_encryption_and_from_key_to_key(tmp_path: Path) -> None:
    path = tmp_path / "cl.state.json"
    plain = FileStore(path).write(state(), operation="apply")

    old = FileStore(path, cipher_from(OLD))
    assert old.write(old.read(), operation="apply") == plain
    assert "secret-name" not in path.read_text() + old.backup_path.read_text()
    assert refused(FileStore(path).read) == "STA140"

    both = FileStore(path, cipher_from(BOTH))
    assert both.write(both.read(), operation="apply") == plain

    assert FileStore(path, cipher_from(NEW)).read() == plain
    assert refused(old.read) == "STA141"
    assert load_state(both.backup_path, cipher_from(NEW)) == plain


def test_the_journal_of_an_encrypted_state_is_encrypted(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "cl.state.json", cipher_from(OLD))
    plan: Any = {"plan_id": "p", "lineage": "", "steps": [], "resource_changes": ["secret-name"]}
    with store.left_behind(plan):
        pass
    assert "secret-name" not in store.journal_path.read_text()
    found = store.read_journal()
    assert found is not None
    assert found.plan == plan
    assert refused(FileStore(store.path).read_journal) == "STA140"


def test_what_is_encrypted_otherwise_is_reported_and_rewritten_with_the_backup_it_had(tmp_path: Path) -> None:
    path = tmp_path / "cl.state.json"
    plain = FileStore(path)
    first = plain.write(state(), operation="apply")
    second = plain.write(replace(first, applied_plans=("p",)), operation="apply")
    for environment, seal in ((OLD, "not encrypted"), (BOTH, "with the fallback key"), (OFF, "with the fallback key")):
        store = FileStore(path, cipher_from(environment))
        pending, done = store.to_reseal(), store.reseal()
        assert pending is not None
        assert done is not None
        assert seal in pending.detail
        assert seal in done.detail
        assert store.to_reseal() is None
        assert store.reseal() is None
        assert FileStore(path, cipher_from(environment)).read() == second
        assert load_state(store.backup_path, cipher_from(environment)) == first
        assert is_sealed(path.read_text()) is is_sealed(store.backup_path.read_text()) is store.encrypts
    assert plain.read() == second


def test_a_key_that_is_merely_missing_does_not_remove_the_encryption(tmp_path: Path) -> None:
    FileStore(tmp_path / "s", cipher_from(OLD)).write(state(), operation="apply")
    only_fallback = {name: value for name, value in BOTH.items() if name not in NEW}
    assert refused(FileStore(tmp_path / "s", cipher_from(only_fallback)).reseal) == "STA140"
    wrong = {"CL_ENCRYPTION": "off", "CL_ENCRYPTION_FALLBACK_PASSPHRASE": "another passphrase"}
    assert refused(FileStore(tmp_path / "s", cipher_from(wrong)).reseal) == "STA141"


def test_where_the_disk_is_full_the_state_stays_as_it_is_encrypted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "cl.state.json"
    before = FileStore(path).write(state(), operation="apply")
    monkeypatch.setattr("planner.state.backends.local.held.write_whole", _full)
    assert refused(FileStore(path, cipher_from(OLD)).reseal) == "STA111"
    assert FileStore(path).read() == before


def _full(_path: Path, _text: str) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_an_encrypted_state_that_was_altered_is_put_aside_for_a_backup_that_the_key_opens(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "s.json", cipher_from(NEW))
    first = store.write(state(), operation="apply")
    store.write(replace(first, applied_plans=("p",)), operation="apply")
    text = store.path.read_text()
    store.path.write_text(text.replace(text[-20:-12], "AAAAAAAA"))
    with pytest.raises(StateError) as caught:
        store.read()
    [problem] = caught.value.diagnostics
    assert problem.code == "STA141"
    aside, push = str(problem.remedy).rpartition("If it was altered: ")[2].split(" && ")
    assert shlex.split(push) == ["cl", "state", "push", str(store.backup_path)]
    _, old, new = shlex.split(aside)
    Path(old).rename(new)
    pushed = store.push(first)
    assert replace(pushed, serial=1) == first
    assert pushed.serial == 3, "beyond what is kept of the altered one"


def test_serial_and_lineage_stand_in_clear_beside_a_sealed_state_and_cannot_be_altered(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "s.json", cipher_from(NEW))
    first = store.write(state(), operation="apply")
    text = store.path.read_text()
    document = json.loads(text)
    assert (document["serial"], document["lineage"]) == (first.serial, first.lineage)
    assert "secret-name" not in text
    for altered in ({"serial": 2}, {"lineage": "another"}, {"cl_encrypted": 1}):
        store.path.write_text(json.dumps({**document, **altered}, separators=(",", ":")))
        assert refused(store.read) == "STA141"
    store.path.write_text(text.replace('"serial":1,', ""))
    assert refused(store.read) == "STA142"


def test_a_state_that_an_earlier_release_sealed_is_read_and_written_as_now(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "s.json", cipher_from(NEW))
    first = store.write(state(), operation="apply")
    store.path.write_text(cipher_from(NEW).seal(dumps(first)))
    assert store.read() == first
    store.write(replace(first, applied_plans=("p",)), operation="apply")
    assert json.loads(store.path.read_text())["serial"] == 2


def test_a_state_that_goes_over_to_another_key_keeps_what_is_in_clear(tmp_path: Path) -> None:
    first = FileStore(tmp_path / "s.json").write(state(), operation="apply")
    FileStore(tmp_path / "s.json", cipher_from(NEW)).reseal()
    for path in (tmp_path / "s.json", tmp_path / "s.json.backup"):
        document = json.loads(path.read_text())
        assert (document["serial"], document["lineage"]) == (first.serial, first.lineage)
    [version] = (tmp_path / "s.json.history").iterdir()
    assert "secret-name" not in version.read_text()
