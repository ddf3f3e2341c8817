"""Conversion, unification and equality, as in cty."""

from decimal import Decimal

import pytest

from planner.hcl.cty.arithmetic import number_text, parse_number
from planner.hcl.cty.conversion import ConversionError, convert
from planner.hcl.cty.equality import equal
from planner.hcl.cty.python_values import from_python
from planner.hcl.cty.types import BOOL, DYNAMIC, NUMBER, STRING, ListType, MapType, ObjectType, SetType, TupleType
from planner.hcl.cty.unification import unify
from planner.hcl.cty.values import Value, boolean, null, number, set_of, string, unknown


def test_numbers_are_exact() -> None:
    assert parse_number("0.1") == Decimal("0.1")
    assert number_text(parse_number("1e30")) == "1" + "0" * 30
    assert number_text(parse_number("1.10")) == "1.1"
    assert isinstance(parse_number("2.0"), int)


@pytest.mark.parametrize("text", ["", " 1", "0x10", "1_000", "INF", "infinity", "nan", "--1", "1e", "1p", "1e99999999"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ConversionError):
        convert(string(text), NUMBER)


def test_an_error_names_the_path() -> None:
    with pytest.raises(ConversionError, match=r"^\.a\[1\]: a number is required$"):
        convert(from_python({"a": ["1", "x"]}), ObjectType({"a": ListType(NUMBER)}))


@pytest.mark.parametrize(
    ("held", "to", "message"),
    [
        ({"a": 1}, ObjectType({"a": NUMBER, "b": NUMBER, "c": BOOL}), 'attributes "b" and "c" are required'),
        (["a"], MapType(STRING), "a map of string is required"),
        ([{"a": 1}, "x"], ListType(DYNAMIC), "the elements of a list must have one type, but these differ"),
        ([True, []], ListType(NUMBER), "element 0: a number is required, not a bool"),
        ("True", BOOL, 'a bool is required; write "true" in small letters'),
    ],
)
def test_an_error_says_what_is_required(held: object, to: object, message: str) -> None:
    with pytest.raises(ConversionError) as refused:
        convert(from_python(held), to)  # type: ignore[arg-type]
    assert refused.value.message == message


def test_a_set_is_ordered_without_repeats_and_takes_its_elements_marks() -> None:
    made = set_of(NUMBER, [number(10), number(9).with_marks(frozenset({"sensitive"})), number(Decimal("10"))])
    assert made.to_python() == [9, 10]
    assert made.marks == {"sensitive"}


@pytest.mark.parametrize(
    ("types", "common"),
    [
        ([NUMBER, STRING], STRING),
        ([NUMBER, BOOL], None),
        ([ListType(NUMBER), SetType(NUMBER)], ListType(NUMBER)),
        ([TupleType((NUMBER,)), TupleType((NUMBER, STRING))], ListType(STRING)),
        ([ObjectType({"a": NUMBER}), ObjectType({"b": STRING})], MapType(STRING)),
        ([ObjectType({"a": NUMBER}), MapType(STRING)], MapType(STRING)),
        ([ObjectType({}), TupleType(())], None),
        ([DYNAMIC, STRING], DYNAMIC),
    ],
)
def test_types_unify(types: list[object], common: object) -> None:
    assert unify(types) == common  # type: ignore[arg-type]


def test_equality() -> None:
    assert equal(null(STRING), null(NUMBER)).raw is True
    assert equal(string("1"), number(1)).raw is False
    assert not equal(unknown(STRING), string("a")).is_known
    assert equal(unknown(STRING), number(1)).raw is False
    assert not equal(from_python([1, 2]), Value(TupleType((NUMBER, NUMBER)), (number(1), unknown(NUMBER)))).is_known
    assert equal(boolean(True).with_marks(frozenset({"s"})), boolean(True)).marks == {"s"}
