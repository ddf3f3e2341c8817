"""Opens the backend from its settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from planner.diagnostics import Diagnostic, Report, StateError, ignore
from planner.remedy import Remedy, cl, shell
from planner.state.backends.http.client import Calls, Client, Retries
from planner.state.backends.http.place import HttpPlace
from planner.state.backends.http.tls import tls_context
from planner.state.backends.http.transport import Address, Credentials, Transport, address_of
from planner.state.backends.resolve import Settings
from planner.waits import Watch, unwatched

_DEFAULT = "default"
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class HttpBackend:
    """One state on one server: the workspace `default`."""

    has_workspaces = False

    def __init__(self, client: Client, place: HttpPlace, fingerprint: Mapping[str, str], report: Report) -> None:
        self._client, self._place, self._report = client, place, report
        self.fingerprint = fingerprint

    def workspaces(self) -> list[str]:
        return []

    def place(self, workspace: str) -> HttpPlace:
        if workspace != _DEFAULT:
            raise StateError(_no_workspaces(workspace))
        return self._place

    def make(self, workspace: str) -> None:
        if workspace != _DEFAULT:
            raise StateError(_no_workspaces(workspace))

    def delete(self, workspace: str) -> None:
        raise StateError(_no_workspaces(workspace))

    def set_aside(self, _workspace: str, _stamp: str, _report: Report) -> tuple[Path, ...]:
        return ()

    def probe(self) -> None:
        self._place.probe(self._report)

    def close(self) -> None:
        pass


def open_http(settings: Settings, report: Report = ignore, watch: Watch = unwatched) -> HttpBackend:
    """The backend; `report` learns while the server does not answer, which `watch` shows, and where nothing is locked.

    Raises StateError for unusable settings.
    """
    address, credentials = _address(settings, "address")
    lock_address = _address(settings, "lock_address")[0] if settings.text("lock_address") else None
    unlock_address = _address(settings, "unlock_address")[0] if settings.text("unlock_address") else lock_address
    credentials = replace(
        credentials,
        username=settings.text("username") or credentials.username,
        password=settings.text("password") or credentials.password,
        headers=_headers(settings),
    )
    addresses = (address, lock_address, unlock_address)
    is_secure = any(one is not None and one.url.startswith("https:") for one in addresses)
    calls = Calls(
        address,
        lock_address,
        unlock_address,
        update_method=_method(settings, "update_method"),
        lock_method=_method(settings, "lock_method"),
        unlock_method=_method(settings, "unlock_method"),
    )
    retries = Retries(
        settings.number("retry_max"), settings.number("retry_wait_min"), settings.number("retry_wait_max")
    )
    transport = Transport(credentials, tls_context(settings) if is_secure else None)
    client = Client(transport, calls, retries, report, watch)
    return HttpBackend(client, HttpPlace(client), {"type": "http", **settings.place}, report)


def _address(settings: Settings, name: str) -> tuple[Address, Credentials]:
    try:
        return address_of(settings.text(name))
    except ValueError:
        raise StateError(settings.wrong(name, "an address that begins with https:// or http://")) from None


def _method(settings: Settings, name: str) -> str:
    if not _TOKEN.fullmatch(settings.text(name)):
        raise StateError(settings.wrong(name, "a method of HTTP, such as POST"))
    return settings.text(name)


def _headers(settings: Settings) -> Mapping[str, str]:
    found = settings.strings("headers")
    for name, value in found.items():
        if not _TOKEN.fullmatch(name) or not all(mark.isprintable() and ord(mark) < 256 for mark in value):
            raise StateError(settings.wrong("headers", "an object of names and values that HTTP can carry"))
    return found


def _no_workspaces(workspace: str) -> Diagnostic:
    return Diagnostic(
        "STA428",
        "Backend has no workspaces",
        f'The http backend keeps one state, in the workspace "default": there is no workspace "{workspace}".',
        Remedy.of(
            "Use that one: ",
            shell("unset", "CL_WORKSPACE"),
            " or ",
            cl("workspace", "select", "default"),
            ". For several, give each configuration an address of its own, or use the backend pg, s3 or oss.",
        ),
    )
