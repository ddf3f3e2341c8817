"""What is drawn of a random project: its objects, and what all of them are drawn from."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from random import Random
from typing import Any

VPC, LINK, ROUTE, RULE = (f"classiclink_{kind}" for kind in ("vpc", "attachment", "guest_route", "security_rule"))
GUEST = "192.168.0.0/16"
CIDR_BLOCKS = ("172.16.0.0/12", "172.16.0.0/16", "172.31.0.0/16", "10.0.0.0/8", GUEST, "10.111.0.0/16", "11.0.0.0/8")


@dataclass(frozen=True)
class Thing:
    """An object, declared or remembered. `key` is that of its address, `module` the name of the call."""

    type: str
    name: str
    key: str | int | None
    arguments: Mapping[str, Any]
    module: str = ""
    provider: str = "mock"

    @property
    def block(self) -> tuple[str, str, str, str]:
        return self.module, self.provider, self.type, self.name

    @property
    def address(self) -> str:
        module = f"module.{self.module}." if self.module else ""
        key = "" if self.key is None else f"[{json.dumps(self.key)}]"
        return f"{module}{self.type}.{self.name}{key}"


@dataclass
class Draft:
    """What is drawn so far. `vpcs` and `instances` are ids, the same for each provider."""

    random: Random
    providers: list[str] = field(default_factory=list)
    modules: dict[str, str] = field(default_factory=dict)
    """The provider that each call of the module has."""
    vpcs: list[str] = field(default_factory=list)
    instances: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    slots: int = 1_000
    calm: bool = False
    """Whether all that is declared can be had, so that the plan is one of steps and not of errors."""
    files: dict[str, str] = field(default_factory=dict)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def odd(self, share: float) -> bool:
        """Whether something is as it should not be."""
        return not self.calm and self.chance(share)

    def one_of(self, *values: Any) -> Any:
        return self.random.choice(values)


def blocks(things: Iterable[Thing]) -> Iterator[tuple[tuple[str, str, str, str], list[Thing]]]:
    """The objects of each resource block."""
    by_block: Callable[[Thing], tuple[str, str, str, str]] = lambda thing: thing.block  # noqa: E731
    for block, found in groupby(sorted(things, key=by_block), by_block):
        yield block, list(found)


def world_file(provider: str) -> str:
    return f"world{provider.partition('.')[2]}.json"
