"""Where the states of a configuration are in a bucket."""

from __future__ import annotations

import urllib.parse

from msgspec import Struct

from planner.diagnostics import Diagnostic
from planner.remedy import Remedy
from planner.state.backends.declared import DEFAULT
from planner.state.backends.lease import Lease
from planner.state.backends.resolve import Settings


class Layout(Struct, frozen=True):
    """Where the states are, and how they are kept. `endpoint` is empty for the cloud's own."""

    bucket: str
    key: str
    prefix: str
    endpoint: str
    lease: Lease
    history: int

    def key_of(self, workspace: str) -> str:
        """The key of a workspace's state."""
        return self.key if workspace == DEFAULT else f"{self.prefix}/{workspace}/{self.key}"


_LONGEST = 300
"""Bytes of a key, and of a prefix: an object's name of 1,023 has both, a workspace and what is kept."""


def is_key(key: str) -> bool:
    """Whether objects can be named so, and a user can type it."""
    parts = key.split("/")
    return key.isprintable() and len(key.encode()) <= _LONGEST and not {"", ".", ".."} & set(parts)


def unfit(settings: Settings, name: str) -> Diagnostic:
    """A setting is no name of objects."""
    return settings.wrong(name, 'names that "/" separates, such as "team/cl.json"')


def on_server(name: str, endpoint: str, region: str) -> str:
    """What messages about the server call an object. An address may have a password in it, which is left out."""
    if not endpoint:
        return f"{name} in the region {region}"
    address = endpoint if "://" in endpoint else f"//{endpoint}"
    return f"{name} at {urllib.parse.urlsplit(address).netloc.rpartition('@')[2]}"


def no_bucket(bucket: str, settings: str) -> Diagnostic:
    """There is no such bucket; `settings` are those to correct."""
    detail = f'There is no bucket "{bucket}" at this endpoint.'
    remedy = Remedy.of(f"Create it, or correct the settings {settings}.")
    return Diagnostic("STA466", "Bucket or database does not exist", detail, remedy)
