"""HTTP/1.1 as the server reads and writes it. Strict: what is not plain HTTP is refused, not guessed at."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from msgspec import Struct, field

LARGEST_HEAD = 64 * 1024
LARGEST_BODY = 1024 * 1024
MOST_HEADERS = 100

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})(?:[ \t]*;[^\r\n]*)?\r\n")


class HttpProblem(Exception):
    """A request that is not valid HTTP. It is answered with `status`, and the connection is closed."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class HttpRequest(Struct, frozen=True):
    """A request; names of headers are in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = b""
    keeps_alive: bool = True

    @property
    def host(self) -> str:
        return self.headers.get("host", "")


class HttpResponse(Struct, frozen=True):
    """A response. `headers` are those beside the length and the connection."""

    status: int
    content_type: str
    body: bytes
    headers: Sequence[tuple[str, str]] = field(default=())

    def encode(self, *, keeps_alive: bool) -> bytes:
        """The bytes of the wire, in one piece: sent in two, they would cost a client 40 ms."""
        lines = [f"HTTP/1.1 {self.status} {_reason(self.status)}", f"Content-Type: {self.content_type}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        lines += [f"Content-Length: {len(self.body)}", f"Connection: {'keep-alive' if keeps_alive else 'close'}"]
        return "\r\n".join([*lines, "", ""]).encode("latin-1", errors="replace") + self.body


async def read_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> HttpRequest | None:
    """The next request of a connection, or None where it has ended. Raises HttpProblem and OSError.

    The reader's limit is the size of the largest head.
    """
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    except asyncio.LimitOverrunError:
        raise HttpProblem(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The head is too large.") from None
    first, *lines = head.lstrip(b"\r\n").decode("latin-1").split("\r\n")
    method, target, version = _request_line(first)
    headers = _headers(lines[:-2])
    if headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    try:
        body = await _body(reader, headers)
    except asyncio.IncompleteReadError:
        return None
    path, _, query = target.partition("?")
    connection = {part.strip().lower() for part in headers.get("connection", "").split(",")}
    keeps_alive = "close" not in connection if version == "HTTP/1.1" else "keep-alive" in connection
    return HttpRequest(method, path, query, headers, body, keeps_alive)


def _request_line(line: str) -> tuple[str, str, str]:
    parts = line.split(" ")
    if len(parts) != 3 or not _TOKEN.fullmatch(parts[0]):
        raise HttpProblem(HTTPStatus.BAD_REQUEST, "The request line is not valid HTTP.")
    method, target, version = parts
    if version not in ("HTTP/1.1", "HTTP/1.0"):
        raise HttpProblem(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, "Only HTTP/1.1 and HTTP/1.0 are supported.")
    if method not in ("GET", "POST"):
        raise HttpProblem(HTTPStatus.METHOD_NOT_ALLOWED, "Only GET and POST are allowed.")
    if not target.startswith("/") or not target.isascii() or not target.isprintable():
        raise HttpProblem(HTTPStatus.BAD_REQUEST, "The target is not a path.")
    return method, target, version


def _headers(lines: Sequence[str]) -> Mapping[str, str]:
    if len(lines) > MOST_HEADERS:
        raise HttpProblem(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "There are too many headers.")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not _TOKEN.fullmatch(name) or "\r" in value or "\n" in value or "\0" in value:
            raise HttpProblem(HTTPStatus.BAD_REQUEST, "A header is not well formed.")
        name, value = name.lower(), value.strip(" \t")
        if name in headers and name in ("content-length", "transfer-encoding", "host", "authorization"):
            raise HttpProblem(HTTPStatus.BAD_REQUEST, f"The header {name} is repeated.")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers


async def _body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    length = headers.get("content-length")
    if "transfer-encoding" in headers:
        if length is not None or headers["transfer-encoding"].lower() != "chunked":
            raise HttpProblem(HTTPStatus.BAD_REQUEST, "The length of the body is not clear.")
        return await _chunks(reader)
    if length is None:
        return b""
    if not (length.isascii() and length.isdecimal()):
        raise HttpProblem(HTTPStatus.BAD_REQUEST, "The length of the body is not a number.")
    _check_length(int(length[:20]))
    return await reader.readexactly(int(length))


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while True:
        match = _CHUNK.fullmatch(await _line(reader))
        if match is None:
            raise HttpProblem(HTTPStatus.BAD_REQUEST, "A chunk is not well formed.")
        size = int(match[1], 16)
        _check_length(len(body) + size)
        body += await reader.readexactly(size)
        if size == 0:
            for _ in range(MOST_HEADERS):  # trailers, which say nothing here
                if await _line(reader) == b"\r\n":
                    return bytes(body)
            raise HttpProblem(HTTPStatus.BAD_REQUEST, "There are too many trailers.")
        if await reader.readexactly(2) != b"\r\n":
            raise HttpProblem(HTTPStatus.BAD_REQUEST, "A chunk is longer than it says.")


async def _line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n")
    except asyncio.LimitOverrunError:
        raise HttpProblem(HTTPStatus.BAD_REQUEST, "A line is too long.") from None


def _check_length(length: int) -> None:
    if length > LARGEST_BODY:
        raise HttpProblem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"At most {LARGEST_BODY} bytes are accepted.")


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
