"""Where `moved` blocks put the addresses of a state."""

from __future__ import annotations

from planner.address import parse_address
from planner.config.desired import Moved
from planner.config.relocate import relocate
from planner.diagnostics import Position, Span

SPAN = Span("main.hcl", Position(1, 1), Position(1, 2))
WEB = "classiclink_attachment.web"


def ends(address: str, *moves: tuple[str, str]) -> str:
    """Where the only object of a state ends."""
    found = parse_address(address)
    moved_to = relocate([found], [Moved(origin, target, SPAN) for origin, target in moves]).to
    return str(moved_to.get(found, found))


def test_an_object_that_gets_a_key_moves_once() -> None:
    assert ends(WEB, (WEB, f"{WEB}[0]")) == f"{WEB}[0]"
    assert ends(WEB, (WEB, f'{WEB}["k"]')) == f'{WEB}["k"]'


def test_a_target_with_a_key_is_for_the_one_instance_without_a_key() -> None:
    assert ends(f"{WEB}[0]", (WEB, f"{WEB}[0]")) == f"{WEB}[0]"
    assert ends(f"{WEB}[1]", (WEB, f"{WEB}[0]")) == f"{WEB}[1]"
    assert ends(f"module.m[1].{WEB}", ("module.m", "module.m[0]")) == f"module.m[1].{WEB}"


def test_a_target_without_a_key_is_for_every_instance() -> None:
    assert ends(f"{WEB}[1]", (WEB, "classiclink_attachment.new")) == "classiclink_attachment.new[1]"
    assert ends(f'module.m["a"].{WEB}', ("module.m", "module.n")) == f'module.n["a"].{WEB}'


def test_chains_are_followed_to_their_end() -> None:
    moves = ((WEB, f"module.m.{WEB}"), ("module.m", "module.m[0]"))
    assert ends(WEB, *moves) == f"module.m[0].{WEB}"
    assert ends(f"module.m[0].{WEB}", *moves) == f"module.m[0].{WEB}"


def test_a_module_that_moves_into_itself_is_followed_once() -> None:
    assert ends(f"module.a.{WEB}", ("module.a", "module.a.module.b")) == f"module.a.module.b.{WEB}"
