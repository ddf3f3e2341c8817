"""The state and its history: `KEY.history/SERIAL` commits a write, `KEY` is a copy of the newest."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from functools import partial

from planner.diagnostics import Diagnostic, Report, StateError
from planner.remedy import Remedy, cl
from planner.state.backends.bucket.objects import AT_ONCE, Found, Objects
from planner.state.backends.bucket.records import LONGEST_LINE, encode_version, read_version
from planner.state.backends.patience import Patience
from planner.state.backends.protocol import Stored, Version
from planner.state.backends.refusals import from_spare, no_such_version, not_utf8, some_damaged
from planner.threads import side_by_side


class VersionObjects:
    """The versions of one state."""

    def __init__(self, objects: Objects, patience: Patience, key: str, name: str) -> None:
        """`name` is what messages call the state."""
        self._objects, self._patience, self._key, self._name = objects, patience, key, name

    def newest(self) -> Stored | None:
        """The state: the newest version, or what is in `KEY` where there is no version. Raises StateError."""
        while serials := self.serials():
            found = self._patience.trying(lambda: self._objects.get(self._at(serials[-1]), large=True))
            if found is None:
                continue  # newer ones were written since, and this one was too old to be kept
            source = self._called(serials[-1])
            version = read_version(found.data)
            if version is None:
                return Stored(_text(found.data, source), source=source)
            return Stored(_text(version[1], source), version[0].serial, version[0].lineage, source)
        found = self._patience.trying(lambda: self._objects.get(self._key, large=True))
        return Stored(_text(found.data, self._name)) if found else None

    def history(self, spare: Remedy, report: Report) -> list[Version]:
        """The versions that are kept and can be read, the newest first; `report` gets STA465 where some cannot.

        Raises StateError, also where none of them can be read; `spare` is the command that copies `KEY`.
        """

        def beginning(serial: int) -> Version | None:
            data = self._patience.trying(lambda: self._objects.beginning(self._at(serial), LONGEST_LINE))
            found = read_version(data) if data else None
            return found[0] if found else None

        serials = self.serials()
        beginnings = side_by_side(beginning, serials[::-1], AT_ONCE)
        found = [version for version in beginnings if version]
        if serials and not found:
            detail = (
                f"{self._called(serials[-1])} does not say what it is or who wrote it, and neither does any other "
                "version."
            )
            raise StateError(Diagnostic("STA465", "Version is damaged", detail, from_spare(spare)))
        if damaged := [self._called(serial) for serial, one in zip(serials[::-1], beginnings, strict=True) if not one]:
            report(some_damaged(damaged))
        return found

    def text(self, serial: int) -> str:
        """The text of a version. Raises StateError."""
        found = self._patience.trying(lambda: self._objects.get(self._at(serial), large=True))
        version = read_version(found.data) if found else None
        if version is None:
            raise StateError(no_such_version(self._name, serial))
        return _text(version[1], self._called(serial))

    def commit(self, text: str, version: Version, lock_id: str, own: Callable[[], None]) -> Sequence[int]:
        """Write a version, and return the serials of all that are kept.

        `own` raises StateError unless the lock is this command's now. Of the same serial as the newest it replaces
        that one, which is the same state sealed again. A version of this serial by another lock was written by a
        process that had lost its lock already: it is replaced.
        """
        serials = self.serials()
        if serials and version.serial < serials[-1]:
            raise StateError(self._moved_on(serials[-1], version.serial))
        self._put(self._at(version.serial), encode_version(version, lock_id, text), own)
        return sorted({*serials, version.serial})

    def copy(self, text: str, own: Callable[[], None]) -> None:
        """Make `KEY` the newest version. For the holder of the lock; the next write repairs what fails here."""
        with contextlib.suppress(StateError):
            own()
            tag = self._patience.trying(lambda: self._objects.tag(self._key))
            self._put(self._key, text.encode(), own, tag)

    def rewrite(self, reseal: Callable[[str], str], lock_id: str, own: Callable[[], None]) -> None:
        """Replace each text by what `reseal` makes of it. Raises StateError where that fails for the newest."""
        serials = self.serials()
        if not serials and (state := self.newest()) is not None:
            self._put(self._key, reseal(state.text).encode(), own)
        for serial in reversed(serials):
            found = self._patience.trying(partial(self._objects.get, self._at(serial), large=True))
            kept = read_version(found.data) if found else None
            if kept is None:
                continue
            try:
                text = reseal(_text(kept[1], self._called(serial)))
            except StateError:
                if serial == serials[-1]:
                    raise
                continue
            self._put(self._at(serial), encode_version(kept[0], lock_id, text), own)
            if serial == serials[-1]:
                self.copy(text, own)

    def set_aside(self, serial: int) -> None:
        """Keep what is there as `KEY.damaged`, and remove the versions from `serial` on: it holds no state."""
        serials = self.serials()
        key = self._at(serials[-1]) if serials else self._key
        found = self._patience.trying(lambda: self._objects.get(key, large=True))
        if found is not None:
            version = read_version(found.data)
            data = version[1] if version else found.data
            self._patience.trying(lambda: self._objects.overwrite(f"{self._key}.damaged", data))
        in_the_way = [self._at(known) for known in serials if known >= serial]
        self._patience.trying(lambda: self._objects.delete(in_the_way))

    def prune(self, serials: Sequence[int], keep: int) -> None:
        """Delete all but the newest `keep` of these versions. What cannot be deleted stays."""
        old = serials[: -max(1, keep)]
        with contextlib.suppress(StateError):
            self._patience.trying(lambda: self._objects.delete([self._at(serial) for serial in old]))

    def _put(self, key: str, body: bytes, own: Callable[[], None], tag: str | None = None) -> None:
        """Write an object, in the place of the one with this `tag` if there is one, and if need be of any other.

        For the holder of the lock, which `own` checks.
        """
        there = self._patience.trying(partial(self._put_once, key, body, tag), own)
        while there is None or there.data is not body:
            own()
            there = self._patience.trying(partial(self._put_once, key, body, there.tag if there else None), own)

    def _put_once(self, key: str, body: bytes, tag: str | None) -> Found | None:
        return self._objects.create(key, body) if tag is None else self._objects.replace(key, body, tag)

    def serials(self) -> list[int]:
        """The serials of the versions that are kept, the newest last. Raises StateError."""
        keys = self._patience.trying(lambda: self._objects.keys(f"{self._key}.history"))
        names = [key.rpartition("/")[2] for key in keys]
        return sorted(int(name) for name in names if name.isascii() and name.isdecimal())

    def _at(self, serial: int) -> str:
        return f"{self._key}.history/{serial}"

    def _called(self, serial: int) -> str:
        """What messages call the object of a version."""
        return f"{self._name}.history/{serial}"

    def _moved_on(self, present: int, serial: int) -> Diagnostic:
        detail = f"{self._name} has serial {present}; the new state has serial {serial}."
        return Diagnostic(
            "STA110",
            "State has changed",
            detail,
            Remedy.of("Run the command again, so that it starts from the present state: ", cl("state", "history")),
        )


def _text(data: bytes, name: str) -> str:
    """The text of an object with this name. Raises StateError."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise StateError(not_utf8(name, problem)) from None
