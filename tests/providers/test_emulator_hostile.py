"""Whatever a client sends, the emulator answers the others, ends when it is told to, and shows no traceback."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from http.client import HTTPException
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.emulating import REGION, Emulate, Emulated
from support.rpc_client import RpcClient
from support.watching import PATIENCE, until


@pytest.fixture(autouse=True)
def _silent(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Nothing that a client does is worth a line on the terminal of the emulator."""
    yield
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert capfd.readouterr().err == ""


def connect(emulator: Emulated) -> socket.socket:
    host, _, port = emulator.authority.partition(":")
    return socket.create_connection((host, int(port)), timeout=PATIENCE)


def exchange(emulator: Emulated, data: bytes) -> bytes:
    """What comes back until the emulator closes the connection."""
    with connect(emulator) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
        except OSError:  # it was closed before all was sent
            pass
        return everything(connection)


def everything(connection: socket.socket) -> bytes:
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionResetError:  # it was closed with something of ours unread
        pass
    return b"".join(parts)


def is_alive(emulator: Emulated) -> bool:
    return RpcClient(emulator.authority).call("DescribeVpcs").status == 200


def answers(emulator: Emulated) -> bool:
    with suppress(OSError, HTTPException):
        return is_alive(emulator)
    return False


HOST = b"Host: x\r\n"


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"\r\n\r\n\r\n", b"400"),
        (b"GET\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1 more\r\n\r\n", b"400"),
        (b"G\x00T / HTTP/1.1\r\n\r\n", b"400"),
        (b"GET http://other/ HTTP/1.1\r\n\r\n", b"400"),
        (b"GET /\xff HTTP/1.1\r\n\r\n", b"400"),
        (b"GET / HTTP/2.0\r\n\r\n", b"505"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"505"),
        (b"DELETE / HTTP/1.1\r\n" + HOST + b"\r\n", b"405"),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nBad Name: x\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nX: a\r\n folded\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nX: a\nInjected: b\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 101 + b"\r\n", b"431"),
        (b"GET /?" + b"a" * 200_000 + b" HTTP/1.1\r\n\r\n", b"431"),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: 1e3\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: 9\r\nContent-Length: 8\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nContent-Length: 1048577\r\n\r\n" + b"a" * 500_000, b"413"),
        (b"POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n", b"413"),
        (b"GET /%2e%2e/etc/passwd HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n", b"404"),
        (b"GET / HTTP/1.0\r\n\r\n", b"400"),
        (
            b"POST / HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
            b"400",
        ),
        (b"GET /?" + b"a=1&" * 3000 + b" HTTP/1.1\r\nConnection: close\r\n\r\n", b"400"),
        (b"GET /?Action=A&Action=B HTTP/1.1\r\nConnection: close\r\n\r\n", b"400"),
    ],
)
def test_what_is_no_good_request_is_refused(emulate: Emulate, data: bytes, status: bytes) -> None:
    emulator = emulate()
    answer = exchange(emulator, data)
    assert answer.startswith(b"HTTP/1.1 " + status), answer
    assert is_alive(emulator)


