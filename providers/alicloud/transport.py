"""One HTTP request and its answer. It distinguishes whether the request can have reached the cloud.

No redirect is followed and nothing is sent twice: a caller decides that, who knows what the request does.
"""

from __future__ import annotations

import http.client
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import ClassVar
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]

from msgspec import Struct
from urllib3 import (
    BaseHTTPResponse,
    HTTPConnectionPool,
    HTTPSConnectionPool,
    PoolManager,
    ProxyManager,
    Timeout,
    make_headers,
)
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    IncompleteRead,
    InvalidChunkLength,
    NameResolutionError,
    NewConnectionError,
    ReadTimeoutError,
    SSLError,
)

from planner.durations import written

_MOST_BYTES = 64 * 1024 * 1024
"""An answer beyond this is none of the API's."""
SILENT_SECONDS = 2.0
"""After how long without an answer a host is named as what is waited for."""
_HOSTS = 8
"""Hosts to which connections are kept open."""
_PART = 1024 * 1024
"""Bytes that are read at a time."""
_TUNNEL_REFUSED = re.compile(r"Tunnel connection failed: (\d{3})\b", re.ASCII)
"""What `http.client` says where a proxy lets nothing through."""
PROXY_FORM = "http://user:password@host:port"


class NotSent(Exception):
    """No connection could be made: the cloud has not seen the request. `reason` says why, in plain words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ReplyLost(Exception):
    """The request was sent, or a part of it, and there is no whole answer. `reason` says why, in plain words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Answer(Struct, frozen=True):
    """What came back: header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Route(Struct, frozen=True):
    """How a host is reached. Times are in seconds; without a proxy of its own, the environment's is used."""

    scheme: str = "https"
    ca_file: str | None = None
    proxy: str | None = None
    no_proxy: str | None = None
    connect_timeout: float = 5.0
    read_timeout: float = 30.0


class Transport:
    """Connections to any number of hosts, kept open between requests. Safe to use from several threads."""

    def __init__(self, route: Route, connections: int) -> None:
        """`connections` are kept open for each host at most."""
        self._route = route
        self._timeout = Timeout(connect=route.connect_timeout, read=route.read_timeout)
        self._connections = connections
        self._managers: dict[str | None, PoolManager] = {}
        self._proxies: dict[str, str | None] = {}
        self._lock = threading.Lock()
        self._under_way: dict[object, tuple[str, float]] = {}
        self._answered: dict[str, float] = {}

    def awaited(self, now: Callable[[], float] = time.monotonic) -> str | None:
        """The host that has requests and has answered none for `SILENT_SECONDS`; None if there is none."""
        with self._lock:
            oldest = dict(reversed(self._under_way.values()))
            last = {host: max(began, self._answered.get(host, began)) for host, began in oldest.items()}
        moment = now()
        return next((host for host, since in last.items() if moment - since >= SILENT_SECONDS), None)

    def post(self, authority: str, query: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """Send a request to `/` and wait for the answer. Raises NotSent or ReplyLost."""
        with self._waiting(authority):
            return self._post(authority, query, headers, body)

    @contextmanager
    def _waiting(self, authority: str) -> Iterator[None]:
        request = object()
        with self._lock:
            self._under_way[request] = authority, time.monotonic()
        try:
            yield
        finally:
            with self._lock:
                del self._under_way[request]
                self._answered[authority] = time.monotonic()

    def _post(self, authority: str, query: str, headers: Mapping[str, str], body: bytes) -> Answer:
        url = f"{self._route.scheme}://{authority}/?{query}"
        proxy = self._proxy(authority)
        manager = self._manager(proxy)
        try:
            response = manager.urlopen(
                "POST",
                url,
                redirect=False,
                retries=False,
                headers=dict(headers),
                body=body,
                timeout=self._timeout,
                preload_content=False,
                decode_content=False,
            )
            answered = _whole_body(response)
        except NotSent as problem:
            if proxy is None:
                raise
            raise NotSent(f"{problem.reason} (through the proxy {_split_proxy(proxy)[0]})") from None
        except ReadTimeoutError:
            raise ReplyLost(f"no answer in {written(self._route.read_timeout)}") from None
        except HTTPError as error:
            raise ReplyLost(_why_lost(error)) from None
        found = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status, found, answered)

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            for manager in self._managers.values():
                manager.clear()
            self._managers.clear()

    def _manager(self, proxy: str | None) -> PoolManager:
        with self._lock:
            if proxy not in self._managers:
                self._managers[proxy] = self._open(proxy)
            return self._managers[proxy]

    def _open(self, proxy: str | None) -> PoolManager:
        manager: PoolManager
        if proxy is None:
            manager = PoolManager(num_pools=_HOSTS, maxsize=self._connections, ca_certs=self._route.ca_file)
        else:
            address, headers = _split_proxy(proxy)
            manager = ProxyManager(
                address,
                num_pools=_HOSTS,
                proxy_headers=headers,
                maxsize=self._connections,
                ca_certs=self._route.ca_file,
            )
        manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
        return manager

    def _proxy(self, authority: str) -> str | None:
        with self._lock:
            if authority not in self._proxies:  # the environment is read once: it is long, and stays as it is
                self._proxies[authority] = self._proxy_for(authority)
            return self._proxies[authority]

    def _proxy_for(self, authority: str) -> str | None:
        environment = getproxies_environment()
        excepted = self._route.no_proxy if self._route.no_proxy is not None else environment.get("no", "")
        if proxy_bypass_environment(authority, {"no": excepted}):
            return None
        return self._route.proxy or environment.get(self._route.scheme) or environment.get("all") or None


