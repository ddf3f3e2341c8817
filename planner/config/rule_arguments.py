"""The arguments of a security rule that are no ids: what they may hold, alone and together."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from planner.diagnostics import Diagnostic, did_you_mean
from planner.hcl.cty.arithmetic import number_text
from planner.hcl.cty.values import Value
from planner.hcl.writing.literals import string_literal
from planner.network.security_groups import (
    FIRST_PRIORITY,
    LAST_PRIORITY,
    POLICIES,
    PROTOCOLS,
    check_ports,
    ports,
)
from planner.remedy import Remedy
from planner.steps import Place
from planner.values import replace

_WORDS = {"ip_protocol": PROTOCOLS, "policy": POLICIES}
RULE_ARGUMENTS = frozenset({*_WORDS, "port_range", "priority", "description"})
"""The arguments that `value_problem` is for."""

_LONGEST = 512
_LONGEST_SHOWN = 40


def value_problem(name: str, raw: object) -> Diagnostic | None:
    """What is wrong with the known value of one of `RULE_ARGUMENTS`, or None; the caller knows where it stands."""
    if name == "priority":
        return _priority_problem(raw)
    text = str(raw)
    if name == "description":
        return _description_problem(text)
    if name in _WORDS:
        return _word_problem(name, text)
    try:
        ports(_shown(text))
    except ValueError as problem:
        remedy = 'Write the first and the last port in quotes, such as "443/443", or leave it out if there are none.'
        return _invalid("port range", f"{problem}.", remedy)
    return None


def ports_problem(attributes: Mapping[str, Value], place: Place) -> Diagnostic | None:
    """What is wrong with the port range of this protocol, or None; each of them is sound by itself."""
    protocol, port_range = attributes["ip_protocol"].raw, attributes["port_range"].raw
    if not isinstance(protocol, str) or not isinstance(port_range, str):
        return None
    try:
        check_ports(protocol, port_range)
    except ValueError as wrong:
        detail = f"{str(wrong)[0].upper()}{str(wrong)[1:]}."
        problem = _invalid("port range", detail, "Correct port_range or ip_protocol.")
        return replace(problem, span=place.at("port_range"))
    return None


def _word_problem(name: str, text: str) -> Diagnostic | None:
    known = _WORDS[name]
    if text in known:
        return None
    if text.lower() in known:
        detail = f"{string_literal(text)} in {name} is not in lower case."
        return _invalid(name, detail, f'Write {name} = "{text.lower()}".')
    detail = f"{string_literal(_shown(text))} in {name} is not one of {', '.join(known)}.{did_you_mean(text, known)}"
    return _invalid(name, detail, f"Write one of {', '.join(known)}.")


def _priority_problem(raw: object) -> Diagnostic | None:
    number = raw if isinstance(raw, int | Decimal) else Decimal(0)
    if FIRST_PRIORITY <= number <= LAST_PRIORITY and number == int(number):
        return None
    shown = _shown(number_text(number))
    detail = f"{shown} is not a priority, which is a whole number from {FIRST_PRIORITY} (comes first) to "
    return _invalid("priority", f"{detail}{LAST_PRIORITY}.", "Correct the number, or leave it out: the default is 1.")


def _description_problem(text: str) -> Diagnostic | None:
    if len(text) > _LONGEST:
        detail = f"The description has {len(text):,} characters; the cloud keeps {_LONGEST}."
        return _invalid("description", detail, "Shorten it.")
    if text.startswith(("http://", "https://")):
        detail = "The cloud accepts no description that begins with http:// or https://."
        return _invalid("description", detail, "Put a word before the address.")
    return None


def _shown(text: str) -> str:
    """A value in a message, where it is long only its beginning."""
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _invalid(what: str, detail: str, remedy: str) -> Diagnostic:
    return Diagnostic("CFG313", f"Invalid {what}", detail, Remedy.of(remedy))
