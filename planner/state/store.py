"""The local backend: the state in a file, its backup, its lock and its journal beside it."""

from __future__ import annotations

import contextlib
import json
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from planner.diagnostics import Diagnostic, Severity, StateError
from planner.reading import read_regular
from planner.remedy import Command, Remedy, cl, shell
from planner.state.backends.refusals import lock_lost
from planner.state.backends.who import now, who
from planner.state.encryption import Cipher, Seal
from planner.state.format import dumps
from planner.state.journal import Journal, JournalRecord, read_journal
from planner.state.load import PLAIN, load_state, read_sealed
from planner.state.lock import lock
from planner.state.model import State, Written
from planner.state.refusals import (
    BROKEN_STATE,
    not_written,
    older,
    older_pushed,
    other_lineage,
    same_serial,
    with_rescued,
    with_way_back,
)
from planner.writing import Lack, lacking, make_directory, real_path, sync_directory, write_whole

STATE_FILE = "cl.state.json"
ERRORED_FILE = "errored.cl.state.json"
STATE_FILES = (f"{STATE_FILE}.journal", f"{STATE_FILE}.backup", STATE_FILE, ERRORED_FILE, f"{STATE_FILE}.lock")
"""All that is kept of one state, in the order in which it can be taken away under its lock."""


Report = Callable[[Diagnostic], None]


def _ignore(_diagnostic: Diagnostic) -> None:
    pass


