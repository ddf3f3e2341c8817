"""Reading a saved plan: whole, unaltered, of a known format, and with nothing in it that contradicts itself."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from math import isfinite
from typing import TYPE_CHECKING, Any, cast

from planner.address import Address, parse_address
from planner.collector import without_collector
from planner.diagnostics import Diagnostic, StateError
from planner.documents.plan import FoldedPlan, PlanDocument, plan_schema
from planner.documents.plan_head import FORMAT_VERSION, plan_checksum
from planner.documents.plan_words import contradicted_words
from planner.documents.replan import NAME_A_PLAN, replan_remedy
from planner.hcl.cty.types import type_from_json
from planner.schema.validator import Checker, Mismatch, Path, in_order
from planner.wrong_files import not_json, seems_to_be, seems_to_hold

if TYPE_CHECKING:
    from planner.entries import RangeEntry

MOST_REPORTED = 20
"""So many problems of one plan are reported."""

_MARKS = frozenset({"plan_id", "checksum"})
"""What a plan has, altered or not, and a world or a drift report has not, which have a format version too."""


@without_collector()
def load_plan(text: str, filename: str = "plan.json") -> PlanDocument:
    """The document of a saved plan.

    Raises StateError where the text is no whole, unaltered plan of a known format, with every part that is not what
    the format says (at most 20).
    """
    try:
        document = json.loads(text, parse_constant=_number, parse_float=_number)
    except (ValueError, RecursionError) as problem:
        wrong = not_json(problem, text)
        if wrong.is_cut:
            detail = f"{filename} is incomplete: it ends at line {wrong.line}, in the middle of the plan."
            raise StateError(Diagnostic("STA401", "Plan is not JSON", detail, replan_remedy(filename))) from None
        detail = f"{filename} is not a saved plan. {seems_to_be(text) or f'It is not JSON: {wrong.words}.'}"
        raise StateError(Diagnostic("STA401", "Plan is not JSON", detail, NAME_A_PLAN)) from None
    if not isinstance(document, dict) or "format_version" not in document or not _MARKS & document.keys():
        detail = f"{filename} is JSON, but not a plan of cl. {seems_to_hold(document)}".rstrip()
        raise StateError(Diagnostic("STA402", "Not a plan", detail, NAME_A_PLAN))
    again = replan_remedy(filename)
    version, known = document["format_version"], FORMAT_VERSION.partition(".")[0]
    if not isinstance(version, str) or not re.fullmatch(rf"{known}\.[0-9]+", version):
        detail = f"{filename} has format {json.dumps(version)}; this cl knows {known}.x."
        raise StateError(Diagnostic("STA403", "Plan has an unknown format", detail, again))
    if document.get("checksum") != plan_checksum(document):
        detail = (
            f"{filename} is not what cl wrote: its checksum is wrong. The file was altered, or a part of it is missing."
        )
        raise StateError(Diagnostic("STA404", "Plan was altered", detail, again))
    if found := mismatches(document):
        details = [f"{filename}: {mismatch}." for mismatch in found[:MOST_REPORTED]]
        raise StateError(Diagnostic("STA402", "Not a plan", detail, again) for detail in details)
    return cast(PlanDocument, document)


def _number(text: str) -> int | float:
    """A number of JSON: neither NaN nor infinite, and 1.0 is the whole number that it is in JSON."""
    number = float(text)
    if not isfinite(number):
        raise ValueError(f"{text} is not a number in JSON")
    return int(number) if number.is_integer() else number


def mismatches(document: object) -> list[Mismatch]:
    """Every part of a plan that does not fit its schema, or contradicts another part. Linear in its size.

    Whether the steps are legal is for the proof.
    """
    found = _checker().mismatches(document)
    found = [*found, *_contradictions(document, found)]
    if not found:  # what people read is about changes and steps that are sound in themselves
        found = [*contradicted_words(cast(PlanDocument, document))]
    return in_order(document, found)


def folded_plan(document: object) -> FoldedPlan | None:
    """The parts of a plan that become state, where they are all there and fit."""
    wrong = _parts_checker().mismatches(document)
    return None if wrong or [*_contradictions(document, wrong)] else cast(FoldedPlan, document)


@cache
def _checker() -> Checker:
    return Checker(plan_schema())


@cache
def _parts_checker() -> Checker:
    return Checker(plan_schema() | {"required": list(FoldedPlan.__annotations__)})


def _contradictions(document: object, wrong: Iterable[Mismatch]) -> Iterator[Mismatch]:
    """What no schema can say, of the entries that fit theirs."""
    if not isinstance(document, dict):
        return
    misfits = {mismatch.path[:2] for mismatch in wrong}
    for key in ("resource_drift", "resource_changes", "rules", "diagnostics"):
        for path, entry in _fitting(document, key, misfits):
            yield from _backward(entry["range"], (*path, "range"))
            for index, related in enumerate(entry.get("related", ())):
                yield from _backward(related["range"], (*path, "related", index, "range"))
            if "change" in entry:
                yield from _misaddressed(entry, path)
    for path, output in _fitting(document, "output_changes", misfits):
        if output["type"] is not None and not _is_type(output["type"]):
            yield Mismatch((*path, "type"), "format", "a type", output["type"])
    declared = {entry["address"] for _, entry in _fitting(document, "resource_changes", misfits)}
    for path, step in _fitting(document, "steps", misfits):
        address = step["address"]
        if address is not None and address not in declared and _parsed(address) is None:
            yield _no_address((*path, "address"), address)
    if all(path[0] != "steps" for path in misfits if path):
        yield from _misnumbered(document["steps"])
    if ("rules",) not in misfits:
        yield from _misplaced(document, misfits)


def _fitting(
    document: Mapping[str, Any], key: str, misfits: Collection[Path]
) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """The entries of a part of the plan that fit the schema, with their paths; none where the part itself does not."""
    part = {} if (key,) in misfits else document.get(key, {})
    entries = part.items() if isinstance(part, dict) else enumerate(part)
    return (((key, name), entry) for name, entry in entries if (key, name) not in misfits)


def _backward(span: RangeEntry | None, path: Path) -> Iterator[Mismatch]:
    """A range that ends before it starts."""
    if span is not None:
        start, end = span["start"], span["end"]
        if (end["line"], end["column"]) < (start["line"], start["column"]):
            yield Mismatch((*path, "end"), "order", "a place after the start", end)


def _misaddressed(entry: Mapping[str, Any], path: Path) -> Iterator[Mismatch]:
    """Addresses that are none; one that its parts contradict, or that is of another type than the one before."""
    address = _parsed(entry["address"])
    parts = (entry["type"], entry["name"], entry.get("index"), entry.get("module_address", ""))
    if address is None:
        yield _no_address((*path, "address"), entry["address"])
    elif parts != (address.type, address.name, address.key, address.module_address):
        needed = "what type, name, index and module_address say"
        yield Mismatch((*path, "address"), "address", needed, entry["address"])
    if "previous_address" in entry:
        previous = _parsed(entry["previous_address"])
        if previous is None or previous.type != entry["type"]:
            needed = f"an address of a {entry['type']}"
            yield Mismatch((*path, "previous_address"), "address", needed, entry["previous_address"])
    for index, dependency in enumerate(entry["dependencies"]):
        if _parsed_often(dependency) is None:
            yield _no_address((*path, "dependencies", index), dependency)


def _no_address(path: Path, found: object) -> Mismatch:
    return Mismatch(path, "format", "an address", found)


def _parsed(text: str) -> Address | None:
    try:
        return parse_address(text)
    except ValueError:
        return None


_parsed_often = lru_cache(maxsize=1024)(_parsed)
"""Many objects depend on few."""


def _misnumbered(steps: Sequence[Mapping[str, Any]]) -> Iterator[Mismatch]:
    """Steps that are not numbered from 1 as they are listed, or that need steps that there are not."""
    for place, step in enumerate(steps):
        if step["id"] != place + 1:
            yield Mismatch(("steps", place, "id"), "order", f"{place + 1}, its place in the list", step["id"])
        for number, need in enumerate(step["needs"]):
            if need > len(steps):
                yield Mismatch(("steps", place, "needs", number), "reference", "the id of a step of this plan", need)


def _misplaced(document: Mapping[str, Any], misfits: Collection[Path]) -> Iterator[Mismatch]:
    """Groups of findings that there are not."""
    for path, group in _fitting(document, "rule_groups", misfits):
        for number, place in enumerate(group["rules"]):
            if place >= len(document["rules"]):
                yield Mismatch((*path, "rules", number), "reference", "the place of an entry of rules", place)


def _is_type(notation: object) -> bool:
    try:
        type_from_json(notation)
    except (ValueError, TypeError):
        return False
    return True
