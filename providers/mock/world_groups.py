"""The security groups of a world file: what a schema cannot say of them, and what becomes of their records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from planner.network.security_groups import ACCEPT, DROP, SecurityGroup, SecurityRule, check_ports
from planner.schema.phrases import shown
from providers.mock.problems import Problems

Records = Mapping[str, list[dict[str, Any]]]
Dangling = Callable[[str, str], None]
"""Reports a path whose group is not in the file, and the id of that group."""

_SOURCES = ("source_security_group_id", "source_cidr_block")
_SAME_RULE = ("source_security_group_id", "source_cidr_block", "ip_protocol", "port_range", "policy")


def check_groups(records: Records, problems: Problems, dangling: Dangling) -> None:
    """Every rule has one source and fits its protocol; none is repeated; every group that is named is there."""
    groups = records["security_groups"]
    ids = {group.get("security_group_id") for group in groups}
    for name in ("instances", "cloud_resources"):
        for index, record in enumerate(records[name]):
            for number, found in enumerate(_list(record, "security_group_ids")):
                if isinstance(found, str) and found not in ids:
                    dangling(f"{name}[{index}].security_group_ids[{number}]", found)
    for index, group in enumerate(groups):
        first: dict[tuple[object, ...], str] = {}
        first_id: dict[object, str] = {}
        for number, rule in enumerate(_list(group, "rules")):
            if not isinstance(rule, dict):
                continue
            path = f"security_groups[{index}].rules[{number}]"
            _check_rule(rule, path, problems)
            source = rule.get("source_security_group_id")
            if isinstance(source, str) and source not in ids:
                dangling(f"{path}.source_security_group_id", source)
            same = tuple(rule.get(key, ACCEPT if key == "policy" else None) for key in _SAME_RULE)
            _once(same, path, first, "this rule", problems)
            if "rule_id" in rule:
                _once(rule["rule_id"], path, first_id, f"the rule_id {shown(rule['rule_id'])}", problems)


def _check_rule(rule: Mapping[str, Any], path: str, problems: Problems) -> None:
    given = [key for key in _SOURCES if key in rule]
    if len(given) != 1:
        found = "both" if given else "neither"
        sentence = f"expected one of {' and '.join(_SOURCES)}, found {found}"
        problems.add("PRV205", "World file has a wrong value", path, sentence, "A rule has one source.")
    protocol, ports = rule.get("ip_protocol"), rule.get("port_range")
    if isinstance(protocol, str) and isinstance(ports, str):
        try:
            check_ports(protocol, ports)
        except ValueError as problem:
            where = f"{path}.port_range"
            problems.add("PRV205", "World file has a wrong value", where, str(problem), "Correct the value.")


def _once(key: Any, path: str, first: dict[Any, str], what: str, problems: Problems) -> None:
    try:
        other = first.setdefault(key, path)
    except TypeError:
        return  # a value of a wrong type, which the schema reports
    if other != path:
        sentence = f"{what} is repeated in its group: it is the same as {other}"
        problems.add("PRV207", "World file repeats an id", path, sentence, "Remove one of the two.")


def _list(record: Mapping[str, Any], key: str) -> list[Any]:
    found = record.get(key)
    return found if isinstance(found, list) else []


def build_group(record: Mapping[str, Any]) -> SecurityGroup:
    """The group of a record that was checked."""
    own = {key: value for key, value in record.items() if key not in ("rules", "inner_access_policy")}
    rules = tuple([_rule(rule) for rule in record.get("rules", ())])
    return SecurityGroup(**own, rules=rules, inner_access=record.get("inner_access_policy", ACCEPT) == ACCEPT)


def _rule(record: Mapping[str, Any]) -> SecurityRule:
    sources = {key: record.get(key) for key in _SOURCES}
    return SecurityRule(**{**record, **sources})


def rule_record(rule: SecurityRule) -> dict[str, Any]:
    """The record of a rule; what it has by default is left out."""
    found: dict[str, Any] = {}
    if rule.rule_id is not None:
        found["rule_id"] = rule.rule_id
    if rule.source_security_group_id is not None:
        found["source_security_group_id"] = rule.source_security_group_id
    if rule.source_cidr_block is not None:
        found["source_cidr_block"] = rule.source_cidr_block
    found |= {"ip_protocol": rule.ip_protocol, "port_range": rule.port_range}
    if rule.policy == DROP:
        found["policy"] = rule.policy
    found["priority"] = rule.priority
    if rule.description:
        found["description"] = rule.description
    return found
