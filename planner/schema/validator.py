"""Checks documents against a JSON Schema: of every part that does not fit its path, what is expected, what was found.

The check is done by jsonschema-rs: of a plan of 100,000 steps in a tenth of a second, without a copy of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, partial
from typing import TYPE_CHECKING

from msgspec import Struct

from planner.schema.keywords import Schema
from planner.schema.phrases import MISSING, expected, path_text, shown

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError, ValidationErrorKind, Validator

Path = tuple[str | int, ...]
_DEEPEST = 255
"""Deeper values the library does not compare."""


class Mismatch(Struct, frozen=True):
    """A part of a document that does not fit its schema; `keyword` is the keyword of JSON Schema that it breaks.

    A missing key has `MISSING` as what was found. For a key that is not known, `known` are those that are. `reason`
    says more, where there is more to say.
    """

    path: Path
    keyword: str
    expected: str
    found: object
    known: tuple[str, ...] = ()
    reason: str = ""

    @property
    def sentence(self) -> str:
        """`expected a string, found 7`."""
        return f"expected {self.expected}, found {shown(self.found)}{self.reason and f' ({self.reason})'}"

    def __str__(self) -> str:
        return f"{path_text(self.path)}: {self.sentence}" if self.path else self.sentence


class Checker:
    """The schema of a kind of document, ready to check many.

    `formats` are the checks of formats that JSON Schema does not define: each raises ValueError for a string that does
    not fit, with the reason where there is one.
    """

    def __init__(self, schema: Schema, formats: Mapping[str, Callable[[str], object]] | None = None) -> None:
        self.schema = schema
        self._formats = dict(formats or {})

    @cached_property
    def _validator(self) -> Validator:
        from jsonschema_rs import validator_for

        formats: dict[str, Callable[..., bool]] = {name: partial(_fits, check) for name, check in self._formats.items()}
        return validator_for(self.schema, formats=formats, validate_formats=True)

    def mismatches(self, document: object) -> list[Mismatch]:
        """Every part of a document of JSON that does not fit, in the order of the document. Linear in its size."""
        try:
            errors = self._validator.iter_errors(document)
        except UnicodeEncodeError:
            return [
                Mismatch(path, "type", "text in Unicode", text.encode(errors="backslashreplace").decode())
                for path, text in _not_unicode(document)
            ]
        except ValueError:
            return [Mismatch((), "type", f"lists and objects nested at most {_DEEPEST} deep", document)]
        return in_order(document, [mismatch for error in errors for mismatch in self._of(error, document)])

    def _of(self, error: ValidationError, document: object) -> Iterator[Mismatch]:
        """What an error of the library says; of alternatives, what keeps the value from being the likeliest one."""
        from jsonschema_rs import ValidationErrorKind as Kind

        path, found = tuple(error.instance_path), value_at(document, error.instance_path)
        match error.kind:
            case Kind.AnyOf(context):
                likely = [branch for branch in context if not any(_of_another_type(one, error) for one in branch)]
                if not likely:
                    needed = self._expected(error.schema_path[:-1], type_alone=True)
                    yield Mismatch(path, "anyOf", needed, found)
                for one in likely[0] if likely else ():
                    yield from self._of(one, document)
            case Kind.Required(key):
                yield Mismatch((*path, key), "required", self._expected_of_key(error.schema_path, key), MISSING)
            case Kind.AdditionalProperties(unexpected):
                known = tuple(self._properties(error.schema_path[:-1]))
                for key in unexpected:
                    yield Mismatch((*path, key), "additionalProperties", f"one of {', '.join(known)}", key, known)
            case Kind.Pattern() if self._schema_at(error.schema_path[:-1]).get("format") in self._formats:
                return  # the check of the format says it, with the reason
            case _:
                type_alone = isinstance(error.kind, Kind.Type)
                needed = self._expected(error.schema_path[:-1], type_alone=type_alone)
                yield Mismatch(path, error.kind.name, needed, found, reason=self._reason(error.kind, found))

    def _reason(self, kind: ValidationErrorKind, found: object) -> str:
        """Why a string does not have its format, where its check says so."""
        from jsonschema_rs import ValidationErrorKind as Kind

        match kind:
            case Kind.Format(name) if name in self._formats and isinstance(found, str):
                try:
                    self._formats[name](found)
                except ValueError as problem:
                    return str(problem)
        return ""

    def _expected(self, path: list[str | int], *, type_alone: bool = False) -> str:
        return expected(self._schema_at(path), self._resolved, type_alone=type_alone)

    def _expected_of_key(self, path: list[str | int], key: str) -> str:
        """What the key that lacks would hold: as the schema says that requires it, else the one around that."""
        for end in range(len(path) - 1, -1, -1):
            found = self._properties(path[:end]).get(key)
            if isinstance(found, dict):
                return expected(found, self._resolved)
        return "a value"

    def _properties(self, path: list[str | int]) -> Schema:
        part = self._schema_at(path)
        found = part.get("properties") if isinstance(part, dict) else None
        return found if isinstance(found, dict) else {}

    def _schema_at(self, path: list[str | int]) -> Schema:
        found = value_at(self.schema, path)
        return found if isinstance(found, dict) else {}

    def _resolved(self, schema: Schema) -> Schema:
        """The schema that a reference leads to, with what stands beside the reference."""
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            return schema
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        return self._schema_at(list(reference.removeprefix("#/").split("/"))) | beside


def _of_another_type(inner: ValidationError, outer: ValidationError) -> bool:
    """Whether a value is no value of an alternative, and not merely a wrong one."""
    return inner.kind.name == "type" and inner.instance_path == outer.instance_path


def _fits(check: Callable[[str], object], text: str) -> bool:
    try:
        check(text)
    except ValueError:
        return False
    return True


def value_at(value: object, path: Iterable[str | int]) -> object:
    """What lies on this path within a value of JSON."""
    for key in path:
        if isinstance(value, dict | list):
            value = value[key]  # type: ignore[call-overload,index,unused-ignore]
    return value


def in_order(document: object, mismatches: Iterable[Mismatch]) -> list[Mismatch]:
    """Mismatches in the order of their parts in the document; a missing key comes behind those that are there."""
    numbers: dict[int, dict[str, int]] = {}

    def position(mismatch: Mismatch) -> list[int]:
        value, found = document, []
        for key in mismatch.path:
            if isinstance(value, dict):
                if id(value) not in numbers:
                    numbers[id(value)] = {key: number for number, key in enumerate(value)}
                found.append(numbers[id(value)].get(str(key), len(value)))
                value = value.get(key)
            elif isinstance(value, list) and isinstance(key, int):
                found.append(key)
                value = value[key]
        return found

    return sorted(mismatches, key=position)


def _not_unicode(document: object) -> Iterator[tuple[Path, str]]:
    """Each text or key that holds half of a surrogate pair, with its path."""
    waiting: list[tuple[Path, object]] = [((), document)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [((*path, key), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            waiting += [((*path, index), inner) for index, inner in enumerate(value)]
        for text in (value, path[-1] if path else ""):
            if isinstance(text, str) and not _encodes(text):
                yield path, text


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
