"""A plan that was rewritten, checksum included: the configuration decides, and what people read must follow."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from planner.documents.plan_head import plan_checksum
from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instances, vpc

LINKED = PROVIDER + enable("shop", "vpc-a") + attach("web", "i-0001", "vpc-a") + attach("db", "i-0002", "vpc-a")
_DB = 'resource "classiclink_attachment" "db" {'
KEPT = LINKED.replace(_DB, f"{_DB}\n  lifecycle {{\n    prevent_destroy = true\n  }}")


def forge(desk: Desk, change: Callable[[Any], None]) -> None:
    """Alter the saved plan, and give it the checksum that it needs."""
    path = desk.directory / "p"
    document = json.loads(path.read_text())
    change(document)
    document["checksum"] = plan_checksum(document)
    path.write_text(json.dumps(document))


@pytest.fixture
def applied(desk: Desk) -> Desk:
    """A project with two links, applied."""
    desk.world(vpcs=[vpc("vpc-a"), vpc("vpc-b", "172.30.0.0/16", classic_link_enabled=True)], instances=instances(3))
    desk.write(main__hcl=LINKED)
    desk.cl("apply", "-auto-approve", code=0)
    return desk


def without_errors(document: Any) -> None:
    document["errored"], document["applicable"] = False, True
    document["diagnostics"], document["rules"] = [], []
    for entry in document["resource_changes"]:
        entry["prevent_destroy"] = False


@pytest.mark.parametrize("flags", [["-destroy"], []])
def test_what_the_configuration_keeps_is_not_removed_by_a_plan_that_says_otherwise(
    applied: Desk, flags: list[str]
) -> None:
    moved = attach("db", "i-0002", "vpc-b")
    applied.write(main__hcl=LINKED if flags else LINKED.replace(attach("db", "i-0002", "vpc-a"), moved))
    applied.cl("plan", *flags, "-out=p", code=0)
    kept = KEPT if flags else KEPT.replace("vpc-a", "vpc-b").replace("vpc-b", "vpc-a", 2)
    applied.write(main__hcl=kept)
    forge(applied, without_errors)
    assert "CL902" in applied.cl("apply", "p", code=1).err
    assert len(applied.links()) == 2


def test_a_waiver_is_the_configurations(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a", "192.168.0.0/16")], instances=instances(1))
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-a") + attach("web", "i-0001", "vpc-a"))
    desk.write(p=desk.cl("plan", "-json", code=1).out)

    def waive(document: Any) -> None:
        document["errored"], document["applicable"] = False, True
        for rule in document["rules"]:
            rule.update(status="waived", waiver={"reason": "by hand", "until": None})

    forge(desk, waive)
    assert "CL107" in desk.cl("apply", "p", code=1).err
    assert not desk.links()


def test_limits_are_the_configurations(applied: Desk) -> None:
    limits = "cl {\n  limits {\n    max_detach_percent = %s\n    min_links = 1\n  }\n}\n"
    applied.write(main__hcl=PROVIDER + enable("shop", "vpc-a") + attach("web", "i-0001", "vpc-a"), l__hcl=limits % 60)
    applied.cl("plan", "-out=p", code=0)
    applied.write(l__hcl=limits % 20)
    assert "CL901" in applied.cl("apply", "p", code=1).err
    applied.cl("plan", "-accept-detach=1", "-out=p", code=0)
    applied.cl("apply", "p", code=0)


def test_no_more_links_are_down_than_the_configuration_allows(applied: Desk) -> None:
    applied.write(main__hcl=LINKED.replace('"vpc-a"', '"vpc-b"'))
    applied.cl("plan", "-out=p", code=0)
    applied.write(limits__hcl="cl {\n  limits {\n    max_unavailable = 1\n  }\n}\n")
    assert "CL909" in applied.cl("apply", "p", code=1).err


def test_nothing_is_adopted_where_the_configuration_forbids_it(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a", classic_link_enabled=True)])
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-a"))
    desk.cl("plan", "-out=p", code=0)
    desk.write(limits__hcl="cl {\n  limits {\n    adopt = false\n  }\n}\n")
    assert "CL903" in desk.cl("apply", "p", code=1).err


def _fewer_destroyed(document: Any) -> None:
    document["summary"]["destroy"] = 0


def _nothing_closes(document: Any) -> None:
    document["reachability"]["closed"] = []


def _another_closes(document: Any) -> None:
    document["reachability"]["closed"][0]["instances"]["ids"] = ["i-0003"]


def _fewer_close(document: Any) -> None:
    document["reachability"]["counts"]["closed"]["instances"] = 0


def _more_opens(document: Any) -> None:
    document["reachability"]["opened"] = document["reachability"]["closed"]


def _nothing_to_do(document: Any) -> None:
    document["applicable"] = False


def _another_goes(document: Any) -> None:
    document["resource_changes"][0]["change"]["before"]["instance_id"] = "i-0003"


def _goes_unsaid(document: Any) -> None:
    document["resource_changes"], document["summary"]["destroy"] = [], 0


def _goes_by_itself(document: Any) -> None:
    document["steps"], document["proof"]["instances"], document["summary"]["steps"] = [], {}, 0
    document["reachability"] = {
        "opened": [],
        "closed": [],
        "counts": {side: {"vpcs": 0, "instances": 0, "pairs": 0} for side in ("opened", "closed")},
    }


def _differs_elsewhere(document: Any) -> None:
    document["resource_changes"][0]["change"]["diff"] = [{"path": "vpc_id", "before": "vpc-z", "after": None}]


def _all_was_read(document: Any) -> None:
    document["unread"] = [{"kind": "links", "subject": None, "reason": "denied", "provider": "mock"}]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (_another_goes, "steps[0]"),
        (_goes_unsaid, "steps[0]"),
        (_goes_by_itself, "a step detach of i-0002/vpc-a"),
        (_differs_elsewhere, "resource_changes[0].change.diff[0].before"),
        (_all_was_read, "complete"),
        (_fewer_destroyed, "summary.destroy"),
        (_nothing_closes, "reachability.closed"),
        (_another_closes, "reachability.closed[0].instances.ids"),
        (_fewer_close, "reachability.counts.closed.instances"),
        (_more_opens, "reachability.opened[0].instances"),
        (_nothing_to_do, "applicable"),
    ],
)
@pytest.mark.parametrize("words", [["apply"], ["show", "-verify"], ["show"]])
def test_words_that_do_not_follow_from_the_steps_are_refused(
    applied: Desk, change: Callable[[Any], None], path: str, words: list[str]
) -> None:
    applied.write(main__hcl=PROVIDER + enable("shop", "vpc-a") + attach("web", "i-0001", "vpc-a"))
    applied.cl("plan", "-out=p", code=0)
    forge(applied, change)
    refused = applied.cl(*words, "p", code=1).err
    assert "STA402" in refused
    assert path in refused
    assert len(applied.links()) == 2


WARNED = 'check "c" {\n  assert {\n    condition     = path.module == "x"\n    error_message = "look here"\n  }\n}\n'
STRANGE = "all is well\x1b[2J \u202e<script>alert(1)</script>\n::error::x"


def _other_words(document: Any) -> None:
    for one in (*document["diagnostics"], *document["rules"]):
        one.update(remedy=STRANGE, **{key: STRANGE for key in ("summary", "detail", "message", "source") if key in one})


@pytest.fixture
def warned(desk: Desk) -> Desk:
    """A plan with a finding and a warning, forged."""
    routes = [{"vpc_id": "vpc-a", "destination_cidr_block": "10.0.0.0/9", "type": "Custom"}]
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(1), route_entries=routes)
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-a") + attach("web", "i-0001", "vpc-a") + WARNED)
    desk.cl("plan", "-out=p", code=0)
    forge(desk, _other_words)
    return desk


QUOTED = "These findings are from the saved plan."


def test_findings_of_a_plan_that_may_be_altered_are_quoted_and_escaped(warned: Desk) -> None:
    shown = warned.cl("show", "p", "-o", "text", "-o", "html=r.html", "-o", "markdown=r.md", code=0)
    assert (shown.out.count(QUOTED), shown.err.count(QUOTED)) == (1, 1)
    page, comment = ((warned.directory / name).read_text() for name in ("r.html", "r.md"))
    assert "These findings are from the saved plan" in page
    assert ", quoted from the plan" in comment
    for said in (shown.out, shown.err, page, comment):
        assert "all is well" in said
        assert not {"\x1b", "\u202e"} & set(said)
        assert "\n::error" not in said
    assert "<script>alert" not in page
    assert QUOTED in warned.cl("show", "-verify", "p", code=0).err


def test_apply_quotes_nothing_of_a_plan_that_may_be_altered(warned: Desk) -> None:
    ended = warned.cl("apply", "p", code=0)
    assert "all is well" not in ended.out + ended.err
    assert warned.links() == {"i-0001": "vpc-a"}


def test_findings_of_an_encrypted_plan_are_its_own(warned: Desk) -> None:
    key = {"CL_ENCRYPTION_PASSPHRASE": "correct horse battery staple"}
    warned.cl("plan", "-out=q", code=0, **key)
    shown = warned.cl("show", "q", code=0, **key)
    assert "look here" in shown.err
    assert QUOTED not in shown.out + shown.err


def test_a_plan_without_findings_quotes_nothing(applied: Desk) -> None:
    applied.write(main__hcl=PROVIDER + enable("shop", "vpc-a"))
    applied.cl("plan", "-out=p", code=0)
    for words in (["show", "p"], ["show", "-verify", "p"]):
        shown = applied.cl(*words, code=0)
        assert QUOTED not in shown.out + shown.err


def in_another_account(document: Any) -> None:
    document["proof"]["worlds"]["mock"]["account_id"] = "1001"
    for step in document["steps"]:
        step["account_id"] = "9999"


def in_no_cloud(document: Any) -> None:
    document["made_in"]["providers"] = {}


def that_only_destroys(document: Any) -> None:
    document["mode"] = "destroy"


def that_only_drains(document: Any) -> None:
    document["drain"] = "vpc-a"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (in_another_account, "STA402"),
        (in_no_cloud, "STA412"),
        (that_only_destroys, "STA402"),
        (that_only_drains, "STA402"),
    ],
)
def test_where_and_what_for_a_plan_is_made_follows_from_its_steps(
    desk: Desk, change: Callable[[Any], None], code: str
) -> None:
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(2))
    desk.write(main__hcl=LINKED)
    desk.cl("plan", "-out=p", code=0)
    forge(desk, change)
    assert code in desk.cl("apply", "p", code=1).err
    assert desk.links() == {}
