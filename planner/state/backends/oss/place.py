"""Where the oss backend keeps one workspace."""

from __future__ import annotations

from planner.remedy import Remedy, shell
from planner.state.backends.bucket.backend import BucketPlace
from planner.state.backends.bucket.layout import Layout
from planner.state.backends.bucket.locking import Holding
from planner.state.backends.lease import Tenure
from planner.state.backends.oss.held import OssHeld
from planner.state.backends.oss.log import Log
from planner.state.backends.oss.objects import OssObjects
from planner.state.backends.oss.probe import check_appends
from planner.state.backends.patience import Patience
from planner.state.backends.protocol import Records


class OssPlace(BucketPlace):
    """A lock that is appended to, with the journal in it."""

    def __init__(self, objects: OssObjects, layout: Layout, patience: Patience, workspace: str) -> None:
        self._objects, self._log = objects, Log(objects, layout.key_of(workspace))
        super().__init__(objects, layout, patience, workspace, self._log)

    @property
    def journal_name(self) -> str:
        """What messages call the journal."""
        return f"The journal in {self._log.name}"

    @property
    def journal_away(self) -> Remedy:
        """How the user moves the journal away, which is in the lock: it is kept, and the lock starts over."""
        lock = self._log.name
        copy = shell("ossutil", "cp", *self._endpoint, lock, f"{lock}.damaged")
        return Remedy.of(copy, "\nand then, while no command runs: ", shell("ossutil", "rm", *self._endpoint, lock))

    @property
    def spare(self) -> Remedy:
        """The command that copies `KEY` into the file `state.json`."""
        return Remedy.of(shell("ossutil", "cp", *self._endpoint, self.name, "state.json"))

    def journal(self) -> Records | None:
        """The journal of who holds the lock, or held it last. Raises StateError."""
        return self._patience.trying(self._log.journal)

    def check_conditions(self) -> None:
        """Check that a server appends only where an object ends. Raises StateError."""
        check_appends(self._objects, self._patience, self._key)

    @property
    def _endpoint(self) -> tuple[str, ...]:
        return ("--endpoint", self._layout.endpoint) if self._layout.endpoint else ()

    def _held(self, holding: Holding, tenure: Tenure) -> OssHeld:
        return OssHeld(self._log, holding, tenure, self._patience, self._versions, self._layout.history)
