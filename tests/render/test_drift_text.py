from __future__ import annotations

from typing import Any

from planner.render.drift import drift_text
from planner.render.html import drift_html
from planner.render.markdown import drift_markdown
from planner.render.setting import Setting
from planner.render.terminal import PLAIN, Style
from support import documents

NOTHING = {"missing": 0, "changed": 0, "unmanaged": 0, "violated": 0, "unknown": 0, "pending": 0, "ignored": 0}


def _markdown(document: Any) -> str:
    return drift_markdown(document, Setting())


def _html(document: Any) -> str:
    return drift_html(document, Setting())


def _drift(items: list[dict[str, Any]], *, complete: bool = True, **counts: int) -> Any:
    summary = {"managed": 20, **NOTHING, "coverage": "20/20 (100 %)", **counts}
    return documents.drift(items=items, in_sync=not items, complete=complete, summary=summary, notes=[])


def test_what_is_in_sync_says_so_on_one_line() -> None:
    assert drift_text(_drift([]), PLAIN) == (
        "In sync. 20 objects checked. 20/20 (100 %) of links, enabled VPCs and security rules are managed.\n"
    )


def test_where_nothing_is_there_no_share_is_reported() -> None:
    document = _drift([])
    document["summary"]["coverage"] = "0/0"
    assert drift_text(document, PLAIN) == "In sync. 20 objects checked.\n"


def test_headings_are_broken_between_words_where_the_terminal_is_narrow() -> None:
    wide = drift_text(documents.drift(), Style(width=400))
    heading = next(line for line in wide.splitlines() if line.endswith("(1)"))
    lines = drift_text(documents.drift(), Style(width=len(heading) - 1)).splitlines()
    assert f"{heading.rpartition(' ')[0]}\n(1)" in "\n".join(lines)


def test_what_could_not_be_read_is_never_in_sync() -> None:
    text = drift_text(_drift([], complete=False), PLAIN)
    assert text.startswith("No difference was seen. Incomplete: something could not be read.")


def test_what_is_ignored_is_counted() -> None:
    assert "2 ignored" in drift_text(_drift([], ignored=2), PLAIN)


def test_it_is_said_which_of_the_three_moved() -> None:
    item = {**documents.drift()["items"][0], "what_moved": "configuration"}
    assert "State and cloud agree; the configuration is what differs." in drift_text(_drift([item], missing=1), PLAIN)


def test_of_thousands_of_groups_the_first_are_shown_and_the_rest_counted() -> None:
    items = documents.drift()["items"]
    many = [{**items[0], "address": f'classiclink_attachment.web["i-{number}"]'} for number in range(3_000)]
    text = drift_text(_drift(many, missing=3_000), PLAIN)
    assert text.endswith("  … and 2,980 more; -o json and -o html list all of them\n")
    assert text.count("\n") < 120


def test_the_ways_out_are_alternatives() -> None:
    text = drift_text(_drift(documents.drift()["items"][:1], missing=1), PLAIN)
    assert "    → Restore: cl apply\n    or Accept: cl state rm " in text


def test_a_configuration_that_is_not_applied_yet_is_in_sync_unless_strict() -> None:
    item = {**documents.drift()["items"][0], "bucket": "pending", "what_moved": "configuration"}
    document = _drift([item], pending=1)
    document["in_sync"] = True
    text = drift_text(document, PLAIN)
    assert text.startswith("In sync. 20 objects checked. 1 change of the configuration not applied yet. 20/20")
    assert "Pending: changed in the configuration, not applied yet (1)" in text
    strict: Any = {**document, "in_sync": False, "strict": True}
    assert drift_text(strict, PLAIN).startswith("Drift: 1 difference. 20/20")


def test_what_is_declared_and_only_not_in_the_state_is_not_called_undeclared() -> None:
    item = {**documents.drift()["items"][2], "what_moved": "state"}
    document = _drift([item, documents.drift()["items"][2]], unmanaged=2)
    heading = "Unmanaged: declared and in the cloud, not in the state yet (1)"
    for text in (drift_text(document, PLAIN), _markdown(document)):
        assert heading in text
        assert "Unmanaged: in the cloud, not declared (1)" in text
    assert "Declared and in the cloud, not in the state yet" in _html(document)


def test_a_link_that_went_elsewhere_is_drawn_as_gone_and_new() -> None:
    page = drift_html(_drift([documents.drift()["items"][1]], changed=1), Setting())
    wide = page.partition('class="wide"')[2].partition("</svg>")[0]
    assert wide.count('class="gone" d="M') == 1
    assert wide.count('class="new" d="M') == 1


def test_a_link_whose_facts_changed_is_not_drawn_as_gone() -> None:
    facts = {"before": {"private_ip": "10.1.1.1"}, "after": {"private_ip": "10.1.1.2"}}
    page = drift_html(_drift([{**documents.drift()["items"][1], **facts}], changed=1), Setting())
    assert 'class="gone" d="M' not in page
    assert 'class="stays" d="M' in page


def test_the_links_that_are_in_order_are_drawn_too() -> None:
    page = drift_html(documents.drift(), Setting())
    assert "15 instances" in page
    assert "172.16.0.0/16, 16 links" in page
    assert "ClassicLink is off" in page


def test_a_drift_without_links_has_no_drawing() -> None:
    vpc = {**documents.drift()["items"][4], "bucket": "missing"}
    document = _drift([vpc], missing=1)
    document["vpcs"] = []
    assert "<svg" not in drift_html(document, Setting())
