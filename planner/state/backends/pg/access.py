"""The way into one database, which all that a command does there has in common."""

from __future__ import annotations

from dataclasses import dataclass, field

from planner.diagnostics import Report, ignore
from planner.state.backends.patience import Notice, Patience
from planner.state.backends.pg.options import Options, Target, target_of
from planner.state.backends.pg.session import Session
from planner.waits import Watch, unwatched


@dataclass(frozen=True, slots=True)
class Access:
    """The settings, the database that they lead to, and how long it is asked again, which is once for all requests."""

    options: Options
    target: Target
    patience: Patience = field(repr=False)

    @classmethod
    def by(cls, options: Options, report: Report = ignore, watch: Watch = unwatched) -> Access:
        """The access that these settings give. Raises StateError where they make no sense."""
        target = target_of(options)
        name = f"PostgreSQL at {target.server}"
        return cls(options, target, Patience(name, options.patience, notice=Notice(name, report, watch=watch)))

    def connect(self) -> Session:
        """A session of its own. Raises Unreachable, StateError."""
        return Session(self.target, self.options)
