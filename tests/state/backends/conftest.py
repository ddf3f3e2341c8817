"""A place on each backend."""

from collections.abc import Iterator

import pytest

from support.backends import KINDS, Servers, Spot


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    running = Servers()
    try:
        yield running
    finally:
        running.close()


@pytest.fixture(params=list(KINDS))
def spot(request: pytest.FixtureRequest, servers: Servers) -> Spot:
    """A place that nobody else uses, on each backend in turn."""
    return servers.spot(str(request.param))


@pytest.fixture
def pg(servers: Servers) -> Spot:
    return servers.spot("pg")
