"""The state in a file: read, decrypted and checked."""

from __future__ import annotations

from pathlib import Path

from planner.diagnostics import Diagnostic, StateError
from planner.reading import read_regular, what_to_do
from planner.remedy import Remedy
from planner.state.encryption import Cipher, Plain, Seal
from planner.state.format import loads
from planner.state.model import State
from planner.state.refusals import RESTORE

PLAIN = Plain()


def load_state(path: Path, cipher: Cipher = PLAIN) -> State | None:
    """The state in a file, or None where there is no such file. Raises StateError."""
    return read_sealed(path, cipher)[0]


def read_sealed(path: Path, cipher: Cipher) -> tuple[State | None, Seal]:
    """The state in a file, if there is one, and how it is encrypted."""
    try:
        data = read_regular(path)
    except FileNotFoundError:
        return None, Seal.AS_ASKED
    except OSError as problem:
        detail = f"{path}: {problem.strerror}."
        raise StateError(Diagnostic("STA101", "State cannot be read", detail, what_to_do(path, problem))) from None
    return state_in(data, str(path), cipher)


def state_in(data: bytes, filename: str, cipher: Cipher) -> tuple[State, Seal]:
    """The state that a file holds, and how it is encrypted. Raises StateError."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as problem:
        detail = f"{filename} is not UTF-8 at byte {problem.start}."
        raise StateError(Diagnostic("STA102", "State is not JSON", detail, Remedy.of(RESTORE))) from None
    opened, seal = cipher.open(text, filename)
    return loads(opened, filename), seal
