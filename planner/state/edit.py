"""Changing the state by hand: `cl state mv`, `cl state rm`, `cl import`. Pure: a state in, a state out.

Where an address is asked for, that of a resource or a module stands for everything in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from planner.address import Address, parse_address
from planner.diagnostics import Diagnostic, StateError, did_you_mean
from planner.network.identity import ObjectKey
from planner.remedy import Remedy, cl
from planner.state.model import State, StateObject
from planner.values import replace

_HINTS = 5
"""So many wrong addresses are compared with all that there are, for one that was meant: this takes long."""


def select(state: State, texts: Iterable[str]) -> list[StateObject]:
    """The objects at or below these addresses, in address order; all of them where none is given.

    Raises StateError that names every address with nothing at it.
    """
    selected = list(texts)
    if not selected:
        return [state.objects[address] for address in sorted(state.objects)]
    at: dict[str, list[Address]] = {text: [] for text in selected}
    for address in state.objects:
        for prefix in address.prefixes():
            if prefix in at:
                at[prefix].append(address)
    nothing = [text for text, matches in at.items() if not matches]
    if nothing:
        raise StateError(_nothing_at(state, nothing))
    return [state.objects[address] for address in sorted({address for matches in at.values() for address in matches})]


def remove(state: State, texts: Iterable[str]) -> tuple[State, list[Address]]:
    """The state without these objects, which stay in the cloud, and their addresses. Raises StateError."""
    gone = {found.address for found in select(state, texts)}
    kept = {address: found for address, found in state.objects.items() if address not in gone}
    return replace(state, objects=_redirected(kept, dict.fromkeys(gone))), sorted(gone)


def move(state: State, source: str, target: str) -> tuple[State, list[tuple[Address, Address]]]:
    """The state with an object, a resource or a module at another address, and what went where. Raises StateError."""
    moves = {found.address: _moved(found.address, source, target) for found in select(state, [source])}
    problems: list[Diagnostic] = []
    for origin, destination in moves.items():
        if destination.type != origin.type:
            detail = f"{origin} is a {origin.type}; {destination} would be a {destination.type}."
            problems.append(
                Diagnostic("STA123", "Types differ", detail, Remedy.of("Choose an address of the same type."))
            )
        if destination in state.objects and destination not in moves:
            remedy = Remedy.of("To forget that one first: ", cl("state", "rm", str(destination)))
            problems.append(_taken(state.objects[destination], remedy))
    if problems:
        raise StateError(problems)
    moved = {moves.get(address, address): found for address, found in state.objects.items()}
    objects = {address: replace(found, address=address) for address, found in moved.items()}
    return replace(state, objects=_redirected(objects, moves)), sorted(moves.items())


def adopt(state: State, found: StateObject) -> State:
    """The state with an object that exists already. Raises StateError where its address or its identity is taken."""
    return adopt_all(state, (found,))


def adopt_all(state: State, objects: Iterable[StateObject]) -> State:
    """The state with objects that exist already. Raises StateError that names each one whose address or identity is
    taken.
    """
    all_objects, known = dict(state.objects), dict(by_key(state))
    problems: list[Diagnostic] = []
    for found in objects:
        if (taken := all_objects.get(found.address)) is not None:
            forget = cl("state", "rm", str(found.address))
            remedy = Remedy.of("Choose another address, or forget that one first: ", forget)
            problems.append(_taken(taken, remedy))
        elif (other := known.get((found.provider, found.identity))) is not None:
            detail = f"{found.identity.id} is in the state already, at {other.address}."
            remedy = Remedy.of("Move it there: ", cl("state", "mv", str(other.address), str(found.address)))
            problems.append(Diagnostic("STA124", "Object is managed already", detail, remedy))
        all_objects[found.address] = known[found.provider, found.identity] = found
    if problems:
        raise StateError(problems)
    return replace(state, objects=all_objects)


def by_key(state: State) -> Mapping[ObjectKey, StateObject]:
    """The objects by their provider and what they stand for."""
    return {(found.provider, found.identity): found for found in state.objects.values()}


def _rest(address: Address, text: str) -> str | None:
    """What follows `text` in an address at or below it; None where it is elsewhere."""
    whole = str(address)
    if not whole.startswith(text):
        return None
    rest = whole[len(text) :]
    return rest if not rest or rest[0] in ".[" else None


def _moved(address: Address, source: str, target: str) -> Address:
    text = target + (_rest(address, source) or "")
    try:
        return parse_address(text)
    except ValueError as problem:
        remedy = "Move a module to a module, a resource to a resource, and one object to one object."
        raise StateError(Diagnostic("STA122", "Not an address", str(problem), Remedy.of(remedy))) from None


def _redirected(
    objects: Mapping[Address, StateObject], moves: Mapping[Address, Address | None]
) -> dict[Address, StateObject]:
    """The objects with what they depend on called by its new address; what is gone is no dependency."""
    return {address: _redirect(found, moves) for address, found in objects.items()}


def _redirect(found: StateObject, moves: Mapping[Address, Address | None]) -> StateObject:
    if not any(address in moves for address in found.dependencies):
        return found
    dependencies = (moves.get(address, address) for address in found.dependencies)
    return replace(found, dependencies=tuple(address for address in dependencies if address is not None))


def _nothing_at(state: State, texts: Iterable[str]) -> Iterator[Diagnostic]:
    known = {str(address) for address in state.objects} | {str(address.resource) for address in state.objects}
    for place, text in enumerate(texts):
        near = sorted(known)[:2000] if place < _HINTS else ()
        detail = f"The state has nothing at {text}.{did_you_mean(text, near)}"
        yield Diagnostic(
            "STA120", "No such address in the state", detail, Remedy.of("List its addresses: ", cl("state", "list"))
        )


def _taken(found: StateObject, remedy: Remedy) -> Diagnostic:
    detail = f"{found.address} stands for {found.identity.id} already."
    return Diagnostic("STA121", "Address is taken", detail, remedy)
