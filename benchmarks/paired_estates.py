"""The same estate for `cl` and for Terraform: `classiclink_…` resources for the one, `terraform_data` for the other.

Each resource of Terraform has the arguments of its pair as `input`, and refers to what its pair refers to.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

from planner.network.world import LINKS_PER_VPC

CL, TERRAFORM = "cl", "Terraform"
SLOTS_USED = LINKS_PER_VPC * 9 // 10
"""Links in a VPC, so that there is room for moves."""
MOVED_EVERY = 100


class Form(Enum):
    """How the links are written."""

    BLOCKS = "a block each"
    FOR_EACH = "for_each"
    """One block over a CSV file."""
    CHAINED = "for_each over as many guest routes"
    """One block over another, which has `for_each` over a CSV file, as a VPC in 192.168.0.0/16 needs it."""


@dataclass(frozen=True)
class Estate:
    """So many links, in one of the forms."""

    links: int
    form: Form = Form.BLOCKS
    over: int | None = None
    """How many VPCs; without it as few as hold the links, and two at least."""
    moved: bool = False
    """Whether every hundredth link goes to the next VPC."""

    @property
    def vpcs(self) -> list[str]:
        return [f"vpc-{number:03}" for number in range(self.over or max(2, -(-self.links // SLOTS_USED)))]

    def __str__(self) -> str:
        return f"{self.links:,} links{f' in {self.over} VPCs' if self.over else ''}, {self.form.value}"

    def pairs(self) -> list[tuple[str, str]]:
        """Each instance with its VPC."""
        vpcs = self.vpcs
        return [
            (f"i-{number:07}", vpcs[(number + (self.moved and number % MOVED_EVERY == 0)) % len(vpcs)])
            for number in range(self.links)
        ]

    def after_moves(self) -> Estate:
        return replace(self, moved=True)

    def write(self, directory: Path, tool: str) -> None:
        """Put the configuration there, and the world where there is none yet."""
        directory.mkdir(parents=True, exist_ok=True)
        (directory / ("main.hcl" if tool == CL else "main.tf")).write_text(self._configuration(tool), encoding="utf-8")
        if self.form is not Form.BLOCKS:
            rows = "".join(f"{instance_id},{vpc_id}\n" for instance_id, vpc_id in self.pairs())
            (directory / "links.csv").write_text(f"instance_id,vpc_id\n{rows}", encoding="utf-8")
        world = directory / "world.json"
        if tool == CL and not world.exists():
            world.write_text(json.dumps(self._world()), encoding="utf-8")

    def _configuration(self, tool: str) -> str:
        blocks = ['provider "mock" {\n  world = "world.json"\n}\n'] if tool == CL else []
        if self.form is not Form.BLOCKS:
            table = 'csvdecode(file("${path.module}/links.csv"))'
            blocks.append(f"locals {{\n  links = {{ for row in {table} : row.instance_id => row.vpc_id }}\n}}\n")
            blocks.append(_block(tool, "vpc", "all", "toset(values(local.links))", vpc_id="each.key"))
            over, vpc_id = "local.links", "each.value"
            if self.form is Form.CHAINED:
                blocks.append(_block(tool, "guest_route", "guests", over, instance_id="each.key"))
                over, vpc_id = f"{_type(tool, 'guest_route')}.guests", "local.links[each.key]"
            vpc = _reference(tool, f"all[{vpc_id}]")
            blocks.append(_block(tool, "attachment", "fleet", over, instance_id="each.key", vpc_id=vpc))
            return "\n".join(blocks)
        blocks += [_block(tool, "vpc", _name(vpc_id), vpc_id=f'"{vpc_id}"') for vpc_id in self.vpcs]
        for instance_id, vpc_id in self.pairs():
            arguments = {"instance_id": f'"{instance_id}"', "vpc_id": _reference(tool, _name(vpc_id))}
            blocks.append(_block(tool, "attachment", _name(instance_id), **arguments))
        return "\n".join(blocks)

    def _world(self) -> dict[str, Any]:
        place = {"account_id": "1001", "region_id": "cn-hangzhou"}
        cidr_block = "192.168.0.0/16" if self.form is Form.CHAINED else "172.16.0.0/12"
        return {
            "format_version": "1.0",
            "account_id": "1001",
            "vpcs": [{"vpc_id": vpc_id, **place, "cidr_block": cidr_block} for vpc_id in self.vpcs],
            "instances": [
                {"instance_id": f"i-{number:07}", **place, "network_type": "classic", "private_ip": _address(number)}
                for number in range(self.links)
            ],
        }


def _address(number: int) -> str:
    return f"10.{number // 65536}.{number // 256 % 256}.{number % 256}"


def _name(thing_id: str) -> str:
    return thing_id.replace("-", "_")


def _type(tool: str, kind: str) -> str:
    return f"classiclink_{kind}" if tool == CL else "terraform_data"


def _reference(tool: str, name: str) -> str:
    return f"{_type(tool, 'vpc')}.{name}.{'' if tool == CL else 'input.'}vpc_id"


def _block(tool: str, kind: str, name: str, for_each: str = "", **arguments: str) -> str:
    lines = [f"  for_each = {for_each}"] * bool(for_each)
    width = max(map(len, arguments))
    margin = "  " if tool == CL else "    "
    written = [f"{margin}{argument:{width}} = {value}" for argument, value in arguments.items()]
    lines += written if tool == CL else ["  input = {", *written, "  }"]
    return f'resource "{_type(tool, kind)}" "{name}" {{\n' + "\n".join(lines) + "\n}\n"
