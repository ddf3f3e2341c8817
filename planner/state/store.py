"""The state of one workspace: its lineage and serial, its encryption, what a write may follow, and the way back."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from planner.diagnostics import Diagnostic, Report, Severity, StateError, ignore
from planner.remedy import NO_REMEDY, Command, Remedy, cl
from planner.state.backends.local.files import ERRORED_FILE
from planner.state.backends.patience import Away
from planner.state.backends.protocol import Held, Place, Version
from planner.state.backends.refusals import LockAwaited
from planner.state.backends.who import now, who
from planner.state.digest import digest
from planner.state.encryption import Cipher, Clear, Seal
from planner.state.format import dumps, parse_json
from planner.state.journal import Journal, JournalRecord, read_journal
from planner.state.load import PLAIN, load_state, state_of
from planner.state.model import State, Written
from planner.state.refusals import (
    BROKEN_STATE,
    not_written,
    older,
    older_pushed,
    other_lineage,
    same_serial,
    with_way_back,
)
from planner.values import replace
from planner.waits import Watch, plainly, unwatched
from planner.writing import write_whole


class Store:
    """The state of one workspace at its place.

    `read` needs no lock: a write replaces the whole state. What writes is for the holder of the lock.
    """

    def __init__(self, place: Place, cipher: Cipher = PLAIN, watch: Watch = unwatched) -> None:
        """`watch` shows that the lock is waited for."""
        self.place = place
        self._cipher, self._watch = cipher, watch
        self._held: Held | None = None
        self._known: tuple[object, tuple[State | None, Seal]] | None = None

    @property
    def name(self) -> str:
        """What messages call the state."""
        return self.place.name

    @property
    def journal_name(self) -> str:
        """What messages call its journal."""
        return self.place.journal_name

    @contextlib.contextmanager
    def locked(self, operation: str, timeout: float = 0.0, report: Report = ignore) -> Iterator[None]:
        """Hold the lock, waiting for it at most `timeout` seconds; `report` gets a diagnostic while it waits.

        It may get others in the end. If the lock is lost, nothing more is written. Raises StateError.
        """
        with contextlib.ExitStack() as waiting:

            def report_wait(problem: Diagnostic) -> None:
                report(problem)
                if isinstance(problem, LockAwaited):
                    waiting.enter_context(self._watch(plainly(f"Waiting for the lock{problem.whose}")))

            with self.place.lock(operation, timeout, report_wait) as held:
                waiting.close()
                self._held, self._known = held, None
                try:
                    yield
                finally:
                    self._held, self._known = None, None

    @property
    def _lock(self) -> Held:
        if self._held is None:
            raise RuntimeError(f"{self.name} is to be written, and its lock is not held")
        return self._held

    def check_lock(self) -> None:
        """Raises StateError if the lock was lost: another command may work on the state."""
        self._lock.check()

    def is_lock_sure(self) -> bool:
        """Whether calls to the cloud may begin now; they wait while it is False and `check_lock` raises nothing."""
        return self._lock.is_sure()

    @property
    def encrypts(self) -> bool:
        """Whether what is written here is encrypted."""
        return self._cipher.encrypts

    def read(self) -> State:
        """The state; an empty one where nothing was ever written. Raises StateError."""
        return self._present()[0] or State()

    def write(self, state: State, *, operation: str, plan_id: str = "", steps: int = 0) -> State:
        """Write a state that was made from the one that is kept, and return it as written.

        `operation` is the command; `plan_id` is the plan that was applied, and `steps` how many of its steps were done.

        Where its content is that one's, nothing is written. The serial moves by one; a first write makes the lineage.
        Raises StateError where the one that is kept is of another lineage or has moved on, and where it cannot be
        written: the new state is then beside it, or in the working directory, as `errored.cl.state.json`. It can only
        have moved on under the lock where the lock was removed.
        """
        present, _ = self._present()
        written = replace(
            state,
            lineage=state.lineage or (present.lineage if present else "") or str(uuid.uuid4()),
            serial=state.serial + 1,
            written=Written(who(), now(), operation),
        )
        try:
            self.check_lock()
            self._check_descent(state, present)
        except StateError as refusal:
            raise self._kept_elsewhere(refusal, self._sealed(written)) from None
        if present == state:
            self.reseal()
            return present
        return self._put(written, present, _version(written, written.written, plan_id, steps))

    def push(self, state: State, *, source: str = "FILE", force: bool = False, operation: str = "state push") -> State:
        """Replace the state by one that was pulled or saved before, and return it as written. Raises StateError.

        `source` is the file that it is from.
        """
        present = self._present_unless_broken()
        pushed = self.as_pushed(state, source=source, force=force)
        if pushed is present:
            self.reseal()
            return pushed
        pushed = replace(pushed, written=Written(who(), now(), operation))
        return self._put(pushed, present, _version(pushed, pushed.written))

    @property
    def is_damaged(self) -> bool:
        """Whether what is there holds no state: a push keeps it aside. Raises StateError."""
        try:
            self._present()
        except StateError as error:
            if any(problem.code not in BROKEN_STATE for problem in error.diagnostics):
                raise
            return True
        return False

    def as_pushed(self, state: State, *, source: str = "FILE", force: bool = False) -> State:
        """The state after a push of this one, whose serial is kept where it is higher.

        Where the present one is the same, that one. What holds no state may be replaced by any.
        Raises StateError where the state is of another lineage than the present one, or older, unless `force`.
        """
        present = self._present_unless_broken()
        if present is not None and not force:
            if present.lineage and state.lineage != present.lineage:
                raise StateError(other_lineage(self.name, state, present, source))
            if state.serial < present.serial:
                raise StateError(older_pushed(self.name, state, present, source))
            if state.serial == present.serial:
                if state == present:
                    return present
                raise StateError(same_serial(self.name, state, source))
        newest = present.serial if present else max(self._kept(), default=0)  # no version is to make room
        return replace(state, lineage=state.lineage or str(uuid.uuid4()), serial=max(state.serial, newest + 1))

    def copy(self, state: State, *, operation: str) -> State:
        """Write the state of another place as it is, and return it as written. Raises StateError.

        Its serial moves only where it must: beyond all that were written here. A state that is replaced is in the
        history afterwards, and a journal whose content was in it is removed.
        """
        present, kept = self._present_unless_broken(), self._kept()
        if present is not None and digest(present) == digest(state):
            return present
        newest = max([present.serial, *kept]) if present is not None else 0  # of a write cut short there may be one
        state = replace(state, serial=state.serial if state.serial > newest else newest + 1)
        copied_by = Written(who(), now(), operation)
        if present is not None and kept and present.serial not in kept:
            self._put(present, present, _version(present, present.written or copied_by))
        self._put(state, present, _version(state, copied_by))
        if self.has_journal():
            self.remove_journal()
        return state

    def _kept(self) -> list[int]:
        """The serials in the history; none where there is none."""
        try:
            return [version.serial for version in self.place.history()]
        except StateError as error:
            if any(problem.code not in ("STA453", "STA465") for problem in error.diagnostics):
                raise
            return []

    def version(self, serial: int) -> State:
        """The state that was written with this serial. Raises StateError, also where it is not kept (STA453)."""
        text = self.place.version(serial)
        try:
            return state_of(text, f"{self.name}, serial {serial}", self._cipher)[0]
        except StateError as error:
            raise StateError(_another_version(problem) for problem in error.diagnostics) from None

    def to_reseal(self) -> Diagnostic | None:
        """What to report of a state that is encrypted otherwise than is asked for now. Raises StateError."""
        _, seal = self._present()
        if seal is Seal.AS_ASKED:
            return None
        required = "encrypted with the present key" if self._cipher.encrypts else "plaintext"
        detail = f"{self.name} is {seal.value}, but should be {required}."
        done = "rewrites it and its backup with the present key. Until then the old key is needed."
        if seal is Seal.NONE:
            done = "encrypts it, and its backup."
        remedy = Remedy.of("The next ", cl("apply"), " or ", cl("refresh"), f" {done}")
        return Diagnostic("STA144", "State should be encrypted differently", detail, remedy, Severity.WARNING)

    def reseal(self) -> Diagnostic | None:
        """Write the state, its backup and its history again where they are encrypted otherwise than is asked for now.

        The content stays, its serial too. Returns what to say of it. Raises StateError.
        """
        present, seal = self._present()
        if present is None or seal is Seal.AS_ASKED:
            return None
        self._lock.rewrite(self._resealed)
        self._known = None
        detail = f"{self.name} was {seal.value}. With its backup it is "
        detail += "encrypted with the present key now." if self._cipher.encrypts else "plaintext now."
        remedy = "Saved plans and copies of the state were not changed." if seal is Seal.FALLBACK else ""
        return Diagnostic(
            "STA145", "State was rewritten with the current key", detail, Remedy.of(remedy), Severity.WARNING
        )

    def _resealed(self, text: str) -> str:
        opened = self._cipher.open(text, self.name)[0]
        return self._cipher.seal(opened, _clear_of(opened, self.name))

    def _sealed(self, state: State) -> str:
        return self._cipher.seal(dumps(state), Clear(state.serial, state.lineage))

    def _present(self) -> tuple[State | None, Seal]:
        """The present state; read again only where it may be another one than the last time."""
        mark = self.place.mark()
        if self._known is not None and self._known[0] == mark and (mark is not None or self._held is not None):
            return self._known[1]
        found = self._read()
        self._known = mark, found
        return found

    def _read(self) -> tuple[State | None, Seal]:
        """What is kept; if it is broken, the ways back are reported, where there are any."""
        stored = None
        try:
            stored = self.place.read()
            if stored is None:
                return None, Seal.AS_ASKED
            return state_of(stored.text, stored.source or self.name, self._cipher)
        except StateError as error:
            way_back = self._way_back()
            is_version = stored is None or stored.source not in ("", self.name)
            spare = self.place.spare if is_version else NO_REMEDY
            problems = [with_way_back(problem, self.place.files, way_back, spare) for problem in error.diagnostics]
            raise StateError(problems) from None

    def _way_back(self) -> Command | None:
        """The command that brings the last state back; None where it could not be read either."""
        with contextlib.suppress(StateError):
            backup = self.place.backup
            with contextlib.suppress(StateError):
                if backup is not None and load_state(backup, self._cipher) is not None:
                    return cl("state", "push", str(backup))
            for version in self.place.history():
                with contextlib.suppress(StateError):
                    state_of(self.place.version(version.serial), self.name, self._cipher)
                    return cl("state", "rollback", str(version.serial))
        return None

    def _present_unless_broken(self) -> State | None:
        return None if self.is_damaged else self._present()[0]

    def begin_journal(self, plan: Mapping[str, object]) -> Journal:
        """A new journal for this plan. Raises StateError."""
        return Journal(self._lock, self._cipher.seal(json.dumps(plan, separators=(",", ":"))))

    def has_journal(self) -> bool:
        """Whether there is a journal, whatever it says. Raises StateError."""
        return self.place.journal() is not None

    def read_journal(self) -> JournalRecord | None:
        """What the journal says, if there is one. Raises StateError."""
        return read_journal(self.place, self._cipher)

    def refuse_unfinished(self, state: State) -> None:
        """Raises StateError where the journal of an apply that was cut short holds what this state does not."""
        record = self.read_journal()
        if record is not None and record.plan["plan_id"] not in state.applied_plans:
            detail = f"{self.journal_name} holds steps whose outcome is not in the state yet."
            raise StateError(
                Diagnostic("STA312", "An apply was interrupted", detail, Remedy.of("Complete it first: ", cl("apply")))
            )

    def remove_journal(self) -> None:
        """Remove the journal once its content is in the state. Raises StateError."""
        self._lock.end_journal()

    def _check_descent(self, state: State, present: State | None) -> None:
        if present is None:
            return
        if state.lineage != present.lineage:
            raise StateError(other_lineage(self.name, state, present))
        if state.serial != present.serial:
            raise StateError(older(self.name, state, present))

    def _put(self, state: State, present: State | None, version: Version) -> State:
        held = self._lock
        held.check()
        text = self._sealed(state)
        try:
            if present is not None and self._present()[1] is not Seal.AS_ASKED:
                held.rewrite(self._resealed)
            held.write(text, version, present.serial if present else None)
        except StateError as error:
            raise self._kept_elsewhere(error, text) from None
        self._known = None
        return state

    def _kept_elsewhere(self, error: StateError, text: str) -> StateError:
        """The problem of a write, after the text of the state was put where it is not lost."""
        rescued, has_journal = self._rescue(text), isinstance(error, Away) or self._may_have_journal()
        return StateError(not_written(problem, rescued, has_journal=has_journal) for problem in error.diagnostics)

    def _may_have_journal(self) -> bool:
        try:
            return self.has_journal()
        except StateError:
            return True

    def _rescue(self, text: str) -> Path | None:
        """Where the state could be written instead, if anywhere."""
        directories: list[Callable[[], Path]] = [Path.cwd, _private_directory]
        if self.place.files:
            directories.insert(0, lambda: self.place.files[0].parent)
        for directory in directories:
            with contextlib.suppress(OSError):
                rescued = directory() / ERRORED_FILE
                write_whole(rescued, text)
                return rescued
        return None


def _another_version(problem: Diagnostic) -> Diagnostic:
    """A version of the history that cannot be read: others may be intact."""
    if problem.code not in BROKEN_STATE:
        return problem
    return replace(problem, remedy=Remedy.of("This version is damaged. Choose another one: ", cl("state", "history")))


def _version(state: State, written: Written | None, plan_id: str = "", steps: int = 0) -> Version:
    by = written or Written("", "", "")
    return Version(state.serial, state.lineage, by.at, by.by, by.operation, plan_id, steps)


def _clear_of(text: str, name: str) -> Clear | None:
    """What of the text of a state is to stand in clear; None where it is none."""
    match parse_json(text, name):
        case {"serial": int(serial), "lineage": str(lineage)}:
            return Clear(serial, lineage)
    return None


def _private_directory() -> Path:
    import tempfile

    return Path(tempfile.mkdtemp(prefix="cl-"))
