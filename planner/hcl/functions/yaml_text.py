"""`yamldecode` and `yamlencode`.

The grammar and the layout are PyYAML's (libyaml's, where it is built in); what plain words mean is decided here, as
Terraform decides it: `yes` and `on` are true, a date becomes a timestamp, numbers stay exact.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from msgspec import Struct, field

from planner.hcl.cty.arithmetic import number_text, parse_number
from planner.hcl.cty.types import DYNAMIC, STRING, Type
from planner.hcl.cty.values import Value, boolean, is_wholly_known, null, number, object_of, string, tuple_of, unknown
from planner.hcl.functions.arguments import MAX_ELEMENTS, check_length
from planner.hcl.functions.json_text import MAX_DEPTH, too_deep
from planner.hcl.functions.spec import Arguments, Function, FunctionError, Parameter, function
from planner.hcl.functions.time import yaml_timestamp

_TAG: Final = "tag:yaml.org,2002:"
_WORDS: Final[dict[str, bool | None]] = {
    **{word: True for name in ("y", "yes", "true", "on") for word in (name, name.capitalize(), name.upper())},
    **{word: False for name in ("n", "no", "false", "off") for word in (name, name.capitalize(), name.upper())},
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
}
_INFINITE: Final = re.compile(r"([-+]?)\.(?:inf|Inf|INF)")
_NO_NUMBERS: Final = (".nan", ".NaN", ".NAN")
_DECIMAL: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_OTHER_BASE: Final = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_WIDTH: Final = 80
_PARSER_TOO_DEEP: Final = "exceeded maximum nesting depth"
"""What newer releases of the parser say of far deeper lists than are taken here: they look so far ahead."""


class _Reader(Struct):
    """Reads values from parser events. `elements` counts what has been made, copies by alias included."""

    events: Iterator[Any]
    anchors: dict[str, tuple[Value, int]] = field(default_factory=dict)
    elements: int = 0

    def document(self) -> Value:
        import yaml

        next(self.events)
        start = next(self.events)
        if isinstance(start, yaml.StreamEndEvent):
            raise FunctionError("not YAML: the text is empty", 0)
        if start.version not in (None, (1, 1)):
            raise _refused(start, "documents of version 1.1 can be read")
        value = self.value(next(self.events), 0)
        next(self.events)
        if not isinstance(next(self.events), yaml.StreamEndEvent):
            raise FunctionError("there is more than one YAML document", 0)
        return value

    def value(self, event: Any, depth: int) -> Value:
        import yaml

        if depth > MAX_DEPTH:
            raise too_deep()
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        before = self.elements
        self._count(1)
        if isinstance(event, yaml.ScalarEvent):
            made = _scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            made = self._sequence(event, depth)
        else:
            made = self._mapping(event, depth)
        if event.anchor:
            self.anchors[event.anchor] = made, self.elements - before
        return made

    def _count(self, more: int) -> None:
        self.elements += more
        if self.elements > MAX_ELEMENTS:
            raise FunctionError(f"the YAML document has more than {MAX_ELEMENTS:,} values, aliases followed", 0)

    def _alias(self, event: Any) -> Value:
        if event.anchor not in self.anchors:
            raise _refused(event, f'the anchor "{event.anchor}" is not defined before this alias')
        made, size = self.anchors[event.anchor]
        self._count(size)
        return made

    def _sequence(self, event: Any, depth: int) -> Value:
        import yaml

        _check_tag(event, "seq")
        elements: list[Value] = []
        while not isinstance(following := next(self.events), yaml.SequenceEndEvent):
            elements.append(self.value(following, depth + 1))
        return tuple_of(elements)

    def _mapping(self, event: Any, depth: int) -> Value:
        import yaml

        _check_tag(event, "map")
        entries: dict[str, Value] = {}
        while not isinstance(key := next(self.events), yaml.MappingEndEvent):
            merged = self.value(next(self.events), depth + 1) if _is_merge(key) else None
            if merged is not None:
                self._merge(key, merged, entries)
                continue
            name = _key(key)
            entries[name] = self.value(next(self.events), depth + 1)
        return object_of(entries)

    def _merge(self, event: Any, merged: Value, entries: dict[str, Value]) -> None:
        for each in merged.raw if isinstance(merged.raw, tuple) else (merged,):
            if not isinstance(each.raw, dict):
                raise _refused(event, "only a mapping, or a sequence of mappings, can be merged into a mapping")
            self._count(len(each.raw))
            entries.update(each.raw)


def _refused(event: Any, reason: str) -> FunctionError:
    mark = event.start_mark
    return FunctionError(f"not usable YAML: line {mark.line + 1}, column {mark.column + 1}: {reason}", 0)


def _check_tag(event: Any, expected: str) -> None:
    if event.tag and event.tag != _TAG + expected:
        raise _refused(event, f'the tag "{event.tag}" is not supported here')


def _is_merge(event: Any) -> bool:
    import yaml

    if not isinstance(event, yaml.ScalarEvent):
        return False
    return event.tag == _TAG + "merge" or (not event.tag and event.value == "<<")


def _key(event: Any) -> str:
    import yaml

    from planner.hcl.cty.conversion import convert

    if not isinstance(event, yaml.ScalarEvent):
        raise _refused(event, "the key of a mapping must be a string")
    key = convert(_scalar(event), STRING)
    if key.is_null:
        raise _refused(event, "the key of a mapping must not be null")
    text: str = key.raw
    return text


def _scalar(event: Any) -> Value:
    text: str = event.value
    kind = (event.tag or "").removeprefix(_TAG)
    if kind in ("str", "binary"):
        return _tagged(event, kind)
    if kind not in ("", "bool", "int", "float", "null", "timestamp"):
        raise _refused(event, f'the tag "{event.tag}" is not supported')
    if event.style in ("'", '"'):
        return string(text)
    plain = _plain(event, text, dates=kind in ("", "timestamp"))
    if plain is not None:
        return plain
    if kind == "null":
        return null()
    if kind:
        raise _refused(event, f'"{text}" is not a {kind}')
    return string(text)


def _tagged(event: Any, kind: str) -> Value:
    if kind == "binary":
        from base64 import b64decode

        try:
            b64decode("".join(event.value.split()), validate=True)
        except ValueError as problem:
            raise _refused(event, "not valid base64") from problem
    return string(event.value)


def _plain(event: Any, text: str, *, dates: bool) -> Value | None:
    """What a word without quotes stands for; None for plain text."""
    if text in _WORDS:
        truth = _WORDS[text]
        return null() if truth is None else boolean(truth)
    if text in _NO_NUMBERS:
        raise _refused(event, f"{text} is not a number that can be used")
    if infinite := _INFINITE.fullmatch(text):
        return number(parse_number(f"{infinite[1]}inf"))
    if dates and (timestamp := yaml_timestamp(text)):
        return string(timestamp)
    if _OTHER_BASE.fullmatch(text):
        return number(int(text, 0))
    if _DECIMAL.fullmatch(text):
        try:
            return number(parse_number(text))
        except ValueError as problem:
            raise _refused(event, str(problem)) from problem
    return None


@function(Parameter("yaml", STRING), returns=DYNAMIC)
def yamldecode(args: Arguments, result: Type) -> Value:
    """The value that a YAML document stands for."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _Reader(iter(yaml.parse(args[0].raw, Loader=loader))).document()
    except yaml.YAMLError as problem:
        if getattr(problem, "problem", None) == _PARSER_TOO_DEEP:
            raise too_deep() from problem
        raise FunctionError(f"not YAML: {_one_line(problem)}", 0) from problem