class Store:
    """The state of one workspace at `path`, with `.backup`, `.lock`, `.journal` and `.damaged` beside it.

    They are beside the file itself, whichever link leads there, so that all who come by any link share one lock and
    one journal. `read` needs no lock: a write replaces the whole file. `write` is for the holder of the lock.
    """

    def __init__(self, path: Path | str, cipher: Cipher = PLAIN) -> None:
        """Raises StateError where `path` is a link that leads nowhere."""
        self.path = _behind_links(Path(path))
        self._cipher = cipher
        self._known: tuple[object, tuple[State | None, Seal]] | None = None
        self._lock_file: object = None
        self._lack = Lack.NOTHING
        self.backup_path = self._beside("backup")
        self.lock_path = self._beside("lock")
        self.journal_path = self._beside("journal")
        self.damaged_path = self._beside("damaged")

    def _beside(self, suffix: str) -> Path:
        return self.path.with_name(f"{self.path.name}.{suffix}")

    @contextlib.contextmanager
    def locked(self, operation: str, timeout: float = 0.0, report: Report = _ignore) -> Iterator[None]:
        """Hold the lock, waiting for it at most `timeout` seconds; `report` gets a diagnostic while it waits.

        It gets another one in the end where the file system did less than it was asked for. If the lock is removed or
        replaced meanwhile, nothing is written any more. Raises StateError.
        """
        with lock(self.lock_path, operation, timeout, report):
            self._lock_file, self._lack = _identity(self.lock_path), Lack.NOTHING
            try:
                yield
            finally:
                self._lock_file = None
                for warning in lacking(self._lack, self.path):
                    report(warning)

    def has_lost_lock(self) -> bool:
        """Whether the lock that this process took is not its own any more: another command may work on the state."""
        return self._lock_file is not None and _identity(self.lock_path) != self._lock_file

    def check_lock(self) -> None:
        """Raises StateError if the lock was lost."""
        if self.has_lost_lock():
            raise StateError(lock_lost(str(self.lock_path)))

    @property
    def encrypts(self) -> bool:
        """Whether what is written here is encrypted."""
        return self._cipher.encrypts

    def read(self) -> State:
        """The state; an empty one where nothing was ever written. Raises StateError."""
        return self._present()[0] or State()

    def write(self, state: State, *, operation: str) -> State:
        """Write a state that was made from the one in the file, and return it as written.

        Where its content is that of the file nothing is written. The serial moves by one; a first write makes the
        lineage. Raises StateError where the file is of another lineage or has moved on, and where it cannot be
        written: the new state is then beside it, or in the working directory, as `errored.cl.state.json`. The file
        can only have moved on under the lock where somebody took the lock away.
        """
        present, _ = self._present()
        try:
            self.check_lock()
            self._check_descent(state, present)
        except StateError as refusal:
            rescued = self._rescue(self._cipher.seal(dumps(state)))
            raise StateError(with_rescued(problem, rescued) for problem in refusal.diagnostics) from None
        if present == state:
            self.reseal()
            return present
        written = replace(
            state,
            lineage=state.lineage or (present.lineage if present else "") or str(uuid.uuid4()),
            serial=(present.serial if present else state.serial) + 1,
            written=Written(who(), now(), operation),
        )
        self._put(written, present)
        return written

    def push(self, state: State, *, source: str = "FILE", force: bool = False) -> State:
        """Replace the state by one that was pulled or saved before, and return it as written. Raises StateError.

        `source` is the file that it is from.
        """
        present = self._present_unless_broken()
        written = self.as_pushed(state, source=source, force=force)
        if written is present:
            self.reseal()
        else:
            self._put(written, present)
        return written

    @property
    def is_damaged(self) -> bool:
        """Whether there is a file that holds no state: a push keeps it as `damaged_path`. Raises StateError."""
        return self._present_unless_broken() is None and self.path.exists()

    def as_pushed(self, state: State, *, source: str = "FILE", force: bool = False) -> State:
        """What the file would hold after a push of this state, whose serial is kept where it is higher.

        Where the file holds just that, it is the state in the file. A file that is broken may be replaced by any.
        Raises StateError where the state is of another lineage than the file, or older, unless `force`.
        """
        present = self._present_unless_broken()
        if present is not None and not force:
            if present.lineage and state.lineage != present.lineage:
                raise StateError(other_lineage(self.path, state, present, source))
            if state.serial < present.serial:
                raise StateError(older_pushed(self.path, state, present, source))
            if state.serial == present.serial:
                if state == present:
                    return present
                raise StateError(same_serial(self.path, state, source))
        return replace(
            state,
            lineage=state.lineage or str(uuid.uuid4()),
            serial=max(state.serial, present.serial + 1 if present else 1),
            written=Written(who(), now(), "state push"),
        )

    def to_reseal(self) -> Diagnostic | None:
        """What is to be told of a file that is encrypted otherwise than is asked for now. Raises StateError."""
        _, seal = self._present()
        if seal is Seal.AS_ASKED:
            return None
        required = "to be encrypted with the present key" if self._cipher.encrypts else "to be plaintext"
        detail = f"{self.path} is {seal.value}; it is {required}."
        done = "writes it anew, and its backup. Until then the old key is needed."
        if seal is Seal.NONE:
            done = "encrypts it, and its backup."
        remedy = Remedy.of("The next ", cl("apply"), " or ", cl("refresh"), f" {done}")
        return Diagnostic("STA144", "State is to be written anew", detail, remedy, Severity.WARNING)

    def reseal(self) -> Diagnostic | None:
        """Write the file and its backup anew where they are encrypted otherwise than is asked for now, and say so.

        For the holder of the lock. The content stays, its serial too. Raises StateError.
        """
        present, seal = self._present()
        if present is None or seal is Seal.AS_ASKED:
            return None
        self.check_lock()
        try:
            text = self._resealed(self.path)
            try:
                backup = self._resealed(self.backup_path)
            except (FileNotFoundError, UnicodeDecodeError, StateError):
                backup = text
            self._lack |= write_whole(self.backup_path, backup) | write_whole(self.path, text)
        except OSError as problem:
            detail = f"{self.path} cannot be written: {problem.strerror or problem}. It is as it was."
            remedy = "Make room or give permission, then run the command again."
            raise StateError(Diagnostic("STA111", "State cannot be written", detail, Remedy.of(remedy))) from None
        detail = f"{self.path} was {seal.value}. With its backup it is "
        detail += "encrypted with the present key now." if self._cipher.encrypts else "plaintext now."
        remedy = "Plans that were saved before, and copies, are as they were." if seal is Seal.FALLBACK else ""
        return Diagnostic("STA145", "State was written anew", detail, Remedy.of(remedy), Severity.WARNING)

    def _resealed(self, path: Path) -> str:
        return self._cipher.seal(self._cipher.open(read_regular(path).decode("utf-8"), str(path))[0])

    def _present(self) -> tuple[State | None, Seal]:
        """What is in the file; read anew only where the file is another one than the last time."""
        signature = _signature(self.path)
        if self._known is None or self._known[0] != signature:
            self._known = signature, self._read()
        return self._known[1]

    def _read(self) -> tuple[State | None, Seal]:
        """What is in the file; one that is broken is told with the way back to its backup, where there is one."""
        try:
            return read_sealed(self.path, self._cipher)
        except StateError as error:
            way_back = self._way_back()
            raise StateError(with_way_back(problem, self.path, way_back) for problem in error.diagnostics) from None

    def _way_back(self) -> Command | None:
        """The command that puts the backup in the place of the file; None where it could not be read either."""
        try:
            backup = load_state(self.backup_path, self._cipher)
        except StateError:
            return None
        return cl("state", "push", str(self.backup_path)) if backup is not None else None

    def _present_unless_broken(self) -> State | None:
        try:
            return self._present()[0]
        except StateError as error:
            if any(problem.code not in BROKEN_STATE for problem in error.diagnostics):
                raise
            return None

    def begin_journal(self, plan: Mapping[str, object]) -> Journal:
        """A new journal for this plan. Raises StateError."""
        self.check_lock()
        journal = Journal(
            self.journal_path, self._cipher.seal(json.dumps(plan, separators=(",", ":"))), self.check_lock
        )
        self._lack |= journal.lack
        return journal

    def read_journal(self) -> JournalRecord | None:
        """What the journal says, if there is one. Raises StateError."""
        return read_journal(self.journal_path, self._cipher)

    def refuse_unfinished(self, state: State) -> None:
        """Raises StateError where the journal of an apply that was cut short holds what this state does not."""
        record = self.read_journal()
        if record is not None and record.plan["plan_id"] not in state.applied_plans:
            detail = f"{self.journal_path} holds steps whose end is not in the state yet."
            raise StateError(
                Diagnostic("STA312", "An apply was cut short", detail, Remedy.of("Complete it first: ", cl("apply")))
            )

    def remove_journal(self) -> None:
        """Remove the journal once its content is in the state. Raises StateError."""
        self.check_lock()
        try:
            self.journal_path.unlink(missing_ok=True)
            self._lack |= sync_directory(self.path.parent)
        except OSError as problem:
            detail = f"{self.journal_path}: {problem.strerror}. The state holds what it says already."
            raise StateError(
                Diagnostic("STA307", "Journal cannot be removed", detail, Remedy.of(shell("rm", self.journal_path)))
            ) from None

    def _check_descent(self, state: State, present: State | None) -> None:
        if present is None:
            return
        if state.lineage != present.lineage:
            raise StateError(other_lineage(self.path, state, present))
        if state.serial != present.serial:
            raise StateError(older(self.path, state, present))

    def _put(self, state: State, present: State | None) -> None:
        self.check_lock()
        text = self._cipher.seal(dumps(state))
        try:
            make_directory(self.path.parent)
            if present is not None:
                self._lack |= write_whole(self.backup_path, self._as_it_was(present))
            elif self.path.exists():
                # not as the backup, which may be a good one
                self._lack |= write_whole(self.damaged_path, self.path.read_bytes())
            self._lack |= write_whole(self.path, text)
        except OSError as problem:
            has_journal = self.journal_path.exists()
            raise StateError(not_written(self.path, problem, self._rescue(text), has_journal=has_journal)) from None

    def _as_it_was(self, present: State) -> str:
        """The text for the backup: what is in the file, unless it is to be encrypted otherwise from now on."""
        as_asked = self._present()[1] is Seal.AS_ASKED
        return read_regular(self.path).decode("utf-8") if as_asked else self._cipher.seal(dumps(present))

    def _rescue(self, text: str) -> Path | None:
        """Where the state could be written instead, if anywhere."""
        places: tuple[Callable[[], Path], ...] = (lambda: self.path.parent, Path.cwd, _private_directory)
        for place in places:
            with contextlib.suppress(OSError):
                rescued = place() / ERRORED_FILE
                write_whole(rescued, text)
                return rescued
        return None


