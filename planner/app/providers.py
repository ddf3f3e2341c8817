"""Which providers there are, and how each is opened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from planner.config.desired import ProviderConfig
from planner.diagnostics import Diagnostic, ProviderError, Span, did_you_mean
from providers.base import Provider


def _mock(settings: Mapping[str, object], base_dir: Path) -> Provider:
    from providers.mock.provider import open_mock

    return open_mock(settings, base_dir)


OPENERS: Mapping[str, Callable[[Mapping[str, object], Path], Provider]] = {"mock": _mock}
"""How each provider is opened, from its block's settings and the configuration directory; only then is it loaded."""


def refuse_unknown(config: ProviderConfig) -> None:
    """Raises ProviderError, which names the block's place, where there is no such provider."""
    if config.name not in OPENERS:
        raise ProviderError(
            Diagnostic(
                "PRV101",
                "Unknown provider",
                f'There is no provider "{config.name}".{did_you_mean(config.name, OPENERS)}',
                f"Providers: {', '.join(OPENERS)}.",
                span=config.place.block,
            )
        )


def open_provider(config: ProviderConfig, base_dir: Path) -> Provider:
    """The provider of this block, ready to be called. Raises ProviderError that names the block's place."""
    refuse_unknown(config)
    try:
        return OPENERS[config.name](config.settings, base_dir)
    except ProviderError as error:
        raise ProviderError(_placed(error.diagnostics, config)) from None


def _placed(problems: Iterable[Diagnostic], config: ProviderConfig) -> Iterator[Diagnostic]:
    """The problems with their places: that of the setting that each is about, else the block.

    A hundred problems of one world file have one place, which is shown with the first of them only.
    """
    shown: set[Span] = set()
    for problem in problems:
        place = config.place.at(problem.setting)
        yield problem if problem.span or place in shown else replace(problem, span=place)
        shown.add(place)
