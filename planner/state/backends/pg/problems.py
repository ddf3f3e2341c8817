"""What went wrong on a connection: whether it is worth another try, and else what the user sees.

Nothing that libpq or a server says is shown without having been cleared of passwords.
"""

from __future__ import annotations

import re

import psycopg
from psycopg import errors

from planner.diagnostics import StateError
from planner.state.backends.patience import Unreachable
from planner.state.backends.pg import words
from planner.state.backends.pg.options import Options, Target


class NoTables(StateError):
    """Schema or tables are not there."""


class Forbidden(StateError):
    """The user may not do what was asked; `why` is what the server said."""

    def __init__(self, target: Target, options: Options, why: str) -> None:
        super().__init__(words.denied(target.server, target.user, options.schema, why))
        self.why = why


_PASSES = ("08", "57P", "53", "55P03", "57014", "40001", "40P01", "25P03", "25P04")
"""How the codes of problems begin that pass by themselves: lost connections, a server that ends or starts, one that has
no room, a lock that others hold for a while.
"""
_NOT_ACCEPTED = re.compile(r"authentication failed|no pg_hba\.conf entry|pg_hba\.conf rejects|SCRAM|fe_sendauth")
_NETWORK = (
    ("Connection refused", "nothing listens there"),
    ("could not translate host name", "the name of the host is not known"),
    ("failed to resolve host", "the name of the host is not known"),
    ("timeout expired", "it took too long to answer"),
    ("starting up", "it is starting"),
    ("shutting down", "it is being shut down"),
    ("due to administrator command", "it ended the connection"),
    ("closed the connection", "it ended the connection"),
    ("too many clients", "it has no room for another connection"),
    ("connection slots", "it has no room for another connection"),
    ("No such file or directory", "there is no such socket"),
)
_TLS = (
    ("no encryption", "it refuses connections without TLS"),
    ("certificate verify failed", "the certificate that it shows is not trusted here"),
    ("does not match host name", "the certificate that it shows is for another host"),
    ("root certificate file", "the file with the certificate authority, sslrootcert, cannot be read"),
    ("certificate file", "the file with the client's certificate, sslcert, cannot be read"),
    ("private key file", "the file with the client's key, sslkey, cannot be used"),
)

_WRONG = (
    re.compile(r'invalid "?(?P<name>\w+)"? value: "'),
    re.compile(r'invalid (?P<name>port) number: "'),
    re.compile(r'invalid integer value ".*" for connection option "(?P<name>\w+)"'),
    re.compile(r"bad value for (?P<name>\w+)"),
    re.compile(r"could not match \d+ (?P<name>port|host)"),
    re.compile(r"definition of (?P<name>service) "),
)
"""What libpq, and psycopg, say of a value that they do not take, before anything is sent."""


def why_not_connected(error: psycopg.Error | UnicodeError, target: Target) -> Exception:
    """Why there is no connection: Unreachable, or StateError where another try cannot help.

    Before there is a connection libpq hands over no codes, only words, which a server may say in any language.
    """
    said, server, user = target.without_secrets(str(error)), target.server, target.user
    for pattern in _WRONG:
        if wrong := pattern.search(said):
            return StateError(words.wrong_option(wrong["name"]))
    if isinstance(error, UnicodeError):
        return StateError(words.wrong_host())
    if "no password supplied" in said:
        return StateError(words.refused(server, f'it asks for a password of the user "{user}", and none is given'))
    if "does not support SSL" in said:
        return StateError(words.no_tls(server))
    for mark, why in _TLS:
        if mark in said:
            return StateError(words.tls(server, why))
    if re.search(r'database ".*" does not exist', said):
        return StateError(words.no_database(server, target.database))
    if re.search(r'role ".*" (does not exist|is not permitted to log in)', said):
        return StateError(words.refused(server, f'it has no user "{user}" who may log in'))
    if "permission denied for database" in said:
        return StateError(words.refused(server, f'the user "{user}" may not connect to "{target.database}"'))
    used_password = error.pgconn is not None and bool(error.pgconn.used_password)
    if _NOT_ACCEPTED.search(said) or (used_password and not _is_on_the_way(said)):
        return StateError(words.refused(server, f'it does not let the user "{user}" in with this password'))
    if "SSL" in said or "certificate" in said:
        return StateError(words.tls(server, f"TLS fails: {said.rpartition(': ')[2]}"))
    return Unreachable(_of_network(said))


def what_became(error: psycopg.Error, target: Target, options: Options, *, is_lost: bool) -> Exception:
    """Why a statement failed: Unreachable, NoTables, or StateError where another try cannot help."""
    code, server = error.sqlstate or "", target.server
    said = target.without_secrets(error.diag.message_primary or str(error)).rstrip(".")
    if code == "55P03":
        return Unreachable("another session of the database holds the row that is to be written")
    if is_lost or code.startswith(_PASSES) or (not code and isinstance(error, psycopg.OperationalError)):
        return Unreachable(_of_network(said))
    if isinstance(error, errors.UndefinedTable | errors.InvalidSchemaName):
        return NoTables(words.no_tables(server, options.schema))
    if isinstance(error, errors.InsufficientPrivilege):
        return Forbidden(target, options, said)
    if isinstance(error, errors.InvalidSqlStatementName | errors.DuplicatePreparedStatement):
        return StateError(words.pooler(server))  # another session has the statements that this one prepared
    if isinstance(error, errors.ReadOnlySqlTransaction):
        return StateError(words.read_only(server))
    if isinstance(error, errors.UndefinedColumn):
        why = f'has tables of another program in the schema "{options.schema}": {said}'
        return StateError(words.unsuitable(server, why, 'Choose another schema: schema_name = "cl_remote_state"'))
    return StateError(words.failed(server, said))


def _is_on_the_way(said: str) -> bool:
    """Whether the connection, and not the server, said no."""
    return any(mark in said for mark, _ in _NETWORK) or "reset by peer" in said


def _of_network(said: str) -> str:
    """Why the last way that libpq tried led nowhere, as the end of a sentence."""
    for mark, why in _NETWORK:
        if mark in said:
            return why
    return said.rpartition("failed: ")[2].partition(" Is the server")[0] or "the connection broke"