def _one_line(problem: Any) -> str:
    mark = getattr(problem, "problem_mark", None)
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    return where + (getattr(problem, "problem", None) or str(problem).splitlines()[0])


@function(Parameter("value", allow_null=True, allow_dynamic=True), returns=STRING)
def yamlencode(args: Arguments, result: Type) -> Value:
    """The value as a YAML document."""
    import yaml

    if not is_wholly_known(args[0]):
        return unknown(result)
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text: str = yaml.emit(_document(args[0]), Dumper=dumper, allow_unicode=True, width=_WIDTH)
    text = text.removesuffix("...\n")  # PyYAML's, after text whose last newlines are kept
    if not isinstance(args[0].raw, str | tuple | dict):
        text += "...\n"  # a document that is one plain word is marked as finished
    check_length(len(text))
    return string(text)


def _document(value: Value) -> Iterator[Any]:
    import yaml

    yield yaml.StreamStartEvent()
    yield yaml.DocumentStartEvent(explicit=False)
    yield from _events(value, 0)
    yield yaml.DocumentEndEvent(explicit=False)
    yield yaml.StreamEndEvent()


def _events(value: Value, depth: int) -> Iterator[Any]:
    import yaml

    if depth > MAX_DEPTH:
        raise too_deep()
    if isinstance(value.raw, tuple):
        yield yaml.SequenceStartEvent(None, None, True, flow_style=False)
        for element in value.raw:
            yield from _events(element, depth + 1)
        yield yaml.SequenceEndEvent()
    elif isinstance(value.raw, dict):
        yield yaml.MappingStartEvent(None, None, True, flow_style=False)
        for key, element in value.raw.items():
            yield _scalar_event(key)
            yield from _events(element, depth + 1)
        yield yaml.MappingEndEvent()
    else:
        yield _scalar_event(value.raw)


def _scalar_event(raw: Any) -> Any:
    import yaml

    scalar: Callable[..., Any] = yaml.ScalarEvent
    if isinstance(raw, str):
        return scalar(None, None, (True, True), raw, style="|" if "\n" in raw else '"')
    word = "null" if raw is None else ("true" if raw else "false") if isinstance(raw, bool) else number_text(raw)
    return scalar(None, None, (True, True), word)


FUNCTIONS: Final[tuple[Function, ...]] = (yamldecode, yamlencode)
