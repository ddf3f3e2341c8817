"""The statements of the pg backend. In each, `{states}`, `{locks}`, `{journal}` and `{history}` are its tables.

The holder of the lock of a workspace has its row in `locks`. Its `token` is a random number of its own; each
write reads the row with that token FOR SHARE. A takeover changes the token: it waits for writes under way, and later
ones of the former holder find no row. The same number is the key of an advisory lock of the holder's session, so that
every session sees when that one is gone.
"""

from __future__ import annotations

TABLES = ("states", "locks", "journal", "history")

# Without the lock

READ = "SELECT body, serial, lineage FROM {states} WHERE workspace = %s AND body IS NOT NULL"
WORKSPACES = "SELECT workspace FROM {states}"
MAKE = "INSERT INTO {states} (workspace) VALUES (%s) ON CONFLICT DO NOTHING"
JOURNAL = (
    "SELECT data, extract(epoch FROM clock_timestamp() - written)::float8 FROM {journal} "
    "WHERE workspace = %s ORDER BY number"
)
VERSIONS = (
    "SELECT serial, lineage, written, who, operation, plan_id, steps FROM {history} "
    "WHERE workspace = %s ORDER BY number DESC"
)
VERSION = "SELECT body FROM {history} WHERE workspace = %s AND serial = %s ORDER BY number DESC LIMIT 1"

# The lock

ANNOUNCE = "SELECT pg_advisory_lock(%s)"
IS_ANNOUNCED = "SELECT NOT pg_try_advisory_xact_lock_shared(%s)"
HOLDER = (
    "SELECT token, lease, beat::text, pg_try_advisory_xact_lock_shared(token), server = pg_postmaster_start_time(), "
    "extract(epoch FROM clock_timestamp() - beat)::float8, id, who, process, host, since, operation, "
    "to_char(beat AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM {locks} WHERE workspace = %s"
)
TAKE = (
    "INSERT INTO {locks} (workspace, token, id, who, process, host, since, operation, lease, beat, server) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, clock_timestamp(), pg_postmaster_start_time()) ON CONFLICT DO NOTHING"
)
TAKE_OVER = (
    "UPDATE {locks} SET token = %s, id = %s, who = %s, process = %s, host = %s, since = %s, operation = %s, "
    "lease = %s, beat = clock_timestamp(), server = pg_postmaster_start_time() WHERE workspace = %s AND token = %s"
)
TAKE_AGAIN = (
    "UPDATE {locks} SET token = %s, beat = clock_timestamp(), server = pg_postmaster_start_time() "
    "WHERE workspace = %s AND token = ANY(%s)"
)
END_SESSION = (
    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1 "
    "AND (classid::bigint << 32) | objid::bigint = ANY(%s) AND pid <> pg_backend_pid()"
)
BEAT = "UPDATE {locks} SET beat = clock_timestamp() WHERE workspace = %s AND token = %s"
RELEASE = "DELETE FROM {locks} WHERE workspace = %s AND token = ANY(%s)"

# What only the holder of the lock does

