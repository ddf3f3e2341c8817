"""Which provider sees what a user names: an end of a connection is looked for in every provider's world."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from planner.diagnostics import ConfigError, Diagnostic, did_you_mean
from planner.network.ends import has, may_have
from planner.network.worlds import Worlds
from planner.remedy import Remedy


class Seen(Struct, frozen=True):
    """What the user named, and the provider whose world it is looked for in."""

    text: str
    provider: str


def find_pair(worlds: Worlds, origin: str, target: str, provider: str | None = None) -> tuple[Seen, Seen]:
    """The providers of both ends: one that sees both where there is any, for links lead through one world alone.

    Raises ConfigError if several may be meant.
    """
    starts, ends = find_seers(worlds, origin, provider), find_seers(worlds, target, provider)
    both = [key for key in starts if key in ends]
    if both:
        key = _only(both, f"{origin} and {target} are seen")
        return Seen(origin, key), Seen(target, key)
    return Seen(origin, _only(starts, f"{origin} is seen")), Seen(target, _only(ends, f"{target} is seen"))


def find_one(worlds: Worlds, text: str, provider: str | None = None) -> Seen:
    """The provider of one end. Raises ConfigError if several may be meant."""
    return Seen(text, _only(find_seers(worlds, text, provider), f"{text} is seen"))


def find_seers(worlds: Worlds, text: str, provider: str | None = None) -> Sequence[str]:
    """The providers that have this, else those in whose ranges it would be; the one that is asked for, where one is.

    Where no provider has it, the first. Raises ConfigError if there is no such provider.
    """
    if provider is not None:
        return [chosen(worlds, provider)]
    found = [key for key, world in worlds.by_provider.items() if has(world, text)]
    found = found or [key for key, world in worlds.by_provider.items() if may_have(world, text)]
    return found or list(worlds.by_provider)[:1] or [""]


def chosen(worlds: Worlds, provider: str) -> str:
    """The key of a provider that the user named. Raises ConfigError if there is none."""
    if provider not in worlds.by_provider:
        hint = did_you_mean(provider, worlds.by_provider)
        detail = f'There is no provider "{provider}".{hint}'
        remedy = f"Providers: {', '.join(worlds.by_provider)}."
        raise ConfigError(Diagnostic("CFG603", "No such provider", detail, Remedy.of(remedy)))
    return provider


def _only(providers: Sequence[str], what: str) -> str:
    if len(providers) > 1:
        ways = " or ".join(f"--provider {key}" for key in providers)
        detail = f"{what} by {' and by '.join(providers)}."
        raise ConfigError(Diagnostic("CFG603", "Several providers see it", detail, Remedy.of(f"Choose one: {ways}")))
    return providers[0]
