"""The backend http on a server that keeps states as GitLab does: reading, writing, locking, and what goes wrong."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from planner.diagnostics import Diagnostic, Severity, StateError
from planner.state.backends.declared import BackendBlock
from planner.state.backends.http.backend import HttpBackend, open_http
from planner.state.backends.http.client import Client
from planner.state.backends.http.place import HttpPlace
from planner.state.backends.protocol import Held, LockInfo, Version
from planner.state.backends.resolve import resolve
from support.certificates import Authority
from support.gitlab_state import TOKEN, Fault, GitLab, Running, serving
from support.watching import PATIENCE

TEXT = '{"format_version": "1.0"}'
SECRETS = (TOKEN, "hunter2")


@pytest.fixture
def gitlab() -> Iterator[GitLab]:
    with serving() as found:
        yield found


def opened(gitlab: GitLab, **settings: str | int | bool) -> HttpBackend:
    block = BackendBlock("http", {**gitlab.settings(), **settings})
    return open_http(resolve(block, {}))


def place(gitlab: GitLab, **settings: str | int | bool) -> HttpPlace:
    return opened(gitlab, **settings).place("default")


def quick(gitlab: GitLab, *, interval: float = 3600.0, patience: float = 60.0) -> HttpPlace:
    """A place that waits for nothing between requests."""
    found = place(gitlab)
    return HttpPlace(found._client, interval=interval, patience=patience, pause=lambda _seconds: None)


def version(serial: int) -> Version:
    return Version(serial, "a-lineage", "2026-11-30T00:00:00Z", "ann@host", "apply")


class Reports(list[Diagnostic]):
    def codes(self) -> list[str]:
        return [problem.code for problem in self]


def refused(error: pytest.ExceptionInfo[StateError]) -> Diagnostic:
    (problem,) = error.value.diagnostics
    assert not any(secret in f"{problem!r}{problem.remedy}" for secret in SECRETS)
    return problem


def test_a_state_is_written_under_the_lock_and_read_by_everyone(gitlab: GitLab) -> None:
    here = place(gitlab)
    assert here.read() is None
    reports = Reports()
    with here.lock("apply", 0.0, reports.append) as held:
        held.write(TEXT, version(1), None)
        held.write(TEXT + " ", version(2), 1)
    assert reports == []
    stored = place(gitlab).read()
    assert stored is not None
    assert (stored.text, stored.serial, stored.lineage) == (TEXT + " ", 2, "a-lineage")
    assert gitlab.state().lock is None
    assert sorted(gitlab.state().versions) == [1, 2]


def test_the_plan_is_there_before_the_first_call_and_records_follow_with_the_next_document(gitlab: GitLab) -> None:
    here = place(gitlab)
    with here.lock("apply", 0.0, Reports().append) as held:
        held.begin(b"plan\n")
        found = place(gitlab).journal()
        assert found is not None
        assert (found.data, found.is_whole) == (b"plan\n", False)
        held.append(b"intent 1\n")
        held.note(b"fact 1\n")
        assert gitlab.methods().count("POST") == 2, "the lock and the plan: records cost no request of their own"
        held.write(TEXT, version(1), None)
        after = place(gitlab).journal()
        assert after is not None
        assert after.data == b"plan\nintent 1\nfact 1\n"
        held.end_journal()
        held.end_journal()
    assert place(gitlab).journal() is None
    assert sorted(gitlab.state().versions) == [1, 2, 3]


def test_a_state_and_the_end_of_its_journal_may_be_one_request(gitlab: GitLab) -> None:
    with place(gitlab).lock("apply", 0.0, Reports().append) as held:
        held.begin(b"plan\n")
        held.write(TEXT, version(1), None, ends_journal=True)
        held.end_journal()
    assert place(gitlab).journal() is None
    assert sorted(gitlab.state().versions) == [1, 2]


def test_the_journal_of_another_is_not_replaced(gitlab: GitLab) -> None:
    with place(gitlab).lock("apply", 0.0, Reports().append) as held:
        held.begin(b"plan\n")
        held.note(b"fact 1\n")
    with place(gitlab).lock("apply", 0.0, Reports().append) as held, pytest.raises(StateError) as caught:
        held.begin(b"another\n")
    assert refused(caught).code == "STA306"
    found = place(gitlab).journal()
    assert found is not None
    assert found.data == b"plan\nfact 1\n"


def test_records_are_sent_now_and_then(gitlab: GitLab) -> None:
    arrived = threading.Event()

    def seen(_method: str, _path: str) -> None:
        if b"fact 1" in (gitlab.state().latest or b""):
            arrived.set()

    gitlab.before_reply = seen
    with quick(gitlab, interval=0.01).lock("apply", 0.0, Reports().append) as held:
        held.begin(b"plan\n")
        held.note(b"fact 1\n")
        assert arrived.wait(PATIENCE)


def test_the_age_of_a_journal_is_by_the_clock_of_the_server(gitlab: GitLab) -> None:
    gitlab.ahead = 10_000.0
    with place(gitlab).lock("apply", 0.0, Reports().append) as held:
        held.begin(b"plan\n")
    latest = json.loads(gitlab.state().latest or b"")
    assert abs(latest["journal"]["at"] - time.time() - 10_000) < 600
    found = place(gitlab).journal()
    assert found is not None
    assert abs(found.changed_at - time.time()) < 60


def test_the_holder_of_the_lock_is_named_and_waited_for(gitlab: GitLab) -> None:
    reports = Reports()
    with (
        place(gitlab).lock("apply", 0.0, reports.append),
        pytest.raises(StateError) as caught,
        place(gitlab).lock("apply", 1.0, reports.append),
    ):
        pytest.fail("two hold the lock")
    problem = refused(caught)
    assert problem.code == "STA201"
    assert "is held by ann since" in problem.detail, "GitLab repeats the operation of who asks: that says nothing"
    assert "force-unlock" in problem.remedy.text
    assert reports.codes() == ["STA206"]


def test_a_lock_that_gets_free_is_taken(gitlab: GitLab) -> None:
    with place(gitlab).lock("apply", 0.0, Reports().append):
        reports = Reports()

        def report(problem: Diagnostic) -> None:
            reports.append(problem)
            gitlab.state().lock = None

        with place(gitlab).lock("apply", PATIENCE, report):
            assert gitlab.state().lock is not None
    assert reports.codes()[0] == "STA206"


@pytest.mark.parametrize("status", [409, 423])
def test_a_process_that_lost_the_lock_writes_nothing_more(gitlab: GitLab, status: int) -> None:
    here, reports = place(gitlab), Reports()
    with here.lock("apply", 0.0, reports.append) as held:
        held.begin(b"plan\n")
        gitlab.state().lock = {"ID": "another", "Who": "bob", "Created": ""}
        if status == 423:
            gitlab.fail("POST", Fault(status=423))
        with pytest.raises(StateError) as caught:
            held.write(TEXT, version(1), None)
        assert refused(caught).code == "STA207"
        for act in (held.check, lambda: held.append(b"x"), lambda: held.write(TEXT, version(1), None)):
            with pytest.raises(StateError) as caught:
                act()
            assert refused(caught).code == "STA207"
        assert not held.is_sure()
    assert reports == []
    assert sorted(gitlab.state().versions) == [1]
    assert gitlab.state().lock is not None, "the lock of the other is left alone"


def test_a_lock_that_could_not_be_released_is_reported_with_the_command_for_it(gitlab: GitLab) -> None:
    reports = Reports()
    with quick(gitlab).lock("apply", 0.0, reports.append) as held:
        gitlab.fail("DELETE lock", *[Fault(status=500)] * 3)
    assert reports.codes() == ["STA456"]
    assert f"force-unlock {held.info.id}" in reports[0].remedy.text
    assert gitlab.state().lock is not None


@pytest.mark.parametrize("drop", ["request", "reply"])
@pytest.mark.parametrize("method", ["GET", "POST", "POST lock", "DELETE lock"])
def test_a_lost_request_or_reply_is_settled(gitlab: GitLab, method: str, drop: str) -> None:
    gitlab.fail(method, Fault(drop=drop))
    reports = Reports()
    with quick(gitlab).lock("apply", 0.0, reports.append) as held:
        held.begin(b"plan\n")
        held.write(TEXT, version(1), None, ends_journal=True)
    assert reports == []
    stored = place(gitlab).read()
    assert stored is not None
    assert stored.text == TEXT
    assert sorted(gitlab.state().versions) == [1, 2], "each document was taken once"
    assert gitlab.state().lock is None


def test_a_lock_whose_replies_were_all_lost_does_not_stay(gitlab: GitLab) -> None:
    gitlab.fail("POST lock", *[Fault(drop="reply")] * 3)
    with pytest.raises(StateError) as caught, quick(gitlab).lock("apply", 0.0, Reports().append):
        pytest.fail("it is not known whether it is held")
    assert refused(caught).code == "STA446"
    assert gitlab.state().lock is None


def test_a_reply_that_a_proxy_spoiled_is_settled_too(gitlab: GitLab) -> None:
    gitlab.fail("POST", Fault(status=502, body=b"<html>"))
    with quick(gitlab).lock("apply", 0.0, Reports().append) as held:
        held.write(TEXT, version(1), None)
    assert sorted(gitlab.state().versions) == [1]


@pytest.mark.parametrize("method", ["GET", "POST", "POST lock", "DELETE lock"])
def test_a_page_of_html_is_no_answer(gitlab: GitLab, method: str) -> None:
    """A proxy whose login has expired answers 200 to everything, and passes nothing on."""
    gitlab.fail(method, Fault(status=200, body=b"\n<!DOCTYPE html><html>Sign in</html>"))
    reports = Reports()
    with quick(gitlab).lock("apply", 0.0, reports.append) as held:
        held.begin(b"plan\n")
        held.write(TEXT, version(1), None, ends_journal=True)
    assert reports == []
    stored = place(gitlab).read()
    assert stored is not None
    assert stored.text == TEXT
    assert gitlab.state().lock is None


def test_init_sees_a_server_that_takes_everything_and_keeps_nothing(gitlab: GitLab) -> None:
    opened(gitlab).probe()
    gitlab.fail("POST", Fault(status=200))
    with pytest.raises(StateError) as caught:
        opened(gitlab).probe()
    assert (refused(caught).code, "does not return what was just written" in refused(caught).detail) == ("STA470", True)
    assert gitlab.state().lock is None


def test_an_interrupt_in_a_write_leaves_the_serials_in_order(gitlab: GitLab) -> None:
    here = place(gitlab)
    with here.lock("apply", 0.0, Reports().append) as held:
        send = here._client._transport.send

        def interrupted(method: str, url: str, body: bytes | None = None) -> object:
            send(method, url, body)
            raise KeyboardInterrupt

        here._client._transport.send = interrupted  # type: ignore[method-assign,assignment]
        with pytest.raises(KeyboardInterrupt):
            held.write(TEXT, version(1), None)
        here._client._transport.send = send  # type: ignore[method-assign]
        held.write(TEXT, version(2), 1)
    assert sorted(gitlab.state().versions) == [1, 2]


def test_a_server_that_is_away_is_asked_a_few_times(gitlab: GitLab) -> None:
    gitlab.fail("GET", *[Fault(drop="request")] * 3)
    with pytest.raises(StateError) as caught:
        place(gitlab).read()
    assert refused(caught).code == "STA446"
    assert gitlab.methods() == ["GET"] * 3
    gitlab.fail("GET", Fault(status=503), Fault(status=429))
    assert place(gitlab).read() is None


def test_a_server_that_was_given_up_is_asked_once_until_it_answers(gitlab: GitLab) -> None:
    here = quick(gitlab)
    gitlab.fail("GET", *[Fault(drop="request")] * 4)
    for asked in (3, 4):
        with pytest.raises(StateError):
            here.read()
        assert len(gitlab.requests) == asked
    assert here.read() is None
    gitlab.fail("GET", Fault(drop="request"))
    assert here.read() is None


def test_under_the_lock_a_server_that_is_away_is_waited_for_and_no_call_begins(gitlab: GitLab) -> None:
    states: list[bool] = []
    here = quick(gitlab)
    with here.lock("apply", 0.0, Reports().append) as held:
        held.begin(b"plan\n")
        here._pause = lambda _seconds: states.append(held.is_sure())
        held._patience._pause = here._pause  # type: ignore[attr-defined]
        gitlab.fail("POST", *[Fault(drop="request")] * 10)
        held.write(TEXT, version(1), None)
        assert held.is_sure()
    assert states == [False] * 10
    assert gitlab.state().latest is not None


def test_a_server_that_does_not_come_back_ends_the_apply(gitlab: GitLab) -> None:
    reports = Reports()
    with quick(gitlab, patience=0.0).lock("apply", 0.0, reports.append) as held:
        held.begin(b"plan\n")
        gitlab.fail("POST", *[Fault(status=500)] * 99)
        with pytest.raises(StateError) as caught:
            held.write(TEXT, version(1), None)
        assert refused(caught).code == "STA446"
        assert not held.is_sure()
        with pytest.raises(StateError):
            held.check()
    found = place(gitlab).journal()
    assert found is not None
    assert found.data == b"plan\n"


@pytest.mark.parametrize("status", [401, 403])
def test_access_that_is_denied_is_not_asked_for_again(gitlab: GitLab, status: int) -> None:
    gitlab.fail("GET", Fault(status=status, body=b'{"message": "go \\u001b[31maway"}'))
    with pytest.raises(StateError) as caught:
        place(gitlab).read()
    problem = refused(caught)
    assert problem.code == "STA447"
    assert "go away" in problem.detail
    assert len(gitlab.requests) == 1


def test_a_document_that_is_too_large_for_the_server_is_said_to_be(gitlab: GitLab) -> None:
    gitlab.fail("POST", Fault(status=413))
    with pytest.raises(StateError) as caught:
        _write(gitlab)
    assert "larger requests" in refused(caught).remedy.text


@pytest.mark.parametrize("method", ["GET", "POST lock"])
def test_a_project_that_may_not_be_seen_is_no_empty_state(gitlab: GitLab, method: str) -> None:
    gitlab.fail(method, *[Fault(status=404, body=b'{"message": "404 Project Not Found"}')] * 9)
    with pytest.raises(StateError) as caught, quick(gitlab).lock("apply", 0.0, Reports().append):
        place(gitlab).read()
    assert (refused(caught).code, "Project Not Found" in refused(caught).detail) == ("STA447", True)


def test_a_wrong_password_is_in_no_message(gitlab: GitLab) -> None:
    with pytest.raises(StateError) as caught:
        place(gitlab, password="another-hunter2").read()
    assert refused(caught).code == "STA447"


def test_user_and_password_in_the_address_are_used_and_never_shown(gitlab: GitLab) -> None:
    address = gitlab.settings()["address"]
    block = BackendBlock("http", {"address": str(address).replace("://", f"://ann:{TOKEN}@")})
    backend = open_http(resolve(block, {}))
    assert backend.place("default").read() is None
    assert backend.place("default").name == address
    assert backend.fingerprint == {"type": "http", "address": address}
    gitlab.fail("GET", *[Fault(drop="request")] * 3)
    with pytest.raises(StateError) as caught:
        HttpPlace(_at_once(backend)).read()
    assert refused(caught).code == "STA446"


def _at_once(backend: HttpBackend) -> Client:
    from dataclasses import replace

    client = backend._client
    client._retries = replace(client._retries, pause=lambda _seconds: None)
    return client


def test_headers_and_methods_are_those_of_the_settings(gitlab: GitLab) -> None:
    block = BackendBlock(
        "http",
        {
            **gitlab.settings(),
            "update_method": "PUT",
            "lock_method": "LOCK",
            "unlock_method": "UNLOCK",
            "headers": {"X-Trace": "7"},
        },
    )
    here = open_http(resolve(block, {})).place("default")
    with here.lock("apply", 0.0, Reports().append) as held:
        held.write(TEXT, version(1), None)
    assert gitlab.methods() == ["LOCK", "GET", "PUT", "UNLOCK"]
    assert all(headers["X-Trace"] == "7" for _, _, headers in gitlab.requests)


def test_another_host_gets_neither_credentials_nor_states(gitlab: GitLab) -> None:
    with serving() as other:
        for method in ("GET", "POST"):
            gitlab.fail(method, Fault(status=307, location=f"{other.url}/state/web"))
            with pytest.raises(StateError) as caught:
                _write(gitlab)
            assert "redirects to 127.0.0.1" in refused(caught).detail
        assert other.requests == []


def _write(gitlab: GitLab) -> None:
    with place(gitlab).lock("apply", 0.0, Reports().append) as held:
        held.write(TEXT, version(1), None)


def test_a_redirect_to_the_same_host_is_followed(gitlab: GitLab) -> None:
    gitlab.fail("GET", Fault(status=301, location="/state/moved"))
    gitlab.state("moved").versions[7] = json.dumps({"format_version": "1.0", "serial": 7, "lineage": "x"}).encode()
    stored = place(gitlab).read()
    assert stored is not None
    assert stored.serial == 7
    gitlab.fail("GET", *[Fault(status=301, location="/state/web")] * 99)
    with pytest.raises(StateError) as caught:
        place(gitlab).read()
    assert "too many times" in refused(caught).detail


def test_without_a_lock_address_there_is_a_warning(gitlab: GitLab) -> None:
    settings = {name: gitlab.settings()[name] for name in ("address", "username", "password")}
    here, reports = open_http(resolve(BackendBlock("http", settings), {})).place("default"), Reports()
    with here.lock("apply", 0.0, reports.append) as held:
        held.write(TEXT, version(1), None)
    assert reports.codes() == ["STA454"]
    assert reports[0].severity is Severity.WARNING
    assert here.holder() is None
    assert [path for _, path, _ in gitlab.requests] == ["/state/web"] * 2


def test_init_warns_too_that_nothing_is_locked_and_each_place_says_it_once(gitlab: GitLab) -> None:
    settings = {name: gitlab.settings()[name] for name in ("address", "username", "password")}
    reports = Reports()
    backend = open_http(resolve(BackendBlock("http", settings), {}), reports.append)
    backend.probe()
    assert reports.codes() == ["STA454"]
    with backend.place("default").lock("migrate", 0.0, reports.append):
        assert reports.codes() == ["STA454"]
    open_http(resolve(BackendBlock("http", gitlab.settings()), {}), reports.append).probe()
    assert reports.codes() == ["STA454"]


def test_the_name_of_the_journal_begins_a_sentence(gitlab: GitLab) -> None:
    assert place(gitlab).journal_name.startswith("The journal at http")


def test_there_is_no_workspace_but_default(gitlab: GitLab) -> None:
    backend = opened(gitlab)
    assert backend.workspaces() == []
    backend.make("default")
    for act in (backend.place, backend.make, backend.delete):
        with pytest.raises(StateError) as caught:
            act("test")
        assert refused(caught).code == "STA428"


def test_there_is_no_history(gitlab: GitLab) -> None:
    for act in (place(gitlab).history, lambda: place(gitlab).version(1)):
        with pytest.raises(StateError) as caught:
            act()
        assert refused(caught).code == "STA453"


def test_a_lock_that_stayed_is_removed_by_its_id_from_another_machine(gitlab: GitLab) -> None:
    gitlab.state().lock = {"ID": "an-id", "Who": "ann", "Created": "2026-11-30T00:00:00Z"}
    with pytest.raises(StateError) as caught:
        place(gitlab).named("other-id")
    assert "force-unlock an-id" in refused(caught).remedy.text
    info = place(gitlab).named("an-id")
    assert str(info) == "ann since 2026-11-30T00:00:00Z"
    assert place(gitlab).unlock("an-id").who == "ann"
    assert gitlab.state().lock is None
    with pytest.raises(StateError) as caught:
        place(gitlab).unlock("an-id")
    assert refused(caught).code == "STA202"
    assert gitlab.state().lock is None, "who looks leaves no lock behind"


def test_another_servers_word_of_the_holder_is_shown_whole(gitlab: GitLab) -> None:
    said = {"ID": "an-id", "Who": "ann@host", "Operation": "apply", "Info": "process 7 on host", "Created": "now"}
    gitlab.fail("POST lock", Fault(status=423, body=json.dumps(said).encode()))
    assert str(place(gitlab).holder()) == "ann@host (process 7 on host) with cl apply since now"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"version": 4, "terraform_version": "1.9.0", "serial": 1, "lineage": "x"}', "Terraform or OpenTofu"),
        (b"html", "not JSON"),
        ('{"format_version": "1.0", "serial": 1, "lineage": "x"}'.encode("utf-16"), "not UTF-8"),
        (b"[]", "another kind"),
        (b'{"cl_http": 2, "serial": 1}', "newer cl"),
        (b'{"cl_http": 1, "serial": 1, "state": 7, "journal": null}', "state is damaged"),
        (b'{"cl_http": 1, "serial": 1, "state": null, "journal": {}}', "journal is damaged"),
        (b'{"cl_http": 1, "serial": 1, "state": null, "journal": {"data": "\\ud800", "at": 1}}', "journal is damaged"),
    ],
)
def test_what_is_no_state_of_cl_is_left_as_it_is(gitlab: GitLab, body: bytes, words: str) -> None:
    gitlab.state().versions[1] = body
    with pytest.raises(StateError) as caught:
        _write(gitlab)
    assert (refused(caught).code, words in refused(caught).detail) == ("STA455", True)
    assert gitlab.state().versions == {1: body}
    assert gitlab.state().lock is None


def test_another_key_is_put_on_the_state(gitlab: GitLab) -> None:
    with place(gitlab).lock("apply", 0.0, Reports().append) as held:
        held.rewrite(str.upper)
        held.write("a", version(1), None)
        held.rewrite(str.upper)
    stored = place(gitlab).read()
    assert stored is not None
    assert (stored.text, stored.serial) == ("A", 1)


def test_init_reads_writes_and_locks(gitlab: GitLab) -> None:
    opened(gitlab).probe()
    assert gitlab.methods() == ["GET", "POST", "GET", "POST", "GET", "DELETE"]
    assert gitlab.state().lock is None
    with place(gitlab).lock("apply", 0.0, Reports().append):
        opened(gitlab).probe()
    gitlab.fail("POST", Fault(status=403))
    with pytest.raises(StateError) as caught:
        opened(gitlab).probe()
    assert refused(caught).code == "STA447"
    assert gitlab.state().lock is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("address", "ftp://gitlab.example/x"),
        ("address", "gitlab.example"),
        ("address", "https://gitlab.example:x/"),
        ("address", "https://gitlab.example/hunter2 hunter2"),
        ("lock_method", "LO CK"),
        ("client_ca_certificate_pem", "hunter2"),
        ("client_certificate_pem", "hunter2"),
        ("client_private_key_pem", "hunter2"),
    ],
)
def test_settings_that_cannot_be_used(gitlab: GitLab, name: str, value: str) -> None:
    settings = {**gitlab.settings(), "lock_address": "https://127.0.0.1/", name: value}
    with pytest.raises(StateError) as caught:
        open_http(resolve(BackendBlock("http", settings), {}))
    assert refused(caught).code == "STA442"


@pytest.mark.parametrize("headers", [{"X": "hunter2\r\nY: z"}, {"X Y": "hunter2"}, {"X": "hunter2€"}])
def test_headers_that_cannot_be_sent(gitlab: GitLab, headers: dict[str, str]) -> None:
    settings: dict[str, object] = {**gitlab.settings(), "headers": headers}
    with pytest.raises(StateError) as caught:
        open_http(resolve(BackendBlock("http", settings), {}))
    assert refused(caught).code == "STA442"


def test_a_certificate_is_verified_by_the_authority_of_the_settings(tmp_path: Path) -> None:
    authority = Authority()
    with serving(authority.server(tmp_path)) as gitlab:
        with pytest.raises(StateError) as caught:
            place(gitlab).read()
        assert "certificate of 127.0.0.1 cannot be verified" in refused(caught).detail
        assert gitlab.requests == []
        assert place(gitlab, client_ca_certificate_pem=authority.certificate).read() is None
        assert place(gitlab, skip_cert_verification=True).read() is None


def test_a_client_shows_its_certificate(tmp_path: Path) -> None:
    authority, strange = Authority(), Authority()
    with serving(authority.server(tmp_path, asks_clients=True)) as gitlab:
        for issuer, is_taken in ((strange, False), (authority, True)):
            pair = issuer.issue("ann")
            here = place(
                gitlab,
                retry_max=0,
                client_ca_certificate_pem=authority.certificate,
                client_certificate_pem=pair.certificate,
                client_private_key_pem=pair.key,
            )
            if is_taken:
                assert here.read() is None
                continue
            with pytest.raises(StateError) as caught:
                here.read()
            assert refused(caught).code == "STA446"
            assert gitlab.requests == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["server.pem"]


def test_a_backend_that_restarts_keeps_the_lock_and_the_apply_goes_on() -> None:
    running = Running(GitLab())
    gitlab = running.gitlab
    try:
        with quick(gitlab).lock("apply", 0.0, Reports().append) as held:
            held.begin(b"plan\n")
            running.stop()
            written = threading.Thread(target=held.write, args=(TEXT, version(1), None))
            written.start()
            running.start()
            written.join(PATIENCE)
            held.end_journal()
    finally:
        running.stop()
    assert sorted(gitlab.state().versions) == [1, 2, 3]


def test_two_hundred_locks_of_two_hold_one_at_a_time(gitlab: GitLab) -> None:
    def count() -> None:
        for _ in range(100):
            with quick(gitlab).lock("apply", 600.0, Reports().append) as held:
                stored = place(gitlab).read()
                counted = int(stored.text) if stored else 0
                held.write(str(counted + 1), version(counted + 1), counted or None)

    both = [threading.Thread(target=count) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    stored = place(gitlab).read()
    assert stored is not None
    assert stored.text == "200"


def test_what_is_held_is_of_the_protocol(gitlab: GitLab) -> None:
    with place(gitlab).lock("apply", 0.0, Reports().append) as held:
        typed: Held = held
        assert isinstance(typed.info, LockInfo)
