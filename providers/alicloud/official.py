"""Keys that the official library finds: the role of an ECS instance, an address, CloudSSO, OAuth, a program.

The library logs to stderr, with keys in its messages: its logger is disabled, and no exception of it is quoted.
"""

from __future__ import annotations

import logging
import threading
from importlib import import_module
from typing import Protocol

from planner.diagnostics import Diagnostic, ProviderError
from planner.remedy import Remedy
from providers.alicloud.missing_library import library_missing
from providers.alicloud.sources import CredentialsUri, KeyPair, MachineRole, OfficialProfile, Source


class _Credentials(Protocol):
    def get_access_key_id(self) -> str | None: ...
    def get_access_key_secret(self) -> str | None: ...
    def get_security_token(self) -> str | None: ...


class _Official(Protocol):
    def get_credentials(self) -> _Credentials: ...


class OfficialKeys:
    """What one provider of the official library gives; it renews them by itself."""

    def __init__(self, source: Source) -> None:
        """Raises ProviderError where the library is missing."""
        self._source = source
        self._lock = threading.Lock()
        self._provider = _open(source)

    def keys(self) -> KeyPair:
        """Raises ProviderError."""
        with self._lock:
            try:
                found = self._provider.get_credentials()
                key, secret = found.get_access_key_id(), found.get_access_key_secret()
            except Exception as failure:  # noqa: BLE001 - its messages hold keys: only the kind of failure is shown
                raise ProviderError(_failed(self._source, type(failure).__name__)) from None
        if not key or not secret:
            raise ProviderError(_failed(self._source, "it gave no keys"))
        return KeyPair(key, secret, found.get_security_token() or None)

    def renew(self, expired: KeyPair) -> KeyPair:
        """Raises ProviderError."""
        with self._lock:
            self._provider = _open(self._source)
        return self.keys()


def _open(source: Source) -> _Official:
    try:
        library = import_module("alibabacloud_credentials.provider")
    except ImportError:
        raise ProviderError(library_missing()) from None
    logging.getLogger("credentials").disabled = True
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