def _whole_body(response: BaseHTTPResponse) -> bytes:
    """The body to its announced end. Raises HTTPError where it ends early, ReplyLost where it has no end."""
    try:
        parts = []
        length = 0
        while part := response.read(_PART):
            parts.append(part)
            length += len(part)
            if length > _MOST_BYTES:
                raise ReplyLost(f"the answer was longer than {_MOST_BYTES:,} bytes")
    except BaseException:
        response.close()
        raise
    response.release_conn()
    return b"".join(parts)


def is_proxy(text: str) -> bool:
    """Whether this is the address of a proxy, with or without a scheme, and a name and a password."""
    try:
        _split_proxy(text)
    except NotSent:
        return False
    return True


def _split_proxy(text: str) -> tuple[str, dict[str, str] | None]:
    """The address of a proxy, and the header for the name and the password in it. Raises NotSent, and quotes nothing.

    A password with a reserved character in it makes an address of another shape, whose parts are not what they seem.
    """
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        is_whole = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        if not is_whole or parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError
        credentials = None if parts.username is None else f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers = make_headers(proxy_basic_auth=credentials) if credentials else None
    except ValueError:
        raise NotSent(f"the address of the proxy is not of the form {PROXY_FORM}") from None
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}", headers


def _why_lost(error: HTTPError) -> str:
    """What broke, without the addresses and object names that the library puts into its sentences."""
    if isinstance(error, IncompleteRead) or isinstance(error.__cause__, IncompleteRead):
        return "the answer was cut short"
    if isinstance(error, InvalidChunkLength):
        return "the answer was garbled"
    cause = error.args[-1] if error.args else None
    if isinstance(cause, http.client.RemoteDisconnected):
        return "the connection was closed before an answer came"
    if isinstance(cause, ConnectionResetError | BrokenPipeError):
        return "the connection was reset"
    if isinstance(cause, http.client.HTTPException):
        return "the answer was not HTTP"
    return "the connection broke"


def _why_not_sent(error: Exception) -> str:
    if isinstance(error, NameResolutionError):
        return "its name cannot be resolved"
    if isinstance(error, NewConnectionError):
        return f"no connection: {_system_words(error)}"
    if isinstance(error, ConnectTimeoutError | TimeoutError):
        return "no connection in time"
    cause = error.args[0] if error.args else error
    if isinstance(cause, ssl.SSLCertVerificationError) or isinstance(error, ssl.SSLCertVerificationError):
        found = cause if isinstance(cause, ssl.SSLCertVerificationError) else error
        assert isinstance(found, ssl.SSLCertVerificationError)  # noqa: S101 - one of the two is
        return f"its certificate is not trusted: {found.verify_message}"
    if isinstance(error, ssl.SSLError | SSLError):
        return "no TLS connection could be agreed on"
    if isinstance(error, OSError) and error.strerror:
        return f"no connection: {error.strerror}"
    if refused := _TUNNEL_REFUSED.match(str(error)):
        return f"no connection: refused with HTTP status {refused[1]}"
    return "no connection"


def _system_words(error: NewConnectionError) -> str:
    cause = error.__cause__
    return cause.strerror if isinstance(cause, OSError) and cause.strerror else "it was refused"


@contextmanager
def _nothing_sent() -> Iterator[None]:
    """Whatever fails in here, failed before a byte of the request was sent."""
    try:
        yield
    except (OSError, HTTPError, http.client.HTTPException) as error:
        raise NotSent(_why_not_sent(error)) from None


class _PlainConnection(HTTPConnection):
    def connect(self) -> None:
        with _nothing_sent():
            super().connect()


class _SecureConnection(HTTPSConnection):
    def connect(self) -> None:
        with _nothing_sent():
            super().connect()


class _PlainPool(HTTPConnectionPool):
    ConnectionCls: ClassVar[type[HTTPConnection]] = _PlainConnection  # type: ignore[misc]


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls: ClassVar[type[HTTPSConnection]] = _SecureConnection  # type: ignore[misc]
