"""The world file: JSON in the names of the cloud's API, checked whole, every problem with its path.

Reading is strict, so that a slip of the pen (`cidr_blok`) is told and not silently another world. Only what the
cloud itself would never allow to exist is refused; a link to a VPC whose ClassicLink is off, say, can be written.
"""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from planner.diagnostics import Diagnostic, ProviderError, did_you_mean
from planner.network.addressing import network
from planner.network.world import CloudResource, GuestRouteEntry, Instance, RouteEntry, Vpc, VSwitch, World
from providers.mock.problems import Check, Problems, expected, is_flag, is_id, is_text, is_text_list, is_text_map, shown

FORMAT_VERSION = "1.0"


def is_cidr(value: Any) -> str | None:
    if isinstance(value, str) and "/" in value:
        try:
            network(value)
        except ValueError as problem:
            return str(problem)
        return None
    return expected('an IPv4 CIDR block such as "172.16.0.0/12"', value)


def is_cidr_list(value: Any) -> str | None:
    if not isinstance(value, list):
        return expected("a list of IPv4 CIDR blocks", value)
    return next((wrong for item in value if (wrong := is_cidr(item))), None)


def is_address(value: Any) -> str | None:
    if isinstance(value, str) and _ADDRESS.fullmatch(value):
        return None
    return expected('an IPv4 address such as "10.1.2.3"', value)


_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_ADDRESS = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}", re.ASCII)
"""Asked of every instance of a world; `IPv4Address` would take ten times as long."""


def is_network_type(value: Any) -> str | None:
    return None if value in ("classic", "vpc") else expected('"classic" or "vpc"', value)


def is_guest_route_list(value: Any) -> str | None:
    if not isinstance(value, list):
        return expected("a list of guest routes", value)
    for route in value:
        if not isinstance(route, dict) or not {"destination_cidr_block"} <= route.keys() <= _GUEST_ROUTE_KEYS:
            return expected("guest routes with destination_cidr_block and, at will, next_hop", route)
        wrong = is_cidr(route["destination_cidr_block"]) or is_text(route.get("next_hop", ""))
        if wrong:
            return wrong
    return None


_GUEST_ROUTE_KEYS = {"destination_cidr_block", "next_hop"}


@dataclass(frozen=True, slots=True)
class Shape:
    """What a record of one list looks like: its keys with their checks, and which of them lead to other lists."""

    list_name: str
    required: tuple[str, ...]
    checks: Mapping[str, Check]
    key: str | None = None
    refers: Mapping[str, str] = field(default_factory=dict)


_VPC = {"vpc_id": "vpcs"}
_PLACE = {"vpc_id": "vpcs", "vswitch_id": "vswitches"}

SHAPES = {
    shape.list_name: shape
    for shape in (
        Shape(
            "vpcs",
            ("vpc_id", "account_id", "region_id", "cidr_block"),
            {
                "vpc_id": is_id,
                "account_id": is_id,
                "region_id": is_id,
                "name": is_text,
                "cidr_block": is_cidr,
                "secondary_cidr_blocks": is_cidr_list,
                "status": is_id,
                "classic_link_enabled": is_flag,
            },
            key="vpc_id",
        ),
        Shape(
            "vswitches",
            ("vswitch_id", "vpc_id", "cidr_block"),
            {"vswitch_id": is_id, "vpc_id": is_id, "zone_id": is_text, "cidr_block": is_cidr},
            key="vswitch_id",
            refers=_VPC,
        ),
        Shape(
            "route_entries",
            ("vpc_id", "destination_cidr_block"),
            {
                "vpc_id": is_id,
                "destination_cidr_block": is_cidr,
                "type": is_id,
                "next_hop_type": is_text,
                "next_hop_id": is_text,
            },
            refers=_VPC,
        ),
        Shape(
            "instances",
            ("instance_id", "account_id", "region_id", "network_type", "private_ip"),
            {
                "instance_id": is_id,
                "account_id": is_id,
                "region_id": is_id,
                "name": is_text,
                "network_type": is_network_type,
                "status": is_id,
                "private_ip": is_address,
                "operation_locks": is_text_list,
                "tags": is_text_map,
                "guest_routes": is_guest_route_list,
                "vpc_id": is_id,
                "vswitch_id": is_id,
            },
            key="instance_id",
            refers=_PLACE,
        ),
        Shape(
            "cloud_resources",
            ("resource_id", "kind", "vpc_id", "private_ip"),
            {"resource_id": is_id, "kind": is_id, "vpc_id": is_id, "vswitch_id": is_id, "private_ip": is_address},
            key="resource_id",
            refers=_PLACE,
        ),
        Shape(
            "links",
            ("instance_id", "vpc_id"),
            {"instance_id": is_id, "vpc_id": is_id},
            key="instance_id",
            refers={"instance_id": "instances", "vpc_id": "vpcs"},
        ),
    )
}


