"""The requests of GitLab's protocol, each of which settles its own outcome: read, write, lock and unlock.

A request whose reply was lost may have had its effect. A write is read back before it is sent again; a lock that is
refused because of its own id is held; an unlock that is refused after a lost reply was done.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar
from urllib.parse import quote

from msgspec import Struct

from planner.diagnostics import Diagnostic, Report, StateError, ignore
from planner.remedy import Remedy
from planner.state.backends.http.document import Document, parse
from planner.state.backends.http.transport import Address, Reply, Transport
from planner.state.backends.lease import LockLost
from planner.state.backends.patience import Away, Denied, Notice, Unreachable, cleaned, refusal
from planner.state.backends.protocol import LockInfo
from planner.state.backends.refusals import lock_lost
from planner.waits import Watch, unwatched

T = TypeVar("T")
Trying = Callable[[Callable[[], T]], T]
"""Repeats a request while it raises Unreachable; what it raises in the end is a StateError."""

KEYS = "CL_HTTP_USERNAME and CL_HTTP_PASSWORD"
"""The variables of the credentials."""
_DONE = range(200, 300)
_LOCKED = (409, 423)
_DENIED = (401, 403)
_LATER = (408, 425, 429)
_TOO_LARGE = 413
_NO_PROJECT = re.compile("project not found", re.IGNORECASE)
"""What GitLab says where there is no such project, or its user may not see it: that is no empty state."""
_PROCESS = re.compile(r"process (\d+) on (.+)")


class Calls(Struct, frozen=True):
    """Where the requests go, and with which methods. Without a lock address nothing is locked."""

    address: Address
    lock_address: Address | None
    unlock_address: Address | None
    update_method: str = "POST"
    lock_method: str = "LOCK"
    unlock_method: str = "UNLOCK"


@dataclass(frozen=True, slots=True)
class Retries:
    """How often a request is sent again, and after how many seconds: first `wait_min`, then twice that, and so on."""

    most: int = 2
    wait_min: float = 1.0
    wait_max: float = 30.0
    pause: Callable[[float], None] = field(default=time.sleep, repr=False)

    def trying(self, name: str, request: Callable[[], T], notice: Notice) -> T:
        """What `request` returns. Raises StateError: STA446 where nothing was reached, STA447 where it was denied."""
        with notice.trying() as failed:
            for done in range(self.most + 1):
                try:
                    return request()
                except Denied as problem:
                    raise StateError(refusal(name, problem, KEYS)) from None
                except Unreachable as problem:
                    failed()
                    if done == self.most:
                        raise Away(name, problem.why) from None
                    self.pause(min(self.wait_max, self.wait_min * 2**done))
        raise AssertionError("the last try returns or raises")


class Client:
    """Speaks to one address. Threads may share it."""

    def __init__(
        self,
        transport: Transport,
        calls: Calls,
        retries: Retries,
        report: Report = ignore,
        watch: Watch = unwatched,
    ) -> None:
        self._transport, self._calls, self._retries = transport, calls, retries
        self.name = str(calls.address)
        self.notice = Notice(self.name, report, "again, while an apply runs for up to a minute", watch=watch)

    @property
    def locks(self) -> bool:
        """Whether there is a lock at all."""
        return self._calls.lock_address is not None

    def now(self) -> float:
        """This moment by the clock of the server."""
        return self._transport.now()

    def trying(self, request: Callable[[], T]) -> T:
        """Try a request as often as the settings say; once, where the server was given up. Raises StateError."""
        retries = replace(self._retries, most=0) if self._transport.is_away else self._retries
        try:
            return retries.trying(self.name, request, self.notice)
        except StateError as error:
            self.give_up(error)
            raise

    def give_up(self, error: StateError) -> None:
        """A request has ended: a server that has timed out is not waited for again until it answers."""
        if any(problem.code == "STA446" for problem in error.diagnostics):
            self.hurry()

    def hurry(self) -> None:
        """Wait for the server only a few seconds from now on, until it answers."""
        self._transport.is_away = True

    def read(self) -> Document:
        """What is kept; an empty document where nothing is. Raises StateError."""
        body = self.trying(self._body)
        return parse(body, self.name) if body else Document()

    def write(self, document: Document, lock_id: str, trying: Callable[[Callable[[], None]], None]) -> None:
        """Replace what is kept. Raises LockLost where the lock is another's, and what `trying` raises."""
        body = document.dumps()
        url = self._calls.address.asking(f"ID={quote(lock_id)}" if lock_id else "")
        may_be_there = False

        def attempt() -> None:
            nonlocal may_be_there
            if may_be_there and self._body() == body:
                return
            may_be_there = True
            reply = self._transport.send(self._calls.update_method, url, body)
            if reply.status in _LOCKED and lock_id:
                raise LockLost(lock_lost(f"The lock {lock_id} of {self.name}"))
            self._expect_done(reply)
            may_be_there = False

        trying(attempt)

    def lock(self, info: LockInfo) -> LockInfo | None:
        """Take the lock; who holds it where it is not free. Raises StateError."""
        address = self._calls.lock_address
        assert address is not None  # noqa: S101 - the caller has looked
        body = _lock_body(info)

        def attempt() -> LockInfo | None:
            reply = self._transport.send(self._calls.lock_method, address.asking(""), body)
            if reply.status not in _LOCKED:
                self._expect_done(reply)
                return None
            holder = _holder(reply.body, info)
            return None if holder.id == info.id else holder

        return self.trying(attempt)

    def unlock(self, info: LockInfo, trying: Callable[[Callable[[], bool]], bool]) -> bool:
        """Release the lock; False where the server says that it is another's. Raises StateError."""
        address = self._calls.unlock_address
        assert address is not None  # noqa: S101 - the caller has looked
        url, was_sent = address.asking(f"ID={quote(info.id)}"), False

        def attempt() -> bool:
            nonlocal was_sent
            again, was_sent = was_sent, True
            reply = self._transport.send(self._calls.unlock_method, url, _lock_body(info))
            if reply.status in (*_LOCKED, 404):
                return again
            self._expect_done(reply)
            return True

        return trying(attempt)

    def _body(self) -> bytes:
        reply = self._transport.send("GET", self._calls.address.asking(""))
        if reply.status in (204, 404) and not _NO_PROJECT.search(_message(reply.body)):
            return b""
        self._expect_done(reply)
        return reply.body

    def _expect_done(self, reply: Reply) -> None:
        if reply.status in _DONE:
            return
        said = f"the server answers {reply.status}"
        if words := _message(reply.body):
            said += f": {words}"
        if reply.status in _DENIED or _NO_PROJECT.search(words):
            raise Denied(said)
        if reply.status in _LATER or reply.status >= 500:
            raise Unreachable(said)
        raise StateError(_not_understood(self.name, said, is_too_large=reply.status == _TOO_LARGE))