def _behind_links(path: Path) -> Path:
    """The file itself; `path` as it was given where no link is on the way."""
    try:
        found = real_path(path)
    except OSError as problem:
        raise StateError(_leads_nowhere(path, f"{problem.strerror}.")) from None
    if found == Path(os.path.abspath(path)):  # noqa: PTH100 - `absolute` would leave `..` in
        return path
    broken = next((place for place in path.parents if place.is_symlink() and not place.exists()), None)
    if broken is None and path.is_symlink() and not found.parent.is_dir():
        broken = path
    if broken is not None:
        # A volume that is not mounted looks so: an empty state in its place would forget everything.
        raise StateError(_leads_nowhere(broken, f"it leads to {os.path.realpath(broken)}, which is not there."))
    return found


def _leads_nowhere(path: Path, why: str) -> Diagnostic:
    remedy = Remedy.of("Mount what it leads to, or let it lead to a place that is there: ", shell("ls", "-l", path))
    return Diagnostic("STA101", "State cannot be read", f"{path}: {why}", remedy)


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file is there; None if there is none, or it cannot be seen. A file that is open keeps its identity."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _private_directory() -> Path:
    import tempfile

    return Path(tempfile.mkdtemp(prefix="cl-"))


def _signature(path: Path) -> object:
    """Another one for every file that was ever written there: a write makes a new file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
