"""The history of the state, and the way back to one that was written before."""

from __future__ import annotations

import pytest

from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instances, vpc

KEY = {"CL_ENCRYPTION_PASSPHRASE": "correct horse battery"}
LINK = "classiclink_attachment.web"


@pytest.fixture
def applied(desk: Desk) -> Desk:
    """A state of two objects at serial 1, of which one was forgotten at serial 2."""
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(2))
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-a") + attach("web", "i-0001", "vpc-a"))
    desk.cl("apply", "-auto-approve", code=0)
    desk.cl("state", "rm", LINK, code=0)
    return desk


def test_the_history_says_who_wrote_what_with_which_plan(applied: Desk) -> None:
    document = applied.cl("state", "history", "-json", code=0).json
    second, first = document["versions"]
    assert document["workspace"] == "default"
    assert (second["serial"], second["operation"], second["plan_id"], second["steps"]) == (2, "state rm", None, 0)
    assert (first["serial"], first["operation"], first["steps"]) == (1, "apply", 2)
    text = applied.cl("state", "history", code=0).out
    assert f"plan {first['plan_id']}: 2 steps done" in text
    assert first["who"] in text
    applied.cl("apply", "-auto-approve", code=0)
    applied.cl("destroy", "-auto-approve", code=0)
    assert applied.cl("state", "history", "-json", code=0).json["versions"][0]["operation"] == "destroy"


def test_going_back_writes_a_version_again_with_a_new_serial(applied: Desk) -> None:
    before = applied.contents("cl.state")
    would = applied.cl("state", "rollback", "1", "-dry-run", code=0)
    assert "would have serial 3" in would.err
    assert "1 added, 0 forgotten" in would.err
    assert "Nothing was done." in applied.cl("state", "rollback", "1", stdin="no\n", code=1).err
    assert applied.contents("cl.state") == before
    refused = applied.cl("state", "rollback", "1", stdin="yes\n", code=1, CL_INPUT="0").err
    assert "STA411" in refused
    assert "To go on without a question: --auto-approve." in refused
    lineage = applied.cl("state", "history", "-json", code=0).json["versions"][0]["lineage"]
    applied.cl("state", "rollback", "1", stdin="yes\n", code=0)
    newest = applied.cl("state", "history", "-json", code=0).json["versions"][0]
    assert (newest["serial"], newest["lineage"], newest["operation"]) == (3, lineage, "state rollback 1")
    assert "cl state rollback 1" in applied.cl("state", "history", code=0).out
    assert LINK in applied.state_addresses()
    assert "No changes" in applied.cl("plan", code=0).out
    assert "already" in applied.cl("state", "rollback", "1", "-auto-approve", code=0).err
    assert len(applied.cl("state", "history", "-json", code=0).json["versions"]) == 3


def test_a_version_that_is_not_kept_is_refused(applied: Desk) -> None:
    assert "STA453" in applied.cl("state", "rollback", "7", "-auto-approve", code=1).err


def test_as_many_are_kept_as_the_configuration_says(applied: Desk) -> None:
    text = (applied.directory / "main.hcl").read_text()
    applied.write(main__hcl='cl {\n  backend "local" {\n    history = 1\n  }\n}\n' + text)
    applied.cl("apply", "-auto-approve", code=0)
    versions = applied.cl("state", "history", "-json", code=0).json["versions"]
    assert [version["serial"] for version in versions] == [3]
    assert "STA453" in applied.cl("state", "rollback", "1", "-auto-approve", code=1).err


def test_an_encrypted_history_gives_a_version_to_who_has_the_key(applied: Desk) -> None:
    applied.cl("refresh", "-auto-approve", code=0, **KEY)
    kept = applied.contents("cl.state")
    assert any(".history/" in name for name in kept)
    assert not any(b"vpc-a" in content for content in kept.values())
    assert "STA140" in applied.cl("state", "rollback", "1", "-auto-approve", code=1).err
    applied.cl("state", "rollback", "1", "-auto-approve", code=0, **KEY)
    assert LINK in applied.cl("state", "list", code=0, **KEY).out


def test_a_state_that_is_broken_is_replaced_by_a_version(applied: Desk) -> None:
    (applied.directory / "cl.state.json").write_text("{")
    applied.cl("state", "rollback", "2", "-auto-approve", code=0)
    assert applied.cl("state", "history", "-json", code=0).json["versions"][0]["serial"] == 3
    assert (applied.directory / "cl.state.json.damaged").read_text() == "{"


def test_a_broken_state_without_a_backup_names_the_version_to_go_back_to(applied: Desk) -> None:
    """A backup that is broken too is no way back."""
    (applied.directory / "cl.state.json").write_text("{")
    (applied.directory / "cl.state.json.backup").write_text("{")
    messages = applied.cl("plan", code=1).err
    assert "Restore the version before the last write: cl state rollback 2" in messages
    (applied.directory / "cl.state.json.backup").unlink()
    assert applied.cl("plan", code=1).err == messages


def test_a_version_that_is_damaged_sends_to_the_others(applied: Desk) -> None:
    version = applied.directory / "cl.state.json.history" / "00000001"
    version.write_text(version.read_text()[:400])
    messages = applied.cl("state", "rollback", "1", "-auto-approve", code=1).err
    assert "This version is damaged. Choose another one: cl state history" in messages
    assert "backup of your own" not in messages


@pytest.mark.parametrize("is_directory", [True, False])
def test_a_damaged_history_is_called_so_and_not_empty(applied: Desk, is_directory: bool) -> None:
    kept = applied.directory / "cl.state.json.history"
    for version in kept.iterdir():
        version.write_text("junk")
    if not is_directory:
        for version in kept.iterdir():
            version.unlink()
        kept.rmdir()
        kept.touch()
    for command in (("history",), ("rollback", "1", "-auto-approve")):
        messages = applied.cl("state", *command, code=1).err
        assert "STA465" in messages
        assert "mv cl.state.json.history cl.state.json.history.damaged" in messages
    assert applied.cl("state", "list", code=0).out
    kept.rename(kept.with_name("cl.state.json.history.damaged"))
    applied.cl("apply", "-auto-approve", code=0)
    assert len(applied.cl("state", "history", "-json", code=0).json["versions"]) == 1


def test_half_a_character_in_a_state_is_reported_without_words_of_the_codec(applied: Desk) -> None:
    (applied.directory / "cl.state.json").write_text('{"version":1,"serial":1,"lineage":"\\ud800"}')
    messages = " ".join(applied.cl("state", "list", code=1).err.split())
    assert "\\ud800 is one half of a character" in messages
    assert "codec" not in messages
