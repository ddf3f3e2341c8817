"""Schemas are made from types, with their docstrings and keywords."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from jsonschema import Draft202012Validator

from planner.schema.generate import DIALECT, schema_of
from planner.schema.keywords import at_least, holds, needs, one_of, title, where
from planner.schema.validator import Checker

Number = Annotated[int, at_least(1), title("page number")]


class Page(TypedDict):
    """A page."""

    number: Annotated[Number, "From 1."]
    text: str | None


class Book(TypedDict):
    """A book."""

    kind: Annotated[Literal["novel", "atlas"], "What it is."]
    pages: list[Page]
    cover: NotRequired[Annotated[Page | None, "Its first page."]]
    notes: dict[str, object]


LentBook = Annotated[Book, where([(holds("kind", "atlas"), needs({"scale": {"type": "integer"}}))])]


class Library(TypedDict):
    """All books."""

    books: list[LentBook]


class Opened(TypedDict):
    """A library opens."""

    type: Literal["opened"]
    hour: int


class Lent(TypedDict):
    """A book is lent."""

    type: Literal["lent"]
    book: Book


def test_objects_that_a_key_distinguishes_are_each_checked_as_their_own_kind() -> None:
    schema = schema_of(Opened | Lent, "What happens")
    Draft202012Validator.check_schema(schema)
    checker = Checker(schema)
    assert checker.mismatches({"type": "opened", "hour": 8}) == []
    assert [str(one) for one in checker.mismatches({"type": "opened"})] == [
        "hour: expected a whole number, found nothing"
    ]
    assert [str(one) for one in checker.mismatches({"type": "lent", "book": 7})] == [
        "book: expected an object, found 7"
    ]
    assert [str(one) for one in checker.mismatches({"type": "x"})] == [
        'type: expected one of "opened" or "lent", found "x"'
    ]
    assert [str(one) for one in checker.mismatches([])] == ["expected an object, found []"]


def test_objects_that_no_key_distinguishes_are_alternatives() -> None:
    assert "anyOf" in schema_of(Page | Opened, "A page or what happens")


def test_types_become_a_schema() -> None:
    schema = schema_of(Book, "Book of the library")
    Draft202012Validator.check_schema(schema)
    assert schema == {
        "$schema": DIALECT,
        "title": "Book of the library",
        "description": "A book.",
        "type": "object",
        "properties": {
            "kind": {"enum": ["novel", "atlas"], "description": "What it is."},
            "pages": {"type": "array", "items": {"$ref": "#/$defs/Page"}},
            "cover": {"anyOf": [{"$ref": "#/$defs/Page"}, {"type": "null"}], "description": "Its first page."},
            "notes": {"type": "object", "additionalProperties": {}},
        },
        "required": ["kind", "pages", "notes"],
        "$defs": {
            "Page": {
                "description": "A page.",
                "type": "object",
                "properties": {
                    "number": {
                        "type": "integer",
                        "minimum": 1,
                        "title": "page number",
                        "description": "From 1.",
                    },
                    "text": {"type": ["string", "null"]},
                },
                "required": ["number", "text"],
            }
        },
    }


def test_a_closed_schema_knows_no_other_keys() -> None:
    schema = schema_of(Page, "Page", closed=True)
    assert schema["additionalProperties"] is False


def test_conditions_stand_beside_a_reference() -> None:
    schema = schema_of(Library, "Library")
    valid = Draft202012Validator(schema).is_valid
    book = {"kind": "novel", "pages": [], "notes": {}}
    assert valid({"books": [book]})
    assert not valid({"books": [book | {"kind": "atlas"}]})
    assert valid({"books": [book | {"kind": "atlas", "scale": 5}]})


def test_values_of_an_enumeration_are_listed() -> None:
    assert one_of(("a", "b")).value == ["a", "b"]
