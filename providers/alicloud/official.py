"""Keys that the official library finds: the role of an ECS instance, an address, CloudSSO, OAuth, a program.

The library logs to stderr, with keys in its messages, and with `DEBUG=sdk` every header: its loggers are disabled, and
no exception of it is quoted.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Protocol

from planner.diagnostics import Diagnostic, ProviderError
from planner.remedy import Remedy
from providers.alicloud.missing_library import library_missing
from providers.alicloud.sources import CredentialsUri, KeyPair, MachineRole, OfficialProfile, Source

_LOGGERS = ("credentials", "alibabacloud-tea")
_KEPT = 60.0
"""Seconds for which keys are used without asking the library: it renews them minutes before they expire, and would run
an external program that names no time for each call."""


class _Credentials(Protocol):
    def get_access_key_id(self) -> str | None: ...
    def get_access_key_secret(self) -> str | None: ...
    def get_security_token(self) -> str | None: ...


class _Official(Protocol):
    def get_credentials(self) -> _Credentials: ...


class OfficialKeys:
    """What one provider of the official library gives; it renews them by itself. Safe to use from several threads."""

    def __init__(self, source: Source, clock: Callable[[], float] = time.monotonic) -> None:
        """Raises ProviderError where the library is missing."""
        self._source, self._clock = source, clock
        self._lock = threading.Lock()
        self._provider = _open(source)
        self._keys: KeyPair | None = None
        self._ask_at = 0.0

    def keys(self) -> KeyPair:
        """Raises ProviderError."""
        with self._lock:
            return self._current()

    def renew(self, expired: KeyPair) -> KeyPair:
        """Raises ProviderError."""
        with self._lock:
            if self._keys == expired:
                self._keys, self._provider = None, _open(self._source)
            return self._current()

    def _current(self) -> KeyPair:
        if self._keys is None or self._clock() >= self._ask_at:
            self._keys = self._fresh()
            self._ask_at = self._clock() + _KEPT
        return self._keys

    def _fresh(self) -> KeyPair:
        try:
            found = self._provider.get_credentials()
            key, secret = found.get_access_key_id(), found.get_access_key_secret()
            token = found.get_security_token()
        except Exception as failure:  # noqa: BLE001 - its messages hold keys: only the kind of failure is shown
            raise ProviderError(_failed(self._source, type(failure).__name__)) from None
        if not (isinstance(key, str) and key and isinstance(secret, str) and secret and isinstance(token or "", str)):
            raise ProviderError(_failed(self._source, "it gave no keys"))
        return KeyPair(key, secret, token or None)


def _open(source: Source) -> _Official:
    try:
        library = import_module("alibabacloud_credentials.provider")
    except ImportError:
        raise ProviderError(library_missing()) from None
    for name in _LOGGERS:
        logging.getLogger(name).disabled = True
    try:
        return _opened(library, source)
    except Exception as failure:  # noqa: BLE001 - as above
        raise ProviderError(_failed(source, type(failure).__name__)) from None


def _opened(library: ModuleType, source: Source) -> _Official:
    """Raises whatever the library does, such as ValueError where the environment disables a source."""
    match source:
        case MachineRole(role_name):
            found: _Official = library.EcsRamRoleCredentialsProvider(role_name=role_name, async_update_enabled=False)
        case CredentialsUri(uri):
            found = library.URLCredentialsProvider(uri=uri)
        case OfficialProfile(file, name):
            found = library.CLIProfileCredentialsProvider(profile_name=name, profile_file=str(file))
        case _:
            raise AssertionError(source)
    return found


def _failed(source: Source, why: str) -> Diagnostic:
    match source:
        case MachineRole():
            what = "The role of this ECS instance gave no credentials"
            remedy = "Check that cl runs on an ECS instance with that RAM role."
        case CredentialsUri():
            what = "The address of credentials_uri gave no credentials"
            remedy = "Check that it can be reached, and answers with credentials."
        case _:
            what = "The profile gave no credentials"
            remedy = "Sign in again with the Alibaba Cloud CLI."
    return Diagnostic("PRV417", "Credentials cannot be obtained", f"{what} ({why}).", Remedy.of(remedy))
