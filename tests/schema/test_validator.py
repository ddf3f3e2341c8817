"""Every part of a document that does not fit is reported with its path, what is expected, and what was found."""

from __future__ import annotations

from typing import Annotated, Any, NotRequired, TypedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from planner.schema.generate import schema_of
from planner.schema.keywords import at_least, example, holds, needs, not_empty, one_of, text_format, title, where
from planner.schema.phrases import path_text, shown
from planner.schema.validator import Checker

StepId = Annotated[int, at_least(1), title("step id")]
Address = Annotated[str, text_format("address"), title("address"), example("a.b")]


class Slot(TypedDict):
    """A slot."""

    kind: Annotated[str, one_of(("free", "step"))]
    step: NotRequired[StepId]


SlotWithStep = Annotated[Slot, where([(holds("kind", "step"), needs({"step": {"type": "integer"}}))])]


class Step(TypedDict):
    """A step."""

    id: StepId
    name: Annotated[str, not_empty()]
    needs: list[StepId]
    count: Annotated[int, at_least(0)]
    slot: NotRequired[SlotWithStep | None]
    at: NotRequired[Address]
    labels: NotRequired[dict[str, str]]
    version: NotRequired[Annotated[str | int, "A version."]]


class Plan(TypedDict):
    """A plan."""

    steps: list[Step]
    first: NotRequired[Step | None]


def check_address(text: str) -> None:
    if "." not in text:
        raise ValueError("it has no dot")


CHECKER = Checker(schema_of(Plan, "Plan", closed=True), {"address": check_address})
STEP = {"id": 1, "name": "a", "needs": [], "count": 0}


def problems(*steps: Any, **more: Any) -> list[str]:
    return [str(mismatch) for mismatch in CHECKER.mismatches({"steps": list(steps), **more})]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": "x"}, 'id: expected a step id, found "x"'),
        ({"id": 0}, "id: expected a step id, found 0"),
        ({"id": True}, "id: expected a step id, found true"),
        ({"needs": None}, "needs: expected a list of step ids, found null"),
        ({"needs": [1, "x"]}, 'needs[1]: expected a step id, found "x"'),
        ({"count": -1}, "count: expected a whole number of at least 0, found -1"),
        ({"count": 1.5}, "count: expected a whole number, found 1.5"),
        ({"name": ""}, 'name: expected a string that is not empty, found ""'),
        ({"slot": 7}, "slot: expected an object or null, found 7"),
        ({"slot": {"kind": "x"}}, 'slot.kind: expected one of "free" or "step", found "x"'),
        ({"slot": {"kind": "step"}}, "slot.step: expected a whole number, found nothing"),
        ({"slot": {}}, 'slot.kind: expected one of "free" or "step", found nothing'),
        ({"at": "a"}, 'at: expected an address such as "a.b", found "a" (it has no dot)'),
        ({"labels": {"a b": 1}}, 'labels["a b"]: expected a string, found 1'),
        ({"version": []}, "version: expected a string or a whole number, found []"),
        ({"nam": 1}, 'nam: expected one of id, name, needs, count, slot, at, labels, version, found "nam"'),
    ],
)
def test_a_part_that_does_not_fit_is_reported(change: dict[str, Any], said: str) -> None:
    assert problems(STEP | change) == [f"steps[0].{said}"]
    assert problems(STEP, STEP | change) == [f"steps[1].{said}"]
    assert problems(first=STEP | change) == [f"first.{said}"]


def test_a_missing_key_is_reported_with_what_it_would_hold() -> None:
    assert problems({}) == [
        "steps[0].id: expected a step id, found nothing",
        "steps[0].name: expected a string that is not empty, found nothing",
        "steps[0].needs: expected a list of step ids, found nothing",
        "steps[0].count: expected a whole number of at least 0, found nothing",
    ]


def test_what_is_no_object_at_all_is_reported_without_a_path() -> None:
    assert [str(mismatch) for mismatch in CHECKER.mismatches([])] == ["expected an object, found []"]


def test_problems_come_in_the_order_of_the_document() -> None:
    found = problems({"count": "x", "name": 1, "id": None, "zzz": 1, "needs": []}, STEP | {"id": 0})
    assert [text.partition(":")[0] for text in found] == [
        "steps[0].count",
        "steps[0].name",
        "steps[0].id",
        "steps[0].zzz",
        "steps[1].id",
    ]


def test_what_is_no_unicode_is_reported_with_its_path() -> None:
    assert problems(STEP | {"at": "\ud800"}) == [r'steps[0].at: expected text in Unicode, found "\\ud800"']
    assert [mismatch.path for mismatch in CHECKER.mismatches({"\ud800": 1})] == [("\ud800",)]


def test_values_that_are_nested_too_deeply_are_reported() -> None:
    deep: list[Any] = []
    for _ in range(500):
        deep = [deep]
    assert any("255 deep" in text for text in problems(STEP | {"name": deep}))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["steps", "first", *Step.__annotations__, "kind", "step"]), inner)
        ),
    )
)
def test_whatever_an_independent_validator_refuses_is_reported_and_nothing_else(document: Any) -> None:
    assert bool(CHECKER.mismatches(document)) is not INDEPENDENT.is_valid(document)


INDEPENDENT = Draft202012Validator(CHECKER.schema)


def test_a_long_value_is_cut_and_not_encoded_whole() -> None:
    assert shown(list(range(10**6))) == "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16..."
    assert path_text(("a", 3, "b c", "d-e")) == 'a[3]["b c"].d-e'
