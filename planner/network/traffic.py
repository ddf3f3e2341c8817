"""Traffic: what a packet is to a security group, a protocol and, for tcp and udp, the port it is sent to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

from planner.network.security_groups import PROTOCOLS, WITH_PORTS, ports

ALL: Final = "all"
OTHER: Final = "other"
"""Every protocol that a rule cannot name by itself; one that names `all` covers it."""
EACH: Final = (*(protocol for protocol in PROTOCOLS if protocol != ALL), OTHER)
"""Every protocol, in the order in which it is listed."""
FIRST_PORT, LAST_PORT = 1, 65_535
_PORTLESS: Final = (-1, -1)


class Span(Struct, frozen=True, order=True):
    """One protocol and a range of its ports; a protocol without ports has -1 for both."""

    protocol: str
    first: int
    last: int

    @property
    def port_range(self) -> str:
        """As rules write it: `80/443`, or `-1/-1` without ports."""
        return f"{self.first}/{self.last}"

    @property
    def is_whole(self) -> bool:
        """Whether it is all of its protocol."""
        return (self.first, self.last) == whole(self.protocol)

    def __str__(self) -> str:
        if self.is_whole:
            return self.protocol
        return f"{self.protocol} {self.first}" + (f"-{self.last}" if self.last != self.first else "")


class Traffic(Struct, frozen=True):
    """The traffic that is asked about. A port without a protocol means that port of tcp and of udp."""

    protocol: str | None = None
    port: int | None = None

    @property
    def is_all(self) -> bool:
        """Whether it is everything."""
        return self.port is None and self.protocol in (None, ALL)

    def spans(self) -> Iterator[Span]:
        """Every protocol and port of it."""
        if self.port is not None:
            named = [protocol for protocol in EACH if protocol in WITH_PORTS and self.protocol in (None, ALL, protocol)]
            yield from (Span(protocol, self.port, self.port) for protocol in named)
        elif self.protocol in (None, ALL):
            yield from (Span(protocol, *whole(protocol)) for protocol in EACH)
        elif self.protocol:
            yield Span(self.protocol, *whole(self.protocol))


ALL_TRAFFIC: Final = Traffic()


def whole(protocol: str) -> tuple[int, int]:
    """The first and the last port of a protocol."""
    return (FIRST_PORT, LAST_PORT) if protocol in WITH_PORTS else _PORTLESS


def ports_of(port_range: str, protocol: str) -> tuple[int, int] | None:
    """The ports of `protocol` that `80/443` or `-1/-1`, every port, stands for; None if it stands for none."""
    if protocol not in WITH_PORTS:
        return whole(protocol)
    try:
        return ports(port_range) or whole(protocol)
    except ValueError:
        return None


def span_of(protocol: str, port_range: str) -> Span:
    """What a rule is about; its protocol may be that for all."""
    return Span(protocol, *(ports_of(port_range, protocol) or (0, -1)))


def share_traffic(one: Span, other: Span) -> bool:
    """Whether rules that are about these have any of the same traffic."""
    if one.protocol == other.protocol:
        return one.first <= other.last and other.first <= one.last
    return ALL in (one.protocol, other.protocol)


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same traffic in as few spans as it can be written in, by protocol and port."""
    order = {protocol: number for number, protocol in enumerate(EACH)}
    found: list[Span] = []
    for span in sorted(spans, key=lambda span: (order[span.protocol], span.first)):
        before = found[-1] if found else None
        if before and before.protocol == span.protocol and span.first <= before.last + 1:
            found[-1] = Span(span.protocol, before.first, max(before.last, span.last))
        else:
            found.append(span)
    return tuple(found)


def without(spans: Iterable[Span], gone: Iterable[Span]) -> tuple[Span, ...]:
    """The traffic of the first that is not of the second."""
    left = list(joined(spans))
    for taken in joined(gone):
        left = [Span(span.protocol, first, last) for span in left for first, last in _around(span, taken)]
    return tuple(left)


def _around(span: Span, taken: Span) -> Iterator[tuple[int, int]]:
    """What is left of a span in front of another one, and behind it."""
    if span.protocol != taken.protocol or span.last < taken.first or taken.last < span.first:
        yield span.first, span.last
        return
    if span.first < taken.first:
        yield span.first, taken.first - 1
    if taken.last < span.last:
        yield taken.last + 1, span.last


def traffic_words(spans: Iterable[Span]) -> str:
    """`tcp 22, 80-443, icmp`: the traffic of these spans for people; `all traffic` where it is all of it."""
    merged = joined(spans)
    if merged == joined(ALL_TRAFFIC.spans()):
        return "all traffic"
    words: list[str] = []
    for number, span in enumerate(merged):
        again = number and merged[number - 1].protocol == span.protocol
        words.append(str(span).removeprefix(f"{span.protocol} ") if again else _protocol_words(span))
    return ", ".join(words)


def _protocol_words(span: Span) -> str:
    return "other protocols" if span.protocol == OTHER else str(span)
