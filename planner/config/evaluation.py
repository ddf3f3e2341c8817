"""A configuration evaluated: its settings, its providers, and what it desires."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from planner.address import in_address_order
from planner.collector import without_collector
from planner.config.declarations import Declaration, ObjectBlock, ProviderBlock, SettingsBlock, VariableBlock
from planner.config.desired import Desired, Limits, ProviderConfig
from planner.config.graph import Graph, Node, build_graph
from planner.config.import_blocks import ImportReader
from planner.config.inputs import RootInputs
from planner.config.left_out import not_planned
from planner.config.load import Configuration
from planner.config.module_instance import ModuleInstance
from planner.config.outputs import root_outputs
from planner.config.problems import Problems
from planner.config.providers import ProviderTable, no_provider, provider_configs
from planner.config.refactor import check_removed, moved_blocks, readdressed, removed_blocks
from planner.config.run import Run
from planner.config.settings import SettingsReader
from planner.config.surroundings import Pending, Surroundings
from planner.config.variables import Values
from planner.config.written import check_variable
from planner.diagnostics import ConfigError, Report, ignore
from planner.hcl.cty.values import SENSITIVE, Value, deep_marks
from planner.hcl.functions.spec import Function
from planner.values import replace

if TYPE_CHECKING:
    from planner.network.worlds import Worlds
    from planner.state.backends.declared import BackendBlock
    from planner.state.model import State

T = TypeVar("T")


class Evaluation:
    """A configuration with values for its variables. `called_in` is the directory in which `cl` was called;
    `provider_names` are those of all providers that there are, for suggestions. With the settings and keys of
    `environment` the states of others are read; `report` learns while a backend does not answer.

    Every method raises ConfigError. Where one part of the configuration is wrong, the error lists every problem of
    the whole configuration.
    """

    def __init__(
        self,
        configuration: Configuration,
        variables: Values | None = None,
        *,
        workspace: str = "default",
        now: datetime | None = None,
        called_in: Path | None = None,
        provider_names: Collection[str] = (),
        environment: Mapping[str, str] | None = None,
        report: Report = ignore,
    ) -> None:
        self._configuration = configuration
        self._values = variables or Values()
        self._inputs = RootInputs(self._values)
        self._workspace = workspace
        self._now = now or datetime.now(UTC)
        self._called_in = called_in or Path.cwd()
        self._provider_names = provider_names
        self._environment = environment or {}
        self._report = report

    def in_workspace(self, workspace: str) -> Evaluation:
        """The same configuration with the same values in another workspace."""
        return Evaluation(
            self._configuration,
            self._values,
            workspace=workspace,
            now=self._now,
            called_in=self._called_in,
            provider_names=self._provider_names,
            environment=self._environment,
            report=self._report,
        )

    @property
    def sources(self) -> Mapping[str, str]:
        """The texts of all files that were read, by the name that spans give."""
        return {**self._values.sources, **self._configuration.sources}

    def missing_variables(self) -> tuple[VariableBlock, ...]:
        """The variables that need a value and have none, so that the caller can ask the user for them."""
        return self._inputs.missing(self._configuration.root)

    def settings(self) -> tuple[Limits, BackendBlock]:
        """The `cl` block. A version of `cl` that `required_version` refuses is an error."""
        return self._settings

    @cached_property
    def _settings(self) -> tuple[Limits, BackendBlock]:
        return self._early(lambda run: SettingsReader(run.root, run.surroundings).read(), SettingsBlock)

    def providers(self) -> tuple[ProviderConfig, ...]:
        """The provider blocks. Having resources and no provider is an error that says how to add one."""
        return self._providers

    @cached_property
    def _providers(self) -> tuple[ProviderConfig, ...]:
        def read(run: Run) -> tuple[ProviderConfig, ...]:
            found = provider_configs(run.root, run.surroundings)
            first = next(iter(run.root.analysis.module.objects.values()), None)
            if not found and first is not None:
                run.problems.add(no_provider(first.span))
            return found

        return self._early(read, ProviderBlock)

    def plain_variables(self) -> dict[str, object]:
        """The values of the root variables that are not sensitive, as plain Python."""
        declared = self._configuration.root.variables
        shown = {name: value for name, value in self._variables.items() if SENSITIVE not in deep_marks(value)}
        if wrong := [problem for name in shown if (problem := check_variable(shown[name], declared[name]))]:
            raise ConfigError(wrong)
        return {name: value.to_python() for name, value in shown.items()}

    def secret_variables(self) -> dict[str, Value]:
        """The values of the sensitive root variables."""
        return {name: value for name, value in self._variables.items() if SENSITIVE in deep_marks(value)}

    @cached_property
    def _variables(self) -> Mapping[str, Value]:
        run = self._run(None, None)
        run.evaluate(self._of_root(VariableBlock))
        declared = self._configuration.root.variables
        values = ((name, run.root.values.get(variable.key)) for name, variable in declared.items())
        return {name: value for name, value in values if value is not None}

    @without_collector()
    def desired(
        self,
        worlds: Worlds | None,
        prior: State | None = None,
        *,
        changing: bool = True,
        pending: Pending | None = None,
    ) -> Desired:
        """Everything that the configuration declares, evaluated.

        `worlds` are what the providers see. With None the configuration is only checked: what the cloud would add is
        unknown, as is a required variable without a value. `prior` is what the state remembers, for `ignore_changes`.
        Where nothing is `changing` to what is declared, conditions that do not hold are warnings. Data sources that
        depend on what is `pending` are not read.
        """
        run = self._run(worlds, prior, checking=worlds is None, changing=changing)
        run.surroundings = replace(run.surroundings, pending=pending)
        found = self._everything(run)
        run.problems.raise_errors()
        return replace(found, warnings=run.problems.warnings)

    def scope_of_root(self, worlds: Worlds | None, prior: State | None = None) -> ModuleInstance:
        """The root module with everything evaluated, for expressions that a user types (`typed`)."""
        run = self._run(worlds, prior, console=True)
        run.evaluate()
        run.problems.raise_errors()
        return run.root

    @cached_property
    def declared_types(self) -> frozenset[str]:
        """The types of all resources and data sources that are declared, in whatever module."""
        declarations = (node.declaration for node in self._graph.order)
        return frozenset(found.type for found in declarations if isinstance(found, ObjectBlock))

    def needs_of_resources(self) -> Mapping[str, tuple[str, ...]]:
        """For each resource and data source, by address, those that it refers to, directly or through other values."""
        graph = self._graph
        Problems(self._static_problems).raise_errors()
        behind: dict[Node, frozenset[Node]] = {}
        for node in graph.order:
            found: set[Node] = set()
            for needed in graph.needs[node]:
                found |= {needed} if isinstance(needed.declaration, ObjectBlock) else behind[needed]
            behind[node] = frozenset(found)
        return {
            node.text: tuple(sorted(needed.text for needed in found))
            for node, found in behind.items()
            if isinstance(node.declaration, ObjectBlock)
        }

    def _everything(self, run: Run) -> Desired:
        run.evaluate()
        self._inputs.check_undeclared(self._configuration.root, run.problems)
        limits, _ = SettingsReader(run.root, run.surroundings).read()
        providers = provider_configs(run.root, run.surroundings)
        instances = [instance for found in run.instances.values() for instance in found]
        left_out = tuple(run.left_out)
        run.problems.extend(
            not_planned(each, run.surroundings.prior, changing=run.surroundings.changing)
            for each in left_out
            if not each.waits_for
        )
        removed = tuple(removed_blocks(iter(instances), run.problems))
        check_removed(removed, run.objects, run.problems)
        return Desired(
            objects=tuple(in_address_order(run.objects)),
            outputs=root_outputs(run.root, run.behind_output),
            limits=limits,
            moved=tuple(moved_blocks(iter(instances), run.problems)),
            imports=tuple(ImportReader(run.instances, run.surroundings, run.providers).read()),
            removed=removed,
            checks=tuple(run.checks),
            left_out=left_out,
            deferred=tuple(run.deferred),
            data_read=run.data_read(),
            providers=tuple(config.key for config in providers),
        )

    def _of_root(self, kind: type[Declaration]) -> Iterator[Node]:
        nodes = self._graph.nodes[()]
        return (nodes[found] for found in self._configuration.root.of(kind))

    def _early(self, read: Callable[[Run], T], kind: type[Declaration]) -> T:
        """Read what is evaluated before resources are; where that fails, every problem of the whole is reported."""
        run = self._run(None, None)
        run.evaluate(self._of_root(kind))
        found = read(run)
        if run.problems.errors:
            self._everything(run)
            run.problems.raise_errors()
        return found

    @cached_property
    def _static_problems(self) -> Problems:
        return Problems(self._configuration.problems)

    @cached_property
    def _graph(self) -> Graph:
        return build_graph(self._configuration.root, self._static_problems)

    def _run(
        self,
        worlds: Worlds | None,
        prior: State | None,
        *,
        console: bool = False,
        checking: bool = False,
        changing: bool = True,
    ) -> Run:
        graph = self._graph
        if prior is not None:
            prior = readdressed(prior, self._configuration.root)
        directory = self._configuration.directory
        providers = {key: block.span for key, block in self._configuration.root.providers.items()}
        return Run(
            graph,
            self._called_in,
            self._inputs,
            self._workspace,
            self._functions(console=console),
            Surroundings(
                Problems(self._static_problems),
                directory,
                worlds,
                prior,
                checking,
                changing,
                environment=self._environment,
                report=self._report,
            ),
            ProviderTable(providers, self._provider_names),
            for_console=console,
        )

    def _functions(self, *, console: bool) -> Mapping[str, Function]:
        from planner.hcl.evaluation.evaluator import render_template
        from planner.hcl.functions import standard_functions

        return standard_functions(
            self._configuration.directory,
            render=render_template,
            plan_time=self._now,
            now=lambda: self._now,
            console=console,
            readable=self._configuration.directories,
        )
