"""One evaluation of a configuration: every declaration after all that it needs, in every instance of its module."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct, field

from planner.address import Address, Key
from planner.config.conditions import judge
from planner.config.declarations import (
    CheckBlock,
    LocalValue,
    ModuleCall,
    ObjectBlock,
    OutputBlock,
    Validations,
    VariableBlock,
)
from planner.config.desired import CheckResult, DeferredRead, Desired, DesiredObject, LeftOut
from planner.config.expand import Expansion, expand
from planner.config.graph import Graph, Node
from planner.config.inputs import RootInputs
from planner.config.module import ModulePath
from planner.config.module_instance import InstancePath, ModuleInstance, whole_value
from planner.config.outputs import evaluate_output
from planner.config.problems import Abandoned, Problems
from planner.config.providers import ProviderTable
from planner.config.refactor import moved_blocks
from planner.config.repeated_objects import RepeatedObject
from planner.config.resources import ResourceEvaluator
from planner.config.surroundings import Surroundings
from planner.diagnostics import Span
from planner.hcl.cty.types import DYNAMIC
from planner.hcl.cty.values import SENSITIVE, Value, object_of, string, unknown
from planner.hcl.functions.spec import Function
from planner.values import replace

_Resource = tuple[ModulePath, ObjectBlock]
"""A resource block of the module at a path."""

_NOTHING: frozenset[_Resource] = frozenset()


class Run(Struct):
    """Evaluates declarations, each once, and gathers the results. `called_in` is what `path.cwd` stands for."""

    graph: Graph
    called_in: Path
    inputs: RootInputs
    workspace: str
    functions: Mapping[str, Function]
    surroundings: Surroundings
    providers: ProviderTable
    for_console: bool = False
    """Whether every value is kept: what a user types may refer to it."""
    instances: dict[ModulePath, list[ModuleInstance]] = field(default_factory=dict)
    objects: list[DesiredObject] = field(default_factory=list)
    checks: list[CheckResult] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    deferred: list[DeferredRead] = field(default_factory=list)
    _unread: dict[Node, str] = field(default_factory=dict)
    _deferred: dict[Node, list[DeferredRead]] = field(default_factory=dict)
    _read_from: dict[str, set[Node]] = field(default_factory=dict)
    _behind: dict[tuple[Node, ...], frozenset[_Resource]] = field(default_factory=dict)
    _done: set[Node] = field(default_factory=set)
    _models: dict[tuple[ModuleInstance, ObjectBlock], ResourceEvaluator] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.instances[()] = [self._instance((), None, {}, None)]

    @property
    def root(self) -> ModuleInstance:
        return self.instances[()][0]

    @property
    def problems(self) -> Problems:
        return self.surroundings.problems

    def evaluate(self, goals: Iterable[Node] | None = None) -> None:
        """Evaluate these declarations and what they need; without goals, all declarations."""
        needed = None if goals is None else self.graph.closure(goals)
        for node in self.graph.order:
            if node in self._done or (needed is not None and node not in needed):
                continue
            self._done.add(node)
            self._note_dependencies(self.graph.needs[node])
            for instance in self.instances.get(node.path, ()):
                with self.problems.collecting(instance.text(node.declaration.key)):
                    self._evaluate(node, instance)

    def _evaluate(self, node: Node, instance: ModuleInstance) -> None:
        match node.declaration:
            case VariableBlock() as variable:
                self._variable(variable, instance)
            case Validations(variable=variable):
                self._validations(variable, instance)
            case LocalValue() as local:
                instance.values[local.key] = instance.value(local.attribute.expression)
            case ObjectBlock() as block:
                self._object(node, block, instance)
            case ModuleCall() as call:
                self._call(node, call, instance)
            case OutputBlock() as output:
                evaluate_output(output, instance, self.surroundings, self.checks)
            case CheckBlock() as check:
                from planner.config.checks import evaluate_check

                waits_for = self._waits_for(node, instance) if check.data else None
                self.checks.append(evaluate_check(check, instance, self.surroundings, self.providers, waits_for))

    def _instance(
        self, path: InstancePath, parent: ModuleInstance | None, roots: Mapping[str, Value], call: ModuleCall | None
    ) -> ModuleInstance:
        analysis = self.graph.modules[tuple(name for name, _ in path)]
        directory = analysis.module.directory.rstrip("/") or "."
        places = {"module": directory, "root": ".", "cwd": self.called_in.as_posix()}
        settings = object_of({"workspace": string(self.workspace)})
        fixed = {
            "path": object_of({name: string(place) for name, place in places.items()}),
            "cl": settings,
            "terraform": settings,
        }
        return ModuleInstance(analysis, path, fixed, self.functions, parent, call, roots)

    def _variable(self, variable: VariableBlock, instance: ModuleInstance) -> None:
        if instance.parent is None or instance.call is None:
            value = self.inputs.value(variable, checking=self.surroundings.checking)
        else:
            value = self.inputs.from_call(variable, instance)
        marks = frozenset({SENSITIVE}) if variable.sensitive else frozenset()
        instance.values[variable.key] = value.with_marks(marks)

    def _validations(self, variable: VariableBlock, instance: ModuleInstance) -> None:
        verdict = judge(variable.validations, instance, instance.text(variable.key), self.surroundings)
        self.problems.extend(self.inputs.placed(failure, variable, instance) for failure in verdict.failures)

    def _call(self, node: Node, call: ModuleCall, instance: ModuleInstance) -> None:
        child = instance.analysis.module.children.get(call.name)
        if child is None:
            raise Abandoned
        expansion = expand(call.repetition, instance.value, planning=self.surroundings.needs_all_known)
        instance.expansions[call.name] = expansion
        if self._is_left_out(node, expansion, instance.text(call.key), call.span):
            instance.children[call.name] = {}
            return
        children = {
            key: self._instance((*instance.path, (call.name, key)), instance, roots, call)
            for key, roots in expansion.instances.items()
        }
        instance.children[call.name] = children
        self.instances.setdefault((*node.path, call.name), []).extend(children.values())
        self.inputs.check_call(call, child, self.problems)

    def _object(self, node: Node, block: ObjectBlock, instance: ModuleInstance) -> None:
        with_values = self.for_console or node in self.graph.needed
        if isinstance(block, RepeatedObject):
            model = self._models.get((instance, block.model))
            alike = model and model.evaluate_alike(block, with_values=with_values)
            if alike:
                self.objects += alike.objects
                if with_values:
                    instance.values[block.key] = alike.values[None]
                return
            instance.analysis.look_into(block, Problems())
        expansion = expand(block.repetition, instance.value, planning=self.surroundings.needs_all_known)
        if block.mode == "managed" and self._is_left_out(node, expansion, instance.text(block.key), block.span):
            instance.values[block.key] = unknown(DYNAMIC)
            return
        if block.mode == "data":
            values = self._read(node, block, instance, expansion)
            is_whole = len(values) == len(expansion.instances)
        else:
            provider = self.providers.choose(block, instance, self.surroundings)
            evaluator = ResourceEvaluator(block, instance, self.surroundings, provider, self._addresses(node, instance))
            found = evaluator.evaluate(expansion, with_values=with_values)
            if isinstance(block, RepeatedObject) and evaluator.is_model:
                self._models[instance, block.model] = evaluator
            self.objects += found.objects
            self.checks += found.checks
            for address in found.unknown:
                self._leave_out(node, str(address), block.span)
            values, is_whole = found.values, found.is_whole
        if not is_whole:
            raise Abandoned
        if with_values:
            instance.values[block.key] = self._whole(expansion, values)

    def _is_left_out(self, node: Node, expansion: Expansion, address: str, span: Span) -> bool:
        """Whether a plan has to leave a block out because its instances are unknown; if so, note it."""
        if not expansion.unknown or not self.surroundings.planning:
            return False
        self._leave_out(node, address, span)
        return True

    def _leave_out(self, node: Node, address: str, span: Span) -> None:
        """Note that nothing comes of a block or an instance of it, and why."""
        behind = self.graph.closure([node])
        waits_for = () if self._unread.keys() & behind else self._deferred_of(behind)
        self.left_out.append(LeftOut(address, self._why_unknown(behind), span, waits_for))

    def _deferred_of(self, nodes: Collection[Node]) -> tuple[DeferredRead, ...]:
        return tuple(each for node, found in self._deferred.items() if node in nodes for each in found)

    def _read(
        self, node: Node, block: ObjectBlock, instance: ModuleInstance, expansion: Expansion
    ) -> Mapping[Key, Value]:
        """The value of each instance of a data block; unknown if it cannot be read, or not yet."""
        from planner.config.data_sources import DataReader

        reader = DataReader(block, instance, self.surroundings, self.providers, self._waits_for(node, instance))
        values = reader.read(expansion)
        for provider in reader.providers_read:
            self._read_from.setdefault(provider, set()).add(node)
        if reader.unread:
            self._unread[node] = reader.unread
        elif reader.deferred and self.surroundings.planning and not self._unread.keys() & self.graph.closure([node]):
            self.deferred += reader.deferred
            self._deferred.setdefault(node, []).extend(reader.deferred)
            self.surroundings = replace(self.surroundings, deferring=True)
        return values

    def data_read(self) -> Mapping[str, frozenset[str]]:
        """For each provider that data is read from, what needs it: resources, and modules left out because of it.

        They are addresses without the key of an instance of a resource.
        """
        return {provider: frozenset(self._needing(nodes)) for provider, nodes in sorted(self._read_from.items())}

    def _needing(self, data: Collection[Node]) -> Iterator[str]:
        """The resources and left-out modules that need one of these data sources, directly or not."""
        late = set(data)
        for node in self.graph.order:
            if node not in late and late.isdisjoint(self.graph.needs[node]):
                continue
            late.add(node)
            block = node.declaration
            for instance in self.instances.get(node.path, ()):
                if isinstance(block, ObjectBlock) and block.mode == "managed":
                    yield str(Address(block.type, block.name, None, instance.path))
                elif isinstance(block, ModuleCall) and not instance.children.get(block.name):
                    yield instance.text(block.key)

    def _waits_for(self, node: Node, instance: ModuleInstance) -> Address | None:
        """An object that the plan is to change, of those that a data source depends on."""
        pending = self.surroundings.pending
        if pending is None:
            return None
        if any(left_out.waits_for for left_out in self.left_out):
            behind = self._deferred_of(self.graph.closure([node]))
            found = next((each.waits_for for each in behind if each.waits_for), None)
            if found is not None:
                return found
        resources = self._addresses(node, instance)
        if not resources:
            return None
        moved = tuple(moved_blocks((one for found in self.instances.values() for one in found), Problems()))
        return pending(Desired(self._with_triggers(resources), moved=moved), resources)

    def _with_triggers(self, resources: Iterable[Address]) -> tuple[DesiredObject, ...]:
        """The objects of these resources, and those that have them replaced."""
        chosen = {address.resource_key for address in resources}
        while True:
            objects = tuple(each for each in self.objects if each.address.resource_key in chosen)
            triggers = {address.resource_key for each in objects for address in each.replace_triggered_by} - chosen
            if not triggers:
                return objects
            chosen |= triggers

    def _why_unknown(self, behind: Collection[Node]) -> str:
        """What could not be read of all that a declaration needs, or at all."""
        found = sorted(f"{data.text} could not be read: {why}" for data, why in self._unread.items() if data in behind)
        if found:
            return "; ".join(found)
        worlds = self.surroundings.worlds
        unread = (gap for world in worlds.by_provider.values() for gap in world.unread) if worlds else ()
        return next((gap.reason for gap in unread), "it needs something that could not be read")

    def _whole(self, expansion: Expansion, values: Mapping[Key, Value]) -> Value:
        return unknown(DYNAMIC) if expansion.unknown else whole_value(expansion.argument, values)

    def behind_output(self, output: OutputBlock) -> tuple[Address, ...]:
        """The resources that an output of the root module depends on, directly or through other values."""
        return self._addresses(self.graph.nodes[()][output], self.root)

    def _addresses(self, node: Node, instance: ModuleInstance) -> tuple[Address, ...]:
        """The resources that a declaration in this module instance depends on, directly or not."""
        found: list[Address] = []
        for path, block in self._behind[self.graph.needs[node]]:
            found += (
                Address(block.type, block.name, None, other.path)
                for other in self.instances.get(path, ())
                if _together(instance.path, other.path)
            )
        return tuple(sorted(found))

    def _note_dependencies(self, needs: tuple[Node, ...]) -> None:
        """Note the resources behind what a declaration needs, directly or through other values."""
        if needs in self._behind:
            return
        sets: set[frozenset[_Resource]] = set()
        for needed in needs:
            block = needed.declaration
            if isinstance(block, ObjectBlock) and block.mode == "managed":
                sets.add(frozenset({(needed.path, block)}))
            else:
                sets.add(self._behind.get(self.graph.needs[needed], _NOTHING))
        sets.discard(_NOTHING)
        self._behind[needs] = next(iter(sets)) if len(sets) == 1 else _NOTHING.union(*sets)


def _together(one: InstancePath, other: InstancePath) -> bool:
    """Whether two module instances can belong together: where the same calls lead to both, the keys are the same."""
    for (name, key), (other_name, other_key) in zip(one, other, strict=False):
        if name != other_name:
            return True
        if key != other_key:
            return False
    return True
