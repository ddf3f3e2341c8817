"""What identifies an object must be known, open to see, and well-formed."""

from __future__ import annotations

import re

from planner.config.rule_arguments import RULE_ARGUMENTS, value_problem
from planner.config.schema import ObjectSchema
from planner.diagnostics import Diagnostic
from planner.hcl.cty.unknowns import UNKNOWN
from planner.hcl.cty.values import SENSITIVE, Value, deep_marks, is_wholly_known
from planner.hcl.writing.literals import string_literal
from planner.network.addressing import network
from planner.remedy import Remedy, Snippet
from planner.steps import Place
from planner.values import replace

_REFERENCE = (
    r"((data\.)?classiclink_[a-z_]+\.[\w-]+|var|local|module\.[\w-]+|each|count)(\[[^\]]*\])?(\.[\w-]+(\[[^\]]*\])?)+"
)
"""Text that reads like a reference: no id has such dots."""
_NOT_AN_ID = re.compile(r"[\s\x00-\x1f\x7f/]")


def argument_problem(
    schema: ObjectSchema, name: str, value: Value, place: Place, *, planning: bool
) -> Diagnostic | None:
    """What is wrong with the value of an argument, or None. Unknown values are refused when planning."""
    problem = _problem(schema, name, value, planning)
    return replace(problem, span=place.at(name)) if problem else None


def _problem(schema: ObjectSchema, name: str, value: Value, planning: bool) -> Diagnostic | None:
    if value.marks or not isinstance(value.raw, str):
        problem = _unusable(schema, name, value, planning)
        if problem or not (isinstance(value.raw, str) or name in RULE_ARGUMENTS):
            return problem
    if name in RULE_ARGUMENTS:
        return None if value.is_null or not value.is_known else value_problem(name, value.raw)
    if name == "destination_cidr_block":
        return _cidr_problem(str(value.raw))
    if not value.raw or _NOT_AN_ID.search(str(value.raw)):
        return _malformed(name, str(value.raw))
    return quoted_reference(name, value)


def quoted_reference(name: str, value: Value) -> Diagnostic | None:
    """What is wrong with an id, or a list of ids, that is a reference in quotes; None if none is."""
    if isinstance(value.raw, str):
        return _quoted(name, value.raw, value.raw) if _is_reference(value.raw) else None
    texts = [one.raw for one in value.raw if isinstance(one.raw, str)] if isinstance(value.raw, tuple) else []
    quoted = [text for text in texts if _is_reference(text)]
    if not quoted:
        return None
    return _quoted(
        name, quoted[0], f"[{', '.join(text if text in quoted else string_literal(text) for text in texts)}]"
    )


def _is_reference(text: str) -> bool:
    return "." in text and re.fullmatch(_REFERENCE, text) is not None


def _quoted(name: str, found: str, written: str) -> Diagnostic:
    """What is wrong with a reference in quotes; `written` is the argument's value without them."""
    has = "has" if written.startswith("[") else "is"
    detail = f"{name} {has} the text {string_literal(found)}, which is not an id. A reference in quotes is plain text."
    remedy = Remedy.of("Remove the quotes: ", Snippet(f"{name} = {written}"))
    return Diagnostic("CFG313", "Quoted reference", detail, remedy)


def _unusable(schema: ObjectSchema, name: str, value: Value, planning: bool) -> Diagnostic | None:
    if SENSITIVE in deep_marks(value):
        detail = f'The value of "{name}" is sensitive, but it is written in calls, plans and logs.'
        remedy = f"If it is not secret, write {name} = nonsensitive(…)."
        return Diagnostic("CFG313", "Sensitive value in an identifier", detail, Remedy.of(remedy))
    if value.is_null:
        if not schema.arguments[name].required:
            return None
        detail = f'The argument "{name}" is required, but its value is null.'
        return Diagnostic("CFG335", "Required argument is null", detail)
    if not is_wholly_known(value):
        if not planning:
            return None
        detail = f'The value of "{name}" is not known: it depends on something that could not be read.'
        remedy = "Write the id itself, or take it from a variable."
        return Diagnostic("CFG313", "Unknown value in an identifier", detail, Remedy.of(remedy))
    if isinstance(value.raw, tuple):
        for element in value.raw:
            if element.is_null or not element.raw or _NOT_AN_ID.search(element.raw):
                return _malformed(name, element.raw)
    return quoted_reference(name, value)


def _malformed(name: str, found: str | None) -> Diagnostic:
    if not found:
        detail = f"{'null' if found is None else 'An empty text'} in {name} is not an id."
        return Diagnostic("CFG313", "Invalid identifier", detail, Remedy.of("Write the id as the cloud has it."))
    faults = " and ".join(dict.fromkeys(map(_fault, _NOT_AN_ID.findall(found))))
    detail = f"{string_literal(found)} in {name} is not an id: it has {faults} in it."
    remedy = "Write the id as the cloud has it, without spaces, slashes or invisible characters."
    if found.strip() != found:
        remedy += " trimspace(…) removes spaces around it."
    return Diagnostic("CFG313", "Invalid identifier", detail, Remedy.of(remedy))


def _fault(character: str) -> str:
    known = {"/": "a slash", " ": "a space", "\n": "a line break", "\r": "a line break", "\t": "a tab"}
    return known.get(character) or f"the invisible character U+{ord(character):04X}"


def _cidr_problem(text: str) -> Diagnostic | None:
    try:
        network(text)
    except ValueError as problem:
        remedy = "Write the address of a network, such as 192.168.0.0/16."
        return Diagnostic("CFG313", "Invalid CIDR block", f"{problem}.", Remedy.of(remedy))
    return None


def plain(value: Value) -> object:
    """An attribute as the plan and the state hold it: unknown as a whole where any part of it is."""
    raw = value.raw
    if not isinstance(raw, tuple):
        return raw
    return [element.raw for element in raw] if is_wholly_known(value) else UNKNOWN
