"""A process that has loaded all of `cl` and forks: `python -m support.fork_server SOCKET`, a file descriptor.

A request is a JSON object, with the three standard streams of the new process beside it. The answer is the id of that
process, which is a grandchild of this one: `support.forked` adopts it.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.somebody_else import load_everything

LENGTH = 8
"""Bytes of a number: how long a request is, and the id of a process."""
ADOPTED = b"."
"""Follows the id of a process once its parent has ended."""

PROGRAMS = ("support.killed_cl", "support.lock_worker")
LIBRARIES = ("alibabacloud_credentials.provider", "alibabacloud_oss_v2", "obstore.store", "psycopg")
"""What those that are forked run besides `cl`, and what `cl` loads for one cloud or one backend."""

Main = Callable[[], object]


def serve(asking: socket.socket) -> Main | None:
    """Fork for each request until the other side is closed. In the new process, returns what it has to run."""
    while True:
        start, streams, _, _ = socket.recv_fds(asking, LENGTH, 3)
        if not start:
            return None
        request = json.loads(received(asking, int.from_bytes(start)))
        between = os.fork()
        if between == 0:
            child = os.fork()
            if child:
                asking.sendall(child.to_bytes(LENGTH))
                os._exit(0)
            asking.close()
            return _become(request, streams)
        os.waitpid(between, 0)
        for stream in streams:
            os.close(stream)
        asking.sendall(ADOPTED)


def received(asking: socket.socket, length: int) -> bytes:
    """So many bytes. Raises ConnectionError where the other side ends before."""
    found = b""
    while len(found) < length:
        part = asking.recv(length - len(found))
        if not part:
            raise ConnectionError("the other side of the fork server has ended")
        found += part
    return found


def _become(request: dict[str, Any], streams: list[int]) -> Main:
    """Give this process what the request says a start would have given it."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(request["directory"])
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in request["ignored"]:
        signal.signal(number, signal.SIG_IGN)
    module = importlib.import_module(request["module"])
    sys.argv = [str(module.__file__), *request["arguments"]]
    main: Main = module.main
    return main


def _to_the_end(main: Main) -> None:
    """Run it and end as `cl` does: signals are ignored then, threads waited for, streams flushed.

    Memory is not freed piece by piece.
    """
    code = 0
    try:
        main()
    except KeyboardInterrupt:
        code = 130
    except SystemExit as end:
        if not isinstance(end.code, int):
            raise
        code = end.code
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _wait_for_requests() -> Main | None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    load_everything()
    for name in (*PROGRAMS, *LIBRARIES):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    assert len(list(Path("/proc/self/task").iterdir())) == 1, "a process that has threads is not to be forked"
    gc.freeze()
    return serve(socket.socket(fileno=int(sys.argv[1])))


if __name__ == "__main__":
    main = _wait_for_requests()
    if main is not None:
        _to_the_end(main)
