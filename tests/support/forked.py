"""`cl` as a process of its own that is forked and not started: it has loaded everything, which takes most of a start.

A story runs `cl` five times or more. Two servers fork in turn (`support.fork_server`); their sets differ in order.
`CL_STARTS=real` starts every process, as happens where the system is not Linux.
"""

from __future__ import annotations

import atexit
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any

from support.fork_server import ADOPTED, LENGTH, received

ROOT = Path(__file__).parents[2]
HASH_SEEDS = ("1", "2")
READ_BY_PYTHON = ("PYTHON", "LANG", "LC_", "LD_")
"""How the variables begin that Python, or the system, reads when a process starts."""
PR_SET_CHILD_SUBREAPER = 36


def start_cl(
    arguments: Sequence[str],
    directory: Path,
    environment: Mapping[str, str],
    *,
    module: str = "planner.cli.main",
    stdin: int | None = None,
    stderr: int | None = subprocess.PIPE,
    ignored: Sequence[signal.Signals] = (),
) -> subprocess.Popen[str]:
    """Run `main()` of a module in a process of its own, which ignores these signals from its start, as under nohup."""
    if _can_fork(environment):
        return _Forked(module, arguments, directory, environment, stdin, stderr, ignored)

    def ignore() -> None:
        for number in ignored:
            signal.signal(number, signal.SIG_IGN)

    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=directory,
        env=environment if module.startswith("planner.") else {**environment, "PYTHONPATH": _path_to_tests()},
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        preexec_fn=ignore if ignored else None,
    )


def _can_fork(environment: Mapping[str, str]) -> bool:
    """Whether nothing is set for the start of Python that is not set for the servers."""
    if sys.platform != "linux" or os.environ.get("CL_STARTS") == "real":
        return False
    names = {name for name in {*environment, *os.environ} if name.startswith(READ_BY_PYTHON)}
    return all(environment.get(name) == os.environ.get(name) for name in names)


def _path_to_tests() -> str:
    return os.pathsep.join(filter(None, (str(ROOT), str(ROOT / "tests"), os.environ.get("PYTHONPATH"))))


class _Forked(subprocess.Popen[str]):
    """A process that a server forks, and that is a child of this process like any other.

    Popen starts processes in a method of its own, which is replaced here; pipes, waiting and the end are Popen's.
    """

    def __init__(
        self,
        module: str,
        arguments: Sequence[str],
        directory: Path,
        environment: Mapping[str, str],
        stdin: int | None,
        stderr: int | None,
        ignored: Sequence[signal.Signals],
    ) -> None:
        self._request = {
            "module": module,
            "arguments": arguments,
            "directory": str(directory),
            "environment": dict(environment),
            "ignored": ignored,
        }
        super().__init__([module, *arguments], stdin=stdin, stdout=subprocess.PIPE, stderr=stderr, text=True)

    def _execute_child(self, *given: Any) -> None:
        """Called by Popen with the two ends of each pipe among the rest; -1 is for a stream that is inherited."""
        pipes = given[10:16]
        streams = [end if end >= 0 else number for number, end in enumerate((pipes[0], pipes[3], pipes[5]))]
        popen: Any = self
        popen.pid = _fork(next(_servers()), self._request, streams)
        popen._child_created = True
        popen._close_pipe_fds(*pipes)


def _fork(asking: socket.socket, request: Mapping[str, object], streams: Sequence[int]) -> int:
    """Have a process forked, and adopt it: its id."""
    text = json.dumps(request).encode()
    prctl = ctypes.CDLL(None).prctl
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        socket.send_fds(asking, [len(text).to_bytes(LENGTH)], streams)
        asking.sendall(text)
        found = received(asking, LENGTH + len(ADOPTED))
    finally:
        prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
    return int.from_bytes(found[:LENGTH])


@cache
def _servers() -> Iterator[socket.socket]:
    return cycle([_start(seed) for seed in HASH_SEEDS])


def _start(hash_seed: str) -> socket.socket:
    """Start a server, which ends with this process. Its streams are of the kind that those of its children are."""
    here, there = socket.socketpair()
    server = subprocess.Popen(
        [sys.executable, "-m", "support.fork_server", str(there.fileno())],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": _path_to_tests(), "PYTHONHASHSEED": hash_seed},
        pass_fds=[there.fileno()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    there.close()
    atexit.register(server.wait)
    atexit.register(here.close)
    return here
