"""The server: connections, and how it starts and ends."""

from __future__ import annotations

import asyncio
import json
import logging
import resource
import socket
import struct
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus

from providers.emulator.faults import GARBAGE
from providers.emulator.service import Reply, Service
from providers.emulator.stats import Stats
from providers.emulator.wire.http import LARGEST_HEAD, HttpProblem, HttpRequest, HttpResponse, read_request
from providers.mock.faults import FaultKind

PATIENCE = 60.0
"""Seconds that a client may take for a request, or leave a connection unused, or not read its answer."""
GRACE = 2.0
"""Seconds that calls under way have to end when the server does."""
MOST_CONNECTIONS = 4_000
_SPARE_FILES = 64
"""Open files that are not connections."""

_logger = logging.getLogger("cl.emulator")


class Server:
    """Serves one address until it is stopped."""

    def __init__(self, service: Service, stats: Stats, patience: float = PATIENCE) -> None:
        self._service = service
        self._stats = stats
        self._patience = patience
        self._most = _room_for_connections()
        self._connections: dict[asyncio.Task[None], StreamWriter] = {}
        self._busy = 0

    async def serve(self, host: str, port: int, started: Callable[[str, int], None], stop: asyncio.Event) -> None:
        """Serve until `stop` is set; `started` is given the address. Raises OSError where it cannot be listened at."""
        asyncio.get_running_loop().set_exception_handler(_log_quietly)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET  # of both, each would get a port of its own
        server = await asyncio.start_server(self._accept, host, port, family=family, limit=LARGEST_HEAD, backlog=1024)
        try:
            address = server.sockets[0].getsockname()
            started(address[0], address[1])
            await stop.wait()
        finally:
            server.close()
            await self._end()

    async def _end(self) -> None:
        """Let the calls under way end, then drop every connection."""
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE):
                while self._busy:
                    await asyncio.sleep(0.01)
        tasks = list(self._connections)
        for task, writer in list(self._connections.items()):
            writer.transport.abort()
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:  # only for the type checker: a coroutine of asyncio runs in a task
            return
        self._connections[task] = writer
        self._stats.connections += 1
        try:
            if len(self._connections) > self._most:
                writer.write(_plain(HTTPStatus.SERVICE_UNAVAILABLE, "Too many connections.").encode(keeps_alive=False))
            else:
                await self._converse(reader, writer)
        except (OSError, TimeoutError, asyncio.CancelledError):
            writer.transport.abort()
        except Exception as bug:
            _logger.error("this is a bug in the emulator: %r", bug)  # noqa: TRY400 (a terminal gets no traceback)
            _logger.debug("details", exc_info=bug)
            writer.write(_internal_error().encode(keeps_alive=False))
        finally:
            self._connections.pop(task, None)
            writer.close()

    async def _converse(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Answer one request after another."""
        while True:
            try:
                async with asyncio.timeout(self._patience):
                    request = await read_request(reader, writer)
            except HttpProblem as problem:
                writer.write(_plain(problem.status, problem.reason).encode(keeps_alive=False))
                return
            if request is None:
                return
            self._busy += 1
            try:
                reply = await self._service.answer(request)
                keeps_alive = self._write(writer, request, reply)
                async with asyncio.timeout(self._patience):
                    await writer.drain()
            finally:
                self._busy -= 1
            if not keeps_alive:
                return

    def _write(self, writer: StreamWriter, request: HttpRequest, reply: Reply) -> bool:
        """Send the reply, or what a fault of the wire makes of it. Whether the connection goes on."""
        data = reply.response.encode(keeps_alive=request.keeps_alive)
        match reply.fault:
            case FaultKind.RESET:
                _send_reset_on_close(writer)
                writer.transport.abort()
                return False
            case FaultKind.CLOSE:
                return False
            case FaultKind.TRUNCATE:
                writer.write(data[: len(data) - (len(reply.response.body) + 1) // 2])
                return False
            case FaultKind.GARBAGE:
                writer.write(GARBAGE)
                return False
        writer.write(data)
        return request.keeps_alive


def _send_reset_on_close(writer: StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _plain(status: HTTPStatus, text: str) -> HttpResponse:
    return HttpResponse(status, "text/plain", f"{text}\n".encode())


def _internal_error() -> HttpResponse:
    body = {"Code": "InternalError", "Message": "The request processing has failed due to some unknown error."}
    return HttpResponse(HTTPStatus.INTERNAL_SERVER_ERROR, "application/json", json.dumps(body).encode())


def _room_for_connections() -> int:
    """How many connections there can be: this process may not have more files open than its limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = MOST_CONNECTIONS + _SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(hard, needed)
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else max(1, min(MOST_CONNECTIONS, soft - _SPARE_FILES))


def _log_quietly(_loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """What goes wrong with a connection outside of its task is for the log alone."""
    _logger.info("%s: %s", context.get("message"), context.get("exception"))
