"""One look at the cloud for all steps that need one at the same time."""

from __future__ import annotations

import threading

from planner.diagnostics import Diagnostic, ProviderError
from planner.network.identity import Identity
from planner.network.world import World
from providers.base import Provider


class SharedReader:
    """Looks at the cloud once for all threads that ask at the same time."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._changed = threading.Condition()
        self._asked: set[Identity] = set()
        self._begun = 0
        self._ended = 0
        self._reading = False
        self._found: World | ProviderError | None = None

    def fresh(self, *targets: Identity) -> World:
        """What the provider sees of these objects after this call began. Raises ProviderError."""
        with self._changed:
            self._asked.update(targets)
            own_read = self._begun + 1
            while self._ended < own_read:
                if self._reading:
                    self._changed.wait()
                else:
                    self._read()
            found = self._found
        if not isinstance(found, World):
            assert found is not None  # noqa: S101 - a reading has ended, so something was found
            raise found
        return found

    def _read(self) -> None:
        """Read, with the lock released while reading."""
        self._reading = True
        self._begun += 1
        number = self._begun
        targets, self._asked = self._asked, set()
        self._changed.release()
        found: World | ProviderError | None = None
        try:
            found = self._provider.look(targets)
        except ProviderError as error:
            found = error
        except Exception as error:  # noqa: BLE001 - a defect of the provider must not hang the apply
            found = ProviderError(Diagnostic("PRV307", "Provider failed", f"{type(error).__name__}: {error}"))
        finally:
            self._changed.acquire()
            self._reading = False
            self._ended, self._found = number, found
            self._changed.notify_all()