def _lock_body(info: LockInfo) -> bytes:
    return json.dumps(
        {
            "ID": info.id,
            "Operation": info.operation,
            "Info": f"process {info.pid} on {info.host}" if info.host else "",
            "Who": info.who,
            "Version": "cl",
            "Created": info.since,
            "Path": "",
        }
    ).encode()


def _holder(body: bytes, asking: LockInfo) -> LockInfo:
    """Who holds a lock by the server's answer. GitLab repeats operation and process of who asks: those say nothing."""
    found = _object(body)
    said = {name: cleaned(value) for name, value in found.items() if isinstance(value, str)}
    process = _PROCESS.fullmatch(said.get("Info", ""))
    is_echo = process is not None and (process[1], process[2]) == (str(asking.pid), asking.host)
    operation = "" if is_echo else said.get("Operation", "")
    pid, host = (int(process[1]), process[2]) if process and not is_echo else (0, "")
    who, since = said.get("Who") or "another process", said.get("Created", "")
    return LockInfo(said.get("ID", ""), who, pid, host, since, operation, "")


def _message(body: bytes) -> str:
    """What a refusal says, in a few words."""
    found = _object(body)
    said = found.get("message") or found.get("error")
    return cleaned(said) if isinstance(said, str) else ""


def _object(body: bytes) -> Mapping[str, object]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _not_understood(name: str, said: str, *, is_too_large: bool = False) -> Diagnostic:
    remedy = "Check the addresses and methods of the backend's settings."
    if is_too_large:
        remedy = "Let the server, and each proxy before it, accept larger requests, or use the backend pg, s3 or oss."
    detail = f"{name}: {said}. It does not take this request."
    return Diagnostic("STA469", "Backend does not take the request", detail, Remedy.of(remedy))
