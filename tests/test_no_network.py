"""No test reaches another machine."""

from __future__ import annotations

import socket

import pytest

from support.no_network import NetworkUsed


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1", "example.test"])
def test_a_connection_to_another_machine_is_refused(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as connection:
        with pytest.raises(NetworkUsed, match="no network"):
            connection.connect((address, 80))
        with pytest.raises(NetworkUsed, match="no network"):
            connection.connect_ex((address, 80))


def test_a_name_is_not_looked_up() -> None:
    with pytest.raises(NetworkUsed, match=r"example\.test"):
        socket.create_connection(("example.test", 80))


def test_this_machine_can_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        server.accept()[0].close()
