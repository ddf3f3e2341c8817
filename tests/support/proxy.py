"""A TCP proxy on this machine: a network that is slow, loses replies, or breaks."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator


class Proxy:
    """Leads connections to `port` of this machine. `port` of its own is where to connect.

    `delay` is how many seconds each byte takes, each way.
    """

    def __init__(self, target: int, delay: float = 0.0) -> None:
        self._target, self.delay = target, delay
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self._pairs: list[_Pair] = []
        self._marker = b""
        self.lost = 0
        self._is_closed = False
        self.is_away = False
        """Whether new connections are closed at once."""
        threading.Thread(target=self._accept, daemon=True).start()

    def lose_reply_to(self, marker: bytes) -> None:
        """Let the next request with these bytes reach the server, then break the connection instead of its reply."""
        self._marker = marker

    def cut(self) -> None:
        """Break every connection."""
        for pair in self._pairs:
            pair.close()
        self._pairs.clear()

    def close(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        self._listening.shutdown(socket.SHUT_RDWR)  # which also wakes who accepts
        self._listening.close()
        self.cut()

    def _accept(self) -> None:
        while not self._is_closed:
            try:
                client, _ = self._listening.accept()
                if self.is_away:
                    client.close()
                    continue
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                if self._is_closed:
                    return
                with contextlib.suppress(UnboundLocalError):
                    client.close()
                continue
            self._pairs.append(_Pair(client, server, self._delay, self._loses))

    def _delay(self) -> float:
        return self.delay

    def _loses(self, data: bytes) -> bool:
        if not self._marker or self._marker not in data:
            return False
        self._marker = b""
        self.lost += 1
        return True


class _Pair:
    """One connection and what it is led to."""

    def __init__(
        self, client: socket.socket, server: socket.socket, delay: Callable[[], float], loses: Callable[[bytes], bool]
    ) -> None:
        self._ends = client, server
        self._delay, self._loses = delay, loses
        self._is_losing = False
        for end in self._ends:
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._pump(client, server, self._note)
        self._pump(server, client, lambda _data: not self._is_losing)

    def close(self) -> None:
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _note(self, data: bytes) -> bool:
        self._is_losing = self._is_losing or self._loses(data)
        return True

    def _pump(self, source: socket.socket, target: socket.socket, passes: Callable[[bytes], bool]) -> None:
        waiting: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()

        def read() -> None:
            data = b"."
            while data:
                try:
                    data = source.recv(65536)
                except OSError:
                    data = b""
                if data and not passes(data):
                    data = b""
                waiting.put((time.monotonic() + self._delay(), data))

        def write() -> None:
            while True:
                due, data = waiting.get()
                time.sleep(max(0.0, due - time.monotonic()))
                if not data:
                    break
                try:
                    target.sendall(data)
                except OSError:
                    break
            self.close()

        for run in (read, write):
            threading.Thread(target=run, daemon=True).start()


@contextlib.contextmanager
def proxy(target: int, delay: float = 0.0) -> Iterator[Proxy]:
    """A proxy until the block ends."""
    running = Proxy(target, delay)
    try:
        yield running
    finally:
        running.close()
