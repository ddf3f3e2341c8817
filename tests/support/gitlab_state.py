"""A server that keeps states as GitLab does, written from its documentation, with real HTTP and TLS.

A path that ends in the name of a state takes GET, and POST with `?ID=` and `Content-MD5`; the same with `/lock` takes
POST or LOCK, DELETE or UNLOCK.
Each serial of a state is taken once, and each version is kept. A refused lock says who holds it, and repeats the
operation of who asked.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.server
import json
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from support.ports import Port

USER, TOKEN = "ann", "glpat-hunter2"
_LOCK_FIELDS = ("ID", "Operation", "Info", "Who", "Version", "Created", "Path")


@dataclass
class Kept:
    """One state: its versions by serial, and its lock."""

    versions: dict[int, bytes] = field(default_factory=dict)
    lock: dict[str, Any] | None = None

    @property
    def latest(self) -> bytes | None:
        return self.versions[max(self.versions)] if self.versions else None


@dataclass(frozen=True)
class Fault:
    """What becomes of a request: with `drop` the connection is closed, before or after the work is done."""

    drop: str = ""
    status: int = 0
    location: str = ""
    body: bytes = b""


class GitLab:
    """The states of a project. `faults` has, by method, what becomes of the next requests; None is no fault.

    Its clock is `ahead` by so many seconds.
    """

    def __init__(self) -> None:
        self.states: dict[str, Kept] = {}
        self.requests: list[tuple[str, str, Mapping[str, str]]] = []
        self.faults: dict[str, deque[Fault | None]] = {}
        self.guard = threading.Lock()
        self._served = threading.Condition()
        self._at_work = 0
        self.before_work: Callable[[str, str], None] = lambda _method, _path: None
        self.before_reply: Callable[[str, str], None] = lambda _method, _path: None
        self.url = ""
        self.ahead = 0.0

    def state(self, name: str = "web") -> Kept:
        return self.states.setdefault(name, Kept())

    def fail(self, method: str, *faults: Fault | None) -> None:
        """The next requests of this method fail so, one after the other."""
        self.faults.setdefault(method, deque()).extend(faults)

    def settings(self, name: str = "web") -> dict[str, str | int | bool]:
        """The settings of the backend http for one state."""
        address = f"{self.url}/state/{name}"
        return {
            "address": address,
            "lock_address": f"{address}/lock",
            "unlock_address": f"{address}/lock",
            "lock_method": "POST",
            "unlock_method": "DELETE",
            "username": USER,
            "password": TOKEN,
            "retry_wait_min": 0,
        }

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """A request is being served."""
        with self._served:
            self._at_work += 1
        try:
            yield
        finally:
            with self._served:
                self._at_work -= 1
                self._served.notify_all()

    def settle(self) -> None:
        """Wait until every request that arrived is done with: its sender may be dead by now."""
        with self._served:
            assert self._served.wait_for(lambda: self._at_work == 0, 60)

    def methods(self) -> list[str]:
        return [method for method, _, _ in self.requests]


class _Handler(http.server.BaseHTTPRequestHandler):
    gitlab: GitLab
    protocol_version = "HTTP/1.1"

    def handle_one_request(self) -> None:
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            super().handle_one_request()

    def _serve(self) -> None:
        with self.gitlab.at_work():
            self._serve_one()

    def _serve_one(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        gitlab, method = self.gitlab, self.command
        gitlab.requests.append((method, self.path, dict(self.headers.items())))
        queue = gitlab.faults.get(f"{method} lock" if parts.path.endswith("/lock") else method)
        fault = (queue.popleft() if queue else None) or Fault()
        if fault.drop == "request":
            self.close_connection = True
            return
        if fault.status:
            self._answer(fault.status, fault.body, {"Location": fault.location} if fault.location else {})
            return
        gitlab.before_work(method, parts.path)
        with gitlab.guard:
            status, answer = self._work(method, parts.path, parse_qs(parts.query).get("ID", [""])[0], body)
        gitlab.before_reply(method, parts.path)
        if fault.drop == "reply":
            self.close_connection = True
            return
        self._answer(status, answer)

    do_GET = do_POST = do_DELETE = do_LOCK = do_UNLOCK = do_PUT = _serve  # noqa: N815 - as the library names them

    def _answer(self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _work(self, method: str, path: str, lock_id: str, body: bytes) -> tuple[int, bytes]:
        if not self._is_known():
            return 401, b'{"message": "401 Unauthorized"}'
        is_lock = path.endswith("/lock")
        kept = self.gitlab.state(path.removesuffix("/lock").rpartition("/")[2])
        if is_lock:
            return self._locking(kept, method, lock_id, json.loads(body or b"{}"))
        if method == "GET":
            return (204, b"") if kept.latest is None else (200, kept.latest)
        return self._update(kept, lock_id, body)

    def _is_known(self) -> bool:
        """Whether the token is right; it says by itself whose it is."""
        scheme, _, pair = self.headers.get("Authorization", "").partition(" ")
        return scheme == "Basic" and base64.b64decode(pair).decode().partition(":")[2] == TOKEN

    def _update(self, kept: Kept, lock_id: str, body: bytes) -> tuple[int, bytes]:
        if (kept.lock["ID"] if kept.lock else "") != lock_id:
            return 409, _said(kept.lock or {})
        md5 = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
        serial = json.loads(body).get("serial")
        if self.headers.get("Content-MD5") != md5 or not isinstance(serial, int):
            return 400, b'{"message": "400 Bad request"}'
        if serial in kept.versions:
            return 422, b'{"message": "Version has already been taken"}'
        kept.versions[serial] = body
        return 200, b""

    def _locking(self, kept: Kept, method: str, lock_id: str, info: dict[str, Any]) -> tuple[int, bytes]:
        if method in ("POST", "LOCK"):
            if any(not isinstance(info.get(name), str) for name in _LOCK_FIELDS):
                return 400, b'{"message": "400 Bad request"}'
            if kept.lock is not None:
                return 409, _said(
                    {**info, "ID": kept.lock["ID"], "Who": kept.lock["Who"], "Created": kept.lock["Created"]}
                )
            kept.lock = {**info, "Who": USER}
            return 200, _said(kept.lock)
        if kept.lock is None or kept.lock["ID"] != (lock_id or info.get("ID")):
            return 409, _said(kept.lock or {})
        kept.lock = None
        return 200, b""

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string((timestamp or time.time()) + self.gitlab.ahead)

    def log_message(self, *_arguments: object) -> None:
        pass


def _said(lock: Mapping[str, Any]) -> bytes:
    return json.dumps(lock).encode()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    tls: ssl.SSLContext | None = None

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Greets in the thread of the request, so that a client that is not trusted blocks no other one."""
        if self.tls is not None:
            with contextlib.suppress(OSError):
                super().finish_request(self.tls.wrap_socket(request, server_side=True), client_address)
            return
        super().finish_request(request, client_address)


class Running:
    """A server that can be stopped and started again at the same port."""

    def __init__(self, gitlab: GitLab, tls: ssl.SSLContext | None = None) -> None:
        self.gitlab, self._tls = gitlab, tls
        self._server: _Server | None = None
        self._port = Port()
        self.start()

    def start(self) -> None:
        handler = type("Handler", (_Handler,), {"gitlab": self.gitlab})
        self._server = _Server(("127.0.0.1", self._port.number), handler)
        self._server.tls = self._tls
        self.gitlab.url = f"{'https' if self._tls else 'http'}://127.0.0.1:{self._port.number}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


@contextlib.contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[GitLab]:
    """A server with no states, until the block ends."""
    running = Running(GitLab(), tls)
    try:
        yield running.gitlab
    finally:
        running.stop()
