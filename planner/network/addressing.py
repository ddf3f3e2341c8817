"""Address ranges: the classic network's, the three classes of VPC, and what lies within what (overview, Background)."""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv4Network, NetmaskValueError

_CIDR_BLOCK = r"[0-9.]+/[0-9]{1,2}"
"""`IPv4Network` takes more: a lone address, a netmask."""

CLASSIC_SUPERNET = IPv4Network("10.0.0.0/8")
CLASSIC_EXCEPTION = IPv4Network("10.111.0.0/16")
"""The part of 10.0.0.0/8 that is not the classic network's: vSwitches there can talk to it (overview, Background)."""


class VpcClass(Enum):
    """The rows of the overview's table; a VPC's class is that of its primary CIDR block."""

    CLASS_172 = IPv4Network("172.16.0.0/12")
    CLASS_10 = IPv4Network("10.0.0.0/8")
    CLASS_192 = IPv4Network("192.168.0.0/16")


GUEST_ROUTE_DESTINATION = str(VpcClass.CLASS_192.value)


@lru_cache(maxsize=65536)
def network(cidr_block: str) -> IPv4Network:
    """The network of `a.b.c.d/n`. Raises ValueError if it is none, or has host bits set."""
    if not re.fullmatch(_CIDR_BLOCK, cidr_block):
        raise ValueError(f"{cidr_block!r} is not an IPv4 CIDR block such as 172.16.0.0/12")
    try:
        return IPv4Network(cidr_block)
    except (AddressValueError, NetmaskValueError, ValueError) as problem:
        raise ValueError(f"{cidr_block!r} is not an IPv4 CIDR block: {problem}") from None


@lru_cache(maxsize=65536)
def address(text: str) -> IPv4Address:
    """The address `a.b.c.d`. Raises ValueError if it is none."""
    return IPv4Address(text)


_OCTETS = {str(number): number for number in range(256)}
"""What an address is made of, as it is written."""


def number_of(ip: str) -> int:
    """The address `a.b.c.d` as a number. Raises ValueError if it is none.

    It is found four times as quickly as by an IPv4Address, for an estate has as many addresses as instances.
    """
    try:
        first, second, third, fourth = ip.split(".")
        return _OCTETS[first] << 24 | _OCTETS[second] << 16 | _OCTETS[third] << 8 | _OCTETS[fourth]
    except (KeyError, ValueError):
        return int(address(ip))  # says what is wrong with it


@lru_cache(maxsize=65536)
def vpc_class(cidr_block: str) -> VpcClass | None:
    """The class of a VPC with this primary CIDR block, or None where ClassicLink cannot serve it."""
    block = network(cidr_block)
    return next((vpc_class for vpc_class in VpcClass if block.subnet_of(vpc_class.value)), None)


def in_classic_range(ip: str) -> bool:
    """Whether `ip` is the classic network's: 10.0.0.0/8 without 10.111.0.0/16 (overview, Background)."""
    found = number_of(ip)
    return found in _CLASSIC and found not in _EXCEPTION


def _numbers(block: IPv4Network) -> range:
    """The addresses of a block as numbers."""
    return range(int(block[0]), int(block[-1]) + 1)


_CLASSIC, _EXCEPTION = _numbers(CLASSIC_SUPERNET), _numbers(CLASSIC_EXCEPTION)


def overlaps_classic_range(cidr_block: str) -> bool:
    """Whether any address of the block is the classic network's."""
    block = network(cidr_block)
    return block.overlaps(CLASSIC_SUPERNET) and not block.subnet_of(CLASSIC_EXCEPTION)


def within(cidr_block: str, outer: IPv4Network) -> bool:
    return network(cidr_block).subnet_of(outer)
