"""A saved plan quotes the files that it was made from, and no others of their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instances, vpc


@pytest.fixture
def planned(desk: Desk) -> Desk:
    """A saved plan with a warning about line 7."""
    desk.world(vpcs=[vpc("vpc-shop", secondary_cidr_blocks=["172.31.0.0/16"])], instances=instances(1))
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-shop") + attach("one", "i-0001", "vpc-shop"))
    assert "│   vpc_id" in desk.cl("plan", "-out=plan.json", code=0).err
    return desk


def test_a_plan_quotes_its_files_while_they_are_what_they_were(planned: Desk) -> None:
    assert "│   vpc_id" in planned.cl("show", "plan.json", code=0).err
    text = (planned.directory / "main.hcl").read_text(encoding="utf-8")
    planned.write(main__hcl="# another first line\n" + text)
    ended = planned.cl("show", "plan.json", "-o", "text", "-o", "html=plan.html", code=0)
    assert "main.hcl" in ended.err
    assert "│" not in ended.err
    assert "another first line" not in (planned.directory / "plan.html").read_text(encoding="utf-8")


def test_a_plan_from_elsewhere_quotes_nothing_that_lies_here(planned: Desk, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    other = planned.beside(elsewhere)
    other.write(main__hcl='variable "secret_of_this_folder" {}\n' * 20)
    other.write(plan__json=(planned.directory / "plan.json").read_text(encoding="utf-8"))
    ended = other.cl("show", "plan.json", code=0)
    assert "CL403" in ended.err
    assert "secret_of_this_folder" not in ended.err
