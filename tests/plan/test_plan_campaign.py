"""A corner of the exhaustive campaign (`support.campaign`), small enough for every test run."""

from __future__ import annotations

import pytest

from support.campaign import canonical, cases, check


@pytest.mark.parametrize(("vpcs", "slots", "instances"), [(2, 1, 3), (2, 2, 4), (3, 1, 3)])
def test_every_small_case_has_a_plan_that_is_legal_in_every_order(vpcs: int, slots: int, instances: int) -> None:
    found = list(cases(vpcs, slots, instances))
    assert len(found) > 10
    for ways in found:
        check(ways, vpcs, slots)


def test_cases_that_differ_in_names_only_are_one() -> None:
    names = ["vpc-0", "vpc-1", "vpc-2"]
    one = (("vpc-0", "vpc-1"), ("vpc-1", None))
    other = (("vpc-2", None), ("vpc-0", "vpc-2"))
    assert canonical(one, names) == canonical(other, names)
    assert canonical(one, names) != canonical((("vpc-0", "vpc-1"), ("vpc-0", None)), names)
