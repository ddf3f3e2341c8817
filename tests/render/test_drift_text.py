from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from planner.render.drift import drift_text
from planner.render.html import drift_html
from planner.render.markdown import drift_markdown
from planner.render.setting import Setting
from planner.render.terminal import PLAIN
from support import documents

NOTHING = {"missing": 0, "changed": 0, "unmanaged": 0, "violated": 0, "unknown": 0, "ignored": 0}


def _markdown(document: Any) -> str:
    return drift_markdown(document, Setting())


def _html(document: Any) -> str:
    return drift_html(document, Setting())


def _drift(items: list[dict[str, Any]], *, complete: bool = True, **counts: int) -> Any:
    summary = {"managed": 20, **NOTHING, "coverage": "20/20 (100 %)", **counts}
    return documents.drift(items=items, in_sync=not items, complete=complete, summary=summary, notes=[])


def test_what_is_in_sync_says_so_on_one_line() -> None:
    assert drift_text(_drift([]), PLAIN) == (
        "In sync. 20 objects looked at. 20/20 (100 %) of the links and enabled VPCs are managed.\n"
    )


def test_where_nothing_is_there_no_share_is_told() -> None:
    document = _drift([])
    document["summary"]["coverage"] = "0/0"
    assert drift_text(document, PLAIN) == "In sync. 20 objects looked at.\n"


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


def test_what_is_left_is_more_only_of_what_was_told() -> None:
    items = documents.drift()["items"]
    many = [{**items[0], "address": f'classiclink_attachment.web["i-{number}"]'} for number in range(21)]
    other = {**items[0], "address": "classiclink_vpc.far"}
    text = drift_text(_drift([*many, other], missing=22), PLAIN)
    assert "  … and 1 more of classiclink_attachment.web\n  … and 1 of classiclink_vpc.far\n" in text


def _violated(count: int) -> Any:
    """A VPC with so many links that one custom route takes away, and one link that breaks a rule by itself."""
    route = {
        "bucket": "violated",
        "type": "classiclink_attachment",
        "vpc_id": "vpc-a",
        "rule": "CL103",
        "what_moved": "cloud",
        "remedy": ["restore: Delete that entry first."],
    }
    said = "stands, but CL103 (custom-route-to-classic) does not hold for it. vpc-a has a custom route entry."
    links = [
        {
            **route,
            "id": f"i-{number}/vpc-a",
            "instance_id": f"i-{number}",
            "address": f'classiclink_attachment.web["i-{number}"]',
            "detail": f"i-{number}/vpc-a {said}",
        }
        for number in range(count)
    ]
    alone = {**links[0], "rule": "CL401", "detail": "i-0/vpc-a stands, but CL401 does not hold for it. Its address."}
    return _drift([*links, alone], violated=count + 1)


@pytest.mark.parametrize("render", [lambda document: drift_text(document, PLAIN), _markdown, _html])
def test_links_that_break_one_rule_for_one_reason_are_told_together_and_counted(
    render: Callable[[dict[str, Any]], str],
) -> None:
    document = _violated(500)
    text = render(document)
    assert text.count("Delete that entry first.") == 2
    assert text.count("CL401 does not hold for it.") == 1
    told = " ".join(text.split())
    assert (
        "500 links to vpc-a (i-0, i-1, i-2 and 497 more) stand, but CL103 (custom-route-to-classic) does not hold "
        "for them. vpc-a has a custom route entry."
    ) in told
    assert len(document["items"]) == 501


def test_the_count_of_a_heading_is_that_of_the_links() -> None:
    assert "Violated: stands, but breaks a rule (501)" in drift_text(_violated(500), PLAIN)


def test_two_reasons_are_told_apart() -> None:
    document = _violated(2)
    document["items"][1]["remedy"] = ["restore: Something else."]
    assert "links to" not in drift_text(document, PLAIN)


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
