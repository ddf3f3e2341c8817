"""One HTTP request and its reply. Nothing is repeated here, and credentials reach no host but the one that was named.

The standard library does all of it: a command makes a handful of requests, so that connections need not be kept, and
`urllib` brings the proxies of the environment.
"""

from __future__ import annotations

import base64
import contextlib
import email.utils
import hashlib
import http.client
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urljoin, urlsplit, urlunsplit

from planner.diagnostics import Diagnostic, StateError
from planner.reading import MOST_BYTES
from planner.remedy import Remedy
from planner.state.backends.patience import Unreachable, cleaned
from planner.state.backends.resolve import without_password

TIMEOUT_SECONDS = 25.0
"""How long the server may keep silent."""
_AWAY_SECONDS = 5.0
"""How long it may after a first timeout: a command whose backend is away ends soon."""
_MOST_REDIRECTS = 3
_PART = 2**20
_KEEPS_METHOD = (307, 308)
_REDIRECTS = (301, 302, 303, *_KEEPS_METHOD)
_DONE = range(200, 300)
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server answered."""

    status: int
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a request goes, without user and password. It is printed as it may be shown."""

    url: str = field(repr=False)

    def __str__(self) -> str:
        return without_password(self.url)

    def asking(self, query: str) -> str:
        """The address with one more part of its query."""
        parts = urlsplit(self.url)
        return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, query))), fragment=""))


@dataclass(frozen=True, slots=True)
class Credentials:
    """What goes with every request."""

    username: str = ""
    password: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def as_headers(self) -> dict[str, str]:
        found: dict[str, str] = {}
        if self.username or self.password:
            pair = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
            found["Authorization"] = f"Basic {pair}"
        return {**found, **self.headers}


class Transport:
    """Sends requests, one connection each. Threads may share it."""

    def __init__(self, credentials: Credentials, tls: ssl.SSLContext | None, timeout: float = TIMEOUT_SECONDS) -> None:
        """`tls` is made where an address needs it; `timeout` is in seconds.

        `is_away` is for who gives the server up: it is waited for less long then, until it answers.
        """
        self.is_away = False
        self._credentials, self._timeout = credentials, timeout
        self._opener = urllib.request.OpenerDirector()
        handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler(), urllib.request.HTTPHandler()]
        if tls is not None:
            handlers.append(urllib.request.HTTPSHandler(context=tls))
        for handler in handlers:  # none that follows a redirect, asks for a password or opens files
            self._opener.add_handler(handler)
        self._ahead = 0.0

    def now(self) -> float:
        """This moment by the clock of the server, as far as it was heard; in seconds since the epoch."""
        return time.time() + self._ahead

    def send(self, method: str, url: str, body: bytes | None = None) -> Reply:
        """Send a request and wait for the reply, whatever its status is.

        Raises Unreachable where there is no whole reply, and StateError where the server cannot be trusted.
        """
        for _ in range(_MOST_REDIRECTS + 1):
            status, headers, answer = self._once(method, url, body)
            if status not in _REDIRECTS:
                return Reply(status, answer)
            url = _redirected(url, headers.get("Location"), method, status)
        raise Unreachable("the server redirects too many times")

    def _once(self, method: str, url: str, body: bytes | None) -> tuple[int, http.client.HTTPMessage, bytes]:
        headers = {"Accept": "application/json", **self._credentials.as_headers()}
        if body is not None:
            headers |= {"Content-Type": "application/json", "Content-MD5": _md5(body)}
        request = urllib.request.Request(url, data=body, headers=headers, method=method)  # noqa: S310 - checked before
        try:
            with self._opener.open(request, timeout=self._wait()) as response:
                answer = _whole(response)
                if response.status in _DONE and answer.lstrip()[:1] == b"<":
                    raise Unreachable("the answer is an HTML page, perhaps of a proxy or a login")
                self.is_away = False
                self._hear(response.headers)
                return response.status, response.headers, answer
        except urllib.error.URLError as problem:
            raise _failure(problem.reason, url) from None
        except (OSError, http.client.HTTPException) as problem:
            raise _failure(problem, url) from None

    def _wait(self) -> float:
        return min(self._timeout, _AWAY_SECONDS) if self.is_away else self._timeout

    def _hear(self, headers: http.client.HTTPMessage) -> None:
        with contextlib.suppress(TypeError, ValueError):
            self._ahead = email.utils.parsedate_to_datetime(headers["Date"]).timestamp() - time.time()


def address_of(text: str) -> tuple[Address, Credentials]:
    """The address that a setting says, and the credentials in it. Raises ValueError where it is none of HTTP."""
    parts = urlsplit(text)
    if parts.scheme not in _PORTS or not parts.hostname or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError
    _ = parts.port  # raises where it is no number
    found = Credentials(unquote(parts.username or ""), unquote(parts.password or ""))
    return Address(urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))), found


def _md5(body: bytes) -> str:
    return base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()


def _whole(response: http.client.HTTPResponse) -> bytes:
    found = bytearray()
    while part := response.read(_PART):
        found += part
        if len(found) > MOST_BYTES:
            raise Unreachable("its answer is too long for a state")
    return bytes(found)


def _failure(reason: object, url: str) -> Exception:
    if isinstance(reason, ssl.SSLCertVerificationError):
        return StateError(_not_trusted(url, reason.verify_message))
    if isinstance(reason, TimeoutError):
        return Unreachable("no answer in time")
    if isinstance(reason, http.client.HTTPException):
        return Unreachable(f"the connection broke off ({type(reason).__name__})")
    if isinstance(reason, OSError):
        return Unreachable(reason.strerror or type(reason).__name__)
    return Unreachable(type(reason).__name__)


def _redirected(url: str, location: str | None, method: str, status: int) -> str:
    """Where a redirect leads. Raises StateError where credentials would go to another host, or in clear."""
    here, there = urlsplit(url), urlsplit(urljoin(url, location or ""))
    is_kept = status in _KEEPS_METHOD or method == "GET"
    if not is_kept or not location or _origin(here) not in (_origin(there), _upgraded(there)):
        raise StateError(_strange_redirect(url, there.hostname or "nowhere"))
    return urlunsplit(there)


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)


def _upgraded(there: SplitResult) -> tuple[str, str | None, int | None] | None:
    """The origin that may redirect to this one because it is the same host, encrypted."""
    return ("http", there.hostname, 80) if _origin(there) == ("https", there.hostname, 443) else None


def _not_trusted(url: str, why: str) -> Diagnostic:
    host = urlsplit(url).hostname
    return Diagnostic(
        "STA467",
        "Connection is not trusted",
        f"The certificate of {host} cannot be verified: {cleaned(why)}. Nothing was sent.",
        Remedy.of(
            "Give the certificate of its authority in client_ca_certificate_pem (CL_HTTP_CLIENT_CA_CERTIFICATE_PEM)."
        ),
    )


def _strange_redirect(url: str, host: str) -> Diagnostic:
    return Diagnostic(
        "STA468",
        "Backend redirects elsewhere",
        f"{urlsplit(url).hostname} redirects to {cleaned(host)}. cl follows redirects only to the same host, so that "
        "no other host gets credentials or states.",
        Remedy.of("If the new address is right, set it in the backend's settings."),
    )
