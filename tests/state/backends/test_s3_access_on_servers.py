"""Who gets into a bucket, over which connection, what is encrypted there, and that no message has a secret."""

from __future__ import annotations

import base64
import socket
import traceback
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from planner.diagnostics import Diagnostic, StateError
from planner.state.backends.patience import Patience
from planner.state.backends.protocol import Place
from planner.state.backends.s3 import opening
from support import rclone
from support.backends import ignore, refusal, version
from support.certificates import Authority
from support.http_faults import http_proxy
from support.s3_places import S3, opened
from support.seaweed import KEYS, READER

KEY = base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
WRONG = "a-secret-that-is-wrong"


def write(place: Place) -> None:
    with place.lock("apply", 0, ignore) as held:
        held.begin(b"plan\n")
        held.write("the state", version(1), None)
        held.end_journal()


def problem_of(act: Callable[[], object]) -> Diagnostic:
    """What is said where something fails. Nothing of it has a secret."""
    with pytest.raises(StateError) as caught:
        act()
    [problem] = caught.value.diagnostics
    messages = "".join(traceback.format_exception(caught.value)) + str(problem)
    assert not [
        secret for secret in (WRONG, KEY, *KEYS.values(), READER["AWS_SECRET_ACCESS_KEY"]) if secret in messages
    ]
    assert problem.remedy
    return problem


def test_keys_that_are_wrong_are_denied(s3: S3) -> None:
    place = s3.place(keys={"AWS_ACCESS_KEY_ID": "AKCLTESTS", "AWS_SECRET_ACCESS_KEY": WRONG})
    problem = problem_of(place.read)
    assert problem.code == "STA447"
    assert "403, SignatureDoesNotMatch" in problem.detail


def test_a_user_who_may_only_read_can_plan_and_is_shown_who_cannot_write(s3: S3) -> None:
    write(s3.place())
    place = s3.place(keys=READER)
    state = place.read()
    assert state is not None
    assert state.text == "the state"
    assert place.journal() is None
    assert [kept.serial for kept in place.history()] == [1]
    problem = problem_of(lambda: place.lock("apply", 0, ignore).__enter__())
    assert problem.code == "STA447"
    assert problem_of(s3.open(keys=READER).probe).code == "STA447"


def test_a_bucket_that_is_not_there_is_named_and_is_no_empty_state(s3: S3) -> None:
    place = s3.place(bucket="typing-error")
    for act in (place.read, place.journal, lambda: place.lock("apply", 0, ignore).__enter__()):
        problem = problem_of(act)
        assert problem.code == "STA466"
        assert '"typing-error"' in problem.detail


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A backend that cannot be reached is given up after two seconds."""
    monkeypatch.setattr(opening, "Patience", partial(Patience, seconds=2.0))


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reply is waited for two seconds."""
    for name in ("_QUICK", "_PATIENT", "_CONNECT"):
        monkeypatch.setattr(opening, name, timedelta(seconds=2.0))


@pytest.mark.usefixtures("soon")
def test_a_server_that_is_away_is_said_to_be(s3: S3) -> None:
    problem = problem_of(s3.place(1).read)
    assert problem.code == "STA446"
    assert "onnection refused" in problem.detail
    assert "Nothing is lost" in problem.detail


@pytest.mark.usefixtures("soon", "hasty")
def test_a_server_that_answers_nothing_is_as_good_as_away(s3: S3) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        problem = problem_of(s3.place(silent.getsockname()[1]).read)
    assert problem.code == "STA446"
    assert "timed out" in problem.detail


@pytest.mark.usefixtures("soon")
def test_a_name_that_no_server_has_is_said_to_be(s3: S3) -> None:
    problem = problem_of(s3.place(endpoints={"s3": "http://no-such-host.invalid"}).read)
    assert problem.code == "STA446"
    assert "failed to lookup address" in problem.detail


@pytest.mark.usefixtures("soon")
def test_keys_that_cannot_be_got_are_said_to_be(s3: S3, tmp_path: Path) -> None:
    (tmp_path / "config").write_text("[profile team]\ncredential_process = false\n")
    config = {"AWS_CONFIG_FILE": str(tmp_path / "config")}
    problem = problem_of(s3.place(keys=config, profile="team").read)
    assert (problem.code, "credential_process" in problem.detail) == ("STA447", True)
    machine = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1", "HOME": str(tmp_path)}
    problem = problem_of(s3.place(keys=machine).read)
    assert (problem.code, "last place to look" in problem.detail) == ("STA447", True)
    assert "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY" in problem.remedy.text


def test_a_server_without_conditional_writes_is_refused_by_init_and_by_the_first_lock() -> None:
    if reason := rclone.missing():
        pytest.skip(reason)
    with rclone.rclone() as port:
        settings = {
            "bucket": "states",
            "key": "team/cl.state.json",
            "region": "us-east-1",
            "endpoints": {"s3": f"http://127.0.0.1:{port}"},
            "use_path_style": True,
        }
        backend = opened(settings)
        with refusal("STA448") as problems:
            backend.probe()
        assert "If-None-Match" in problems[0].detail
        with refusal("STA448"), backend.place("default").lock("apply", 0, ignore):
            pytest.fail("a lock that two can hold")
        assert backend.workspaces() == []
        assert backend.place("default").holder() is None


def test_objects_are_encrypted_with_the_customer_s_key(s3: S3) -> None:
    write(s3.place(sse_customer_key=KEY))
    state = s3.place(sse_customer_key=KEY).read()
    assert state is not None
    assert state.text == "the state"
    problem = problem_of(s3.place().read)
    assert problem.code == "STA447"
    other = base64.b64encode(b"another key of thirty-two bytes!").decode()
    assert problem_of(s3.place(sse_customer_key=other).read).code == "STA447"


def test_objects_are_encrypted_with_the_server_s_key(s3: S3) -> None:
    write(s3.place(encrypt=True))
    state = s3.place().read()
    assert state is not None
    assert state.text == "the state"


def test_checksums_are_sent_where_they_are_asked_for(s3: S3) -> None:
    write(s3.place(skip_s3_checksum=False))
    assert s3.place().read() is not None


@pytest.mark.usefixtures("soon")
def test_a_certificate_is_trusted_if_its_authority_is_named(s3: S3, tmp_path: Path) -> None:
    authority, other = Authority(), Authority("another")
    bundle, wrong = tmp_path / "authority.pem", tmp_path / "another.pem"
    bundle.write_text(authority.certificate)
    wrong.write_text(other.certificate)
    with http_proxy(s3.server.port, tls=authority.server(tmp_path)) as proxy:
        endpoints = {"s3": f"https://127.0.0.1:{proxy.port}"}
        assert s3.place(endpoints=endpoints, custom_ca_bundle=str(bundle)).read() is None
        for file in ("", str(wrong)):
            problem = problem_of(s3.place(endpoints=endpoints, custom_ca_bundle=file or None).read)
            assert problem.code == "STA467"
            assert "certificate" in problem.detail
            assert "custom_ca_bundle" in problem.remedy.text
