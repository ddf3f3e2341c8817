"""Who gets which slot: the heart of the order of steps.

A VPC has a number of slots; an attach takes one, a detach gives one back. If each attach knows the slot it takes (one
that is free at the start, or the one that a named detach gives back, each named once), and waits for that detach,
then no order of the steps and no prefix of one ever exceeds a quota, however many workers run it.

The instances that change their VPC are the edges of a graph whose nodes are the VPCs::

    free ──▶ B ◀──i1── A ◀──i2── B ◀──i3── C        a chain of hand-offs: i1 takes the free slot of B,
                                                    i2 takes the slot in A that i1 gives back, i3 that of i2 in B

    A ──i1──▶ B ──i2──▶ C ──i3──▶ A                 a circuit with no free slot: i1 is parked, then i3 takes its
                                                    slot in A, i2 takes that of i3 in C, i1 that of i2 in B

A move's detach waits for its new slot, so that its own attach can follow at once; so an assignment of slots cuts the
graph into *chains*, each of which begins at a slot that is free (or that a pure detach frees), and *circuits*, each of
which begins with one parked instance. How the slots are handed out:

0.  **Who is down already.** An instance that lost its link (a move that was cut short, a detach by others) takes a
    slot before any move, as long as one is left for the moves in its group of VPCs. It leaves the last one to them,
    because without a slot one of them would have to be parked; then it comes right after them.
1.  **Supply.** A VPC's supply is its free slots, then those of instances that leave for good. Slots go, first come
    first served, to a move that waits for that VPC; its origin gets the slot it gives back, and so on. All
    chains grow in turn, so they have similar lengths and run side by side. Moves from VPCs that are shortest of
    slots go first.
2.  **Circuits.** Where a move still waits at a VPC, no slot is left there. Let `in` and `out` count the moves that
    still wait to enter and to leave a VPC. As supply + out ≥ in held at the start and each hand-off keeps it,
    in ≤ out everywhere; the sums over all VPCs are equal; so in = out everywhere, and what is left is a union of
    circuits. They are peeled off one by one.
3.  **Splicing.** A circuit that passes a VPC where a move `e` of a chain arrives joins that chain, which then stays one
    chain: the circuit's last move takes the slot that `e` had, and `e` takes the slot of the circuit's first::

        before   s ◀── e        circuit c1 … cn from the VPC and back to it
        after    s ◀── cn ◀── … ◀── c1 ◀── e

    The shortest of the chains that arrive there is taken. This goes on until no circuit meets a chain.
4.  **Parking.** Circuits that are left belong to groups in which no VPC ever had a slot to spare. One move of a
    circuit is parked, one whose turn comes last; the circuit is a chain from then on, and swallows the other
    circuits of its group by 3.
5.  **Newcomers** take what is left, free slots first. A link that is replaced takes its own slot, which a VPC that has
    more links than slots does not give back.

*Legal*: each slot is handed out once, in its own VPC. *Minimal*: an instance is parked only for a group of VPCs,
connected by moves, in which no VPC has a free slot, none is freed for good, and as many instances arrive as leave. In
such a group whichever detach comes first finds no free slot for its instance, so at least one instance is parked in
any order; here it is exactly one. In every other group, none is.

Where more instances want into a VPC than can ever have a slot, some get none, and no order could help: the plan is
still made, so that all problems are reported at once, but it cannot be applied.

Each move is handed one slot, peeled once and spliced once; putting the turns in order is the dearest part: O(n log n).
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush
from itertools import pairwise
from typing import Final

from msgspec import Struct, field

FREE: Final = -1
"""The slot is free at the start."""
NONE: Final = -2
"""There is no slot for this one."""
NOWHERE: Final = -1
"""Stands for the end of a journey that has one."""


class Journeys(Struct, frozen=True):
    """Where instances are linked at the start, and where they shall be. Instances and VPCs are numbers.

    `origins` and `targets` have a VPC, or NOWHERE, for each instance. `returning` are the instances that are nowhere,
    and ought not to be. Where users want links in an order, `turns` has the place in it of each instance; or it is
    empty. `free` has, for each VPC, how many of its slots are free at the start.
    """

    origins: Sequence[int]
    targets: Sequence[int]
    free: Sequence[int]
    returning: Collection[int] = ()
    turns: Sequence[int] = ()


class HandOut(Struct, frozen=True):
    """The slots of a number of journeys, by their place in the sequence.

    `source` is, for each journey with a target, FREE, NONE, or the journey whose detach gives the slot back. `parked`
    are the moves that must wait without a link. `turns` are the moves and returns in an order in which each slot is
    free when its turn comes, the parked ones where their detach comes; those of one closed group follow each other.
    """

    source: list[int]
    parked: frozenset[int]
    turns: list[int]


def hand_out(journeys: Journeys) -> HandOut:
    """Give each journey its slot. A VPC that has more links than slots (`free` below zero) gives no slots at all."""
    assignment = _Assignment(journeys)
    assignment.bring_back()
    assignment.serve()
    assignment.peel()
    assignment.splice()
    assignment.serve_newcomers()
    return HandOut(assignment.source, frozenset(assignment.parked), assignment.turns())


class _AtVpc(Struct):
    """One VPC: the slots it can give, and the moves that wait for one."""

    supply: deque[int] = field(default_factory=deque)
    waiting: deque[int] = field(default_factory=deque)
    returning: list[int] = field(default_factory=list)
    newcomers: list[int] = field(default_factory=list)
    leavers: list[int] = field(default_factory=list)
    arrivals: int = 0
    departures: int = 0


class _Assignment:
    """Hands slots out; the steps of its work are those of this module's docstring."""

    def __init__(self, journeys: Journeys) -> None:
        self.journeys = journeys
        self.source = [NONE] * len(journeys.origins)
        self.parked: list[int] = []
        self._origins, self._targets, self._free = journeys.origins, journeys.targets, journeys.free
        self._at = [_AtVpc() for _ in journeys.free]
        self._chain = [NONE] * len(journeys.origins)
        self._length: list[int] = []
        self._circuits: list[list[int]] = []
        self._fill_vpcs()

    def _fill_vpcs(self) -> None:
        arrivals: dict[tuple[int, int], list[int]] = defaultdict(list)
        for number, (origin, target) in enumerate(zip(self._origins, self._targets, strict=True)):
            if target == NOWHERE:
                self._at[origin].leavers.append(number)
            elif origin == NOWHERE:
                at_target = self._at[target]
                is_back = number in self.journeys.returning
                (at_target.returning if is_back else at_target.newcomers).append(number)
            elif origin != target:
                arrivals[target, origin].append(number)
            elif self._free[origin] >= 0:
                self.source[number] = number
        for (target, origin), moves in arrivals.items():
            self._at[target].arrivals += len(moves)
            self._at[origin].departures += len(moves)
        for vpc, spare in zip(self._at, self._free, strict=True):
            if spare >= 0:
                vpc.supply.extend([FREE] * min(spare, vpc.arrivals + len(vpc.returning) + len(vpc.newcomers)))
                vpc.supply.extend(vpc.leavers)
        self._queue_up(arrivals)

    def _queue_up(self, arrivals: Mapping[tuple[int, int], Sequence[int]]) -> None:
        """Who waits at each VPC: one from each origin in turn, origins that are shortest of slots first."""
        shortage = [(len(vpc.supply) - vpc.arrivals, where) for where, vpc in enumerate(self._at)]
        queues: dict[int, list[Sequence[int]]] = defaultdict(list)
        for target, origin in sorted(arrivals, key=lambda pair: shortage[pair[1]]):
            queues[target].append(arrivals[target, origin])
        for target, waiting in queues.items():
            self._at[target].waiting.extend(_one_of_each_in_turn(waiting))

    def bring_back(self) -> None:
        """Step 0: slots to those that are down already, but for the last one of a group."""
        if not self.journeys.returning:
            return
        group = self._groups()
        left: Counter[int] = Counter()
        for where, vpc in enumerate(self._at):
            left[group.get(where, where)] += len(vpc.supply)
        for where, vpc in enumerate(self._at):
            theirs = group.get(where, where)
            kept = 1 if where in group else 0
            served = max(0, min(len(vpc.returning), len(vpc.supply), left[theirs] - kept))
            for journey in vpc.returning[:served]:
                self.source[journey] = vpc.supply.popleft()
            del vpc.returning[:served]
            left[theirs] -= served

    def _groups(self) -> dict[int, int]:
        """For each VPC that moves touch, the name of its group: VPCs that moves connect share one."""
        beside: dict[int, set[int]] = defaultdict(set)
        for origin, target in zip(self._origins, self._targets, strict=True):
            if NOWHERE != origin != target != NOWHERE:
                beside[origin].add(target)
                beside[target].add(origin)
        group: dict[int, int] = {}
        for start in beside:
            work = [start]
            while work:
                where = work.pop()
                if where not in group:
                    group[where] = start
                    work.extend(beside[where])
        return group

    def serve(self) -> None:
        """Step 1: slots to those that wait, all chains in turn."""
        offers: deque[tuple[int, int]] = deque()
        beyond: list[tuple[int, int]] = []
        for where, vpc in enumerate(self._at):
            possible = len(vpc.supply) + (vpc.departures if self._free[where] >= 0 else 0)
            for _ in range(min(len(vpc.supply), len(vpc.waiting))):
                offers.append((where, vpc.supply.popleft()))
            beyond.extend([(where, NONE)] * (len(vpc.waiting) - possible))
        offers.extend(beyond)
        while offers:
            where, slot = offers.popleft()
            vpc = self._at[where]
            if not vpc.waiting:
                vpc.supply.append(slot)
                continue
            move = vpc.waiting.popleft()
            self._take(move, slot)
            origin = self._origins[move]
            if self._free[origin] >= 0:
                offers.append((origin, move))

    def _take(self, move: int, slot: int) -> None:
        self.source[move] = slot
        chain = self._chain[slot] if slot >= 0 else NONE
        if chain == NONE:
            chain = len(self._length)
            self._length.append(0)
        self._chain[move] = chain
        self._length[chain] += 1

    def peel(self) -> None:
        """Step 2: take what still waits apart into circuits that pass no VPC twice."""
        leaving: list[list[int]] = [[] for _ in self._at]
        for vpc in self._at:
            for move in vpc.waiting:
                leaving[self._origins[move]].append(move)
        for start, moves in enumerate(leaving):
            path: list[int] = []
            place_of = {start: 0}
            here = start
            while moves:
                move = moves.pop()
                path.append(move)
                here = self._targets[move]
                moves = leaving[here]
                if here not in place_of:
                    place_of[here] = len(path)
                    continue
                cut = place_of[here]
                circuit = path[cut:]
                del path[cut:]
                for passed in circuit[:-1]:
                    del place_of[self._targets[passed]]
                self._circuits.append(circuit)

    def splice(self) -> None:
        """Steps 3 and 4: every circuit joins a chain; where none can, one move is parked and makes a chain."""
        if not self._circuits:
            return
        passing: dict[int, list[int]] = defaultdict(list)
        for number, circuit in enumerate(self._circuits):
            for move in circuit:
                passing[self._origins[move]].append(number)
        joined = [False] * len(self._circuits)
        meeting = _Meeting(self._length)
        reached: deque[int] = deque()
        for move, chain in enumerate(self._chain):
            if chain != NONE and self._targets[move] in passing:
                meeting.add(self._targets[move], chain, move)
        reached.extend(sorted(meeting.vpcs))
        for number, circuit in enumerate(self._circuits):
            self._join_all(passing, joined, meeting, reached)
            if not joined[number]:
                joined[number] = True
                self._park(circuit, meeting, reached)
        self._join_all(passing, joined, meeting, reached)

    def _join_all(
        self, passing: dict[int, list[int]], joined: list[bool], meeting: _Meeting, reached: deque[int]
    ) -> None:
        while reached:
            where = reached.popleft()
            for number in passing.pop(where, ()):
                if not joined[number]:
                    joined[number] = True
                    self._join(self._circuits[number], where, meeting, reached)

    def _join(self, circuit: list[int], where: int, meeting: _Meeting, reached: deque[int]) -> None:
        chain, arriving = meeting.shortest(where)
        first = next(place for place, move in enumerate(circuit) if self._origins[move] == where)
        circuit = circuit[first:] + circuit[:first]
        self._link_up(circuit, last_takes=self.source[arriving])
        self.source[arriving] = circuit[0]
        self._admit(circuit, chain, meeting, reached)

    def _park(self, circuit: list[int], meeting: _Meeting, reached: deque[int]) -> None:
        turns = self.journeys.turns
        first = max(range(len(circuit)), key=lambda place: turns[circuit[place]]) if turns else 0
        circuit = circuit[first:] + circuit[:first]
        self._link_up(circuit, last_takes=circuit[0])
        self.parked.append(circuit[0])
        self._length.append(0)
        self._admit(circuit, len(self._length) - 1, meeting, reached)

    def _link_up(self, circuit: list[int], last_takes: int) -> None:
        for move, following in pairwise(circuit):
            self.source[move] = following
        self.source[circuit[-1]] = last_takes

    def _admit(self, circuit: list[int], chain: int, meeting: _Meeting, reached: deque[int]) -> None:
        self._length[chain] += len(circuit)
        for move in circuit:
            self._chain[move] = chain
            target = self._targets[move]
            meeting.add(target, chain, move)
            reached.append(target)

    def serve_newcomers(self) -> None:
        """Step 5: who comes from nowhere takes what is left."""
        for vpc in self._at:
            for newcomer in (*vpc.returning, *vpc.newcomers):
                self.source[newcomer] = vpc.supply.popleft() if vpc.supply else NONE

    def turns(self) -> list[int]:
        """Moves and returns, each after whose slot it takes: open chains side by side, closed groups one by one."""
        is_move = [origin != NOWHERE != target for origin, target in zip(self._origins, self._targets, strict=True)]
        follower = [NONE] * len(is_move)
        next_ones: list[int] = []
        for number, moves in enumerate(is_move):
            if moves or number in self.journeys.returning:
                slot = self.source[number]
                if slot >= 0 and slot != number and is_move[slot]:
                    follower[slot] = number
                else:
                    next_ones.append(number)
        turns: list[int] = []
        while next_ones:
            next_ones.sort()
            next_ones.sort(key=is_move.__getitem__)  # returns first
            turns += next_ones
            next_ones = [follower[number] for number in next_ones if follower[number] != NONE]
        for move in self.parked:
            turns.extend(_walk(move, follower))
        return turns


