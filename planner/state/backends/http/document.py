"""What is kept at the address: one document with the state, and the journal of an apply that is under way or cut short.

::

    {"cl_http": 1, "serial": 12, "lineage": "…",
     "state": {"serial": 3, "lineage": "…", "text": "…"},
     "journal": {"data": "…", "at": 1790000000.0}}

`serial` counts the documents; the serial of the state stands beside its text. Texts are sealed before they get here.
"""

from __future__ import annotations

import contextlib
import json

from msgspec import Struct

from planner.diagnostics import Diagnostic, StateError
from planner.remedy import Remedy
from planner.state.backends.protocol import Stored

_VERSION = 1


class Journalled(Struct, frozen=True):
    """A journal, and when it was sent: in seconds since the epoch, by the clock of the server."""

    data: bytes
    at: float


class Document(Struct, frozen=True):
    """What is kept at the address; serial 0 is where nothing was ever sent."""

    serial: int = 0
    state: Stored | None = None
    journal: Journalled | None = None

    def dumps(self) -> bytes:
        """The document as it is sent."""
        state, journal = self.state, self.journal
        written: dict[str, object] = {
            "cl_http": _VERSION,
            "serial": self.serial,
            "lineage": state.lineage if state else "",
            "state": state and {"serial": state.serial, "lineage": state.lineage, "text": state.text},
            "journal": journal
            and {"data": journal.data.decode("utf-8", "surrogateescape"), "at": round(journal.at, 3)},
        }
        return json.dumps(written).encode()


def parse(body: bytes, name: str) -> Document:
    """The document that this is; `name` is what messages call the address.

    A state that was put there by hand is one, too. Raises StateError where it is something else: it is not replaced.
    """
    try:
        text = body.decode()
        found = json.loads(text)
    except UnicodeDecodeError:
        raise StateError(_strange(name, "It is not UTF-8.")) from None
    except (ValueError, RecursionError):
        raise StateError(_strange(name, "It is not JSON.")) from None
    match found:
        case {"cl_http": int(version)} if version > _VERSION:
            raise StateError(
                _strange(name, f"Its format is {version}; this cl knows up to {_VERSION}. Use a newer cl.")
            )
        case {"cl_http": int(), "serial": int(serial), "state": state, "journal": journal}:
            return Document(serial, _state(state, name), _journal(journal, name))
        case {"format_version": str(), "serial": int(serial), "lineage": str(lineage)}:
            return Document(serial, Stored(text, serial, lineage))
        case {"terraform_version": str(version)}:
            raise StateError(_strange(name, "It is a state of Terraform or OpenTofu."))
    raise StateError(_strange(name, "It is a document of another kind."))


def _state(found: object, name: str) -> Stored | None:
    match found:
        case None:
            return None
        case {"serial": int(serial), "lineage": str(lineage), "text": str(text)}:
            return Stored(text, serial, lineage)
    raise StateError(_strange(name, "Its state is damaged."))


def _journal(found: object, name: str) -> Journalled | None:
    match found:
        case None:
            return None
        case {"data": str(data), "at": int(at) | float(at)}:
            with contextlib.suppress(UnicodeEncodeError):  # a surrogate that stands for no byte
                return Journalled(data.encode("utf-8", "surrogateescape"), at)
    raise StateError(_strange(name, "Its journal is damaged."))


def _strange(name: str, what: str) -> Diagnostic:
    detail = f"{name} does not hold a state of cl. {what} Nothing was changed there."
    return Diagnostic("STA455", "Address holds something else", detail, Remedy.of("Use another address for the state."))
