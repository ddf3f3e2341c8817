"""A place on each backend."""

from collections.abc import Iterator, Mapping

import pytest

from support.backends import KINDS, Servers, Spot
from support.s3_places import S3
from support.seaweed import Bucket


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


@pytest.fixture
def s3(servers: Servers) -> S3:
    """A key of the s3 backend that nobody else uses."""
    endpoints = servers.spot("s3").settings["endpoints"]
    assert isinstance(endpoints, Mapping)
    return S3(Bucket(endpoints["s3"]))
