"""A configuration directory and what belongs to it: each part is loaded when it is first asked for."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from planner.app.providers import OPENERS, open_provider, placed, refuse_unknown
from planner.app.stores import store_in_use
from planner.app.terraform_files import unread_values
from planner.config.evaluation import Evaluation
from planner.config.load import Configuration, load
from planner.config.schema import SECURITY_GROUPS
from planner.config.variables import Given, Origin, Values, collect
from planner.hcl.cty.python_values import from_python
from planner.network.identity import SECURITY_RULE
from planner.state.selection import Selection
from planner.values import replace
from planner.waits import plainly

if TYPE_CHECKING:
    from planner.app.surroundings import Surroundings
    from planner.config.desired import Desired
    from planner.config.surroundings import Pending
    from planner.diagnostics import Diagnostic
    from planner.documents.plan import VariableEntry
    from planner.network.worlds import Worlds
    from planner.recovery.recover import Recovery
    from planner.state.model import State
    from planner.state.store import Store
    from planner.state.workspace import Workspaces
    from providers.base import Provider, Scope

ABOUT_GROUPS = frozenset({SECURITY_RULE, SECURITY_GROUPS})
"""The types of resources and data sources that take security groups to be read."""


class Project:
    """What `cl` works on.

    `planned` are the variables of a saved plan, which hold whatever is set by now; `given_again` are those of them
    that the command line still gives a value.
    """

    def __init__(
        self,
        surroundings: Surroundings,
        *,
        planned: Mapping[str, VariableEntry] | None = None,
    ) -> None:
        self.surroundings = surroundings
        self.now = datetime.now(UTC)
        self._planned = planned or {}
        self.given_again: tuple[str, ...] = ()
        self._seen: Recovery | None = None

    @cached_property
    def configuration(self) -> Configuration:
        with self.surroundings.watch(plainly("Reading the configuration")):
            return load(self.surroundings.directory)

    @cached_property
    def workspace(self) -> str:
        """The name of the workspace in use."""
        return Selection(self.surroundings.directory, self.surroundings.environment).current

    @cached_property
    def workspaces(self) -> Workspaces:
        """Where the configuration says that states are kept."""
        _, backend = self.evaluation.settings()
        surroundings = self.surroundings
        from planner.state.opening import open_workspaces

        return open_workspaces(
            backend, surroundings.directory, surroundings.environment, surroundings.report_one, surroundings.watch
        )

    @cached_property
    def evaluation(self) -> Evaluation:
        evaluation, ask = self.unasked, self.surroundings.ask
        if ask is None or not (missing := evaluation.missing_variables()):
            return evaluation
        answers = {variable.name: ask(variable.name, variable.description) for variable in missing}
        return self._evaluation(self._values.with_answers(answers))

    @cached_property
    def unasked(self) -> Evaluation:
        """The evaluation without what the user is yet to be asked for."""
        evaluation = self._evaluation(self._values)
        unset = self.configuration.root.variables.keys() - {given.name for given in self._values.given}
        self.surroundings.report(unread_values(self.surroundings.directory, self.surroundings.environment, unset))
        return evaluation

    @cached_property
    def _values(self) -> Values:
        values = collect(
            self.surroundings.directory, self.surroundings.environment, self.surroundings.assignments.given
        )
        typed = {given.name for given in values.given if given.origin in (Origin.OPTION, Origin.NAMED_FILE)}
        self.given_again = tuple(name for name in self._planned if name in typed)
        return replace(values, given=(*values.given, *self._from_plan()))

    def _from_plan(self) -> Iterator[Given]:
        for name, planned in self._planned.items():
            if name in self.given_again:
                continue
            yield Given(name, from_python(planned["value"]), Origin.ENVIRONMENT, "the saved plan")

    def _evaluation(self, values: Values) -> Evaluation:
        return Evaluation(
            self.configuration,
            values,
            workspace=self.workspace,
            now=self.now,
            called_in=self.surroundings.called_in,
            provider_names=OPENERS,
            environment=self.surroundings.environment,
            report=self.surroundings.report_one,
        )

    @cached_property
    def store(self) -> Store:
        return store_in_use(self.workspaces, self.surroundings.report)

    def prior(
        self,
        worlds: Worlds | None = None,
        providers: Mapping[str, Provider] | None = None,
        *,
        in_document: bool = False,
    ) -> State:
        """What the state remembers, and what an apply that is not finished has done: that is reported, once.

        `worlds` are asked about what the journal does not know, and `providers` about what these leave out. What was
        found first holds for the whole run.
        With `in_document` the caller puts `unfinished` into a document, which reports it.
        """
        if self._seen is None:
            from planner.recovery.recover import read_prior

            to_reseal = self.store.to_reseal()
            self._seen = read_prior(self.store, worlds, providers or {})
            unfinished = () if in_document else self._seen.diagnostics
            self.surroundings.report([*unfinished, *([to_reseal] if to_reseal else ())])
        return self._seen.state

    def scope(self, least: Scope) -> Scope:
        """What a reading has to see: `least`, and all security groups where a data source lists them."""
        return least.and_groups() if SECURITY_GROUPS in self.evaluation.declared_types else least

    def seen(self, providers: Mapping[str, Provider], asked: Collection[str] = ()) -> Worlds:
        """What the providers see, security groups too, with the guest routes that none of them can see and the state
        remembers.

        Of what is `asked` about, instances that a reading does not list, as those of VPCs, are looked up by their ids.
        Raises ClError.
        """
        from planner.app.readings import read_worlds, with_instances
        from providers.base import EVERYTHING

        worlds = with_instances(read_worlds(providers, EVERYTHING.and_groups()), providers, asked)
        instances = chain.from_iterable(world.instances.values() for world in worlds.by_provider.values())
        if all(one.guest_routes is not None for one in instances):
            return worlds
        from planner.state.guest_routes import with_guest_routes

        return with_guest_routes(worlds, self.prior(worlds))

    @property
    def unfinished(self) -> Sequence[Diagnostic]:
        """What there is to report of an apply that is not finished, so that its state is not written; empty if none."""
        return self._seen.diagnostics if self._seen else ()

    @contextlib.contextmanager
    def providers(self) -> Iterator[Mapping[str, Provider]]:
        """Every provider of the configuration, open, by its key; closed at the end.

        Of several, one whose cloud cannot be read stops only what is its own. Raises ProviderError.
        """
        from planner.app.unreadable_cloud import UnreadableCloud
        from planner.app.watched import watched
        from providers.base import CloudUnreadable

        configs, watch = self.evaluation.providers(), self.surroundings.watch
        with contextlib.ExitStack() as stack:
            opened: dict[str, Provider] = {}
            for config in configs:
                try:
                    with watch(plainly(f"Opening the provider {config.key}")):
                        provider = open_provider(config, self.surroundings.directory, self.surroundings.environment)
                    provider = watched(provider, watch)
                except CloudUnreadable as error:
                    if len(configs) == 1:
                        raise
                    provider = UnreadableCloud(error)
                stack.callback(provider.close)
                self.surroundings.report(placed(provider.warnings, config))
                opened[config.key] = provider
            yield opened

    def refuse_unknown_providers(self) -> None:
        """Raises ProviderError where the configuration names a provider that there is not. Opens none."""
        for config in self.evaluation.providers():
            refuse_unknown(config)

    @property
    def provider_keys(self) -> tuple[str, ...]:
        """The keys of the configuration's providers. Opens none."""
        return tuple(config.key for config in self.evaluation.providers())

    def desired(self, worlds: Worlds, *, changing: bool = True, pending: Pending | None = None) -> Desired:
        """What the configuration wants where the providers see this.

        Where nothing is `changing` to what is declared, conditions that do not hold are warnings. Data sources that
        depend on what is `pending` are not read.
        """
        return self.evaluation.desired(worlds, self.prior(worlds), changing=changing, pending=pending)
