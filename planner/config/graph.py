"""Which declaration needs which, across all modules, and an order in which all can be evaluated."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import pairwise

from msgspec import Struct

from planner.config.analysis import Analysis, analyse
from planner.config.declarations import (
    Declaration,
    ObjectBlock,
    ProviderBlock,
    SettingsBlock,
    Validations,
    VariableBlock,
)
from planner.config.module import Module, ModulePath
from planner.config.problems import Problems
from planner.config.references import Subject
from planner.diagnostics import Diagnostic, Related, Span
from planner.graphs import circles, finishing_order
from planner.hcl.syntax.references import references as traversals
from planner.remedy import Remedy
from planner.values import replace


class Node(Struct, frozen=True, eq=False):
    """A declaration of the module at a path, for all instances of that module. Of each there is one node in a graph."""

    path: ModulePath
    declaration: Declaration

    @property
    def text(self) -> str:
        """What a user calls it."""
        return "".join(f"module.{name}." for name in self.path) + self.declaration.key


class Graph(Struct, frozen=True, dict=True):
    """`order` holds every declaration after all that it needs; those in a cycle are left out."""

    order: tuple[Node, ...]
    needs: Mapping[Node, tuple[Node, ...]]
    modules: Mapping[ModulePath, Analysis]
    nodes: Mapping[ModulePath, Mapping[Declaration, Node]]

    @cached_property
    def needed(self) -> frozenset[Node]:
        """The declarations that others need."""
        return frozenset().union(*self.needs.values())

    def closure(self, goals: Iterable[Node]) -> set[Node]:
        """The goals and all that they need."""
        return _closure(goals, self.needs)


def _closure(goals: Iterable[Node], needs: Mapping[Node, tuple[Node, ...]]) -> set[Node]:
    found: set[Node] = set()
    open_ = list(goals)
    while open_:
        node = open_.pop()
        if node not in found:
            found.add(node)
            open_.extend(needs[node])
    return found


def build_graph(root: Module, problems: Problems) -> Graph:
    """The graph of a configuration. References that lead nowhere, and cycles, are reported."""
    analyses: dict[Module, Analysis] = {}
    modules: dict[ModulePath, Analysis] = {}
    _gather((), root, analyses, modules, problems)
    nodes = {path: {each: Node(path, each) for each in analysis.uses} for path, analysis in modules.items()}
    needs = _Needs(modules, nodes).of_all()
    order = _in_order(needs, problems)
    _check_early(order, needs, problems)
    return Graph(order, needs, modules, nodes)


def _check_early(order: Iterable[Node], needs: Mapping[Node, tuple[Node, ...]], problems: Problems) -> None:
    """Report providers and settings that need a resource or data source, directly or through other values."""
    early = (node for node in order if isinstance(node.declaration, ProviderBlock | SettingsBlock))
    asked = _closure(early, needs)
    late: dict[Node, Node] = {}
    for node in order:
        if node not in asked:
            continue
        behind = next((late[needed] for needed in needs[node] if needed in late), None)
        if isinstance(node.declaration, ObjectBlock):
            late[node] = node
        elif behind is not None and isinstance(node.declaration, ProviderBlock | SettingsBlock):
            detail = (
                "Provider and settings blocks are evaluated before resources and data sources, so this cannot depend "
                f"on {behind.text}."
            )
            problems.add(Diagnostic("CFG309", "Invalid reference", detail, span=node.declaration.span))
        elif behind is not None:
            late[node] = behind


def _gather(
    path: ModulePath,
    module: Module,
    analyses: dict[Module, Analysis],
    modules: dict[ModulePath, Analysis],
    problems: Problems,
) -> None:
    if module not in analyses:
        analyses[module] = analyse(module, problems)
    modules[path] = analyses[module]
    for name, child in module.children.items():
        _gather((*path, name), child, analyses, modules, problems)


class _Needs:
    """Finds what the declarations of all modules need."""

    def __init__(
        self, modules: Mapping[ModulePath, Analysis], nodes: Mapping[ModulePath, Mapping[Declaration, Node]]
    ) -> None:
        self._modules = modules
        self._nodes = nodes

    def of_all(self) -> dict[Node, tuple[Node, ...]]:
        """The needs of each declaration. Those that refer to the same have one tuple."""
        found: dict[Node, tuple[Node, ...]] = {}
        for path, analysis in self._modules.items():
            shared: dict[int, tuple[Node, ...]] = {}  # equal subjects are one object: see Analysis
            for declaration, node in self._nodes[path].items():
                subjects = analysis.uses[declaration]
                if isinstance(declaration, VariableBlock | Validations):
                    found[node] = self._of(node, subjects)
                    continue
                if id(subjects) not in shared:
                    shared[id(subjects)] = self._of(node, subjects)
                found[node] = shared[id(subjects)]
        return found

    def _of(self, node: Node, subjects: Iterable[Subject]) -> tuple[Node, ...]:
        return tuple(dict.fromkeys(self._each(node, subjects)))

    def _each(self, node: Node, subjects: Iterable[Subject]) -> Iterator[Node]:
        path, declaration = node.path, node.declaration
        if path:
            outer = self._modules[path[:-1]]
            call = outer.module.calls[path[-1]]
            yield self._nodes[path[:-1]][call]
            given = call.inputs.get(declaration.name) if isinstance(declaration, VariableBlock) else None
            for subject in (given and outer.subjects[given.expression]) or ():
                yield from self._behind(path[:-1], subject)
        if isinstance(declaration, Validations):
            yield self._nodes[path][declaration.variable]
        for subject in subjects:
            yield from self._behind(path, subject)

    def _behind(self, path: ModulePath, subject: Subject) -> Iterator[Node]:
        """The declarations behind what a reference in the module at `path` names."""
        module, nodes = self._modules[path].module, self._nodes[path]
        match subject.kind:
            case "var":
                yield nodes[module.variables[subject.name]]
            case "local":
                yield nodes[module.locals[subject.name]]
            case "object":
                if subject.name in module.objects:
                    yield nodes[module.objects[subject.name]]
            case "output":
                yield nodes[module.calls[subject.name]]
                outputs = module.children[subject.name].outputs
                yield self._nodes[*path, subject.name][outputs[subject.output]]
            case "module":
                yield nodes[module.calls[subject.name]]
                child = module.children.get(subject.name)
                for output in child.outputs.values() if child else ():
                    yield self._nodes[*path, subject.name][output]
            case "everything":
                called = (*path, subject.name)
                yield from self._behind(path, replace(subject, kind="module"))
                for inside, analysis in self._modules.items():
                    if inside[: len(called)] == called:
                        yield from (self._nodes[inside][block] for block in analysis.module.objects.values())


def _in_order(needs: Mapping[Node, tuple[Node, ...]], problems: Problems) -> tuple[Node, ...]:
    """Every declaration after all that it needs. Those in a cycle are left out; each cycle is reported."""
    nodes = list(needs)
    numbers = {node: number for number, node in enumerate(nodes)}
    arrows = [[numbers[needed] for needed in needs[node]] for node in nodes]
    order = finishing_order(arrows)
    in_cycles: set[int] = set()
    for cycle in circles(arrows, order):
        problems.add(_cycle([nodes[number] for number in cycle], needs))
        in_cycles.update(cycle)
    return tuple([nodes[number] for number in order if number not in in_cycles])


def _cycle(component: list[Node], needs: Mapping[Node, tuple[Node, ...]]) -> Diagnostic:
    """The cycle as a path that comes back to where it began."""
    path = _round_trip(min(component, key=lambda node: node.text), set(component), needs)
    first = path[0].declaration
    if len(path) == 2:
        return _self_reference(path[0])
    related = tuple(
        Related(f"{node.text} needs {needed.text}", node.declaration.span) for node, needed in pairwise(path)
    )
    way = " → ".join(node.text for node in path)
    detail = f"These refer to one another in a cycle, so none can be evaluated first: {way}."
    remedy = "Remove one of the references to break the cycle."
    return Diagnostic("CFG310", "Cycle", detail, Remedy.of(remedy), span=first.span, related=related)


def _self_reference(node: Node) -> Diagnostic:
    """The declaration refers to itself: in the place where it does so."""
    declaration = node.declaration
    place = next(_references_to(declaration), declaration.span)
    if isinstance(declaration, ObjectBlock):
        detail = f"{node.text} refers to itself, but its values are known only after it is evaluated."
        remedy = "Write the value out, or put it into a local value that both can refer to."
        summary = "Self-referential block"
        return Diagnostic("CFG311", summary, detail, Remedy.of(remedy), address=node.text, span=place)
    detail = f"{node.text} refers to itself, so it cannot be evaluated."
    return Diagnostic("CFG310", "Cycle", detail, Remedy.of("Remove the reference."), address=node.text, span=place)


def _references_to(declaration: Declaration) -> Iterator[Span]:
    """Where the declaration refers to itself by its own name."""
    steps = re.compile(rf"(resource\.)?{re.escape(declaration.key)}(?![\w-])")
    for use in declaration.uses():
        yield from (found.span for found in traversals(use.expression) if steps.match(str(found)))


def _round_trip(start: Node, inside: set[Node], needs: Mapping[Node, tuple[Node, ...]]) -> list[Node]:
    """A shortest way from `start` back to it."""
    came: dict[Node, Node] = {}
    queue = [start]
    for node in queue:
        for needed in needs[node]:
            if needed == start:
                back = [node]
                while back[-1] != start:
                    back.append(came[back[-1]])
                return [*reversed(back), start]
            if needed in inside and needed not in came:
                came[needed] = node
                queue.append(needed)
    return [start, start]
