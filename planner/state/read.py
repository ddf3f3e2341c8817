"""From the document of a state file to the state: the document is checked by its schema, every problem has its path."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from sys import intern
from typing import TYPE_CHECKING, cast

from planner.address import Address, parse_address
from planner.diagnostics import Diagnostic, StateError, did_you_mean
from planner.network.identity import IDENTITY_ARGUMENTS, Subject, identity_of
from planner.remedy import Remedy
from planner.schema.phrases import path_text, shown
from planner.schema.validator import Checker, Mismatch, Path
from planner.state.backends.refusals import RESTORE
from planner.state.model import State, StateObject, StateOutput, Written

if TYPE_CHECKING:
    from planner.documents.state import InstanceEntry, ResourceEntry, StateDocument, WrittenEntry

_MOST_REPORTED = 20
_DEEPEST = 200
"""How deep lists and objects may lie in each other: twice as deep as those of any configuration."""
_OF_MANY = ("account_id", "region_id", "vpc_id")
"""The attributes whose texts many objects have in common: each text is kept once."""


def read_state(document: object, filename: str) -> State:
    """The state that a document holds. Raises StateError with every problem found (at most 20)."""
    mismatches = _checker().mismatches(document)
    reader = _Reader(filename, mismatches)
    if any(not mismatch.path for mismatch in mismatches) or not isinstance(document, dict):
        raise StateError(reader.problems)
    state = reader.read(cast("StateDocument", document))
    if reader.problems:
        raise StateError(reader.problems[:_MOST_REPORTED])
    return state


@cache
def _checker() -> Checker:
    from planner.documents.state import state_schema

    return Checker(state_schema())


class _Reader:
    """Reads what fits the schema, and collects what is wrong beside that."""

    def __init__(self, filename: str, mismatches: Collection[Mismatch]) -> None:
        self._filename = filename
        self._misfits = {mismatch.path[:length] for mismatch in mismatches for length in range(1, 5)}
        self._addresses: dict[str, Address | None] = {}
        self._dependencies: dict[tuple[str, ...], tuple[Address, ...]] = {}
        self.problems: list[Diagnostic] = []
        for mismatch in mismatches:
            self._report_mismatch(mismatch)

    def read(self, document: StateDocument) -> State:
        objects: dict[Address, StateObject] = {}
        for path, found in self._objects(document):
            if found.address in objects:
                detail = f"{path_text(path)}: {found.address} is in the state already."
                self._report("STA108", "Address is repeated in the state", detail)
            objects[found.address] = found
        for key in ("outputs", "check_results"):
            self._check_depth([document.get(key)], (key,))
        if self.problems:
            return State()
        return State(
            lineage=document.get("lineage", ""),
            serial=int(document.get("serial", 0)),
            objects=objects,
            outputs={
                name: StateOutput(output["value"], output.get("type", "dynamic"), output.get("sensitive", False))
                for name, output in document.get("outputs", {}).items()
            },
            checks=tuple(document.get("check_results", ())),
            cut_short=tuple(_cut_short(document)),
            applied_plans=tuple(document.get("applied_plans", ())),
            written=_written(document["written"]) if "written" in document else None,
        )

    def _objects(self, document: StateDocument) -> Iterator[tuple[Path, StateObject]]:
        """The objects of the resources and instances that fit."""
        if ("resources",) in self._misfits and not isinstance(document.get("resources"), list):
            return
        for index, resource in enumerate(document.get("resources", ())):
            path: Path = ("resources", index)
            if path in self._misfits and not self._only_instances_misfit(path):
                continue
            base = self._base(resource, path)
            if base is None:
                continue
            for number, instance in enumerate(resource.get("instances", ())):
                at = (*path, "instances", number)
                if not self._misfits or at not in self._misfits:
                    yield at, self._object(base, resource["provider"], instance, at)

    def _only_instances_misfit(self, path: Path) -> bool:
        """Whether all that does not fit of a resource lies within single instances."""
        inner = {misfit for misfit in self._misfits if misfit[: len(path)] == path and len(misfit) > len(path)}
        return all(misfit[2] == "instances" for misfit in inner) and any(len(misfit) > 3 for misfit in inner)

    def _base(self, resource: ResourceEntry, path: Path) -> Address | None:
        module, name = resource.get("module", ""), f"{resource['type']}.{resource['name']}"
        return self._parsed(f"{module}.{name}" if module else name, path)

    def _object(self, base: Address, provider: str, instance: InstanceEntry, path: Path) -> StateObject:
        attributes = instance["attributes"]
        for name in _OF_MANY:
            if type(text := attributes.get(name)) is str:
                attributes[name] = intern(text)
        if nested := [value for value in attributes.values() if isinstance(value, (dict, list))]:
            self._check_depth(nested, path)
        key = instance.get("index_key")  # in JSON 1.0 is a whole number
        named = instance.get("dependencies")
        return StateObject(
            Address(base.type, base.name, int(key) if isinstance(key, float) else key, base.module),
            identity_of(base.type, attributes),
            attributes,
            provider,
            self._depended_on(tuple(named), path) if named else (),
            frozenset(instance.get("sensitive_attributes", ())),
            instance.get("prevent_destroy", False),
        )

    def _depended_on(self, named: tuple[str, ...], path: Path) -> tuple[Address, ...]:
        """The addresses that an object depends on. Objects of one block have the same: they share them."""
        found = self._dependencies.get(named)
        if found is None:
            addresses = [self._parsed(text, (*path, "dependencies")) for text in named]
            found = self._dependencies[named] = tuple([address for address in addresses if address])
        return found

    def _check_depth(self, values: Sequence[object], path: Path) -> None:
        """Values are read recursively: one that is too deep for that is reported here."""
        for _ in range(_DEEPEST):
            if not values:
                return
            values = [inner for value in values for inner in _inner(value)]
        detail = f"{path_text(path)}: lists and objects are nested more than {_DEEPEST} deep."
        self._report("STA106", "State is malformed", detail)

    def _parsed(self, text: str, path: Path) -> Address | None:
        if text not in self._addresses:
            try:
                self._addresses[text] = parse_address(text)
            except ValueError as problem:
                self._addresses[text] = None
                self._report("STA106", "State is malformed", f"{path_text(path)}: {problem}")
        return self._addresses[text]

    def _report_mismatch(self, mismatch: Mismatch) -> None:
        match mismatch:
            case Mismatch(path=("resources", int(), "type"), keyword="enum", found=str(kind)):
                known = ", ".join(IDENTITY_ARGUMENTS)
                hint = did_you_mean(kind, IDENTITY_ARGUMENTS)
                detail = f"{path_text(mismatch.path)} is {shown(kind)}; known are {known}.{hint}"
                self._report("STA107", "Unknown resource type in the state", detail)
            case _:
                self._report("STA106", "State is malformed", f"{mismatch}.")

    def _report(self, code: str, summary: str, detail: str) -> None:
        self.problems.append(
            Diagnostic(code, summary, f"{self._filename}: {detail}", Remedy.of(RESTORE), files=(self._filename,))
        )


def _inner(value: object) -> Collection[object]:
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, list) else ()


def _cut_short(document: StateDocument) -> Iterator[Subject]:
    """The instances in the middle of a move; an older state does not say whose they are."""
    of_providers = document.get("moves_cut_short_of", {"": document.get("moves_cut_short", [])})
    for provider, instance_ids in of_providers.items():
        yield from ((provider, instance_id) for instance_id in instance_ids)


def _written(entry: WrittenEntry) -> Written:
    return Written(entry["by"], entry["at"], entry["operation"])
