"""Whether a request can have reached the cloud is told apart by real sockets that fail in every way."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from providers.alicloud.transport import Answer, NotSent, ReplyLost, Route, Transport
from support.ports import Port


@contextmanager
def server(behave: Callable[[socket.socket], None]) -> Iterator[tuple[str, list[bytes]]]:
    """A server that reads each request and then behaves; its address and the requests it got."""
    got: list[bytes] = []
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                got.append(connection.recv(65536))
                behave(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{listening.getsockname()[1]}", got
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()


def saying(data: bytes) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(data)


def resetting(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def post(authority: str, read_timeout: float = 30.0) -> Answer:
    return Transport(Route("http", read_timeout=read_timeout), 2).post(authority, "A=1", {"x-acs-action": "Attach"})


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def test_an_answer_is_given_as_it_came() -> None:
    with server(saying(b"HTTP/1.1 403 No\r\nX-Acs-Request-Id: R\r\nContent-Length: 2\r\n\r\n{}")) as (where, got):
        assert post(where) == Answer(403, {"x-acs-request-id": "R", "content-length": "2"}, b"{}")
    assert got[0].startswith(b"POST /?A=1 HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("behave", "reason"),
    [
        (saying(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"), "the answer was cut short"),
        (saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"), "the answer was not HTTP"),
        (saying(b"garbage\r\n\r\n"), "the answer was not HTTP"),
        (saying(b""), "the connection was closed before an answer came"),
        (resetting, "the connection was reset"),
    ],
)
def test_a_reply_that_breaks_is_lost_and_nothing_is_sent_twice(
    behave: Callable[[socket.socket], None], reason: str
) -> None:
    with server(behave) as (where, got), pytest.raises(ReplyLost) as lost:
        post(where)
    assert lost.value.reason == reason
    assert len(got) == 1


def test_a_reply_that_does_not_come_in_time_is_lost() -> None:
    asked, given_up = threading.Event(), threading.Event()

    def wait(connection: socket.socket) -> None:
        asked.set()
        given_up.wait(60)

    with server(wait) as (where, got):
        with pytest.raises(ReplyLost) as lost:
            post(where, read_timeout=0.05)
        assert asked.wait(60)
        given_up.set()
    assert lost.value.reason == "no answer in 50ms"
    assert len(got) == 1


def test_a_redirect_is_an_answer_and_not_followed() -> None:
    with server(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")) as (elsewhere, asked):
        moved = f"HTTP/1.1 302 Found\r\nLocation: http://{elsewhere}/\r\nContent-Length: 0\r\n\r\n".encode()
        with server(saying(moved)) as (where, _):
            assert post(where).status == 302
        assert asked == []


def test_a_refused_connection_and_an_unknown_name_are_not_sent() -> None:
    port = Port()
    with pytest.raises(NotSent) as refused:
        post(f"127.0.0.1:{port.number}")
    port.close()
    assert refused.value.reason == "no connection: Connection refused"


def test_a_server_that_speaks_no_tls_has_not_seen_the_request() -> None:
    with server(saying(b"HTTP/1.1 400 no\r\n\r\n")) as (where, _), pytest.raises(NotSent) as refused:
        Transport(Route("https"), 2).post(where, "A=1", {})
    assert refused.value.reason == "no TLS connection could be agreed on"


def test_a_proxy_is_used_unless_the_host_is_excepted(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
    with server(saying(answer)) as (proxy, via_proxy), server(saying(answer)) as (where, directly):
        monkeypatch.setenv("http_proxy", f"http://user:p%40ss@{proxy}")
        post(where)
        assert via_proxy[0].startswith(f"POST http://{where}/?A=1 HTTP/1.1\r\n".encode())
        assert b"Basic dXNlcjpwQHNz\r\n" in via_proxy[0]
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        post(where)
        assert len(directly) == 1


def test_a_proxy_that_does_not_let_it_through_is_named_without_its_password() -> None:
    for said, why in [
        (b"HTTP/1.1 407 no\r\nContent-Length: 0\r\n\r\n", "refused with HTTP status 407"),
        (bytes(range(200, 250)), "no connection"),
        (b"", "no connection"),
    ]:
        with server(saying(said)) as (proxy, asked), pytest.raises(NotSent) as refused:
            Transport(Route("https", proxy=f"http://user:p%40ss@{proxy}"), 2).post("ecs.example", "A=1", {})
        assert why in refused.value.reason
        assert f"(through the proxy http://{proxy})" in refused.value.reason
        assert [line.split()[0] for line in asked] == [b"CONNECT"]
    with pytest.raises(NotSent) as nowhere:
        Transport(Route("https", proxy="http://user:p%40ss@127.0.0.1:1"), 2).post("ecs.example", "A=1", {})
    assert nowhere.value.reason == "no connection: Connection refused (through the proxy http://127.0.0.1:1)"


def test_the_proxy_for_all_is_used_where_there_is_none_for_the_scheme(monkeypatch: pytest.MonkeyPatch) -> None:
    with server(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")) as (proxy, asked):
        monkeypatch.delenv("http_proxy", raising=False)
        monkeypatch.setenv("all_proxy", f"http://{proxy}")
        post("ecs.example")
        assert asked[0].startswith(b"POST http://ecs.example/?A=1 ")
