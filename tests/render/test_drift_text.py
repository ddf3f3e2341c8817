from __future__ import annotations

from typing import Any

import documents

from planner.render.drift import drift_text
from planner.render.html import drift_html
from planner.render.setting import Setting
from planner.render.terminal import PLAIN

NOTHING = {"missing": 0, "changed": 0, "unmanaged": 0, "violated": 0, "unknown": 0, "ignored": 0}


def _drift(items: list[dict[str, Any]], *, complete: bool = True, **counts: int) -> dict[str, Any]:
    summary = {"managed": 20, **NOTHING, "coverage": "20/20 (100 %)", **counts}
    return documents.drift(items=items, in_sync=not items, complete=complete, summary=summary, notes=[])


def test_what_is_in_sync_says_so_on_one_line() -> None:
    assert drift_text(_drift([]), PLAIN) == "In sync. 20 objects looked at, coverage 20/20 (100 %).\n"


def test_what_could_not_be_read_is_never_in_sync() -> None:
    text = drift_text(_drift([], complete=False), PLAIN)
    assert text.startswith("No difference was seen. Incomplete: something could not be read.")


def test_what_is_ignored_is_counted() -> None:
    assert "2 ignored" in drift_text(_drift([], ignored=2), PLAIN)


def test_it_is_said_which_of_the_three_moved() -> None:
    item = {**documents.drift()["items"][0], "what_moved": "configuration"}
    assert "State and cloud agree; the configuration is what differs." in drift_text(_drift([item], missing=1), PLAIN)


def test_thousands_of_items_are_told_by_kind_after_the_first() -> None:
    items = documents.drift()["items"]
    many = [{**items[0], "address": f'classiclink_attachment.web["i-{number}"]'} for number in range(3_000)]
    unmanaged = [items[2]] * 100
    text = drift_text(_drift([*many, *unmanaged], missing=3_000, unmanaged=100), PLAIN)
    assert "… and 2,980 more of classiclink_attachment.web\n" in text
    assert "… and 80 more of classiclink_attachment\n" in text
    assert text.count("\n") < 220


def test_a_link_that_went_elsewhere_is_drawn_as_gone_and_new() -> None:
    page = drift_html(_drift([documents.drift()["items"][1]], changed=1), Setting())
    assert page.count('class="gone" d="M') == 1
    assert page.count('class="new" d="M') == 1


def test_a_drift_without_links_has_no_drawing() -> None:
    vpc = {**documents.drift()["items"][4], "bucket": "missing"}
    assert "<svg" not in drift_html(_drift([vpc], missing=1), Setting())
