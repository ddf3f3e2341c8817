"""File names that could steer a terminal are escaped wherever they are shown."""

from __future__ import annotations

import pytest

from support.desk import Desk
from support.story_estates import PROVIDER, enable, vpc

NAME = "a\x1b[31mb"
"""Colours what follows on a terminal."""


@pytest.mark.parametrize(
    "words",
    [
        ["plan", f"-out={NAME}/x"],
        ["plan", f"-out={NAME}"],
        ["plan", "-o", f"html={NAME}"],
        ["apply", "planned\x1b[31m"],
        ["show", "planned\x1b[31m"],
        ["show", "-verify", "planned\x1b[31m"],
        ["show", "-verify", NAME],
        ["drift", f"-baseline={NAME}"],
        ["drift", f"-baseline={NAME}/x"],
        ["fmt", "-check", "untidy\x1b[31m.hcl"],
        ["import", "-all", "-write", f"{NAME}.hcl"],
        ["state", "push", NAME],
    ],
)
def test_an_escape_in_a_file_name_reaches_no_terminal(desk: Desk, words: list[str]) -> None:
    desk.world(vpcs=[vpc("vpc-a"), vpc("vpc-b", "172.30.0.0/16", classic_link_enabled=True)])
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-a"))
    desk.cl("plan", "-out=planned\x1b[31m", code=0)
    (desk.directory / "untidy\x1b[31m.hcl").write_text("locals {\n  a=1\n}\n")
    seen = desk.cl(*words)
    assert "\x1b" not in seen.out + seen.err
