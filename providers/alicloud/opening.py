"""From the settings of a `provider "alicloud"` block to a provider."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from planner.diagnostics import ProviderError
from providers.alicloud.missing_library import library_missing
from providers.base import Provider


def open_alicloud(settings: Mapping[str, object], base_dir: Path, environment: Mapping[str, str]) -> Provider:
    """The region that the block names. Nothing is asked of the cloud yet.

    Raises ProviderError, with diagnostics that have no place: the caller knows the block.
    """
    try:
        from providers.alicloud.client import Client, KeySource
        from providers.alicloud.keys import keys_of
        from providers.alicloud.provider import AlicloudProvider
        from providers.alicloud.settings import parse_settings
        from providers.alicloud.transport import Transport
    except ImportError:
        raise ProviderError(library_missing()) from None

    found = parse_settings(settings, base_dir, environment)
    transport = Transport(found.route, found.read_parallelism)

    def client_of(keys: KeySource) -> Client:
        return Client(transport, keys, found.region, found.endpoints)

    client = client_of(keys_of(found.credentials.source, client_of))
    return AlicloudProvider(transport, client, found, found.warnings)