def parse_document(text: str, file: str) -> dict[str, Any]:
    """The JSON object in `text`. Raises ProviderError with line and column where there is none."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as problem:
        where = f"{file}, line {problem.lineno}, column {problem.colno}: {problem.msg}."
        raise ProviderError(_not_json(where)) from None
    except (ValueError, RecursionError) as problem:
        raise ProviderError(_not_json(f"{file}: {problem}.")) from None
    if not isinstance(document, dict):
        raise ProviderError(_not_json(f"{file}: {expected('a JSON object', document)}."))
    return document


def _not_json(detail: str) -> Diagnostic:
    remedy = 'Mend the file. The smallest world is {"format_version": "1.0"}.'
    return Diagnostic("PRV202", "World file is not JSON", detail, remedy)


def parse_world(text: str, file: str) -> World:
    """The world written in `text`. Raises ProviderError with every problem at once."""
    with _no_collection():
        document = parse_document(text, file)
        problems = Problems(file)
        _check_top(document, problems)
        problems.raise_if_any()
        records = {name: _check_list(document.get(name, []), shape, problems) for name, shape in SHAPES.items()}
        _check_keys(records, problems)
        problems.raise_if_any()
        return _build(document.get("account_id", ""), records)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Nothing read here is garbage or a cycle: looking for some takes half the time of reading a large world."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _check_top(document: dict[str, Any], problems: Problems) -> None:
    version = document.get("format_version", FORMAT_VERSION)
    if not isinstance(version, str) or version.split(".")[0] != FORMAT_VERSION.split(".")[0]:
        problems.add(
            "PRV209",
            "World file has an unknown format",
            "format_version",
            expected(f'"{FORMAT_VERSION}" or another minor version of it', version),
            f'Write the world in format {FORMAT_VERSION} and set "format_version": "{FORMAT_VERSION}".',
        )
        return
    known = ["format_version", "account_id", *SHAPES]
    for key, value in document.items():
        if key not in known:
            _unknown_key(problems, key, key, known)
        elif key in SHAPES and not isinstance(value, list):
            _wrong_value(problems, key, expected("a list", value))
        elif key == "account_id" and (wrong := is_text(value)):
            _wrong_value(problems, key, wrong)


def _check_list(records: list[Any], shape: Shape, problems: Problems) -> list[dict[str, Any]]:
    """The records of one list that are objects; each problem of each is noted."""
    checks, found = shape.checks, []
    for index, record in enumerate(records):
        if not isinstance(record, dict):
            _wrong_value(problems, f"{shape.list_name}[{index}]", expected("an object", record))
            continue
        found.append(record)
        for key, value in record.items():
            check = checks.get(key)
            if check is None:
                _unknown_key(problems, f"{shape.list_name}[{index}].{key}", key, checks)
            elif wrong := check(value):
                _wrong_value(problems, f"{shape.list_name}[{index}].{key}", wrong)
        for key in shape.required:
            if key not in record:
                problems.add(
                    "PRV204",
                    "World file lacks a key",
                    f"{shape.list_name}[{index}]",
                    f"expected the key {key}, found only {shown(sorted(record))}",
                    f'Add "{key}" to this record.',
                )
    return found


def _unknown_key(problems: Problems, path: str, key: str, known: Any) -> None:
    names = ", ".join(known)
    sentence = f"this key is not known, expected one of {names}"
    hint = did_you_mean(key, known).strip()
    problems.add("PRV203", "World file has an unknown key", path, sentence, hint or "Remove the key.")


def _wrong_value(problems: Problems, path: str, sentence: str) -> None:
    problems.add("PRV205", "World file has a wrong value", path, sentence, "Correct the value.")


def _check_keys(records: Mapping[str, list[dict[str, Any]]], problems: Problems) -> None:
    """No id twice, no instance with two links, and no id that leads nowhere."""
    ids = {name: _ids(records[name], shape, problems) for name, shape in SHAPES.items() if shape.key}
    for name, shape in SHAPES.items():
        for index, record in enumerate(records[name]):
            for key, target in shape.refers.items():
                value = record.get(key)
                if isinstance(value, str) and value and value not in ids[target]:
                    problems.add(
                        "PRV206",
                        "World file refers to something it does not have",
                        f"{name}[{index}].{key}",
                        f"expected the id of a record in {target}, found {shown(value)}",
                        did_you_mean(value, ids[target]).strip() or f"Add it to {target}, or correct the id.",
                    )


def _ids(records: list[dict[str, Any]], shape: Shape, problems: Problems) -> dict[str, int]:
    """The ids of a list, each with the index of its first record."""
    assert shape.key is not None  # noqa: S101 - only lists with a key are asked
    ids: dict[str, int] = {}
    for index, record in enumerate(records):
        value = record.get(shape.key)
        if not isinstance(value, str):
            continue
        first = ids.setdefault(value, index)
        if first != index:
            _second(problems, shape, records, first, index)
    return ids


def _second(problems: Problems, shape: Shape, records: list[dict[str, Any]], first: int, index: int) -> None:
    name, record = shape.list_name, records[index]
    if name == "links" and record.get("vpc_id") != records[first].get("vpc_id"):
        problems.add(
            "PRV210",
            "World file gives an instance two links",
            f"links[{index}]",
            f"{record['instance_id']} is linked to {records[first].get('vpc_id')} by links[{first}] already, "
            "and an instance can be linked to one VPC only (overview, Limits)",
            "Keep one of the two links.",
        )
        return
    problems.add(
        "PRV207",
        "World file has an id twice",
        f"{name}[{index}].{shape.key}",
        f"{shown(record[shape.key or ''])} is the id of {name}[{first}] already",
        "Remove one of the two records, or correct its id.",
    )


def _build(account_id: str, records: Mapping[str, list[dict[str, Any]]]) -> World:
    return World(
        account_id=account_id,
        vpcs={record["vpc_id"]: _vpc(record) for record in records["vpcs"]},
        vswitches={record["vswitch_id"]: VSwitch(**record) for record in records["vswitches"]},
        route_entries=tuple(RouteEntry(**record) for record in records["route_entries"]),
        instances={record["instance_id"]: _instance(record) for record in records["instances"]},
        cloud_resources={record["resource_id"]: CloudResource(**record) for record in records["cloud_resources"]},
        links={record["instance_id"]: record["vpc_id"] for record in records["links"]},
    )


def _vpc(record: dict[str, Any]) -> Vpc:
    return Vpc(**{**record, "secondary_cidr_blocks": tuple(record.get("secondary_cidr_blocks", ()))})


def _instance(record: dict[str, Any]) -> Instance:
    values = {**record, "operation_locks": tuple(record.get("operation_locks", ()))}
    if "guest_routes" in record:
        values["guest_routes"] = tuple(GuestRouteEntry(**route) for route in record["guest_routes"])
    return Instance(**values)


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
