"""`cl reach`, `cl advise` and `cl addresses` where there are several providers: links lead through one world alone."""

from __future__ import annotations

from support.desk import Desk
from support.two_accounts import LINK, OF_LAB, account, block, two_accounts

BOTH = {"i-1": "vpc-a"}


def apart(desk: Desk) -> Desk:
    """Two accounts that have no id in common: i-9 is linked to vpc-b of `mock.lab`."""
    two_accounts(desk, one=BOTH, lab={})
    desk.write(two__json=account("1002", {"i-9": "vpc-b"}, vpcs=("vpc-b",), instances=("i-9", "i-8")))
    return desk


def test_a_link_leads_through_the_world_that_sees_both_ends(desk: Desk) -> None:
    apart(desk)
    trace = desk.cl("reach", "i-9", "rm-vpc-b", "--json", code=0).json
    assert (trace["reachable"], trace["from_provider"], trace["to_provider"]) == (True, "mock.lab", "mock.lab")
    assert "i-9 (mock.lab) can reach rm-vpc-b (mock.lab)." in desk.cl("reach", "i-9", "rm-vpc-b", code=0).out


def test_no_link_leads_from_one_world_into_the_other(desk: Desk) -> None:
    apart(desk)
    trace = desk.cl("reach", "i-1", "rm-vpc-b", "--json", code=0).json
    assert (trace["reachable"], trace["from_provider"], trace["to_provider"]) == (False, "mock", "mock.lab")
    assert "both ends of a link must be in the same provider" in trace["hops"][-1]["reason"]


def test_the_classic_network_is_one_for_all_accounts(desk: Desk) -> None:
    trace = apart(desk).cl("reach", "i-1", "i-9", "--json", code=3).json
    assert "cross-account authorization rule" in trace["hops"][-1]["reason"]


def test_an_id_that_two_providers_see_is_asked_for(desk: Desk) -> None:
    two_accounts(desk, one={}, lab=BOTH)
    messages = desk.cl("reach", "i-1", "rm-vpc-a", code=1).err
    assert "i-1 and rm-vpc-a are seen by mock and by mock.lab." in messages
    assert "--provider mock or --provider mock.lab" in messages
    assert desk.cl("reach", "i-1", "rm-vpc-a", "--provider", "mock.lab", "--json", code=0).json["reachable"]
    assert not desk.cl("reach", "i-1", "rm-vpc-a", "--provider", "mock", "--json", code=0).json["reachable"]
    assert "Did you mean" in desk.cl("reach", "i-1", "rm-vpc-a", "--provider", "mock.lap", code=1).err


def test_everything_that_an_instance_reaches_is_shown_every_world(desk: Desk) -> None:
    traces = apart(desk).cl("reach", "--all-from", "i-9", "--json", code=0).json
    ends = {(trace["to"], trace["to_provider"]): trace["reachable"] for trace in traces}
    assert ends == {
        ("i-8", "mock.lab"): None,
        ("rm-vpc-b", "mock.lab"): True,
        **dict.fromkeys([(f"i-{number}", "mock") for number in (1, 2, 3)]),
        ("rm-vpc-a", "mock"): False,
    }
    text = desk.cl("reach", "--all-from", "i-9", code=0).out
    assert "i-9 (mock.lab) can reach rm-vpc-b (mock.lab)" in text
    assert "i-9 (mock.lab) cannot reach rm-vpc-a (mock)" in text
    assert "i-1 (mock), i-2 (mock), i-3 (mock)" in text
    assert "6 pairs: 1 reachable, 1 not, 4 unknown." in text


def test_everything_that_reaches_an_end_is_shown_every_world(desk: Desk) -> None:
    two_accounts(desk, one=BOTH, lab={})
    traces = desk.cl("reach", "--all-to", "rm-vpc-a", "--provider", "mock", "--json", code=0).json
    found = {(trace["from"], trace["from_provider"]): trace["reachable"] for trace in traces}
    assert found["i-1", "mock"] is True
    assert found["i-1", "mock.lab"] is False
    assert len(found) == 7
    assert all(trace["to_provider"] == "mock" for trace in traces)


def test_reach_after_a_plan_takes_its_steps_in_their_own_worlds(desk: Desk) -> None:
    two_accounts(desk, one={"i-2": "vpc-a"}, lab={"i-2": "vpc-a"}, main=block("attachment", "lab", OF_LAB + LINK))
    desk.cl("plan", "-out=p.json", code=0)
    ask = ("reach", "i-1", "rm-vpc-a", "--plan", "p.json", "--json", "--provider")
    assert desk.cl(*ask, "mock.lab", code=0).json["reachable"]
    assert not desk.cl(*ask, "mock", code=0).json["reachable"]


def test_what_is_advised_names_the_provider_and_can_be_applied(desk: Desk) -> None:
    apart(desk)
    document = desk.cl("advise", "i-8", "rm-vpc-b", "--json", code=0).json
    assert (document["provider"], document["offer"]["provider"]) == ("mock.lab", "mock.lab")
    assert "  provider    = mock.lab\n" in document["offer"]["hcl"]
    desk.write(offered__hcl=document["offer"]["hcl"])
    desk.cl("fmt", "-check", code=0)
    desk.cl("apply", "--auto-approve", code=0)
    assert desk.cl("reach", "i-8", "rm-vpc-b", "--json", code=0).json["reachable"]
    assert "provider" not in desk.cl("advise", "i-2", "rm-vpc-a", "--json", code=0).json["offer"]


def test_advice_for_two_accounts_offers_no_link(desk: Desk) -> None:
    document = apart(desk).cl("advise", "i-1", "rm-vpc-b", "--json", code=0).json
    assert document["offer"] is None
    assert not document["same_account"]
    assert "(10.1.1.1) is in mock, and" in document["notes"][-1]["text"]


def test_what_the_other_account_declares_is_no_declaration_of_this_one(desk: Desk) -> None:
    two_accounts(desk, one={"i-2": "vpc-a"}, lab={}, main=block("attachment", "lab", OF_LAB + LINK))
    offer = desk.cl("advise", "i-1", "rm-vpc-a", "--provider", "mock", "--json", code=0).json["offer"]
    assert (offer["link"], offer["declared_at"]) == (True, None)


def test_addresses_are_surveyed_by_provider(desk: Desk) -> None:
    two_accounts(desk, one={}, lab=BOTH)
    survey = desk.cl("addresses", "--json", code=0).json
    assert [(vpc["provider"], vpc["vpc_id"]) for vpc in survey["vpcs"]] == [("mock", "vpc-a"), ("mock.lab", "vpc-a")]
    assert "(mock.lab)" in desk.cl("addresses", code=0).out
    assert "seen by mock and by mock.lab" in desk.cl("addresses", "--vpc", "vpc-a", code=1).err
    (own,) = desk.cl("addresses", "--vpc", "vpc-a", "--provider", "mock.lab", "--json", code=0).json["vpcs"]
    assert own["provider"] == "mock.lab"
    assert desk.cl("addresses", "--free", "24", code=0).out
