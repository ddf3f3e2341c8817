"""What is said of a file that should hold JSON."""

from __future__ import annotations

import json

import pytest

from planner.wrong_files import NotJson, not_json, seems_to_be, seems_to_hold


def wrong(text: str) -> NotJson:
    try:
        json.loads(text)
    except (ValueError, RecursionError) as problem:
        return not_json(problem, text)
    pytest.fail(f"{text} is JSON")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1, column 1: a value is expected"),
        ('{"a": 1,\n "b": }', 'line 2, column 7: a value is expected, not "}"'),
        ('{"a": 1,\n}', "line 2, column 1: nothing follows the comma before this }"),
        ("[1, 2,]", "line 1, column 7: nothing follows the comma before this ]"),
        ("{'a': 1}", "line 1, column 2: texts are in double quotes"),
        ("[1, 'a', 2]", "line 1, column 5: texts are in double quotes"),
        ('{"a" 1, "b": 2}', "line 1, column 6: a colon is expected between a key and its value"),
        ('{"a": 1 "b": 2, "c": 3}', "line 1, column 9: a comma is missing here, or the end of the list or object"),
        ("{} {}", "line 1, column 4: something follows the end of the document"),
        ("// none\n{}", "line 1, column 1: JSON has no comments"),
        ("{\n# none\n}", "line 2, column 1: JSON has no comments"),
        ('{"a": "b\nc", "d": 1}', "line 1, column 9: a line break or a tab within a text is written as \\n or \\t"),
        (
            '{"a": "\\path", "d": 1}',
            "line 1, column 8: JSON has no such escape; write a backslash in a text as two",
        ),
        ("[yes, no, maybe]", 'line 1, column 2: a value is expected, not "yes"'),
        ("{key: 1, other: 2}", 'line 1, column 2: a key in double quotes is expected, not "key"'),
        ("[" * 100_000, "it is nested too deeply"),
        ("9" * 5_000, "a number has too many digits"),
    ],
)
def test_what_is_not_json_is_said_in_our_words(text: str, words: str) -> None:
    found = wrong(text)
    assert found.words == words
    assert not found.is_cut


WHOLE = json.dumps({"lineage": "a\\b\n", "serial": 12, "resources": [True, None, {"a": [1, 2]}]}, indent=1)


@pytest.mark.parametrize("length", range(2, len(WHOLE) - 1))
def test_the_beginning_of_a_document_is_one_that_was_cut_short(length: int) -> None:
    assert wrong(WHOLE[:length]).is_cut, WHOLE[:length]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "It is empty."),
        (b" \n\t", "It is empty."),
        (b"PK\x03\x04\x14\x00\x08", "It seems to be a zip archive, as a saved plan of Terraform or OpenTofu is one."),
        (b"\x1f\x8b\x08", "It seems to be compressed (gzip)."),
        ("{}".encode("utf-16"), "It seems to be UTF-16, as > of PowerShell 5 writes it."),
        (b"\x00\x01\x02", "It is not text."),
        (b"<!DOCTYPE html>\n<html>", "It seems to be a page (HTML or XML)."),
        (b"<<<<<<< HEAD\n{}", "It seems to be a merge with conflict marks."),
        (b"Plan: 2 to add, 0 to destroy.", "It seems to be what cl plan prints."),
        (b'# ours\n\nresource "a" "b" {\n}', "It seems to be a configuration (HCL)."),
        (b'cl {\n  backend "s3" {\n', "It seems to be a configuration (HCL)."),
        (b"no plan", ""),
        (b"resource: {}", ""),
    ],
)
def test_a_file_is_known_by_how_it_begins(data: bytes, sentence: str) -> None:
    assert seems_to_be(data) == sentence


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"terraform_version": "1", "planned_values": {}}, "It seems to be a plan of Terraform or OpenTofu."),
        ({"terraform_version": "1", "lineage": ""}, "It seems to be a state of Terraform or OpenTofu."),
        ({"format_version": "1.0", "vpcs": []}, "It seems to be a world file of a mock."),
        ({"version": 1, "lineage": "", "serial": 1, "resources": []}, "It seems to be a state."),
        ({"format_version": "1.0", "in_sync": True, "items": []}, "It seems to be a drift report."),
        ({"a": 1}, ""),
        ([], ""),
    ],
)
def test_a_document_is_known_by_its_keys(document: object, sentence: str) -> None:
    assert seems_to_hold(document) == sentence
