"""The lock of a workspace, as its holder has it: what only the holder writes.

All of it goes over the one connection whose session has the lock, so whatever succeeds there shows that the lock was
held. Where the connection breaks, the holder reconnects and takes its own lock again under a new token, unless another
command took it: that ends what may still be under way of the former session. Then it reads back what it wrote last,
whose reply may be lost.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

from planner.diagnostics import StateError
from planner.state.backends.lease import Lease, LockLost, Tenure
from planner.state.backends.patience import Unreachable
from planner.state.backends.pg import statements as sql
from planner.state.backends.pg import words
from planner.state.backends.pg.access import Access
from planner.state.backends.pg.lock import Taken, announced
from planner.state.backends.pg.session import Session
from planner.state.backends.protocol import LockInfo, Version
from planner.state.backends.refusals import journal_in_the_way, lock_lost
from planner.state.backends.who import now, who

_AFTER_A_BREAK = 0.5
"""Seconds between attempts to reconnect."""


class PgHeld:
    """See `planner.state.backends.protocol.Held`."""

    def __init__(self, workspace: str, names: tuple[str, str], access: Access, taken: Taken) -> None:
        """`names` are what messages call the state and its journal."""
        self.info: LockInfo = taken.info
        self._workspace, self._access, self._history = workspace, access, access.options.history
        self._name, self._journal_name = names
        self._session, self._tokens = taken.session, taken.tokens
        self._one_at_a_time = threading.RLock()
        self._tenure = Tenure(self._name, Lease(access.options.lease), self._renew, taken.began)
        self._failure: StateError | None = None
        self._end = 0
        self._noted: list[bytes] = []
        self._look_now, self._is_ending = threading.Event(), False

    @contextlib.contextmanager
    def kept(self) -> Iterator[PgHeld]:
        """Hold the lock until the block ends, with a sign of life now and then."""
        try:
            with self._tenure.kept(self._pause):
                try:
                    yield self
                finally:
                    self._is_ending = True
                    self._look_now.set()
        finally:
            self._release()

    def check(self) -> None:
        self._tenure.check()
        if self._failure is not None:
            raise self._failure

    def is_sure(self) -> bool:
        if self._failure is not None or self._session.is_broken or not self._tenure.is_sure():
            return False
        if not self._one_at_a_time.acquire(blocking=False):
            return True  # a statement is under way, which will show whether the connection lives
        try:
            is_alive = self._session.is_alive()
        finally:
            self._one_at_a_time.release()
        if not is_alive:
            self._look_now.set()
        return is_alive

    def begin(self, data: bytes) -> None:
        def begin(session: Session) -> None:
            with session.transaction():
                session.change(sql.MAKE, self._workspace)
                begun = session.change(sql.BEGIN, data, self._workspace, self._token, self._workspace)
            if not begun:
                self._fence(session)
                raise StateError(journal_in_the_way(self._journal_name))

        self._settle(begin, lambda session: self._is_end(session, 1, data))
        self._end = 1

    def append(self, data: bytes) -> None:
        if self._failure is not None:
            raise self._failure
        data = b"".join((*self._noted, data))
        number = self._end + 1

        def append(session: Session) -> None:
            if not session.change(sql.APPEND, number, data, self._workspace, self._token):
                raise self._lost()

        try:
            self._settle(append, lambda session: self._is_end(session, number, data))
        except StateError as error:
            self._failure = error
            raise
        self._noted.clear()
        self._end = number

    def note(self, data: bytes) -> None:
        if self._failure is None:
            self._noted.append(data)

    def write(self, text: str, version: Version, after: int | None, *, ends_journal: bool = False) -> None:
        kept = (version.when, version.who, version.operation, version.plan_id, version.steps)

        def write(session: Session) -> None:
            with session.transaction():
                self._fence(session)
                if self._history:
                    session.change(sql.KEEP_REPLACED, now(), who(), "kept when it was replaced", self._workspace)
                present = (self._workspace, version.serial, version.lineage, text, after, after)
                if not session.change(sql.PUT, *present):
                    raise self._lost()  # another process wrote without the lock
                if self._history:
                    session.change(sql.KEEP, *kept, self._workspace)
                session.change(sql.THIN, self._workspace, self._workspace, self._history)
                if ends_journal:
                    session.change(sql.END_JOURNAL, self._workspace)

        self._settle(write, lambda session: session.rows(sql.READ, self._workspace) == [
            (text, version.serial, version.lineage)
        ])  # fmt: skip
        if ends_journal:
            self._has_no_journal()

    def rewrite(self, reseal: Callable[[str], str]) -> None:
        def rewrite(session: Session) -> None:
            with session.transaction():
                self._fence(session)
                replaced: dict[str, str] = {}  # the state and its version stay the same text
                for body, _, _ in session.rows(sql.READ, self._workspace):
                    replaced[str(body)] = reseal(str(body))
                    session.change(sql.REPLACE, replaced[str(body)], self._workspace)
                for number, body in session.rows(sql.KEPT, self._workspace):
                    with contextlib.suppress(StateError):
                        again = replaced.get(str(body)) or reseal(str(body))
                        session.change(sql.REPLACE_KEPT, again, _number(number))

        self._settle(rewrite, lambda _session: False)

    def end_journal(self) -> None:
        def end(session: Session) -> None:
            with session.transaction():
                self._fence(session)
                session.change(sql.END_JOURNAL, self._workspace)

        self._settle(end, lambda _session: False)
        self._has_no_journal()

    def forget(self) -> None:
        """Remove all that is kept of the workspace."""

        def forget(session: Session) -> None:
            with session.transaction():
                self._fence(session)
                for statement in sql.FORGET:
                    session.change(statement, self._workspace)

        self._settle(forget, lambda _session: False)
        self._has_no_journal()

    @property
    def _token(self) -> int:
        return self._tokens[-1]

    def _has_no_journal(self) -> None:
        self._end = 0
        self._noted.clear()

    def _settle(self, act: Callable[[Session], None], is_done: Callable[[Session], bool]) -> None:
        """Do it once, however often the connection breaks; `is_done` says whether an attempt had its effect."""
        with self._one_at_a_time:
            was_tried = False

            def attempt() -> None:
                nonlocal was_tried
                session = self._attached()
                if was_tried and is_done(session):
                    return
                was_tried = True
                act(session)

            self._access.patience.trying(attempt, self._tenure.check)

    def _attached(self) -> Session:
        """The session that has the lock; a new one where it broke. Raises LockLost, Unreachable."""
        if not self._session.is_broken:
            return self._session
        session = self._access.connect()
        try:
            token = announced(session)
            with contextlib.suppress(StateError):
                session.rows(sql.END_SESSION, list(self._tokens))
            former, self._tokens = self._tokens, (*self._tokens, token)
            if not session.change(sql.TAKE_AGAIN, token, self._workspace, list(former)):
                raise self._lost()
        except BaseException:
            session.close()
            raise
        self._session = session
        self._look_now.set()  # the lease is renewed at once
        return session

    def _pause(self, _ended: threading.Event, seconds: float) -> bool:
        """Wait until it is time for a sign of life; after a break it soon is. True at the end."""
        self._look_now.wait(min(seconds, _AFTER_A_BREAK) if self._session.is_broken else seconds)
        self._look_now.clear()
        return self._is_ending

    def _renew(self) -> None:
        with self._one_at_a_time:
            if not self._session.is_broken and not self._session.is_alive():
                self._session.close()
            if self._session.is_broken:
                self._attached()
            elif not self._session.change(sql.BEAT, self._workspace, self._token):
                raise self._lost()

    def _fence(self, session: Session) -> None:
        if not session.rows(sql.FENCE, self._workspace, self._token):
            raise self._lost()

    def _lost(self) -> LockLost:
        loss = LockLost(lock_lost(f"The lock of {self._name}"))
        self._tenure.lose(loss)
        return loss

    def _is_end(self, session: Session, number: int, data: bytes) -> bool:
        """Whether these records are the last ones.

        Raises StateError where the journal ends neither with them nor with those before.
        """
        found = session.rows(sql.JOURNAL_END, self._workspace)
        if found and found[0] == (number, self.info.id, data):
            return True
        if (_number(found[0][0]) if found else 0) != number - 1:
            raise StateError(words.journal_differs(self._journal_name))
        return False

    def _release(self) -> None:
        """Free the lock, and keep what was noted. If that fails, it is free when the session ends."""
        try:
            with contextlib.suppress(StateError), self._one_at_a_time:
                for _ in range(2):  # what broke a while ago shows now
                    with contextlib.suppress(Unreachable):
                        self._let_go(self._attached())
                        break
        finally:
            self._session.close()

    def _let_go(self, session: Session) -> None:
        if self._noted and self._end and self._failure is None:
            session.change(sql.APPEND, self._end + 1, b"".join(self._noted), self._workspace, self._token)
            self._noted.clear()
        session.change(sql.RELEASE, self._workspace, list(self._tokens))


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