def _one_of_each_in_turn(queues: Sequence[Sequence[int]]) -> Iterator[int]:
    turn = 0
    while queues:
        yield from [queue[turn] for queue in queues]
        turn += 1
        queues = [queue for queue in queues if len(queue) > turn]


def _walk(start: int, follower: Sequence[int]) -> Iterator[int]:
    """A move, the one that takes its slot, and so on around the circle."""
    yield start
    move = follower[start]
    while move not in (NONE, start):
        yield move
        move = follower[move]


class _Meeting:
    """Which chains arrive at each VPC, the shortest first. A chain that has grown since is sorted in again when met."""

    def __init__(self, length: list[int]) -> None:
        self._length = length
        self._chains: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        self._known: set[tuple[int, int]] = set()

    @property
    def vpcs(self) -> Iterable[int]:
        return self._chains.keys()

    def add(self, where: int, chain: int, arriving: int) -> None:
        """The move `arriving` of this chain goes to this VPC; one for each chain is enough."""
        if (where, chain) not in self._known:
            self._known.add((where, chain))
            heappush(self._chains[where], (self._length[chain], chain, arriving))

    def shortest(self, where: int) -> tuple[int, int]:
        """The shortest chain that arrives at this VPC, and a move of it that does."""
        heap = self._chains[where]
        while heap[0][0] != self._length[heap[0][1]]:
            _, chain, arriving = heappop(heap)
            heappush(heap, (self._length[chain], chain, arriving))
        return heap[0][1], heap[0][2]
