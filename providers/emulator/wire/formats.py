"""Answers as bytes: JSON and XML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from xml.sax.saxutils import escape

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_json = json.JSONEncoder(separators=(",", ":")).encode


class Format(StrEnum):
    """The format of an answer; the value is how the API writes the content type."""

    JSON = "application/json;charset=utf-8"
    XML = "text/xml;charset=utf-8"


def encode(answer: Mapping[str, object], root: str, form: Format) -> bytes:
    """The answer in this format; `root` is the outermost element of XML."""
    if form is Format.JSON:
        return _json(answer).encode()
    return f'<?xml version="1.0" encoding="UTF-8"?>{"".join(_element(root, answer))}'.encode()


def _element(name: str, value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield f"<{name}>"
        for key, inner in value.items():
            yield from _element(key, inner)
        yield f"</{name}>"
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            yield from _element(name, item)
    elif value is not None:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        yield f"<{name}>{escape(_NOT_XML.sub('�', text))}</{name}>"
