"""The versions of a state that were written, each in a file of its own: a line that says what it is, then its text.

A version is written before the state itself, so that no state is without one. One whose state was then not written, for
the process was killed, is no part of the history: the next write replaces it.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec import Struct
from msgspec.structs import asdict

from planner.diagnostics import StateError
from planner.reading import read_regular
from planner.state.backends.protocol import Version
from planner.writing import Lack, make_directory, try_writing, write_whole

KEPT = 20
"""How many versions are kept where the configuration does not say."""


class History(Struct, frozen=True):
    """The versions in `directory`, the newest `kept` of them."""

    directory: Path
    kept: int = KEPT

    def try_adding(self) -> None:
        """Raises OSError where something is in the way of a version. Makes no directory."""
        if self.kept and os.path.lexists(self.directory):
            make_directory(self.directory)
            try_writing(self.directory / "version")

    def add(self, text: str, version: Version) -> Lack:
        """Keep a state that is about to be written. Raises OSError."""
        if not self.kept:
            return Lack.NOTHING
        make_directory(self.directory)
        return write_whole(self._path(version), _written(text, version))

    def prune(self) -> None:
        """Remove the versions that are too many; what cannot be removed stays."""
        for version in self._all()[self.kept :]:
            with contextlib.suppress(OSError):
                self._path(version).unlink()

    def versions(self, present: str | None) -> list[Version]:
        """The newest first; `present` is the text of the state."""
        found = self._all()
        with contextlib.suppress(OSError, ValueError):
            return found[next((at for at, version in enumerate(found) if self._text(version) == present), 0) :]
        return found

    @property
    def is_damaged(self) -> bool:
        """Whether there is something where the versions are, and none of it can be read."""
        try:
            return any(path.name.isdecimal() for path in self.directory.iterdir()) and not self._all()
        except OSError as problem:
            return not isinstance(problem, FileNotFoundError)

    def damaged(self) -> list[Path]:
        """The files that should be versions, and cannot be read as such."""
        readable = {self._path(version) for version in self._all()}
        with contextlib.suppress(OSError):
            return sorted(path for path in self.directory.iterdir() if path.name.isdecimal() and path not in readable)
        return []

    def text(self, serial: int) -> str | None:
        """The text of the newest version with this serial; None where there is none. Raises OSError, ValueError."""
        version = next((version for version in self._all() if version.serial == serial), None)
        return None if version is None else self._text(version)

    def rewrite(self, reseal: Callable[[str], str]) -> Lack:
        """Replace the text of each version that `reseal` can open. Raises OSError."""
        lack = Lack.NOTHING
        for version in self._all():
            with contextlib.suppress(StateError):
                lack |= write_whole(self._path(version), _written(reseal(self._text(version)), version))
        return lack

    def _path(self, version: Version) -> Path:
        return self.directory / f"{version.serial:08d}"

    def _text(self, version: Version) -> str:
        return read_regular(self._path(version)).decode().partition("\n")[2]

    def _all(self) -> list[Version]:
        """Every version that can be read, the newest first. Clocks only order lineages: serials never go back."""
        found = list(self._each())
        last: dict[str, str] = {}
        for version in found:
            last[version.lineage] = max(version.when, last.get(version.lineage, ""))
        return sorted(found, key=lambda version: (last[version.lineage], version.lineage, version.serial), reverse=True)

    def _each(self) -> Iterator[Version]:
        with contextlib.suppress(OSError):
            for path in self.directory.iterdir():
                if path.name.isdecimal():
                    with contextlib.suppress(OSError, ValueError, TypeError, RecursionError), path.open("rb") as file:
                        version = Version(**json.loads(file.readline(_LONGEST)))
                        if _is_whole(version) and self._path(version) == path:
                            yield version


_LONGEST = 2**16
"""More bytes than the first line of a version has."""


def _written(text: str, version: Version) -> str:
    return f"{json.dumps(asdict(version))}\n{text}"


def _is_whole(version: Version) -> bool:
    return all(type(value).__name__ == Version.__annotations__[name] for name, value in asdict(version).items())
