"""The lock of the state, as its holder has it, and the journal that goes to the server now and then.

The plan is in the document before the first call. Records are gathered and sent every ten seconds, or twenty times as
long as sending takes, so that a large document does not keep the server busy. What a process did since is lost
with it: after a crash the cloud is asked about every step of the plan without a fact.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

from planner.diagnostics import Diagnostic, StateError
from planner.remedy import Remedy
from planner.state.backends.http.client import Client
from planner.state.backends.http.document import Document, Journalled
from planner.state.backends.patience import Away, Patience, Unreachable
from planner.state.backends.protocol import LockInfo, Stored, Version
from planner.state.backends.refusals import journal_in_the_way
from planner.threads import start
from planner.values import replace

INTERVAL_SECONDS = 10.0
"""How often records are sent at most."""
_TIMES_SENDING = 20


class HttpHeld:
    """Writes the document; no other command does while the lock is held. Threads may share it."""

    def __init__(self, client: Client, info: LockInfo, patience: Patience, interval: float = INTERVAL_SECONDS) -> None:
        """`interval` is how many seconds pass between two journals that are sent, at least. Raises StateError.

        `failure` is why nothing is sent any more.
        """
        self.info = info
        self._client, self._patience, self._interval = client, patience, interval
        self._lock_id = info.id if client.locks else ""
        self._document = client.read()
        self._writing = threading.Lock()
        self._gathering = threading.Lock()
        self._pending = b""
        self.failure: StateError | None = None
        self._answers = self._is_settled = True
        self._ended = threading.Event()
        self._sender = threading.Thread(target=self._send_often, name="journal over HTTP", daemon=True)

    def check(self) -> None:
        """Raises StateError once the lock is lost, or the server was not reached for a minute."""
        if self.failure is not None:
            raise StateError(self.failure.diagnostics)

    def is_sure(self) -> bool:
        """Whether the server answered last time."""
        return self._answers and self.failure is None

    def begin(self, data: bytes) -> None:
        with self._alone():
            if self._document.journal is not None:
                raise StateError(journal_in_the_way(journal_name(self._client.name)))
            self._write(replace(self._document, journal=self._journalled(data)))
        if not self._sender.is_alive():
            start(self._sender)

    def append(self, data: bytes) -> None:
        """Gather records. They are sent within the interval, not at once: a crash may take the last ones away."""
        self.check()
        self.note(data)

    def note(self, data: bytes) -> None:
        with self._gathering:
            self._pending += data

    def write(self, text: str, version: Version, after: int | None, *, ends_journal: bool = False) -> None:
        with self._alone():
            found = self._with_pending()
            state = Stored(text, version.serial, version.lineage)
            self._write(replace(found, state=state, journal=None if ends_journal else found.journal))

    def rewrite(self, reseal: Callable[[str], str]) -> None:
        with self._alone():
            found = self._with_pending()
            if found.state is not None:
                self._write(replace(found, state=replace(found.state, text=reseal(found.state.text))))

    def end_journal(self) -> None:
        with self._alone():
            if self._document.journal is not None:
                self._write(replace(self._document, journal=None))
                self._pending = b""

    def touch(self) -> None:
        """Write what is there once more, and read it back. Raises StateError."""
        with self._alone():
            self._write(self._document)
            if self._client.read() != self._document:
                raise StateError(_not_kept(self._client.name))

    def send(self) -> None:
        """Send what was gathered. Raises StateError."""
        with self._alone():
            found = self._with_pending()
            if found is not self._document:
                self._write(found)

    def close(self) -> None:
        """Send the last records, as far as that can be done, and send no more."""
        self._ended.set()
        if self.failure is not None:
            return
        if self._sender.is_alive():
            self._sender.join()
        with contextlib.suppress(StateError):  # the cloud can be asked about lost facts
            self.send()

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Let no other thread write. Who gives the wait for it up sends nothing any more, and waits for nothing."""
        try:
            with self._writing:
                yield
        except Away as away:
            self.failure = away
            self._client.give_up(away)
            raise

    def _with_pending(self) -> Document:
        """The document with the records that were gathered since it was sent; the same one where there are none."""
        journal = self._document.journal
        with self._gathering:
            if journal is None or not self._pending:
                return self._document
            data, self._pending = journal.data + self._pending, b""
        return replace(self._document, journal=self._journalled(data))

    def _journalled(self, data: bytes) -> Journalled:
        return Journalled(data, self._client.now())

    def _write(self, document: Document) -> None:
        """Send a document, for a minute at most. After a failure nothing is sent any more. Raises StateError."""
        self.check()
        last = self._document.serial if self._is_settled else self._client.read().serial
        document = replace(document, serial=last + 1)
        self._is_settled = False  # an interrupt may leave the request sent, and its serial used
        try:
            self._client.write(document, self._lock_id, self._trying)
        except StateError as problem:
            self.failure = problem
            self._client.give_up(problem)
            raise
        self._document, self._is_settled = document, True

    def _trying(self, request: Callable[[], None]) -> None:
        def attempt() -> None:
            try:
                request()
            except Unreachable:
                self._answers = False
                raise
            self._answers = True

        self._patience.trying(attempt)

    def _send_often(self) -> None:
        wait = self._interval
        while not self._ended.wait(wait):
            began = time.monotonic()
            try:
                self.send()
            except StateError:
                return  # `check` says it
            wait = max(self._interval, _TIMES_SENDING * (time.monotonic() - began))


def _not_kept(name: str) -> Diagnostic:
    return Diagnostic(
        "STA470",
        "Backend does not keep what is written",
        f"{name}: it does not return what was just written.",
        Remedy.of("Check the addresses and methods of the backend's settings, and what is between cl and the server."),
    )


def journal_name(address: str) -> str:
    """What messages call the journal at an address."""
    return f"The journal at {address}"
