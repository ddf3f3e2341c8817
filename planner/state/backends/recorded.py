"""The backend that `cl init` recorded, in `.cl/backend.json`: the settings it stored, and where the states are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from planner.diagnostics import Diagnostic, StateError
from planner.reading import read_regular
from planner.remedy import Remedy, cl, shell
from planner.state.backends.declared import BackendBlock
from planner.writing import how_to_write, make_directory, write_whole

_FORMAT = "1.0"
_LONGEST = 2**20


class Recorded(Struct, frozen=True):
    """A backend. None of it is secret.

    `given` are the settings of `--backend-config`; `plain` are all that it was opened with, wherever they came from.
    """

    given: Mapping[str, object]
    plain: Mapping[str, object]
    fingerprint: Mapping[str, str]

    @property
    def type(self) -> str:
        return self.fingerprint["type"]

    def given_for(self, backend: str) -> Mapping[str, object]:
        """The settings of `--backend-config`, where they are of this type of backend."""
        return self.given if self.type == backend else {}

    @property
    def block(self) -> BackendBlock:
        """A block that opens the backend again, with the secrets of the environment."""
        return BackendBlock(self.type, self.plain, is_recorded=True)


def recorded_path(directory: Path) -> Path:
    """The file that records the backend of a configuration directory."""
    return directory / ".cl" / "backend.json"


def read_recorded(directory: Path) -> Recorded | None:
    """The backend that was recorded; None where none was. Raises StateError where the file cannot be read."""
    path = recorded_path(directory)
    try:
        found = json.loads(read_regular(path, _LONGEST))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as problem:
        raise StateError(_not_read(path, f"{problem.strerror}.")) from None
    except (ValueError, RecursionError):
        raise StateError(_not_read(path, "it is not JSON.")) from None
    match found:
        case {"given": dict(given), "settings": dict(plain), "fingerprint": {"type": str(), **place}}:
            if all(isinstance(value, str) for value in place.values()):
                return Recorded(given, plain, found["fingerprint"])
    raise StateError(_not_read(path, "it does not say which backend it is."))


def record(directory: Path, backend: Recorded) -> None:
    """Record this backend: every command compares its own with it. Raises StateError."""
    path = recorded_path(directory)
    document = {
        "format_version": _FORMAT,
        "given": backend.given,
        "settings": backend.plain,
        "fingerprint": backend.fingerprint,
    }
    try:
        make_directory(path.parent)
        write_whole(path, json.dumps(document, indent=2) + "\n")
    except OSError as problem:
        detail = f"{path}: {problem.strerror or problem}."
        remedy = how_to_write(problem, f"Give yourself permission to write in {path.parent}.")
        raise StateError(Diagnostic("STA458", "Backend cannot be recorded", detail, remedy)) from None


def backend_config(options: Sequence[str]) -> list[str]:
    """The options of a command that gives these settings again."""
    return [f"--backend-config={option}" for option in options]


def refuse_changed(
    recorded: Recorded | None,
    fingerprint: Mapping[str, str],
    options: Sequence[str] = (),
    given: Mapping[str, object] | None = None,
) -> None:
    """Raises StateError where the states are recorded to be elsewhere than this.

    `options` are those of `--backend-config`, `given` the settings in them: a remedy has them again.
    """
    if recorded is None or recorded.fingerprint == fingerprint:
        return
    differ = [
        name
        for name in dict.fromkeys((*recorded.fingerprint, *fingerprint))
        if recorded.fingerprint.get(name) != fingerprint.get(name)
    ]
    if "type" in differ:
        differ = ["type"]
    detail = "The configuration or the environment now names a backend other than the recorded one. "
    detail += " ".join(
        f"The {name} was {_named(recorded.fingerprint.get(name))}, and is {_named(fingerprint.get(name))} now."
        for name in differ
    )
    stored = [
        f"{name}={value if isinstance(value, str) else json.dumps(value)}"
        for name, value in recorded.given_for(fingerprint["type"]).items()
        if name not in (given or {})
    ]
    remedy = Remedy.of(
        "To copy the states to the new backend: ",
        cl("init", "--migrate-state", *backend_config(options)),
        "\nTo use the new backend without copying, for example because another checkout copied them: ",
        cl("init", "--reconfigure", *backend_config([*stored, *options])),
        "\nIf the change is a mistake, correct the settings.",
    )
    raise StateError(Diagnostic("STA450", "Backend has changed", f"{detail} Nothing was done.", remedy))


def _named(value: str | None) -> str:
    return "not set" if value is None else f'"{value}"'


def _not_read(path: Path, why: str) -> Diagnostic:
    return Diagnostic(
        "STA457",
        "Recorded backend is unknown",
        f"{path} cannot be read: {why} It records where the states are, so nothing was done.",
        Remedy.of(
            "Move it away, then record the backend again: ",
            shell("mv", path, Path(f"{path}.damaged")),
            " and ",
            cl("init", "--reconfigure"),
        ),
    )
