"""Reading the document of a state file: every value checked, every problem told with its path."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from planner.address import Address, Key, parse_address
from planner.diagnostics import Diagnostic, StateError, did_you_mean
from planner.network.identity import IDENTITY_ARGUMENTS, identity_of
from planner.state.model import State, StateObject, StateOutput, Written
from planner.state.refusals import RESTORE

_MAX_TOLD = 20
_DEEPEST = 200
"""How deep lists and objects may lie in each other: twice as deep as those of any configuration."""


class StateReader:
    """Reads one document, collecting what is wrong with it."""

    def __init__(self, filename: str) -> None:
        self._filename = filename
        self._problems: list[Diagnostic] = []
        self._addresses: dict[str, Address | None] = {}

    def read(self, document: Any) -> State:
        """The state. Raises StateError with every problem found (at most 20)."""
        top = self._expect(document, dict, "the document")
        serial = self._expect(top.get("serial", 0), int, "serial")
        if serial < 0:
            self._wrong("serial", "a number of at least 0", serial)
        objects: dict[Address, StateObject] = {}
        for path, found in self._objects(top):
            if found.address in objects:
                self._tell("STA108", "Address is twice in the state", f"{path}: {found.address} was there before.")
            objects[found.address] = found
        state = State(
            lineage=self._expect(top.get("lineage", ""), str, "lineage"),
            serial=serial,
            objects=objects,
            outputs=dict(self._outputs(top)),
            checks=tuple(self._checks(top)),
            cut_short=tuple(self._items(top, "moves_cut_short", str, "")),
            applied_plans=tuple(self._items(top, "applied_plans", str, "")),
            written=self._written(top),
        )
        if "version" not in top:
            self._wrong("version", "a number", None)
        elif top["version"] != 1 or isinstance(top["version"], bool):
            self._wrong("version", "1", top["version"])
        if self._problems:
            raise StateError(self._problems[:_MAX_TOLD])
        return state

    def _objects(self, top: dict[str, Any]) -> Iterator[tuple[str, StateObject]]:
        for index, resource in enumerate(self._items(top, "resources", dict, "")):
            path = f"resources[{index}]"
            base = self._resource_address(resource, path)
            provider = self._text(resource, "provider", path)
            for number, instance in enumerate(self._items(resource, "instances", dict, path)):
                at = f"{path}.instances[{number}]"
                found = self._object(base, provider, instance, at) if base else None
                if found:
                    yield at, found

    def _resource_address(self, resource: dict[str, Any], path: str) -> Address | None:
        kind, name = self._text(resource, "type", path), self._text(resource, "name", path)
        if resource.get("mode", "managed") != "managed":
            self._wrong(f"{path}.mode", '"managed"', resource["mode"])
        if not kind or not name:
            return None
        if kind not in IDENTITY_ARGUMENTS:
            known = ", ".join(IDENTITY_ARGUMENTS)
            hint = did_you_mean(kind, IDENTITY_ARGUMENTS)
            self._tell("STA107", "Unknown resource type", f'{path}.type is "{kind}"; known are {known}.{hint}')
            return None
        module = self._expect(resource.get("module", ""), str, f"{path}.module")
        return self._parsed(f"{module}.{kind}.{name}" if module else f"{kind}.{name}", path)

    def _object(self, base: Address, provider: str, instance: dict[str, Any], path: str) -> StateObject | None:
        key: Key = instance.get("index_key")
        if key is not None and (not isinstance(key, (str, int)) or isinstance(key, bool)):
            self._wrong(f"{path}.index_key", "a string or a number", key)
            return None
        attributes = self._expect(instance.get("attributes"), dict, f"{path}.attributes")
        self._check_depth([value for value in attributes.values() if isinstance(value, (dict, list))], path)
        wrong = [name for name in IDENTITY_ARGUMENTS[base.type] if not isinstance(attributes.get(name), str)]
        for name in wrong:
            self._wrong(f"{path}.attributes.{name}", "a string", attributes.get(name))
        if wrong:
            return None
        dependencies = (
            self._parsed(text, f"{path}.dependencies") for text in self._items(instance, "dependencies", str, path)
        )
        return StateObject(
            address=Address(base.type, base.name, key, base.module),
            identity=identity_of(base.type, attributes),
            attributes=attributes,
            provider=provider,
            dependencies=tuple(address for address in dependencies if address),
            sensitive=frozenset(self._items(instance, "sensitive_attributes", str, path)),
            prevent_destroy=self._expect(instance.get("prevent_destroy", False), bool, f"{path}.prevent_destroy"),
        )

    def _outputs(self, top: dict[str, Any]) -> Iterator[tuple[str, StateOutput]]:
        for name, output in self._expect(top.get("outputs", {}), dict, "outputs").items():
            path = f"outputs.{name}"
            found = self._expect(output, dict, path)
            self._check_depth([found], path)
            if "value" not in found:
                self._wrong(f"{path}.value", "a value", None)
            sensitive = self._expect(found.get("sensitive", False), bool, f"{path}.sensitive")
            yield name, StateOutput(found.get("value"), found.get("type", "dynamic"), sensitive)

    def _checks(self, top: dict[str, Any]) -> list[dict[str, Any]]:
        found = self._items(top, "check_results", dict, "")
        self._check_depth(found, "check_results")
        return found

    def _check_depth(self, values: list[Any], path: str) -> None:
        """Whoever goes through a value does so recursively: one that is too deep for that is told here."""
        for _ in range(_DEEPEST):
            if not values:
                return
            values = [inner for value in values for inner in _inner(value)]
        self._tell("STA106", "State is malformed", f"{path}: lists and objects lie more than {_DEEPEST} deep in it.")

    def _written(self, top: dict[str, Any]) -> Written | None:
        if "written" not in top:
            return None
        written = self._expect(top["written"], dict, "written")
        return Written(*(self._text(written, name, "written") for name in ("by", "at", "operation")))

    def _parsed(self, text: str, path: str) -> Address | None:
        if text not in self._addresses:
            try:
                self._addresses[text] = parse_address(text)
            except ValueError as problem:
                self._addresses[text] = None
                self._tell("STA106", "State is malformed", f"{path}: {problem}")
        return self._addresses[text]

    def _text(self, parent: dict[str, Any], key: str, path: str) -> str:
        return str(self._expect(parent.get(key), str, f"{path}.{key}"))

    def _items(self, parent: dict[str, Any], key: str, kind: type, path: str) -> list[Any]:
        where = f"{path}.{key}" if path else key
        items = self._expect(parent.get(key, []), list, where)
        return [self._expect(item, kind, f"{where}[{index}]") for index, item in enumerate(items)]

    def _expect(self, value: Any, kind: type, path: str) -> Any:
        """The value where it is of this kind; else a problem is noted and an empty value of it returned."""
        if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
            return value
        self._wrong(path, _KINDS[kind], value)
        return kind()

    def _wrong(self, path: str, expected: str, found: Any) -> None:
        shown = "nothing" if found is None else _shown(found)
        self._tell("STA106", "State is malformed", f"{path}: expected {expected}, found {shown}.")

    def _tell(self, code: str, summary: str, detail: str) -> None:
        self._problems.append(Diagnostic(code, summary, f"{self._filename}: {detail}", RESTORE))


_KINDS: dict[type, str] = {dict: "an object", list: "a list", str: "a string", int: "a whole number", bool: "a bool"}


def _inner(value: Any) -> Collection[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}…"
