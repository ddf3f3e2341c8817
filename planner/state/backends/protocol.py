"""What a backend is to `cl`: where states are kept, locked and journalled, as text and bytes without a meaning.

Lineages, serials, encryption, and what a state or a journal says belong to `planner/state/store.py` and
`planner/state/journal.py`. A backend keeps text, fences who writes it, and knows who holds the lock.

Every method that reaches the backend raises StateError where that fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from msgspec import Struct
from msgspec.structs import astuple

from planner.diagnostics import Report, ignore
from planner.remedy import Remedy


class LockInfo(Struct, frozen=True):
    """Who holds a lock, since when and what for; times are RFC 3339, UTC. What is not known is empty, or 0."""

    id: str
    who: str
    pid: int
    host: str
    since: str
    operation: str
    heartbeat: str

    def __str__(self) -> str:
        process = f" (process {self.pid} on {self.host})" if self.host else ""
        operation = f" with cl {self.operation}" if self.operation else ""
        since = f" since {self.since}" if self.since else ""
        return f"{self.who}{process}{operation}{since}"

    @property
    def in_short(self) -> str:
        """`alice@host (apply, since 12:03)`, in the time of this machine; the day too where it is another one."""
        try:
            since = datetime.fromisoformat(self.since).astimezone()
        except ValueError:
            when = ""
        else:
            is_today = since.date() == datetime.now().astimezone().date()
            when = since.strftime("since %H:%M" if is_today else "since %Y-%m-%d %H:%M")
        more = ", ".join(part for part in (self.operation, when) if part)
        return f"{self.who} ({more})" if more else self.who


class Stored(Struct, frozen=True):
    """A state as it is kept.

    `serial` is 0 and `lineage` is empty where the backend cannot know them without opening the text. `source` is what
    messages call what it was read from, where that is not what they call the state.
    """

    text: str
    serial: int = 0
    lineage: str = ""
    source: str = ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stored) and astuple(self)[:-1] == astuple(other)[:-1]  # all but `source`

    def __ne__(self, other: object) -> bool:
        return not self == other  # a Struct has one of its own, which compares all fields


class Records(Struct, frozen=True):
    """A journal as it is kept: every record that was made durable, in order, and when the last one was.

    `changed_at` is in seconds since the epoch, by the clock of this machine: a backend with a clock of its
    own takes the age of the last record off the present moment.
    Where it is not whole, the last records may be missing: a call may have been made whose intent is not there.
    """

    data: bytes
    changed_at: float
    is_whole: bool = True


class Version(Struct, frozen=True):
    """What the history says of a state that was written. None of it is secret.

    `when` is RFC 3339, UTC; `who` is `user@host`; `operation` is the command, such as "apply" or "state push".
    `plan_id` is empty where no plan was applied; `steps` is how many steps of the plan were done.
    """

    serial: int
    lineage: str
    when: str
    who: str
    operation: str
    plan_id: str = ""
    steps: int = 0


class Held(Protocol):
    """The lock of a workspace, as its holder has it: no other command can write."""

    @property
    def info(self) -> LockInfo:
        """What others learn of the holder."""
        ...

    def check(self) -> None:
        """Raises StateError (STA207) once the lock is lost for good. Asks no server.

        A local backend also raises STA314 where the journal that was begun is gone.
        """
        ...

    def is_sure(self) -> bool:
        """Whether calls to the cloud may begin now. Asks no server.

        False while the lease was not renewed for too long, or while the backend does not answer: calls wait then, until
        it is True again or `check` raises. Asked by many threads, several times a second.
        """
        ...

    def begin(self, data: bytes) -> None:
        """Begin a journal: it is there with `data` or not at all. Raises StateError (STA306) where there is one."""
        ...

    def append(self, data: bytes) -> None:
        """Add records, with all that was noted before. On return they are durable, and the lock was held all the time.

        After an error nothing is added any more: a later call adds nothing and raises the same.
        """
        ...

    def note(self, data: bytes) -> None:
        """Add records that may be lost with this process, such as facts: the cloud can be asked about those.

        It is cheap and waits for no server: they are kept until the next `append`, or written at once where that costs
        next to nothing. Their order among all records is kept. After an error of `append` it does nothing.
        """
        ...

    def write(self, text: str, version: Version, after: int | None, *, ends_journal: bool = False) -> None:
        """Replace the state by `text`, and keep it in the history as `version`.

        `after` is the serial of the state that is replaced. It is None where there was none, or where what is there
        holds no state: that is kept as `Place.aside` names it, if the backend can.
        The journal stays, unless `ends_journal`: where a backend can, the journal ends in the same transaction. The
        caller calls `end_journal` in either case.
        """
        ...

    def rewrite(self, reseal: Callable[[str], str]) -> None:
        """Replace each text that is kept, the state, its backup and its history, by what `reseal` makes of it.

        For a change of the key: serials and lineages stay. Where `reseal` raises StateError for a text other than the
        state's, that text stays as it is.
        """
        ...

    def end_journal(self) -> None:
        """Remove the journal, for its content is in the state. Does nothing where there is none."""
        ...


class Place(Protocol):
    """Where one workspace is kept. Nothing here needs the lock."""

    @property
    def name(self) -> str:
        """What messages call the state: a path, `s3://bucket/key`, `schema "x" of host, workspace "y"`. No secret."""
        ...

    @property
    def journal_name(self) -> str:
        """What messages call the journal."""
        ...

    @property
    def journal_away(self) -> Remedy:
        """How the user moves a journal away that cannot be used: a command that keeps it, if there is one."""
        ...

    @property
    def aside(self) -> str:
        """What messages call the place for what was where the state should be, and held none; empty: it is not kept."""
        ...

    @property
    def spare(self) -> Remedy:
        """The command that copies what else may hold the state to the file `state.json`; empty where there is none."""
        ...

    @property
    def files(self) -> tuple[Path, ...]:
        """The files and directories of this machine that it keeps, the state first; none where they are elsewhere.

        No report may replace one of them.
        """
        ...

    @property
    def backup(self) -> Path | None:
        """The file of this machine that holds the state before the last write, where the backend keeps one."""
        ...

    def mark(self) -> object | None:
        """What changes with every write of the state, where that can be known without a server; None elsewhere."""
        ...

    def read(self) -> Stored | None:
        """The state, or None where none was ever written."""
        ...

    def journal(self) -> Records | None:
        """The journal of who holds the lock or held it last, until its `end_journal`; None where there is none."""
        ...

    def lock(self, operation: str, timeout: float, report: Report) -> AbstractContextManager[Held]:
        """Hold the lock, waiting for it at most `timeout` seconds. Raises StateError (STA201) that names the holder.

        `report` gets STA206 once while it waits, and what else is worth knowing (STA208: taken over).
        """
        ...

    def holder(self) -> LockInfo | None:
        """Who holds the lock now, as far as can be known; None where it is free."""
        ...

    def named(self, lock_id: str) -> LockInfo:
        """What is known of the lock with this id. Raises StateError (STA202) where there is none."""
        ...

    def unlock(self, lock_id: str) -> LockInfo:
        """Take the lock with this id away from its holder, and return what was known of it.

        Raises StateError: STA202 where there is none, STA204 where its holder is known to be alive.
        """
        ...

    def history(self, report: Report = ignore) -> list[Version]:
        """The versions that are kept, the newest first, the present one included.

        `report` gets STA465 where some are damaged, and left out. Raises StateError where all are.
        """
        ...

    def version(self, serial: int) -> str:
        """The text of a version. Raises StateError (STA453) where it is not kept, or the backend keeps none."""
        ...


class Backend(Protocol):
    """Where the states of a configuration are kept."""

    @property
    def fingerprint(self) -> Mapping[str, str]:
        """The type and the place, without secrets: {"type": "s3", "bucket": …, "key": …}, defaults included.

        Two backends that keep states in the same place have the same one. Plans say it, `.cl/backend.json` records it.
        """
        ...

    @property
    def has_workspaces(self) -> bool:
        """Whether it can keep other workspaces than `default`."""
        ...

    def workspaces(self) -> list[str]:
        """The names of the workspaces, `default` aside, which is always there; sorted."""
        ...

    def place(self, workspace: str) -> Place:
        """Where this workspace is kept, which need not exist yet."""
        ...

    def make(self, workspace: str) -> None:
        """Make a workspace without a state. One that is there stays as it is."""
        ...

    def delete(self, workspace: str) -> None:
        """Remove a workspace with all that is kept of it. The caller holds its lock, which goes with it."""
        ...

    def set_aside(self, workspace: str, stamp: str, report: Report) -> Iterable[Path]:
        """Give the files of this machine that keep a workspace other names, which end with `stamp`; yield those.

        The caller holds the lock, and its state is elsewhere by now. `report` gets those that keep their names
        (STA463). A backend that keeps no files does nothing.
        """
        ...

    def probe(self) -> None:
        """Check that it can be read, written and locked, and that it honours conditions on writes (STA448)."""
        ...

    def close(self) -> None:
        """Let connections go. It is used no more."""
        ...
