"""A real PostgreSQL server for tests: one that is new, on a port and in a directory of its own."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from support.ports import Port
from support.watching import PATIENCE

_USER = "postgres"
DATABASE = "cl"

SETTINGS: Mapping[str, str] = {
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "120",
    "shared_buffers": "32MB",
    "autovacuum": "off",
    "log_min_messages": "fatal",
}
"""For the speed of tests. What a machine loses that fails is not their subject."""
EVERYBODY = "host all all 127.0.0.1/32 trust"


def binaries() -> Path | None:
    """Where PostgreSQL's programs are, the newest ones; None where there are none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: int(one.parent.name))
    if found:
        return found[-1]
    pg_ctl = shutil.which("pg_ctl")
    return Path(pg_ctl).parent if pg_ctl else None


def missing() -> str:
    """Why there can be no server here; empty where there can."""
    return "" if binaries() else "PostgreSQL is not installed: apt-get install postgresql"


@dataclass(frozen=True)
class Postgres:
    """A server: `directory` is its data, `port` where it listens on 127.0.0.1."""

    directory: Path
    port: int

    def conninfo(self, **parameters: str) -> str:
        """How to connect, as the administrator unless another `user` is named."""
        given = {"host": "127.0.0.1", "port": str(self.port), "user": _USER, "dbname": DATABASE}
        return make_conninfo("", **given | parameters)

    def admin(self, statement: str, **parameters: str) -> list[tuple[object, ...]]:
        """Run a statement as the administrator; the rows that it returns."""
        with psycopg.connect(self.conninfo(**parameters), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return list(cursor.fetchall()) if cursor.description else []

    def start(self) -> None:
        self._control("start", "-l", str(self.directory / "server.log"))

    def stop(self, mode: str = "fast") -> None:
        self._control("stop", "-m", mode)

    def restart(self) -> None:
        self.stop()
        self.start()

    def processes(self) -> list[int]:
        """The server's processes, the first one first."""
        first = int((self.directory / "postmaster.pid").read_text().split()[0])
        return [first, *map(int, Path(f"/proc/{first}/task/{first}/children").read_text().split())]

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """All of its processes are stopped: it takes connections up and answers nothing."""
        stopped = self.processes()
        for process in stopped:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in stopped:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGCONT)

    def _control(self, *arguments: str) -> None:
        _run("pg_ctl", "-D", str(self.directory), "-w", "-t", f"{PATIENCE:.0f}", *arguments)


@contextlib.contextmanager
def postgres(settings: Mapping[str, str] = SETTINGS, access: str = EVERYBODY) -> Iterator[Postgres]:
    """A running server with an empty database, until the block ends. `access` is its pg_hba.conf."""
    home = Path(tempfile.mkdtemp(prefix="cl-postgres-"))
    try:
        _give(home)
        _run("initdb", "-D", str(home / "data"), "-U", _USER, "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        port = Port()
        server = Postgres(home / "data", port.number)
        ours = {"port": str(server.port), "listen_addresses": "'127.0.0.1'", "unix_socket_directories": f"'{home}'"}
        lines = [f"{name} = {value}\n" for name, value in {**ours, **settings}.items()]
        (home / "data" / "postgresql.auto.conf").write_text("".join(lines))
        (home / "data" / "pg_hba.conf").write_text(f"host all {_USER} 127.0.0.1/32 trust\n{access}\n")
        server.start()
        try:
            server.admin(f"CREATE DATABASE {DATABASE}", dbname="postgres")
            yield server
        finally:
            server.stop("immediate")
            port.close()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _give(directory: Path) -> None:
    """Let the directory be of the user as whom the server runs: root may not."""
    if os.geteuid() == 0:
        owner = pwd.getpwnam(_USER)
        os.chown(directory, owner.pw_uid, owner.pw_gid)


def _run(program: str, *arguments: str) -> None:
    directory = binaries()
    assert directory is not None
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    done = subprocess.run(
        [*_as_user(), str(directory / program), *arguments],
        cwd="/", env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def pgbouncer_missing() -> str:
    """Why there can be no pooler here; empty where there can."""
    return "" if Path(_PGBOUNCER).exists() else "PgBouncer is not installed: apt-get install pgbouncer"


_PGBOUNCER = "/usr/sbin/pgbouncer"


@contextlib.contextmanager
def pgbouncer(server: Postgres, mode: str = "transaction", **options: str) -> Iterator[int]:
    """PgBouncer in this mode in front of a server: the port where it listens."""
    home, own = Path(tempfile.mkdtemp(prefix="cl-pgbouncer-")), Port()
    port = own.number
    (home / "pgbouncer.ini").write_text(
        f"[databases]\n* = host=127.0.0.1 port={server.port} user={_USER}\n[pgbouncer]\npool_mode = {mode}\n"
        f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
        + "".join(f"{name} = {value}\n" for name, value in options.items())
    )
    for path in (home, home / "pgbouncer.ini"):
        _give(path)
    running = subprocess.Popen([*_as_user(), _PGBOUNCER, str(home / "pgbouncer.ini")], stderr=subprocess.DEVNULL)
    try:
        _await(port)
        yield port
    finally:
        running.terminate()
        running.wait()
        own.close()
        shutil.rmtree(home)


def _await(port: int) -> None:
    """Wait until a server listens there."""
    ends = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            assert time.monotonic() < ends, "it does not start"
            time.sleep(0.02)
        else:
            return


def _as_user() -> list[str]:
    return ["runuser", "-u", _USER, "--"] if os.geteuid() == 0 else []
