"""State and plans encrypted at rest: AES-256-GCM, with a key from a passphrase, an environment variable or a command.

Which key is said in the environment, so that no file names it:

* `CL_ENCRYPTION_PASSPHRASE`: a passphrase of at least 16 characters, made into a key by scrypt, which needs 128 MiB;
* `CL_ENCRYPTION_KEY`: a key of 32 bytes, in base64;
* `CL_ENCRYPTION_COMMAND`: a command that prints a passphrase, such as one that asks a vault. No shell runs it.

One that is set and empty is refused: a secret that a pipeline failed to get looks so.

To go over to another key, set the new one and give the old one as `CL_ENCRYPTION_FALLBACK_PASSPHRASE`, `…_KEY` or
`…_COMMAND`: what is read with the old one is written with the new one. A file that is not encrypted yet is read, and
encrypted when it is next written. To go back to plaintext, set `CL_ENCRYPTION=off` and give the key as the fallback:
a key that is merely missing never takes the encryption away.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import shlex
import unicodedata
from collections.abc import Mapping
from enum import Enum
from typing import Protocol

from msgspec import Struct

from planner.ciphers import decrypt, encrypt
from planner.diagnostics import Diagnostic, StateError, counted
from planner.remedy import Remedy, cl, shell

_MARK = '{"cl_encrypted":'
_SHORTEST_PASSPHRASE = 16
_KEY_BYTES = 32
_SCRYPT = {"n": 2**17, "r": 8, "p": 1}
_SCRYPT_MEMORY = 256 * 2**20
_SCRYPT_WORK = 2**22
"""The most that a file may ask for of `n` times `r` times `p`: four times what is asked for here, a second or two."""
_SOURCES = ("PASSPHRASE", "KEY", "COMMAND")


class Seal(Enum):
    """How a file was found to be sealed: just as it would be now, or otherwise."""

    AS_ASKED = "as configured"
    FALLBACK = "encrypted with the fallback key"
    NONE = "not encrypted"


class Clear(Struct, frozen=True):
    """What stands in clear beside a sealed state, and cannot be altered without the key."""

    serial: int
    lineage: str


class Cipher(Protocol):
    """Puts a text away so that only who has the key can read it."""

    @property
    def encrypts(self) -> bool:
        """Whether what is sealed now needs a key to be read."""
        ...

    def seal(self, text: str, clear: Clear | None = None) -> str:
        """The text as it is kept, with this beside it where it is sealed."""
        ...

    def open(self, text: str, filename: str) -> tuple[str, Seal]:
        """The text that was sealed, and how it was. Raises StateError."""
        ...


class Plain:
    """No encryption; `fallback` opens what was encrypted before."""

    encrypts = False

    def __init__(self, fallback: Key | None = None) -> None:
        self._fallback = fallback

    def seal(self, text: str, clear: Clear | None = None) -> str:
        return text

    def open(self, text: str, filename: str) -> tuple[str, Seal]:
        if not is_sealed(text):
            return text, Seal.AS_ASKED
        if self._fallback is None:
            detail = f"{filename} is encrypted, but no key is set."
            raise StateError(Diagnostic("STA140", "Key is missing", detail, _SET_A_KEY))
        opened = _opened(self._fallback, _parts(text, filename))
        if opened is None:
            raise _does_not_fit(filename, "the fallback key")
        return opened, Seal.FALLBACK


class Encrypted:
    """Seals with a key; opens what was sealed with that one or with the one before it."""

    encrypts = True

    def __init__(self, key: Key, fallback: Key | None = None) -> None:
        self._key, self._fallback = key, fallback

    def seal(self, text: str, clear: Clear | None = None) -> str:
        header = self._key.header()
        nonce = os.urandom(12)
        key = self._key.bytes_for(header)
        assert key is not None  # noqa: S101 - a key knows its own header
        sealed = encrypt(key, nonce, text.encode(), _bound(header, clear))
        begun = f'2,"serial":{clear.serial},"lineage":{json.dumps(clear.lineage)}' if clear else "1"
        return f'{_MARK}{begun},"key":{json.dumps(header)},"nonce":"{_text(nonce)}","data":"{_text(sealed)}"}}\n'

    def open(self, text: str, filename: str) -> tuple[str, Seal]:
        if not is_sealed(text):
            return text, Seal.NONE
        parts = _parts(text, filename)
        for key in (self._key, self._fallback):
            opened = _opened(key, parts) if key else None
            if opened is not None:
                return opened, Seal.AS_ASKED if key is self._key else Seal.FALLBACK
        raise _does_not_fit(filename, "the key or its fallback" if self._fallback else "the key")


class Key:
    """A key: 32 bytes that are given, or a passphrase that gives some for each salt."""

    def __init__(self, *, given: bytes | None = None, passphrase: str = "") -> None:
        self._given, self._passphrase = given, passphrase
        self._derived: dict[str, bytes] = {}
        self._salt = ""

    def header(self) -> Mapping[str, str | int]:
        """How the key is made, to be written beside what it seals. One salt serves as long as this object lives."""
        if self._given is not None:
            return {"kdf": "none"}
        self._salt = self._salt or _text(os.urandom(16))
        return {"kdf": "scrypt", **_SCRYPT, "salt": self._salt}

    def bytes_for(self, header: Mapping[str, object]) -> bytes | None:
        """The key of 32 bytes that was made so; None where this is another kind of key.

        Raises ValueError, TypeError, KeyError or OverflowError where no release of `cl` makes keys so.
        """
        if self._given is not None or header.get("kdf") != "scrypt":
            return self._given if header.get("kdf") == "none" else None
        made = json.dumps(header, sort_keys=True)
        if made not in self._derived:
            self._derived[made] = _derived(self._passphrase, header)
        return self._derived[made]


def _derived(passphrase: str, header: Mapping[str, object]) -> bytes:
    n, r, p, salt = (header[name] for name in ("n", "r", "p", "salt"))
    if not (isinstance(n, int) and isinstance(r, int) and isinstance(p, int) and isinstance(salt, str)):
        raise TypeError(header)
    if n * r * p > _SCRYPT_WORK:
        raise ValueError(header)
    salted = base64.b64decode(salt)
    return hashlib.scrypt(passphrase.encode(), salt=salted, n=n, r=r, p=p, maxmem=_SCRYPT_MEMORY, dklen=_KEY_BYTES)


def cipher_from(environment: Mapping[str, str]) -> Cipher:
    """The cipher that the environment asks for. Raises StateError where its key cannot be used."""
    key = _key_from(environment, _PRIMARY)
    switch = environment.get(_SWITCH, "")
    if switch not in ("", "off"):
        raise _unusable(f'{_SWITCH} is "{switch}".', Remedy.of("Set it to off, or unset it: ", shell("unset", _SWITCH)))
    if switch and key:
        raise _unusable(
            f"{_SWITCH} is off, but a key is set.",
            Remedy.of(
                f"To write plaintext, set the key as {_FALLBACK}… instead; to encrypt: ", shell("unset", _SWITCH)
            ),
        )
    if key:
        return Encrypted(key, _key_from(environment, _FALLBACK))
    return Plain(_key_from(environment, _FALLBACK) if switch else None)


def is_sealed(text: str) -> bool:
    """Whether this is an encrypted file of `cl`."""
    return text.startswith(_MARK)


_PRIMARY, _FALLBACK, _SWITCH = "CL_ENCRYPTION_", "CL_ENCRYPTION_FALLBACK_", "CL_ENCRYPTION"
READ_WITH_ITS_KEY = f"To read it, set {_PRIMARY}PASSPHRASE, …KEY or …COMMAND to the key that it was written with."
"""What can be done about any file that the key, or no key, does not open."""
_SET_A_KEY = Remedy.of(
    f"Set {_PRIMARY}PASSPHRASE, {_PRIMARY}KEY or {_PRIMARY}COMMAND to the key that it was written with. To go back to "
    f"plaintext, set that key as {_FALLBACK}PASSPHRASE, …KEY or …COMMAND, and: ",
    shell("export", f"{_SWITCH}=off"),
)


def _key_from(environment: Mapping[str, str], prefix: str) -> Key | None:
    given = [source for source in _SOURCES if prefix + source in environment]
    if empty := [prefix + source for source in given if not environment[prefix + source].strip()]:
        remedy = Remedy.of("Set a value, or unset: ", shell("unset", *empty))
        raise _unusable(f"Set but empty, as when a secret is missing: {', '.join(empty)}.", remedy)
    if not given:
        return None
    if len(given) > 1:
        raise _unusable(
            f"{' and '.join(prefix + source for source in given)} are both set.", Remedy.of("Keep one of them.")
        )
    name = prefix + given[0]
    match given[0]:
        case "KEY":
            return Key(given=_decoded(environment[name], name))
        case "COMMAND":
            return Key(passphrase=_usable(_printed_by(environment[name], name), f"what {name} prints"))
        case _:
            return Key(passphrase=_usable(environment[name], name))


def _decoded(text: str, name: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY_BYTES:
        raise _unusable(f"{name} is not {_KEY_BYTES} bytes in base64.", Remedy.of("Make one: openssl rand -base64 32"))
    return key


def _usable(passphrase: str, name: str) -> str:
    remedy = f"Choose one of at least {_SHORTEST_PASSPHRASE} characters, such as several words."
    if len(passphrase) < _SHORTEST_PASSPHRASE:
        raise _unusable(f"{name} has {counted(len(passphrase), 'character')}.", Remedy.of(remedy))
    if any(unicodedata.category(character) == "Cs" for character in passphrase):  # a byte that is no text
        raise _unusable(f"{name} is not UTF-8 text.", Remedy.of(remedy))
    return passphrase


def _printed_by(line: str, name: str) -> str:
    from planner.state.commands import printed_by  # starts a process, for which most states have no need

    try:
        words = shlex.split(line)
        if not words:
            raise ValueError("it has no word")
        done = printed_by(words)
    except (OSError, ValueError) as problem:
        raise _unusable(
            f"{name} cannot be run: {getattr(problem, 'strerror', None) or problem}.", Remedy.of(_NO_SHELL)
        ) from None
    if done.code:
        said = done.err.decode(errors="replace").strip()[:200]
        raise _unusable(f"{name} ended with exit code {done.code}: {said}", Remedy.of(_NO_SHELL))
    return done.out.decode(errors="surrogateescape").strip()


_NO_SHELL = (
    "Fix the command, or what it calls. It runs without a shell, so pipes, variables and ~ have no effect. To use "
    "them, write sh -c '…'."
)


class _Parts(Struct, frozen=True):
    """A sealed text: how its key is made, what stands in clear, and the rest."""

    header: Mapping[str, object]
    clear: Clear | None
    nonce: bytes
    sealed: bytes


def _parts(text: str, filename: str) -> _Parts:
    try:
        document = json.loads(text)
        header, nonce, sealed = document["key"], document["nonce"], document["data"]
        version = document["cl_encrypted"]
        if version not in (1, 2) or not isinstance(header, dict):
            raise ValueError(version)
        clear = Clear(document["serial"], document["lineage"]) if version == 2 else None
        return _Parts(header, clear, base64.b64decode(nonce, validate=True), base64.b64decode(sealed, validate=True))
    except (ValueError, KeyError, TypeError, RecursionError):
        detail = (
            f"{filename} begins like an encrypted file, but this cl cannot read the rest: it was cut short or altered."
        )
        remedy = "Use the release of cl that wrote it, or restore a backup of your own."
        raise StateError(Diagnostic("STA142", "Encrypted file is damaged", detail, Remedy.of(remedy))) from None


def _opened(key: Key, parts: _Parts) -> str | None:
    try:
        made = key.bytes_for(parts.header)
    except (ValueError, TypeError, KeyError, OverflowError):
        return None  # another way of making keys, or one that needs too much memory or time
    if made is None:
        return None
    text = decrypt(made, parts.nonce, parts.sealed, _bound(parts.header, parts.clear))
    try:
        return text.decode() if text is not None else None
    except UnicodeDecodeError:
        return None


def _bound(header: Mapping[str, object], clear: Clear | None) -> bytes:
    """What is authenticated with the text."""
    bound = header if clear is None else {"key": header, "serial": clear.serial, "lineage": clear.lineage}
    return json.dumps(bound, sort_keys=True, separators=(",", ":")).encode()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _does_not_fit(filename: str, tried: str) -> StateError:
    detail = f"{filename} cannot be decrypted with {tried} that is set: it was encrypted with another key, or altered."
    remedy = Remedy.of(
        f"{READ_WITH_ITS_KEY}\nTo change the key, set the new one as {_PRIMARY}PASSPHRASE and the old one as "
        f"{_FALLBACK}PASSPHRASE; the next ",
        cl("apply"),
        " writes the file with the new one.",
    )
    return StateError(Diagnostic("STA141", "Key is wrong", detail, remedy))


def _unusable(detail: str, remedy: Remedy) -> StateError:
    return StateError(Diagnostic("STA143", "Key cannot be used", detail, remedy))
