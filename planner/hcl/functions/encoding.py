"""Base64, gzip, URL and character encodings. JSON, YAML and CSV have modules of their own.

Own code beside `zlib`: the frame of `gzip` is Go's, with a flush before the end, so that short texts come out as they
do from OpenTofu (how longer ones are packed depends on the release of Go; what they unpack to is the same).
"""

from __future__ import annotations

import base64
import re
from typing import Final

from planner.hcl.cty.types import STRING, Type
from planner.hcl.cty.values import Value, quoted, string
from planner.hcl.functions.arguments import SENSITIVE_PLACEHOLDER, check_length, shown
from planner.hcl.functions.plain import plain
from planner.hcl.functions.spec import Arguments, Function, FunctionError, Parameter, function

MAX_UNPACKED: Final = 64 * 1024 * 1024
"""Bytes that unpacking may make."""

_BASE64: Final = Parameter("base64", STRING, allow_marked=True)
_GZIP_HEADER: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_LAST_BLOCK: Final = b"\x03\x00"
_STORED: Final = 32
"""Texts of up to so many bytes are not compressed, as in Go."""
_BROKEN_ESCAPE: Final = re.compile(r"%(?![0-9a-fA-F]{2})")


def decode_base64(text: str) -> bytes:
    """Raises ValueError where it is not the standard alphabet with padding; line breaks are passed over."""
    return base64.b64decode(text.replace("\r", "").replace("\n", "").encode("ascii"), validate=True)


def _decoded(arg: Value) -> bytes:
    try:
        return decode_base64(arg.raw)
    except ValueError as problem:
        raise FunctionError(f"{_abridged(arg)} is not base64", 0) from problem


def _abridged(arg: Value) -> str:
    text = shown(arg)
    return text if len(text) < 100 or text == SENSITIVE_PLACEHOLDER else f'{text[:80]}…"'


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as problem:
        raise FunctionError("the decoded bytes are not text in UTF-8", 0) from problem


@function(_BASE64, returns=STRING)
def base64decode(args: Arguments, result: Type) -> Value:
    """The text that base64 stands for."""
    return string(_text(_decoded(args[0]))).with_marks(args[0].marks)


@plain
def base64encode(text: str) -> str:
    """The text's UTF-8 bytes in base64."""
    return base64.b64encode(text.encode()).decode()


@plain
def base64gzip(text: str) -> str:
    """The text's UTF-8 bytes, packed with gzip, in base64."""
    import struct
    import zlib

    data = text.encode()
    packer = zlib.compressobj(level=0 if len(data) <= _STORED else 6, wbits=-15)
    packed = packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH) + _LAST_BLOCK
    trailer = struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)
    return base64.b64encode(_GZIP_HEADER + packed + trailer).decode()


@function(_BASE64, returns=STRING)
def base64gunzip(args: Arguments, result: Type) -> Value:
    """The text that was packed with gzip and put into base64."""
    import zlib

    unpacker = zlib.decompressobj(wbits=31)
    try:
        data = unpacker.decompress(_decoded(args[0]), MAX_UNPACKED)
    except zlib.error as problem:
        raise FunctionError(f"the decoded bytes are not gzip: {problem}", 0) from problem
    if unpacker.unconsumed_tail:
        raise FunctionError(f"the text unpacks to more than the limit of {MAX_UNPACKED:,} bytes", 0)
    if not unpacker.eof:
        raise FunctionError("the gzip data ends too early", 0)
    return string(_text(data)).with_marks(args[0].marks)


def _codec(name: str, argument: int) -> str:
    """Python's name for a character encoding of IANA's registry. Raises FunctionError."""
    import codecs

    try:
        found = codecs.lookup(name)
        if not found._is_text_encoding or found.name in _NOT_ENCODINGS or not name.isascii():
            raise LookupError(name)
    except (LookupError, ValueError) as problem:
        raise FunctionError(f"{quoted(name)} is not the name of a supported character encoding", argument) from problem
    return found.name


_MARKED: Final = "utf-16"
"""The one encoding whose text begins with a mark of the order of bytes; where there is a choice, big-endian."""

_NOT_ENCODINGS: Final = (
    "idna",
    "punycode",
    "raw-unicode-escape",
    "unicode-escape",
    "undefined",
    "utf-7",
    "mbcs",
    "oem",
)


@plain
def textencodebase64(text: str, encoding: str) -> str:
    """The text's bytes in a character encoding, in base64."""
    codec = _codec(encoding, 1)
    try:
        data = b"\xfe\xff" + text.encode("utf-16-be") if codec == _MARKED else text.encode(codec)
        return base64.b64encode(data).decode()
    except UnicodeError as problem:
        raise FunctionError(f"the text has characters that {encoding} does not have", 0) from problem


@plain
def textdecodebase64(text: str, encoding: str) -> str:
    """The text whose bytes, in a character encoding, are given in base64."""
    codec = _codec(encoding, 1)
    try:
        data = decode_base64(text)
    except ValueError as problem:
        raise FunctionError("the text is not base64", 0) from problem
    try:
        if codec == _MARKED and not data.startswith(b"\xff\xfe"):
            return data.decode("utf-16-be").removeprefix("\ufeff")
        return data.decode(codec)
    except UnicodeError as problem:
        raise FunctionError(f"the bytes are not text in {encoding}", 0) from problem


@plain
def urlencode(text: str) -> str:
    """The text as part of a URL's query."""
    from urllib.parse import quote_plus

    check_length(len(text) * 3)
    return quote_plus(text, safe="")


@plain
def urldecode(text: str) -> str:
    """The text that was made part of a URL's query."""
    from urllib.parse import unquote_to_bytes

    broken = _BROKEN_ESCAPE.search(text)
    if broken:
        raise FunctionError(f'"{text[broken.start() : broken.start() + 3]}" is not a URL escape', 0)
    return unquote_to_bytes(text.replace("+", " ")).decode(errors="replace")


FUNCTIONS: Final[tuple[Function, ...]] = (
    base64decode, base64encode, base64gzip, base64gunzip, textencodebase64, textdecodebase64, urlencode, urldecode,
)  # fmt: skip
