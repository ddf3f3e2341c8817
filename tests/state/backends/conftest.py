"""A place on each backend."""

import itertools
from collections.abc import Iterator, Mapping

import pytest

from planner.state.backends.pg.backend import PgBackend
from planner.state.backends.pg.options import Options
from support.backends import KINDS, Servers, Spot
from support.pg_places import Open
from support.postgres import Postgres, missing, postgres
from support.s3_places import S3
from support.seaweed import Bucket
from support.watching import PATIENCE

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    running = Servers()
    try:
        yield running
    finally:
        running.close()


@pytest.fixture(params=list(KINDS))
def spot(request: pytest.FixtureRequest, servers: Servers) -> Spot:
    """A place that no other test uses, on each backend in turn."""
    return servers.spot(str(request.param))


@pytest.fixture(scope="session")
def pg_server() -> Iterator[Postgres]:
    if missing():
        pytest.skip(missing())
    with postgres() as running:
        yield running


@pytest.fixture
def schema() -> str:
    return f'states {next(_numbers)} of "x"; --'


@pytest.fixture
def opened(pg_server: Postgres, schema: str) -> Iterator[Open]:
    """Opens backends on the same schema."""
    running: list[PgBackend] = []

    def open_backend(*, port: int = 0, user: str = "postgres", patience: float = PATIENCE, **more: object) -> PgBackend:
        conn_str = pg_server.conninfo(port=str(port or pg_server.port), user=user)
        options = {"conn_str": conn_str, "schema": schema, "patience": patience, "lease": 60.0, **more}
        running.append(PgBackend(Options(**options)))  # type: ignore[arg-type]
        return running[-1]

    yield open_backend
    for backend in running:
        backend.close()


@pytest.fixture
def s3(servers: Servers) -> S3:
    """A key of the s3 backend that no other test uses."""
    endpoints = servers.spot("s3").settings["endpoints"]
    assert isinstance(endpoints, Mapping)
    return S3(Bucket(endpoints["s3"]))
