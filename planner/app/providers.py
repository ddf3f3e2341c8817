"""Which providers there are, and how each is opened."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from planner.diagnostics import Diagnostic, ProviderError, Span, counted, did_you_mean, first_of
from planner.remedy import Remedy, cl
from planner.values import replace

if TYPE_CHECKING:
    from planner.address import Address
    from planner.config.desired import ProviderConfig
    from planner.state.model import State
    from providers.base import Provider

Opener = Callable[[Mapping[str, object], Path, Mapping[str, str]], "Provider"]
"""Opens a provider by the settings of its block, the directory that their paths are relative to, and the environment.

Raises ProviderError.
"""


def _mock(settings: Mapping[str, object], base_dir: Path, _: Mapping[str, str]) -> Provider:
    from providers.mock.provider import open_mock

    return open_mock(settings, base_dir)


def _alicloud(settings: Mapping[str, object], base_dir: Path, environment: Mapping[str, str]) -> Provider:
    from providers.alicloud.opening import open_alicloud

    return open_alicloud(settings, base_dir, environment)


_FORGOTTEN = 200
"""So many addresses of a lost provider are in the command that forgets them: a command line has an end."""
OPENERS: Mapping[str, Opener] = {"alicloud": _alicloud, "mock": _mock}
"""How each provider is opened; only then is it loaded."""


def refuse_unknown(config: ProviderConfig) -> None:
    """Raises ProviderError, which names the block's place, where there is no such provider."""
    if config.name not in OPENERS:
        raise ProviderError(
            Diagnostic(
                "PRV107",
                "Unknown provider",
                f'There is no provider "{config.name}".{did_you_mean(config.name, OPENERS)}',
                Remedy.of(f"Providers: {', '.join(OPENERS)}."),
                span=config.place.block,
            )
        )


def refuse_lost(prior: State, configured: Collection[str]) -> None:
    """Raises ProviderError where the state has objects of providers that the configuration no longer has."""
    lost: dict[str, list[Address]] = {}
    for found in prior.objects.values():
        if found.provider not in configured:
            lost.setdefault(found.provider, []).append(found.address)
    if lost:
        new = sorted({*configured} - {found.provider for found in prior.objects.values()})
        raise ProviderError(_lost(provider, sorted(addresses), new) for provider, addresses in sorted(lost.items()))


def _lost(provider: str, addresses: Sequence[Address], new: Sequence[str]) -> Diagnostic:
    name, _, alias = provider.partition(".")
    block = f'provider "{name}" {{ {f"""alias = "{alias}" """ if alias else ""}… }}'
    names = [str(address) for address in addresses]
    return Diagnostic(
        "PRV306",
        "Provider is not configured",
        f"The state has {counted(len(names), 'object')} of {provider}, which is no longer in the configuration: "
        f"{first_of(names)}. Without it, cl can neither read nor remove them.",
        Remedy.of(
            f"Restore its block: {block}\nIts objects can then be removed, or given to another provider, before the "
            f"block goes.{_renamed(provider, new)}\nTo leave them in the cloud and remove them from the state:\n  ",
            cl("state", "rm", *names[:_FORGOTTEN]),
        ),
    )


def _renamed(provider: str, new: Sequence[str]) -> str:
    """How the objects of a provider get to one of these new ones, if it is the same by another name."""
    same_kind = [key for key in new if key.partition(".")[0] == provider.partition(".")[0]]
    if not same_kind:
        return ""
    key = same_kind[0]
    return (
        f"\nIf you renamed it to {' or '.join(same_kind)}, keep both blocks with the same settings for one apply: "
        f"objects with provider = {key} move from {provider} to {key} in the state, and nothing changes in the cloud."
    )


def open_provider(config: ProviderConfig, base_dir: Path, environment: Mapping[str, str]) -> Provider:
    """The provider of this block, ready to be called.

    Raises ProviderError that names the block's place; CloudUnreadable where its settings are right.
    """
    from providers.base import CloudUnreadable

    refuse_unknown(config)
    try:
        return OPENERS[config.name](config.settings, base_dir, environment)
    except CloudUnreadable as error:
        raise CloudUnreadable(placed(error.diagnostics, config)) from None
    except ProviderError as error:
        raise ProviderError(placed(error.diagnostics, config)) from None


def placed(problems: Iterable[Diagnostic], config: ProviderConfig) -> Iterator[Diagnostic]:
    """The problems with their places: that of the setting that each is about, else the block.

    A hundred problems of one world file have one place, which is shown with the first of them only.
    """
    shown: set[Span] = set()
    for problem in problems:
        place = config.place.at_name(problem.setting) if problem.is_about_name else config.place.at(problem.setting)
        yield problem if problem.span or place in shown else replace(problem, span=place)
        shown.add(place)
