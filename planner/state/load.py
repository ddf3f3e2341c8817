"""The state in a file: read, decrypted and checked."""

from __future__ import annotations

from pathlib import Path

from planner.diagnostics import Diagnostic, StateError
from planner.reading import read_regular, what_to_do
from planner.state.backends.refusals import not_utf8
from planner.state.encryption import Cipher, Plain, Seal
from planner.state.format import loads
from planner.state.model import State

PLAIN = Plain()


def load_state(path: Path, cipher: Cipher = PLAIN) -> State | None:
    """The state in a file, or None where there is no such file. Raises StateError."""
    try:
        data = read_regular(path)
    except FileNotFoundError:
        return None
    except OSError as problem:
        detail = f"{path}: {problem.strerror}."
        raise StateError(Diagnostic("STA101", "State cannot be read", detail, what_to_do(path, problem))) from None
    return state_in(data, str(path), cipher)[0]


def state_in(data: bytes, filename: str, cipher: Cipher) -> tuple[State, Seal]:
    """The state that a file holds, and how it is encrypted. Raises StateError."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise StateError(not_utf8(filename, problem)) from None
    return state_of(text, filename, cipher)


def state_of(text: str, filename: str, cipher: Cipher) -> tuple[State, Seal]:
    """The same, of a text."""
    opened, seal = cipher.open(text, filename)
    return loads(opened, filename), seal