FENCE = "SELECT 1 FROM {locks} WHERE workspace = %s AND token = %s FOR SHARE"
BEGIN = (
    "INSERT INTO {journal} (workspace, number, lock, data) SELECT workspace, 1, id, %s FROM {locks} "
    "WHERE workspace = %s AND token = %s AND NOT EXISTS (SELECT FROM {journal} WHERE workspace = %s) FOR SHARE"
)
APPEND = (
    "INSERT INTO {journal} (workspace, number, lock, data) SELECT workspace, %s, id, %s FROM {locks} "
    "WHERE workspace = %s AND token = %s FOR SHARE"
)
JOURNAL_END = "SELECT number, lock, data FROM {journal} WHERE workspace = %s ORDER BY number DESC LIMIT 1"
PUT = (
    "INSERT INTO {states} AS present (workspace, serial, lineage, body) VALUES (%s, %s, %s, %s) "
    "ON CONFLICT (workspace) DO UPDATE SET serial = excluded.serial, lineage = excluded.lineage, body = excluded.body "
    "WHERE %s::bigint IS NULL OR present.serial = %s::bigint"
)
KEEP = (
    "INSERT INTO {history} (workspace, serial, lineage, written, who, operation, plan_id, steps, body) "
    "SELECT workspace, serial, lineage, %s, %s, %s, %s, %s, body FROM {states} WHERE workspace = %s"
)
KEEP_REPLACED = (
    "INSERT INTO {history} (workspace, serial, lineage, written, who, operation, plan_id, steps, body) "
    "SELECT workspace, serial, lineage, %s, %s, %s, '', 0, body FROM {states} AS present "
    "WHERE workspace = %s AND body IS NOT NULL AND NOT EXISTS "
    "(SELECT FROM {history} AS kept WHERE kept.workspace = present.workspace AND kept.body = present.body)"
)
THIN = (
    "DELETE FROM {history} WHERE workspace = %s AND number NOT IN "
    "(SELECT number FROM {history} WHERE workspace = %s ORDER BY number DESC LIMIT %s)"
)
KEPT = "SELECT number, body FROM {history} WHERE workspace = %s ORDER BY number"
REPLACE_KEPT = "UPDATE {history} SET body = %s WHERE number = %s"
REPLACE = "UPDATE {states} SET body = %s WHERE workspace = %s"
END_JOURNAL = "DELETE FROM {journal} WHERE workspace = %s"
FORGET = (
    "DELETE FROM {journal} WHERE workspace = %s",
    "DELETE FROM {history} WHERE workspace = %s",
    "DELETE FROM {states} WHERE workspace = %s",
)

# The tables

FOUND = (
    "SELECT n.nspname, array_remove(array_agg(c.relname::text), NULL) FROM pg_namespace AS n LEFT JOIN pg_class AS c "
    "ON c.relnamespace = n.oid AND c.relname = ANY(%s) WHERE n.nspname = %s GROUP BY n.nspname"
)
ALONE = "SELECT pg_advisory_xact_lock(%s)"
CREATE_SCHEMA = "CREATE SCHEMA IF NOT EXISTS {schema}"
CREATE_TABLES = (
    "CREATE TABLE IF NOT EXISTS {states} (workspace text PRIMARY KEY, serial bigint, lineage text, body text)",
    "CREATE TABLE IF NOT EXISTS {locks} (workspace text PRIMARY KEY, token bigint NOT NULL, id text NOT NULL, "
    "who text NOT NULL, process bigint NOT NULL, host text NOT NULL, since text NOT NULL, operation text NOT NULL, "
    "lease double precision NOT NULL, beat timestamptz NOT NULL, server timestamptz NOT NULL)",
    "CREATE TABLE IF NOT EXISTS {journal} (workspace text, number bigint, lock text NOT NULL, "
    "written timestamptz NOT NULL DEFAULT clock_timestamp(), data bytea NOT NULL, PRIMARY KEY (workspace, number))",
    "CREATE TABLE IF NOT EXISTS {history} (number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
    "workspace text NOT NULL, serial bigint NOT NULL, lineage text NOT NULL, written text NOT NULL, who text NOT NULL, "
    "operation text NOT NULL, plan_id text NOT NULL, steps bigint NOT NULL, body text NOT NULL)",
    "CREATE INDEX IF NOT EXISTS history_of_workspace ON {history} (workspace, number)",
)
PROCESS = "SELECT pg_backend_pid()"
SETTINGS = """
SELECT pg_backend_pid(),
    set_config('search_path', 'pg_catalog', false),
    set_config('default_transaction_isolation', 'read committed', false),
    set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on'
        ELSE current_setting('synchronous_commit') END, false),
    set_config('statement_timeout', '0', false),
    set_config('lock_timeout', '20s', false),
    set_config('idle_session_timeout', '0', false),
    set_config('idle_in_transaction_session_timeout', %s, false),
    set_config('tcp_keepalives_idle', '30', false),
    set_config('tcp_keepalives_interval', '10', false),
    set_config('tcp_keepalives_count', '6', false)
"""
"""What each session begins with: whatever the server or the role has as its defaults, durability and fences hold."""
