"""One evaluation of a configuration: every declaration after all that it needs, in every instance of its module."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from planner.address import Address, Key
from planner.config.checks import evaluate_check
from planner.config.conditions import judge
from planner.config.data_sources import DataReader
from planner.config.declarations import ModulePath
from planner.config.desired import CheckResult, DesiredObject
from planner.config.expand import Expansion, expand
from planner.config.graph import Graph, Node
from planner.config.inputs import RootInputs
from planner.config.module_instance import ModuleInstance, whole_value
from planner.config.outputs import evaluate_output
from planner.config.problems import Abandoned, Problems
from planner.config.providers import ProviderTable
from planner.config.resources import ResourceEvaluator
from planner.config.surroundings import Surroundings
from planner.hcl.cty.types import DYNAMIC
from planner.hcl.cty.values import SENSITIVE, Value, object_of, string, unknown

_NOTHING: frozenset[Node] = frozenset()


@dataclass
class Run:
    """Evaluates the declarations that are asked for, each once, and gathers what comes of them."""

    graph: Graph
    directory: Path
    inputs: RootInputs
    workspace: str
    functions: Mapping[str, Any]
    surroundings: Surroundings
    providers: ProviderTable
    instances: dict[ModulePath, list[ModuleInstance]] = field(default_factory=dict)
    objects: list[DesiredObject] = field(default_factory=list)
    checks: list[CheckResult] = field(default_factory=list)
    data_reads: list[Address] = field(default_factory=list)
    _behind: dict[Node, frozenset[Node]] = field(default_factory=dict)
    _done: set[Node] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.instances[()] = [self._instance((), None, {}, "")]
        self._evaluators = {
            "var": self._variable,
            "validation": self._validation,
            "local": self._local,
            "object": self._object,
            "call": self._call,
            "output": self._output,
            "check": self._check,
        }

    @property
    def root(self) -> ModuleInstance:
        return self.instances[()][0]

    @property
    def problems(self) -> Problems:
        return self.surroundings.problems

    def evaluate(self, goals: Iterable[Node] | None = None) -> None:
        """Evaluate these declarations and what they need; all there are where none are named."""
        wanted = None if goals is None else self.graph.closure(goals)
        for node in self.graph.order:
            if node in self._done or (wanted is not None and node not in wanted):
                continue
            self._done.add(node)
            self._note_dependencies(node)
            evaluator = self._evaluators.get(node.kind)
            if evaluator is None:
                continue
            for instance in self.instances.get(node.path, ()):
                with self.problems.collecting(instance.text(node.local_text)):
                    evaluator(node, instance)

    def _instance(
        self, path: tuple[Any, ...], parent: ModuleInstance | None, roots: Mapping[str, Value], call: str
    ) -> ModuleInstance:
        analysis = self.graph.modules[tuple(name for name, _ in path)]
        directory = analysis.module.directory.rstrip("/") or "."
        places = {"module": directory, "root": ".", "cwd": str(Path.cwd())}
        settings = object_of({"workspace": string(self.workspace)})
        fixed = {
            "path": object_of({name: string(place) for name, place in places.items()}),
            "cl": settings,
            "terraform": settings,
        }
        found = parent.analysis.module.calls[call] if parent else None
        return ModuleInstance(analysis, path, fixed, self.functions, parent, found, roots)

    def _variable(self, node: Node, instance: ModuleInstance) -> None:
        variable = instance.analysis.module.variables[node.name]
        if instance.parent is None or instance.call is None:
            value = self.inputs.value(variable, checking=self.surroundings.checking)
        else:
            value = self.inputs.from_call(variable, instance)
        marks = frozenset({SENSITIVE}) if variable.sensitive else frozenset()
        instance.values["var", node.name] = value.with_marks(marks)

    def _validation(self, node: Node, instance: ModuleInstance) -> None:
        variable = instance.analysis.module.variables[node.name]
        address = instance.text(f"var.{node.name}")
        verdict = judge(variable.validations, instance, address, self.problems)
        self.problems.extend(self.inputs.placed(failure, variable, instance) for failure in verdict.failures)

    def _local(self, node: Node, instance: ModuleInstance) -> None:
        expression = instance.analysis.module.locals[node.name].attribute.expression
        instance.values["local", node.name] = instance.value(expression)

    def _call(self, node: Node, instance: ModuleInstance) -> None:
        call = instance.analysis.module.calls[node.name]
        if node.name not in instance.analysis.module.children:
            raise Abandoned
        expansion = expand(call.repetition, instance.value, planning=self.surroundings.planning)
        instance.expansions[node.name] = expansion
        children = {
            key: self._instance((*instance.path, (node.name, key)), instance, roots, node.name)
            for key, roots in expansion.instances.items()
        }
        instance.children[node.name] = children
        self.instances.setdefault((*node.path, node.name), []).extend(children.values())
        self.inputs.check_call(call, instance.analysis.module.children[node.name], self.problems)

    def _output(self, node: Node, instance: ModuleInstance) -> None:
        evaluate_output(instance.analysis.module.outputs[node.name], instance, self.problems, self.checks)

    def _check(self, node: Node, instance: ModuleInstance) -> None:
        self.checks.append(evaluate_check(instance.analysis.module.checks[node.name], instance, self.surroundings))

    def _object(self, node: Node, instance: ModuleInstance) -> None:
        block = instance.analysis.module.objects[node.name]
        expansion = expand(block.repetition, instance.value, planning=self.surroundings.planning)
        if block.mode == "data":
            values: Mapping[Key, Value] = DataReader(block, instance, self.surroundings).read(expansion)
            self.data_reads += (Address(block.type, block.name, key, instance.path, "data") for key in values)
        else:
            provider = self.providers.choose(block, instance, self.surroundings)
            found = ResourceEvaluator(
                block, instance, self.surroundings, provider, self._addresses(node, instance)
            ).evaluate(expansion)
            self.objects += found.objects
            self.checks += found.checks
            values = found.values
        if len(values) < len(expansion.instances):
            raise Abandoned
        instance.values["object", node.name] = self._whole(expansion, values)

    def _whole(self, expansion: Expansion, values: Mapping[Any, Value]) -> Value:
        return unknown(DYNAMIC) if expansion.unknown else whole_value(expansion.argument, values)

    def _addresses(self, node: Node, instance: ModuleInstance) -> tuple[Address, ...]:
        """The resources that a resource in this module instance depends on, directly or not."""
        found: list[Address] = []
        for needed in self._behind[node]:
            block = self.graph.modules[needed.path].module.objects[needed.name]
            found += (
                Address(block.type, block.name, None, other.path)
                for other in self.instances.get(needed.path, ())
                if _together(instance.path, other.path)
            )
        return tuple(sorted(found))

    def _note_dependencies(self, node: Node) -> None:
        """Find the resources behind all that a declaration needs, not looking behind those."""
        sets: set[frozenset[Node]] = set()
        for needed in self.graph.needs[node]:
            if needed.kind == "object" and not needed.name.startswith("data."):
                sets.add(frozenset({needed}))
            else:
                sets.add(self._behind.get(needed, _NOTHING))
        sets.discard(_NOTHING)
        self._behind[node] = next(iter(sets)) if len(sets) == 1 else _NOTHING.union(*sets)


def _together(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """Whether two module instances can belong together: where the same calls lead to both, the keys are the same."""
    for (name, key), (other_name, other_key) in zip(one, other, strict=False):
        if name != other_name:
            return True
        if key != other_key:
            return False
    return True
