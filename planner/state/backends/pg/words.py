"""What the pg backend says: each problem of a server, a database or a connection string in words of its own."""

from __future__ import annotations

from planner.diagnostics import Diagnostic
from planner.remedy import Remedy, Snippet

_WRONG = "Backend setting has a wrong value"
_ENCODED = 'conn_str = "postgres://user@host:5432/database?sslmode=verify-full"'


def unreadable_connection_string() -> Diagnostic:
    """The connection string has no meaning. Nothing of it is shown: a password may stand anywhere in it."""
    return Diagnostic(
        "STA442",
        _WRONG,
        'The setting "conn_str" of the pg backend is neither a URI nor a list of key=value pairs that libpq reads.',
        Remedy.of(
            "Write a URI, with %40 for @, %2F for / and %3A for : in the user and the password: ",
            Snippet(_ENCODED),
            "\nThe password belongs in the environment variable PGPASSWORD, or in a file that PGPASSFILE names.",
        ),
    )


def wrong_host() -> Diagnostic:
    """What stands where host, port or database should be is none; it may be a part of a password."""
    return Diagnostic(
        "STA442",
        _WRONG,
        'The setting "conn_str" of the pg backend names a host, port or database with characters that none has. In a '
        "URI, @, / and : in a password end the password.",
        Remedy.of("Write %40 for @, %2F for / and %3A for : in the user and the password: ", Snippet(_ENCODED)),
    )


def wrong_option(name: str) -> Diagnostic:
    """A part of the connection string, or a variable that stands in for it, has a value that libpq does not take."""
    return Diagnostic(
        "STA442",
        _WRONG,
        f"The connection that the pg backend is to make has a wrong value for {name}, which libpq does not accept.",
        Remedy.of(f"Correct {name} in conn_str (PG_CONN_STR), or the variable of libpq that gives it."),
    )


def wrong_schema(longest: int) -> Diagnostic:
    """The name of the schema is empty, too long or has a NUL."""
    return Diagnostic(
        "STA442",
        _WRONG,
        f'The setting "schema_name" of the pg backend has 1 to {longest} bytes, none of them NUL.',
        Remedy.of("Choose another name: ", Snippet('schema_name = "cl_remote_state"')),
    )


def pooler(server: str) -> Diagnostic:
    """Statements reach another process of the server than the connection was made with."""
    return Diagnostic(
        "STA209",
        "Connection goes through a pooler",
        f"A connection pooler in transaction mode, such as PgBouncer, is between cl and PostgreSQL at {server}. It "
        "shares the connection that holds the lock with other clients, so two commands may hold the lock at once.",
        Remedy.of(
            "Connect to the server itself, or to a pool in session mode: name its host and port in conn_str "
            "(PG_CONN_STR)."
        ),
    )


def journal_differs(name: str) -> Diagnostic:
    """After the connection was lost and found again the journal does not end where this process left it."""
    return Diagnostic(
        "STA446",
        "Backend cannot be reached",
        f"{name}: after the connection broke, the journal lacks records that the server had confirmed. That happens "
        "when a replica is promoted too early.",
        Remedy.of("Check that it is the right database. The next plan reads what the cloud has."),
    )


def no_tls(server: str) -> Diagnostic:
    """The server has no TLS, and sslmode asks for it."""
    return Diagnostic(
        "STA467",
        "Connection is not trusted",
        f"PostgreSQL at {server}: it has no TLS, which sslmode asks for.",
        Remedy.of(
            'Switch TLS on at the server (ssl = on), or, on a network that you trust, set sslmode to "disable" in '
            "conn_str (PGSSLMODE)."
        ),
    )


def tls(server: str, why: str) -> Diagnostic:
    """Client and server agree on no encrypted connection."""
    return Diagnostic("STA467", "Connection is not trusted", f"PostgreSQL at {server}: {why}.", _TLS)


_TLS = Remedy.of(
    "Name the certificate authority in sslrootcert, or ask for what the server has: sslmode in conn_str (PGSSLMODE) "
    'is one of "disable", "prefer", "require", "verify-ca" and "verify-full".'
)


def refused(server: str, why: str) -> Diagnostic:
    """The server does not let this user in."""
    return Diagnostic(
        "STA447",
        "Backend denied access",
        f"PostgreSQL at {server}: {why}.",
        Remedy.of(
            "Give the user in conn_str or PGUSER, and the password in PGPASSWORD or in a file that PGPASSFILE names."
        ),
    )


def no_database(server: str, database: str) -> Diagnostic:
    """There is no such database."""
    return Diagnostic(
        "STA466",
        "Bucket or database does not exist",
        f'PostgreSQL at {server} has no database "{database}".',
        Remedy.of("Name another one in conn_str (PG_CONN_STR, PGDATABASE), or create it: createdb NAME"),
    )


def denied(server: str, user: str, schema: str, why: str) -> Diagnostic:
    """The user may not do what was asked of the server."""
    grants = (
        f'GRANT USAGE ON SCHEMA "{schema}" TO "{user}";\n'
        f'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "{schema}" TO "{user}";'
    )
    return Diagnostic(
        "STA447",
        "Backend denied access",
        f'PostgreSQL at {server} denies it to the user "{user}": {why}.',
        Remedy.of("Let the owner of the schema run:\n", Snippet(grants)),
    )


def read_only(server: str) -> Diagnostic:
    """The server, or this user's sessions, cannot write."""
    return Diagnostic(
        "STA447",
        "Backend denied access",
        f"PostgreSQL at {server} accepts no writes: it is a replica, or transactions are read-only there.",
        Remedy.of("Connect to the primary: add target_session_attrs=read-write to conn_str."),
    )


def may_not_create(server: str, user: str, what: str, why: str) -> Diagnostic:
    """Schema or tables are not there, and the user may not create them."""
    return Diagnostic(
        "STA447",
        "Backend denied access",
        f'{what} at {server} cannot be created by the user "{user}": {why}.',
        Remedy.of(
            "Create it as a user who may: run ",
            Snippet("cl init"),
            " as that user once. Then set skip_schema_creation and skip_table_creation.",
        ),
    )


def not_created(server: str, what: str, setting: str) -> Diagnostic:
    """Schema or tables are not there, and the configuration says not to create them."""
    return Diagnostic(
        "STA462",
        "Database cannot keep states",
        f"{what} at {server} does not exist, and {setting} says not to create it.",
        Remedy.of(f"Run once without {setting}, as a user who may create it."),
    )


def no_tables(server: str, schema: str) -> Diagnostic:
    """Schema or tables are gone that were there."""
    why = f'no longer has the tables of cl in the schema "{schema}"'
    return unsuitable(server, why, "Run cl init, which creates them.")


def no_advisory_locks(server: str) -> Diagnostic:
    """What one session has locked another one can lock as well, as in databases that only speak its protocol."""
    why = "gives one advisory lock to two sessions, so it cannot show whether the holder of a lock still runs"
    return unsuitable(server, why, "Use PostgreSQL itself, 14 or newer.")


def unsuitable(server: str, why: str, remedy: str) -> Diagnostic:
    """The database is not one that can keep states."""
    return Diagnostic("STA462", "Database cannot keep states", f"PostgreSQL at {server} {why}.", Remedy.of(remedy))


def failed(server: str, why: str) -> Diagnostic:
    """The server refused a statement for a reason of its own."""
    return Diagnostic(
        "STA462",
        "Database cannot keep states",
        f"PostgreSQL at {server} refused a statement: {why}.",
        Remedy.of("The log of the server says more."),
    )
