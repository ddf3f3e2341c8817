"""What the pg backend needs to know, and which database a connection string leads to."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import Conninfo

from planner.diagnostics import StateError
from planner.state.backends.lease import LEASE_SECONDS
from planner.state.backends.patience import PATIENCE_SECONDS
from planner.state.backends.pg.words import unreadable_connection_string, wrong_host, wrong_option, wrong_schema

LONGEST_SCHEMA = 63
"""PostgreSQL cuts longer names off, so two of them could be the same schema."""
_CONNECT_SECONDS = 10
_HOST = re.compile(r"(?!.*\.\.)[\w.:,%-]*|/.*|@[\w/.-]*")
_PORT = re.compile(r"[\d,]*", re.ASCII)
_SECRET = ("password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key")


@dataclass(frozen=True, slots=True)
class Options:
    """The settings of the backend; `lease` is in seconds, `history` is how many versions are kept.

    `patience` is for how many seconds a server that does not answer is asked again.
    """

    conn_str: str = field(default="", repr=False)
    schema: str = "cl_remote_state"
    creates_schema: bool = True
    creates_tables: bool = True
    history: int = 20
    lease: float = LEASE_SECONDS
    patience: float = PATIENCE_SECONDS


@dataclass(frozen=True, slots=True)
class Target:
    """A database, as libpq finds it: by the connection string, by `PG…` variables, by its own defaults.

    `conninfo` has secrets, and no representation shows it. `host` and `port` are lists where there are several servers.
    """

    conninfo: str = field(repr=False)
    host: str
    port: str
    database: str
    user: str
    service: str
    secrets: tuple[str, ...] = field(repr=False)

    @property
    def server(self) -> str:
        """What messages call the server."""
        if self.service:
            return f'service "{self.service}"'
        if self.host.startswith(("/", "@")):
            return f"{self.host} (port {self.port})"
        pairs = zip(self.host.split(","), _ports(self.port, self.host), strict=True)
        return ", ".join(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in pairs)

    def without_secrets(self, text: str) -> str:
        """What a server or a library says, without passwords of the connection string."""
        for secret in self.secrets:
            text = text.replace(secret, "…")
        return " ".join(text.split())


def target_of(options: Options) -> Target:
    """The database that these settings name. Raises StateError, in which no part of the connection string is."""
    if not 0 < len(options.schema.encode()) <= LONGEST_SCHEMA or "\0" in options.schema:
        raise StateError(wrong_schema(LONGEST_SCHEMA))
    try:
        given = {name: str(value) for name, value in conninfo_to_dict(options.conn_str).items() if value is not None}
    except (ProgrammingError, UnicodeError):
        raise StateError(unreadable_connection_string()) from None
    if "\0" in options.conn_str:
        raise StateError(unreadable_connection_string())
    defaults = {
        option.keyword.decode(): option.val.decode("utf-8", "replace")
        for option in Conninfo.get_defaults()
        if option.val is not None
    }
    found = defaults | given
    host = given.get("host") or given.get("hostaddr") or defaults.get("host") or defaults.get("hostaddr") or ""
    if not (_HOST.fullmatch(host) and _PORT.fullmatch(found.get("port", ""))) or _is_cut_off(options, given):
        raise StateError(wrong_host())
    if not all(map(_is_address, filter(None, found.get("hostaddr", "").split(",")))):
        raise StateError(wrong_option("hostaddr"))
    ours = {
        "connect_timeout": str(_CONNECT_SECONDS),
        "application_name": "cl",
        "keepalives_idle": "10",
        "keepalives_interval": "5",
        "keepalives_count": "4",
        "tcp_user_timeout": "30000",
    }
    in_environment = {name for name in ("connect_timeout", "application_name") if defaults.get(name)}
    conninfo = make_conninfo(
        "", **{name: value for name, value in ours.items() if name not in in_environment} | given,
        client_encoding="utf8",
    )  # fmt: skip
    user = found.get("user", "")
    return Target(
        conninfo,
        host or ("" if "service" in found else "/var/run/postgresql"),
        found.get("port", "5432"),
        found.get("dbname") or user,
        user,
        "" if host else found.get("service", ""),
        tuple(secret for name in _SECRET if (secret := found.get(name))),
    )


def _is_cut_off(options: Options, given: Mapping[str, str]) -> bool:
    """Whether a URI has an @ where its database is: a / in a password ended host and port."""
    return "://" in options.conn_str and "@" in given.get("dbname", "") and "%40" not in options.conn_str


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _ports(ports: str, hosts: str) -> list[str]:
    """The port of each host: one port may be that of all."""
    found, count = ports.split(","), len(hosts.split(","))
    return (found * count if len(found) == 1 else found + [""] * count)[:count]
