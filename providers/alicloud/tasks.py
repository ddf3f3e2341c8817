"""Work that makes more work, done by several threads side by side."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from planner.threads import wait_until

Job = Callable[[], None]


class Tasks:
    """Jobs, and the jobs that they add. The threads end with the process: an interrupt does not wait for them."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._changed = threading.Condition()
        self._waiting: deque[Job] = deque()
        self._unfinished = 0
        self._failure: BaseException | None = None

    def add(self, job: Job) -> None:
        """Queue a job."""
        with self._changed:
            self._waiting.append(job)
            self._unfinished += 1
            self._changed.notify()

    def run(self) -> None:
        """Do all jobs; returns when none is left. Raises what the first job raised that failed; the others are left."""
        for number in range(self._threads):
            threading.Thread(target=self._work, name=f"read {number + 1}", daemon=True).start()
        with self._changed:
            wait_until(self._changed, lambda: self._failure is not None or self._unfinished == 0)
            self._waiting.clear()
            self._unfinished = 0
            self._changed.notify_all()
        if self._failure is not None:
            raise self._failure

    def _work(self) -> None:
        while (job := self._next()) is not None:
            try:
                job()
            except BaseException as failure:  # noqa: BLE001 - it is raised where the work is waited for
                with self._changed:
                    self._failure = self._failure or failure
                    self._changed.notify_all()
                return
            with self._changed:
                self._unfinished -= 1
                if self._unfinished <= 0:
                    self._changed.notify_all()

    def _next(self) -> Job | None:
        """Wait for a job; None where there is nothing left to do."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._unfinished <= 0 or self._failure is not None)
            return self._waiting.popleft() if self._waiting and self._failure is None else None
