"""Functions over address ranges.

Addresses are Go's notation: as the library `ipaddress` writes them, except that octets may have leading zeros and that
IPv6 addresses with an IPv4 tail are shown without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from planner.hcl.cty.arithmetic import as_int
from planner.hcl.cty.types import NUMBER, STRING, ListType, Type
from planner.hcl.cty.values import Value, list_of, string
from planner.hcl.functions.arguments import whole_number
from planner.hcl.functions.plain import plain
from planner.hcl.functions.spec import Arguments, Function, FunctionError, Parameter, function

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

_LEADING_ZEROS: Final = re.compile(r"(?<![0-9a-fA-F:.])0+(?=[0-9])|(?<=\.)0+(?=[0-9])")


def parse_network(text: str, argument: int) -> Network:
    """The network of a CIDR block; bits of the host part are dropped. Raises FunctionError."""
    address, slash, prefix = text.partition("/")
    try:
        if not slash or not prefix.isdecimal() or not prefix.isascii():
            raise ValueError(text)
        return ip_network(f"{parse_address(address)}/{int(prefix)}", strict=False)
    except ValueError as problem:
        raise FunctionError(
            f'"{text}" is not a CIDR block; write an address and a prefix length, such as "10.0.0.0/8"', argument
        ) from problem


def parse_address(text: str) -> Address:
    """Raises ValueError."""
    if "%" in text:
        raise AddressValueError(text)
    return ip_address(_LEADING_ZEROS.sub("", text) if "." in text else text)


def _network_at(network: Network, address: int, prefix: int) -> Network:
    kind = IPv4Network if network.version == 4 else IPv6Network
    return kind((address, prefix))


@function(Parameter("prefix", STRING), Parameter("hostnum", NUMBER), returns=STRING)
def cidrhost(args: Arguments, result: Type) -> Value:
    """The address with the given number inside a CIDR block; a negative number counts from the end."""
    network = parse_network(args[0].raw, 0)
    host = _whole(args[1], 1)
    size = network.num_addresses
    if not -size <= host < size:
        raise FunctionError(f"{network} has {size} addresses; there is none with the number {host}", 1)
    return string(str(network[host]))


@plain
def cidrnetmask(prefix: str) -> str:
    """The netmask of an IPv4 CIDR block."""
    network = parse_network(prefix, 0)
    if network.version == 6:
        raise FunctionError(f"{network} is an IPv6 block; only IPv4 blocks have a netmask", 0)
    return str(network.netmask)


@function(Parameter("prefix", STRING), Parameter("newbits", NUMBER), Parameter("netnum", NUMBER), returns=STRING)
def cidrsubnet(args: Arguments, result: Type) -> Value:
    """The subnet with the given number, of a prefix longer by `newbits`."""
    network = parse_network(args[0].raw, 0)
    newbits = whole_number(args[1], 1)
    number = _whole(args[2], 2)
    prefix = network.prefixlen + newbits
    if newbits < 0:
        raise FunctionError("a subnet's prefix cannot be shorter than its network's", 1)
    _check_prefix(network, prefix, 1)
    count = 1 << newbits
    if not 0 <= number < count:
        raise FunctionError(f"{newbits} more bits make {count} subnets; there is none with the number {number}", 2)
    first = int(network.network_address)
    return string(str(_network_at(network, first + (number << (network.max_prefixlen - prefix)), prefix)))


@function(Parameter("prefix", STRING), variadic=Parameter("newbits", NUMBER), returns=ListType(STRING))
def cidrsubnets(args: Arguments, result: Type) -> Value:
    """Consecutive subnets of a CIDR block, each with its own number of additional prefix bits."""
    network = parse_network(args[0].raw, 0)
    return list_of(STRING, (string(str(subnet)) for subnet in _subnets(network, args[1:])))


def _subnets(network: Network, lengths: Arguments) -> Iterator[Network]:
    start = int(network.network_address)
    end = start + network.num_addresses
    for index, length in enumerate(lengths, start=1):
        newbits = whole_number(length, index)
        _check_new_bits(newbits, index)
        prefix = network.prefixlen + newbits
        _check_prefix(network, prefix, index)
        size = 1 << (network.max_prefixlen - prefix)
        start = -(-start // size) * size
        if start + size > end:
            raise FunctionError(f"{network} has no room left for a subnet with a prefix of {prefix} bits", index)
        yield _network_at(network, start, prefix)
        start += size


def _check_new_bits(newbits: int, argument: int) -> None:
    if newbits < 1:
        raise FunctionError("must extend the prefix by at least one bit", argument)


def _check_prefix(network: Network, prefix: int, argument: int) -> None:
    if prefix > network.max_prefixlen:
        raise FunctionError(
            f"would extend the prefix to {prefix} bits, which is too long for an IPv{network.version} address", argument
        )


@plain
def cidrcontains(prefix: str, address: str) -> bool:
    """Whether an address or a CIDR block lies wholly in a CIDR block."""
    network = parse_network(prefix, 0)
    try:
        first = last = parse_address(address)
    except ValueError:
        inner = parse_network(address, 1)
        first, last = inner[0], inner[-1]
    if first.version != network.version:
        raise FunctionError(f"{prefix} is IPv{network.version}, {address} is IPv{first.version}", 1)
    return first in network and last in network


def _whole(value: Value, argument: int) -> int:
    amount = as_int(value.raw)
    if amount is None:
        raise FunctionError("a whole number is required", argument)
    return amount


FUNCTIONS: Final[tuple[Function, ...]] = (cidrhost, cidrnetmask, cidrsubnet, cidrsubnets, cidrcontains)
