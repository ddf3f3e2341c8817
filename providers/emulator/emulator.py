"""The emulator of one world: its parts put together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from planner.diagnostics import Diagnostic, ProviderError, counted, first_of
from planner.remedy import Remedy, cl
from providers.emulator.actions.action import Services
from providers.emulator.cloud.accounts import DEFAULT_KEY, AccessKey, Credentials
from providers.emulator.cloud.client_tokens import ClientTokens
from providers.emulator.cloud.estate import Estate
from providers.emulator.faults import load
from providers.emulator.rate import Rate, RateLimit
from providers.emulator.server import PATIENCE, Server
from providers.emulator.service import Conditions, Service
from providers.emulator.stats import Stats
from providers.mock.call_log import CallLog
from providers.mock.faults import Faults
from providers.mock.store import WorldStore

LOOPBACK = "127.0.0.1"

EMPTY_WORLDS_ACCOUNT = "1001"
"""The account of the default key of an empty world."""


class Settings(Struct, frozen=True):
    """What is emulated, and how well it works. Times are in seconds; without keys the default one is accepted.

    `call_log` is a file that gets a line for each write call that reached the world, as the mock's does.
    `patience` is how long a client may take for a request, leave a connection unused, or not read its answer.
    """

    world: Path
    host: str = LOOPBACK
    port: int = 0
    keys: tuple[AccessKey, ...] = ()
    latency: float = 0.0
    lag: float = 0.0
    pending: float = 0.0
    rate: Rate | None = None
    token_ttl: float | None = None
    faults: Path | None = None
    call_log: Path | None = None
    patience: float = PATIENCE


class Emulator:
    """Serves one world. Raises ProviderError where the world or the faults cannot be read."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        calls = CallLog(settings.call_log) if settings.call_log else None
        store = WorldStore(settings.world, str(settings.world), calls)
        self._estate = Estate(store, settings.lag, settings.pending)
        self._credentials = Credentials(settings.keys or (self._default_key(),))
        self._faults = load(settings.faults) if settings.faults else Faults()

    @property
    def account_ids(self) -> list[str]:
        """The accounts that have a key."""
        return self._credentials.account_ids

    def _default_key(self) -> AccessKey:
        """The key that is accepted where none is given. Raises ProviderError where it is not clear whose it is."""
        account_ids = self._estate.account_ids()
        if len(account_ids) > 1:
            raise ProviderError(_several_accounts(account_ids))
        return AccessKey(*DEFAULT_KEY, account_ids[0] if account_ids else EMPTY_WORLDS_ACCOUNT)

    async def serve(self, started: Callable[[str, int], None], stop: asyncio.Event) -> None:
        """Serve until `stop` is set, then fold what happened into the world file. Raises ProviderError.

        `started` is given the host and the port.
        """
        settings, stats = self._settings, Stats()
        rate = RateLimit(settings.rate) if settings.rate else None
        services = Services(self._estate, self._credentials, ClientTokens(), settings.token_ttl)
        service = Service(services, Conditions(self._faults, rate, settings.latency), stats)
        try:
            await Server(service, stats, settings.patience).serve(settings.host, settings.port, started, stop)
        except OSError as problem:
            raise ProviderError(_cannot_listen(settings, problem)) from None
        finally:
            self._estate.close()


def _several_accounts(account_ids: list[str]) -> Diagnostic:
    return Diagnostic(
        "PRV121",
        "Account of the access key is unclear",
        f"The world has no account_id, and belongs to {counted(len(account_ids), 'account')}: {first_of(account_ids)}.",
        Remedy.of(f"Give a key for each account that is to call: --access-key ID:SECRET:{account_ids[0]}."),
    )


def _cannot_listen(settings: Settings, problem: OSError) -> Diagnostic:
    return Diagnostic(
        "PRV120",
        "Address cannot be served",
        f"{settings.host}:{settings.port}: {problem.strerror or problem}.",
        Remedy.of(
            "Choose another address. This one has a free port:\n    ",
            cl("emulate", str(settings.world), "--listen", f"{LOOPBACK}:0"),
        ),
    )
