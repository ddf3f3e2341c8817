"""The world file: JSON in the names of the cloud's API, checked whole, every problem with its path.

Reading is strict, so that a slip of the pen (`cidr_blok`) is reported and not silently another world. Only what the
cloud itself would never allow to exist is refused; a link to a VPC whose ClassicLink is off, say, can be written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from sys import intern
from typing import Any

from planner.collector import without_collector
from planner.diagnostics import Diagnostic, Position, ProviderError, Span, did_you_mean
from planner.network.world import CloudResource, GuestRouteEntry, Instance, RouteEntry, Vpc, VSwitch, World
from planner.remedy import Remedy
from planner.schema.phrases import path_text, shown
from planner.schema.validator import Mismatch, value_at
from planner.values import replace
from planner.wrong_files import not_json, seems_to_be
from providers.mock.problems import Problems, expected
from providers.mock.world_document import FORMAT_VERSION, KEYS, world_checker
from providers.mock.world_groups import build_group, check_groups

_MOST_COMPARED = 1_000
"""Among more ids than this cl suggests no similar one: the search takes too long."""


def parse_document(text: str, file: str) -> dict[str, Any]:
    """The JSON object in `text`. Raises ProviderError with line and column where there is none.

    A key that an object repeats is refused, and so is half a surrogate pair, which no file can hold.
    """
    repeated: list[tuple[dict[str, Any], str]] = []
    try:
        document = json.loads(text, object_pairs_hook=partial(_object, repeated))
    except (ValueError, RecursionError) as problem:
        found = not_json(problem, text)
        start, end = Position(found.line, found.column), Position(found.line, found.column + 1)
        detail = f"{file}{', ' if found.line else ': '}{found.words}. {seems_to_be(text)}".rstrip()
        raise ProviderError(_not_json(file, detail, Span(file, start, end) if found.line else None)) from None
    if not isinstance(document, dict):
        raise ProviderError(_not_json(file, f"{file}: {expected('a JSON object', document)}."))
    problems = Problems(file)
    if repeated:
        _report_repeated(document, repeated, problems)
    if re.search(_SURROGATE_ESCAPE, text):
        _report_surrogates(document, problems)
    problems.raise_if_any()
    return document


_SURROGATE_ESCAPE = r"\\u[dD][89a-fA-F]"
_SURROGATE = "[\ud800-\udfff]"


def _object(repeated: list[tuple[dict[str, Any], str]], pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of these keys and values; one that repeats a key is noted."""
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                repeated.append((made, key))
            seen.add(key)
    return made


def _report_repeated(document: dict[str, Any], repeated: list[tuple[dict[str, Any], str]], problems: Problems) -> None:
    paths = {id(value): path for path, value in _walk(document)}
    for holder, key in repeated:
        path = paths.get(id(holder))
        if path is not None:  # else it is lost already, in a value whose own key is repeated
            sentence = f"this object has two keys {shown(key)}, and only one can count"
            path = f"{path}.{key}" if path else key
            problems.add("PRV213", "World file repeats a key", path, sentence, "Remove one of the two.")


def _report_surrogates(document: dict[str, Any], problems: Problems) -> None:
    for path, value in _walk(document):
        texts = value if isinstance(value, dict) else [value]
        if any(isinstance(text, str) and re.search(_SURROGATE, text) for text in texts):
            where = path.encode(errors="backslashreplace").decode()
            _wrong_value(problems, where, "expected characters, found half of a surrogate pair (\\ud800 to \\udfff)")


