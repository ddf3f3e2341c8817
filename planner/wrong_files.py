"""What a file holds that should hold JSON: in which line it stops to be JSON and why, and what it seems to be."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from msgspec import Struct

CUT = "it ends in the middle of the document"
_LONGEST_TOKEN = 6
"""Characters of `false` or `\\u1234`: a cut inside one of them is reported at its start."""
_SHOWN = 20
_BEGINNING = 4096
"""Bytes that a file is known by."""


class NotJson(Struct, frozen=True):
    """Where a text stops to be JSON, and `why`, as the end of a sentence. Line and column count from 1; 0: unknown."""

    line: int
    column: int
    why: str

    @property
    def is_cut(self) -> bool:
        """Whether the text is the beginning of a document."""
        return self.why == CUT

    @property
    def words(self) -> str:
        """`line 3, column 5: a comma is missing here`."""
        return f"line {self.line}, column {self.column}: {self.why}" if self.line else self.why


def not_json(problem: ValueError | RecursionError, text: str) -> NotJson:
    """What `json.loads` says of this text, in other words. Other problems than its own are taken for sentences."""
    if isinstance(problem, RecursionError):
        return NotJson(0, 0, "it is nested too deeply")
    if not isinstance(problem, json.JSONDecodeError):
        is_long = str(problem).startswith("Exceeds the limit")
        return NotJson(0, 0, "a number has too many digits" if is_long else str(problem))
    rest = text[problem.pos :].rstrip()
    ends = len(rest) <= _LONGEST_TOKEN or problem.msg.startswith("Unterminated string")
    begins = text.lstrip()[:1] in ("{", "[")
    if begins and ends and problem.msg != _MORE and rest[:1] not in ("}", "]", "'"):
        return NotJson(problem.lineno, problem.colno, CUT)
    return NotJson(problem.lineno, problem.colno, _why(problem.msg, text[: problem.pos].rstrip()[-1:], rest))


_MORE = "Extra data"
"""What the library says of a document that something follows."""


def _why(message: str, before: str, rest: str) -> str:
    found = rest[:1]
    if message == _MORE:
        return "something follows the end of the document"
    if message.startswith("Unterminated string"):
        return "the text that begins here has no closing quote"
    if message.startswith("Invalid control character"):
        return "a line break or a tab within a text is written as \\n or \\t"
    if message.startswith("Invalid \\"):
        return "JSON has no such escape; write a backslash in a text as two"
    if message.startswith("Expecting ':'"):
        return "a colon is expected between a key and its value"
    if message.startswith("Expecting ','"):
        return "a comma is missing here, or the end of the list or object"
    if found in ("}", "]") and before == ",":
        return f"nothing follows the comma before this {found}"
    if found == "'":
        return "texts are in double quotes"
    if found in ("/", "#"):
        return "JSON has no comments"
    what = "a key in double quotes" if message.startswith("Expecting property name") else "a value"
    token = re.match(r"[^\s,:\[\]{}\"]+", rest)
    shown = token[0][:_SHOWN] if token else found
    return f'{what} is expected, not "{shown}"' if shown else f"{what} is expected"


def seems_to_be(data: bytes | str) -> str:
    """A sentence on what a file is that is not JSON; empty where there is nothing to say of it."""
    head = (data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data)[:_BEGINNING]
    if not head.strip():
        return "It is empty."
    for beginning, what in _BEGINNINGS:
        if head.startswith(beginning):
            return f"It seems to be {what}."
    if b"\0" in head:
        return "It is not text."
    text = head.decode("utf-8", "replace").lstrip("\ufeff")
    return next((f"It seems to be {what}." for pattern, what in _TEXTS if re.match(pattern, text)), "")


_BEGINNINGS = (
    (b"PK\x03\x04", "a zip archive, as a saved plan of Terraform or OpenTofu is one"),
    (b"\x1f\x8b", "compressed (gzip)"),
    (b"\xff\xfe", "UTF-16, as > of PowerShell 5 writes it"),
    (b"\xfe\xff", "UTF-16"),
)
_TEXTS = (
    (r"(?i)\s*<(!doctype|html|\?xml|head|body)", "a page (HTML or XML)"),
    (r"<{7} ", "a merge with conflict marks"),
    (r"Plan(:| failed:) |No changes\. ", "what cl plan prints"),
    (
        r"((#|//)[^\n]*\n|\s)*(resource|provider|variable|module|data|output|locals|cl|terraform|import)\b[^:\n]*\{",
        "a configuration (HCL)",
    ),
)


def seems_to_hold(document: object) -> str:
    """A sentence on what this document of JSON is, where it is one that a user may take for another; else empty."""
    if not isinstance(document, Mapping):
        return ""
    if "terraform_version" in document:
        what = "plan" if "planned_values" in document or "resource_changes" in document else "state"
        return f"It seems to be a {what} of Terraform or OpenTofu."
    return next((f"It seems to be {what}." for keys, what in _DOCUMENTS if keys <= document.keys()), "")


_DOCUMENTS: tuple[tuple[set[str], str], ...] = (
    ({"format_version", "in_sync", "items"}, "a drift report"),
    ({"format_version", "valid", "diagnostics"}, "what cl validate --json prints"),
    ({"lineage", "serial", "resources"}, "a state"),
    ({"format_version", "plan_id", "checksum"}, "a saved plan"),
    ({"format_version", "vpcs"}, "a world file of a mock"),
    ({"format_version", "instances"}, "a world file of a mock"),
)
