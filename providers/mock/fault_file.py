"""The file that faults are read from, checked: every problem at once, with its place."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path

from msgspec import Struct

from planner.diagnostics import Diagnostic, ProviderError, did_you_mean
from planner.reading import read_regular
from planner.remedy import Remedy
from planner.schema.phrases import shown
from planner.wrong_files import not_json
from providers.mock.faults import GROUP, INSTANCE, MATCHES, VPC, WIRE_KINDS, Fault, FaultKind, Faults, FaultTime
from providers.mock.problems import Problems, expected, is_id, is_text


class FaultRules(Struct, frozen=True):
    """What the faults of a file may say: the kinds, and for each action the ids that a fault can match.

    `timed` is the kinds that can strike before or after the effect.
    """

    kinds: Collection[FaultKind]
    matches: Mapping[str, frozenset[str]]
    timed: Collection[FaultKind] = ()


MOCK_RULES = FaultRules([kind for kind in FaultKind if kind not in WIRE_KINDS], MATCHES)


def load_faults(path: Path, shown_as: str, rules: FaultRules = MOCK_RULES) -> Faults:
    """The faults of a file. Raises ProviderError with every problem at once."""
    text = ""
    try:
        text = read_regular(path).decode("utf-8-sig")
        orders = json.loads(text)
    except OSError as problem:
        raise ProviderError(_unreadable(shown_as, problem.strerror or str(problem))) from None
    except UnicodeDecodeError as problem:
        raise ProviderError(_unreadable(shown_as, f"byte {problem.start:,} is not UTF-8")) from None
    except (ValueError, RecursionError) as problem:
        raise ProviderError(_unreadable(shown_as, not_json(problem, text).words)) from None
    problems = Problems(shown_as)
    if not isinstance(orders, list):
        _wrong(problems, "", expected("a list of faults", orders))
        orders = []
    found = [_fault(order, f"[{index}]", rules, problems, path.parent) for index, order in enumerate(orders)]
    problems.raise_if_any()
    return Faults(tuple(fault for fault in found if fault is not None))


def _unreadable(shown_as: str, why: str) -> Diagnostic:
    return Diagnostic(
        "PRV104",
        "Faults file cannot be read",
        f"{shown_as}: {why}.",
        Remedy.of("Correct the file, or remove the setting faults."),
        files=(shown_as,),
    )


def _wrong(problems: Problems, path: str, sentence: str, remedy: str = "Correct the fault.") -> None:
    problems.add("PRV105", "Fault is invalid", path, sentence, remedy)


def _is_nth(value: object) -> str | None:
    right = isinstance(value, int) and not isinstance(value, bool) and value >= 1
    return None if right else expected("a whole number from 1", value)


def _is_seconds(value: object) -> str | None:
    right = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
    return None if right else expected("a number of seconds", value)


_CHECKS = {"nth": _is_nth, "code": is_id, "message": is_text, "seconds": _is_seconds, "until": is_id}


def _fault(order: object, path: str, rules: FaultRules, problems: Problems, directory: Path) -> Fault | None:
    if not isinstance(order, dict):
        _wrong(problems, path, expected("an object", order))
        return None
    before = len(problems)
    known = ["action", "kind", "match", *_CHECKS, *(["when"] if rules.timed else [])]
    for key, value in order.items():
        if key not in known:
            _wrong(problems, f"{path}.{key}", "this key is not known", did_you_mean(key, known).strip() or "Remove it.")
        elif key in _CHECKS and (wrong := _CHECKS[key](value)):
            _wrong(problems, f"{path}.{key}", wrong)
    action = _one_of(order, "action", rules.matches, path, problems)
    kind = _one_of(order, "kind", rules.kinds, path, problems)
    when = _one_of(order, "when", list(FaultTime), path, problems) if "when" in order and rules.timed else None
    if when is not None and kind not in rules.timed:
        _wrong(problems, f"{path}.when", f"only {', '.join(rules.timed)} can strike before or after the effect")
    _check_match(
        order.get("match", {}), rules.matches.get(action or "", INSTANCE | VPC | GROUP), f"{path}.match", problems
    )
    for key, needed_by in (("code", FaultKind.ERROR), ("seconds", FaultKind.HANG)):
        if (kind == needed_by) != (key in order):
            sentence = f"the kind {needed_by} needs {key}" if kind == needed_by else f"only the kind {needed_by} has it"
            _wrong(problems, f"{path}.{key}", sentence)
    if "until" in order and kind != FaultKind.HANG:
        _wrong(problems, f"{path}.until", f"only the kind {FaultKind.HANG} has it")
    if len(problems) > before:
        return None
    until = directory / order["until"] if "until" in order else None
    when = FaultTime(when or FaultTime.BEFORE)
    return Fault(**{**order, "kind": FaultKind(order["kind"]), "until": until, "when": when})


def _one_of(order: Mapping[str, object], key: str, known: Collection[str], path: str, problems: Problems) -> str | None:
    value = order.get(key)
    if isinstance(value, str) and value in known:
        return value
    sentence = expected(f"one of {', '.join(known)}", value) if key in order else f"the key {key} is missing"
    hint = did_you_mean(value, known).strip() if isinstance(value, str) else ""
    _wrong(problems, f"{path}.{key}", sentence, hint or "Correct the fault.")
    return None


def _check_match(match: object, known: Collection[str], path: str, problems: Problems) -> None:
    if not isinstance(match, dict):
        _wrong(problems, path, expected("an object with ids, such as instance_id", match))
        return
    for key, value in match.items():
        if key not in known:
            _wrong(problems, f"{path}.{key}", f"the action has {' and '.join(sorted(known)) or 'no ids to match'} only")
        elif not isinstance(value, str):
            _wrong(problems, f"{path}.{key}", f"expected an id, found {shown(value)}")