def _walk(document: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Everything in a document, with its path, in the order in which it stands there."""
    open_: list[tuple[str, Any]] = [("", document)]
    while open_:
        path, value = open_.pop()
        yield path, value
        if isinstance(value, dict):
            open_ += reversed([(f"{path}.{key}" if path else key, inner) for key, inner in value.items()])
        elif isinstance(value, list):
            open_ += reversed([(f"{path}[{index}]", inner) for index, inner in enumerate(value)])


def _not_json(file: str, detail: str, span: Span | None = None) -> Diagnostic:
    remedy = 'Fix the file. The smallest world is {"format_version": "1.0"}.'
    return Diagnostic("PRV202", "World file is not JSON", detail, Remedy.of(remedy), span=span, files=(file,))


def parse_world(text: str, file: str) -> World:
    """The world written in `text`. Raises ProviderError with every problem at once."""
    with without_collector():
        document = parse_document(text, file)
        problems = Problems(file)
        _check_version(document, problems)
        problems.raise_if_any()
        for mismatch in world_checker().mismatches(document):
            _add(problems, mismatch, document)
        records = {name: _records(document, name) for name in KEYS}
        _check_keys(records, problems)
        if is_known := "security_groups" in document:
            ids = [str(group.get("security_group_id")) for group in records["security_groups"]]
            names = dict.fromkeys(ids, 0)
            check_groups(
                records, problems, lambda path, found: _dangling(problems, path, found, "security_groups", names)
            )
        problems.raise_if_any()
        world = _build(document.get("account_id", ""), records, file)
        return world if is_known else replace(world, security_groups=None)


def _records(document: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The records of one list; what is no record is an empty one."""
    found = document.get(name)
    return [record if isinstance(record, dict) else {} for record in found] if isinstance(found, list) else []


def _check_version(document: dict[str, Any], problems: Problems) -> None:
    version = document.get("format_version", FORMAT_VERSION)
    if not isinstance(version, str) or version.split(".")[0] != FORMAT_VERSION.split(".")[0]:
        problems.add(
            "PRV209",
            "World file has an unknown format",
            "format_version",
            expected(f'"{FORMAT_VERSION}" or another minor version of it', version),
            f'Write the world in format {FORMAT_VERSION} and set "format_version": "{FORMAT_VERSION}".',
        )


def _add(problems: Problems, mismatch: Mismatch, document: dict[str, Any]) -> None:
    """Tell of a part of the file that does not fit the schema of a world."""
    *above, key = mismatch.path
    match mismatch.keyword:
        case "required":
            record = value_at(document, above)
            sentence = f"expected the key {key}, found only {shown(sorted(record) if isinstance(record, dict) else ())}"
            remedy = f'Add "{key}" to this record.'
            problems.add("PRV204", "World file lacks a key", path_text(above), sentence, remedy)
        case "additionalProperties":
            sentence = f"this key is not known, expected one of {', '.join(mismatch.known)}"
            remedy = _likely(str(key), mismatch.known) or "Remove the key."
            problems.add("PRV203", "World file has an unknown key", path_text(mismatch.path), sentence, remedy)
        case _:
            _wrong_value(problems, path_text(mismatch.path), mismatch.sentence)


def _likely(key: str, known: Iterable[str]) -> str:
    """The known key that this one is likely meant to be, as a question."""
    longer = next((name for name in known if key and name.startswith(key)), None)
    return f'Did you mean "{longer}"?' if longer else did_you_mean(key, known).strip()


def _wrong_value(problems: Problems, path: str, sentence: str) -> None:
    problems.add("PRV205", "World file has a wrong value", path, sentence, "Correct the value.")


def _check_keys(records: Mapping[str, list[dict[str, Any]]], problems: Problems) -> None:
    """No id repeated, no instance with two links, and no id that leads nowhere."""
    ids = {name: _ids(name, keys.own, records[name], problems) for name, keys in KEYS.items() if keys.own}
    for name, keys in KEYS.items():
        if all(_lead_somewhere(records[name], key, ids[target]) for key, target in keys.foreign.items()):
            continue
        for index, record in enumerate(records[name]):
            for key, target in keys.foreign.items():
                value = record.get(key)
                if isinstance(value, str) and value and value not in ids[target]:
                    _dangling(problems, f"{name}[{index}].{key}", value, target, ids[target])


def _lead_somewhere(records: list[dict[str, Any]], key: str, ids: Mapping[str, int]) -> bool:
    """Whether every id under this key is one of those; quick for many records."""
    return {value for record in records if isinstance(value := record.get(key), str) and value} <= ids.keys()


def _dangling(problems: Problems, path: str, value: str, target: str, ids: Mapping[str, int]) -> None:
    hint = did_you_mean(value, ids).strip() if len(ids) <= _MOST_COMPARED else ""
    problems.add(
        "PRV206",
        "World file refers to something missing",
        path,
        f"expected the id of a record in {target}, found {shown(value)}",
        hint or f"Add it to {target}, or correct the id.",
    )


def _ids(name: str, key: str, records: list[dict[str, Any]], problems: Problems) -> dict[str, int]:
    """The ids of a list, each with the index of its first record."""
    values = [record.get(key) for record in records]
    ids = {value: index for index, value in enumerate(values) if isinstance(value, str)}
    if len(ids) == len(values):
        return ids
    ids = {}
    for index, value in enumerate(values):
        if not isinstance(value, str):
            continue
        first = ids.setdefault(value, index)
        if first != index:
            _second(problems, f"{name}[{index}]", f"{name}[{first}]", key, records[index], records[first])
    return ids


def _second(
    problems: Problems, path: str, path_of_first: str, key: str, record: dict[str, Any], first: dict[str, Any]
) -> None:
    """Report a record whose id another one has: an instance with two links, or a repeated id."""
    if path.startswith("links[") and record.get("vpc_id") != first.get("vpc_id"):
        problems.add(
            "PRV210",
            "World file gives an instance two links",
            path,
            f"{record[key]} is linked to {first.get('vpc_id')} by {path_of_first} already, "
            "and an instance can be linked to one VPC only (overview, Limits)",
            "Keep one of the two links.",
        )
        return
    problems.add(
        "PRV207",
        "World file repeats an id",
        f"{path}.{key}",
        f"{shown(record[key])} is the id of {path_of_first} already",
        "Remove one of the two records, or correct its id.",
    )


_OF_MANY = ("account_id", "region_id", "network_type")
"""What many instances have in common: it is kept once."""


def _build(account_id: str, records: Mapping[str, list[dict[str, Any]]], file: str) -> World:
    """The world of these records, which are used up: there may be a hundred thousand of them."""
    return World(
        account_id=account_id,
        vpcs={record["vpc_id"]: _vpc(record) for record in records["vpcs"]},
        vswitches={record["vswitch_id"]: VSwitch(**record) for record in records["vswitches"]},
        route_entries=tuple(RouteEntry(**record) for record in records["route_entries"]),
        instances={record["instance_id"]: _instance(record) for record in records["instances"]},
        cloud_resources={record["resource_id"]: _cloud_resource(record) for record in records["cloud_resources"]},
        links={record["instance_id"]: intern(record["vpc_id"]) for record in records["links"]},
        security_groups={record["security_group_id"]: build_group(record) for record in records["security_groups"]},
        file=file,
    )


def _vpc(record: dict[str, Any]) -> Vpc:
    record["secondary_cidr_blocks"] = tuple(record.get("secondary_cidr_blocks", ()))
    return Vpc(**record)


def _instance(record: dict[str, Any]) -> Instance:
    for name in _OF_MANY:
        record[name] = intern(record[name])
    if "operation_locks" in record:
        record["operation_locks"] = tuple(record["operation_locks"])
    if "guest_routes" in record:
        record["guest_routes"] = tuple([GuestRouteEntry(**route) for route in record["guest_routes"]])
    if "security_group_ids" in record:
        record["security_group_ids"] = tuple(record["security_group_ids"])
    return Instance(**record)


def _cloud_resource(record: dict[str, Any]) -> CloudResource:
    if "security_group_ids" in record:
        record["security_group_ids"] = tuple(record["security_group_ids"])
    return CloudResource(**record)


def write_document(document: Mapping[str, Any]) -> str:
    """`document` as text: keys in their order, one record a line, so that a changed link is a changed line."""
    encode = json.JSONEncoder(ensure_ascii=False).encode
    parts = []
    for key, value in document.items():
        if isinstance(value, list) and value:
            body = ",\n".join(f"    {encode(record)}" for record in value)
            parts.append(f"  {encode(key)}: [\n{body}\n  ]")
        else:
            parts.append(f"  {encode(key)}: {encode(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"
