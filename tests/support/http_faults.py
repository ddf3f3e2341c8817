"""An HTTP proxy on this machine that is slow, loses replies, answers for the server, or breaks connections."""

from __future__ import annotations

import contextlib
import http.client
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from support.watching import PATIENCE

LOSE = "lose"
"""The server does what it was asked, and the connection breaks instead of its reply."""
CLOSE = "close"
"""The connection breaks before the server hears of the request."""
HTML = b"<!DOCTYPE html>\n<html><title>Sign in</title></html>\n"
"""With status 200, in place of the server's answer: a proxy whose login has expired. The server hears nothing."""
Fault = str | int | float | bytes
"""One of these, the status of an answer that the server never hears of, or after how many seconds it hears of it."""

Choice = Callable[[int, str], Fault | None]
"""What happens to a request, by its number from 1 and what it is: `PUT /bucket/key`."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


class HttpProxy:
    """Leads requests to a port of this machine; `port` is its own. `delay` is how long each one takes, in seconds."""

    def __init__(self, target: int, delay: float = 0.0, tls: ssl.SSLContext | None = None) -> None:
        self.delay = delay
        self.asked: list[str] = []
        self._choice: Choice = lambda _number, _what: None
        self._lock = threading.Lock()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                with contextlib.suppress(OSError):
                    super().handle_one_request()
                    return
                self.close_connection = True

            def __getattr__(self, name: str) -> Callable[[], None]:
                if name.startswith("do_"):
                    return self._lead
                raise AttributeError(name)

            def _lead(self) -> None:
                proxy.lead(self, target)

            def log_message(self, *_args: object) -> None:
                pass

        self._server = _Server(("127.0.0.1", 0), Handler)
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def choose(self, choice: Choice) -> None:
        """Let `choice` say what happens to each request from now on; it counts from 1."""
        with self._lock:
            self.asked, self._choice = [], choice

    def fail(self, pattern: str, fault: Fault, times: int = 1) -> None:
        """Let this happen to the next requests that match."""
        left = iter(range(times))

        def choice(_number: int, what: str) -> Fault | None:
            return fault if re.search(pattern, what) and next(left, None) is not None else None

        self.choose(choice)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def lead(self, handler: BaseHTTPRequestHandler, target: int) -> None:
        """Serve one request."""
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        what = f"{handler.command} {handler.path}"
        with self._lock:
            self.asked.append(what)
            fault = self._choice(len(self.asked), what)
        if self.delay:
            time.sleep(self.delay)
        if isinstance(fault, int | bytes):
            page = fault if isinstance(fault, bytes) else b""
            handler.send_response(200 if page else int(fault))
            handler.send_header("Content-Length", str(len(page)))
            handler.end_headers()
            if handler.command != "HEAD":
                handler.wfile.write(page)
            return
        if isinstance(fault, float):
            time.sleep(fault)
        if fault == CLOSE:
            handler.close_connection = True
            return
        status, headers, answer = _asked(handler, target, body)
        if fault == LOSE:
            handler.close_connection = True
            return
        handler.send_response_only(status)
        for name, value in headers:
            handler.send_header(name, value)
        if status != 204 and not any(name.lower() == "content-length" for name, _ in headers):
            handler.send_header("Content-Length", str(len(answer)))
        handler.end_headers()
        handler.wfile.write(answer)


_kept = threading.local()


def _asked(handler: BaseHTTPRequestHandler, target: int, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
    """What the server answers."""
    connection = getattr(_kept, "connection", None)
    if connection is None or connection.port != target:
        connection = _kept.connection = http.client.HTTPConnection("127.0.0.1", target, timeout=PATIENCE)
    try:
        connection.putrequest(handler.command, handler.path, skip_host=True, skip_accept_encoding=True)
        for name, value in handler.headers.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        data = answer.read()
    except (OSError, http.client.HTTPException):
        connection.close()
        del _kept.connection
        raise ConnectionError from None
    headers = [(name, value) for name, value in answer.getheaders() if name.lower() != "transfer-encoding"]
    return answer.status, headers, data


@contextlib.contextmanager
def http_proxy(target: int, delay: float = 0.0, tls: ssl.SSLContext | None = None) -> Iterator[HttpProxy]:
    """A proxy until the block ends."""
    running = HttpProxy(target, delay, tls)
    try:
        yield running
    finally:
        running.close()