def test_half_a_request_is_no_request(emulate: Emulate) -> None:
    emulator = emulate()
    assert exchange(emulator, b"") == b""
    assert exchange(emulator, b"GET / HT") == b""
    assert exchange(emulator, b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc") == b""
    assert is_alive(emulator)


def test_requests_sent_together_are_answered_in_order(emulate: Emulate) -> None:
    emulator = emulate()
    ask = b"GET /stats HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = exchange(emulator, ask * 50 + last)
    assert answer.count(b"HTTP/1.1 200 OK") == 50
    assert answer.rpartition(b"HTTP/1.1 ")[2].startswith(b"404")


def test_a_body_in_chunks_is_read(emulate: Emulate) -> None:
    emulator = emulate()
    client = RpcClient(emulator.authority, is_old=True, in_form=True)
    _, _, body, _ = client.signed("DescribeVpcs", "2016-04-28", {"RegionId": REGION})
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nExpect: 100-continue\r\n"
    chunks = b"%x;note=1\r\n%s\r\n1\r\n%s\r\n0\r\nTrailer: x\r\n\r\n" % (len(body) - 1, body[:-1], body[-1:])
    answer = exchange(emulator, head + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + chunks)
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")
    assert json.loads(answer.rpartition(b"\r\n\r\n")[2])["TotalCount"] == 3


def test_a_slow_client_is_dropped(emulate: Emulate) -> None:
    emulator = emulate(patience=0.05)
    with connect(emulator) as idle, connect(emulator) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\nX: ")
        assert idle.recv(1) == b""
        assert slow.recv(1) == b""
    until(lambda: answers(emulator))  # who asks it may be too slow for it, too


def test_hundreds_of_slow_clients_neither_hold_up_others_nor_the_end(emulate: Emulate) -> None:
    emulator = emulate()
    with ExitStack() as held:
        for number in range(1_000):
            connection = held.enter_context(connect(emulator))
            connection.sendall(b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n"[: number % 40])
        assert is_alive(emulator)
        assert RpcClient(emulator.authority).stats()["connections"] == 1_002
        emulator.stop()
        assert json.loads(emulator.world.read_text())["links"], "the world file is whole"


def test_one_connection_too_many_is_turned_away(emulate: Emulate) -> None:
    with patch("providers.emulator.server.MOST_CONNECTIONS", 3), ExitStack() as held:
        emulator = emulate()
        for _ in range(3):
            connection = held.enter_context(connect(emulator))
            connection.sendall(b"GET /stats HTTP/1.1\r\n\r\n")
            assert connection.recv(8) == b"HTTP/1.1"
        assert exchange(emulator, b"").startswith(b"HTTP/1.1 503 ")
        connection.close()
        emulator.stop()


def test_a_client_that_never_reads_its_answers_does_not_hold_up_the_end(emulate: Emulate) -> None:
    emulator = emulate()
    with connect(emulator) as connection:
        connection.setblocking(False)
        ask = b"GET /stats HTTP/1.1\r\nHost: x\r\n\r\n" * 1_000
        try:
            while True:
                connection.send(ask)
        except BlockingIOError:
            pass
        assert is_alive(emulator)
        emulator.stop()


def test_a_call_under_way_ends_before_the_emulator_does(emulate: Emulate, world: Any) -> None:
    emulator = emulate(latency=0.2)
    client = RpcClient(emulator.authority)
    method, target, _, headers = client.signed(
        "AttachClassicLinkVpc", "2014-05-26", {"RegionId": REGION, "InstanceId": "i-3", "VpcId": "vpc-b"}
    )
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    with patch("providers.emulator.server.GRACE", PATIENCE), connect(emulator) as connection:
        connection.sendall(b"GET /stats HTTP/1.1\r\n\r\n" + "\r\n".join(lines).encode())
        assert connection.recv(1) == b"H", "the emulator has read what was sent"
        emulator.stop()
        assert b'"RequestId"' in everything(connection)
    assert {"instance_id": "i-3", "vpc_id": "vpc-b"} in json.loads(emulator.world.read_text())["links"]


def test_a_call_that_hangs_does_not_hold_up_the_end(emulate: Emulate) -> None:
    with patch("providers.emulator.server.GRACE", 0.05):
        emulator = emulate(faults=[{"action": "DescribeVpcs", "kind": "hang", "seconds": 3600}])
        client = RpcClient(emulator.authority)
        method, target, _, headers = client.signed("DescribeVpcs", "2016-04-28", {"RegionId": REGION})
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        with connect(emulator) as connection:
            connection.sendall(b"GET /stats HTTP/1.1\r\n\r\n" + "\r\n".join(lines).encode())
            assert connection.recv(1) == b"H", "the emulator has read what was sent"
            emulator.stop()
            assert b"RequestId" not in everything(connection)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=200) | st.text("GETPOST /?&=%:\r\n\0é", max_size=60).map(str.encode))
def test_any_bytes_leave_the_emulator_alive(emulator: Emulated, data: bytes) -> None:
    exchange(emulator, data)
    assert is_alive(emulator)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    parameters=st.dictionaries(
        st.sampled_from(["RegionId", "VpcId", "InstanceId", "InstanceIds", "PageSize", "NextToken", "MaxResults"]),
        st.text(max_size=30) | st.sampled_from([REGION, "i-1", "[1]", '["i-1"]', "{}", "[" * 9999, "9" * 99]),
    ),
    action=st.sampled_from(
        ["DescribeInstances", "DescribeClassicLinkInstances", "DescribeVpcs", "AttachClassicLinkVpc"]
    ),
    is_old=st.booleans(),
)
def test_any_parameters_get_an_answer(
    emulator: Emulated, parameters: dict[str, str], action: str, is_old: bool
) -> None:
    encodable = {name: value.encode(errors="replace").decode() for name, value in parameters.items()}
    answer = RpcClient(emulator.authority, is_old=is_old, in_form=True).call(action, **encodable)
    assert answer.status in (200, 400, 403, 404)
    assert answer.json["RequestId"]


@pytest.fixture
def emulator(emulate: Emulate) -> Emulated:
    return emulate()
