"""Small estates that stories begin with."""

from __future__ import annotations

from typing import Any

PROVIDER = 'provider "mock" {\n  world    = "world.json"\n  call_log = "calls.jsonl"\n}\n'


def vpc(vpc_id: str, cidr_block: str = "172.16.0.0/12", **more: Any) -> dict[str, Any]:
    return {"vpc_id": vpc_id, "account_id": "1001", "region_id": "cn-hangzhou", "cidr_block": cidr_block, **more}


def instance(instance_id: str, ip: str = "10.1.2.3", **more: Any) -> dict[str, Any]:
    return {
        "instance_id": instance_id,
        "account_id": "1001",
        "region_id": "cn-hangzhou",
        "network_type": "classic",
        "private_ip": ip,
        **more,
    }


def instances(count: int) -> list[dict[str, Any]]:
    """`i-0001`, `i-0002`, … each with an address of its own."""
    return [instance(f"i-{n:04}", f"10.{1 + n // 60000}.{n // 250 % 250}.{1 + n % 250}") for n in range(1, count + 1)]


def link(instance_id: str, vpc_id: str) -> dict[str, str]:
    return {"instance_id": instance_id, "vpc_id": vpc_id}


def enable(name: str, vpc_id: str) -> str:
    return f'resource "classiclink_vpc" "{name}" {{\n  vpc_id = "{vpc_id}"\n}}\n'


def attach(name: str, instance_id: str, vpc_id: str, more: str = "") -> str:
    return (
        f'resource "classiclink_attachment" "{name}" {{\n  instance_id = "{instance_id}"\n  vpc_id = "{vpc_id}"\n'
        f"{more}}}\n"
    )
