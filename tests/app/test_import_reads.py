"""What an import believes of the cloud is what the cloud is while it holds the lock."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from providers.base import Scope
from providers.mock.provider import MockProvider
from support.killing import Desk

LINK = """
resource "classiclink_attachment" "web" {
  instance_id = "i-1"
  vpc_id      = "vpc-a"
}
"""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    place = {"account_id": "1001", "region_id": "cn-hangzhou"}
    world = {
        "format_version": "1.0",
        "account_id": "1001",
        "vpcs": [{"vpc_id": "vpc-a", "cidr_block": "172.16.0.0/12", "classic_link_enabled": True, **place}],
        "instances": [{"instance_id": "i-1", "network_type": "classic", "private_ip": "10.1.0.1", **place}],
        "links": [{"instance_id": "i-1", "vpc_id": "vpc-a"}],
    }
    (tmp_path / "world.json").write_text(json.dumps(world))
    (tmp_path / "main.hcl").write_text('provider "mock" {\n  world = "world.json"\n}\n' + LINK)
    return Desk(tmp_path)


@pytest.mark.parametrize(
    "asked", [("--all",), ("--all", "--write", "links.hcl"), ("classiclink_attachment.web", "i-1/vpc-a")], ids=len
)
def test_the_cloud_is_read_while_the_lock_is_held(desk: Desk, asked: tuple[str, ...]) -> None:
    seen = desk.directory / "seen.txt"

    def watched() -> None:
        read = MockProvider.read

        def reading(provider: MockProvider, scope: Scope) -> object:
            with seen.open("a") as file:
                file.write("locked " if (desk.directory / "cl.state.json.lock").exists() else "free ")
            return read(provider, scope)

        MockProvider.read = reading  # type: ignore[method-assign, assignment]

    assert desk.cl("import", *asked, first=watched) == 0, desk.said
    assert seen.read_text() == "locked "
