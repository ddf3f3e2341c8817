"""Which declaration needs which, across all modules, and an order in which all can be evaluated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from planner.config.analysis import Analysis, Declared, analyse
from planner.config.declarations import Module, ModulePath
from planner.config.problems import Problems
from planner.config.references import Subject
from planner.diagnostics import Diagnostic, Related, Span


@dataclass(frozen=True, slots=True)
class Node:
    """A declaration of the module at a path, for all instances of that module."""

    path: ModulePath
    kind: str
    name: str

    @property
    def text(self) -> str:
        """What a user calls it."""
        return "".join(f"module.{name}." for name in self.path) + self.local_text

    @property
    def local_text(self) -> str:
        """What it is called inside its module."""
        return {"object": self.name, "call": f"module.{self.name}"}.get(self.kind, f"{self.kind}.{self.name}")


@dataclass(frozen=True)
class Graph:
    """`order` holds every declaration after all that it needs; those in a cycle are left out."""

    order: tuple[Node, ...]
    needs: Mapping[Node, tuple[Node, ...]]
    modules: Mapping[ModulePath, Analysis]

    def closure(self, goals: Iterable[Node]) -> set[Node]:
        """The goals and all that they need."""
        found: set[Node] = set()
        open_ = list(goals)
        while open_:
            node = open_.pop()
            if node not in found:
                found.add(node)
                open_.extend(self.needs.get(node, ()))
        return found


def build_graph(root: Module, problems: Problems) -> Graph:
    """The graph of a configuration. References that lead nowhere, and cycles, are told."""
    analyses: dict[Module, Analysis] = {}
    modules: dict[ModulePath, Analysis] = {}
    _gather((), root, analyses, modules, problems)
    needs: dict[Node, tuple[Node, ...]] = {}
    for path, analysis in modules.items():
        for declared in analysis.uses:
            if declared[0] != "input":
                needs[Node(path, *declared)] = tuple(dict.fromkeys(_needs(path, declared, analysis, modules)))
    components = _components(needs)
    order: list[Node] = []
    for component in components:
        node = component[0]
        if len(component) == 1 and node not in needs[node]:
            order.append(node)
        else:
            problems.add(_cycle(component, needs, modules))
    _check_early(order, needs, modules, problems)
    return Graph(tuple(order), needs, modules)


def _check_early(
    order: Iterable[Node],
    needs: Mapping[Node, tuple[Node, ...]],
    modules: Mapping[ModulePath, Analysis],
    problems: Problems,
) -> None:
    """Tell of providers and settings that need a resource or data source, if only through a local value."""
    late: dict[Node, Node] = {}
    for node in order:
        behind = next((late[needed] for needed in needs[node] if needed in late), None)
        if node.kind == "object":
            late[node] = node
        elif behind is not None and node.kind in ("provider", "settings"):
            detail = f"This needs {behind.text}, but it is settled before resources and data sources are looked at."
            problems.add(Diagnostic("CFG309", "Invalid reference", detail, span=span_of(node, modules)))
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


def _needs(
    path: ModulePath, declared: Declared, analysis: Analysis, modules: Mapping[ModulePath, Analysis]
) -> Iterator[Node]:
    kind, name = declared
    if path:
        yield Node(path[:-1], "call", path[-1])
    if kind == "var" and path:
        outer = modules[path[:-1]]
        for subject in outer.uses.get(("input", f"{path[-1]}.{name}"), ()):
            yield from _nodes(path[:-1], subject, modules)
    if kind == "validation":
        yield Node(path, "var", name)
    for subject in analysis.uses[declared]:
        yield from _nodes(path, subject, modules)


def _nodes(path: ModulePath, subject: Subject, modules: Mapping[ModulePath, Analysis]) -> Iterator[Node]:
    """The declarations behind what a reference in the module at `path` names."""
    match subject.kind:
        case "var" | "local":
            yield Node(path, subject.kind, subject.name)
        case "object":
            if subject.name in modules[path].module.objects:
                yield Node(path, "object", subject.name)
        case "output":
            yield Node(path, "call", subject.name)
            yield Node((*path, subject.name), "output", subject.output)
        case "module":
            yield Node(path, "call", subject.name)
            child = modules.get((*path, subject.name))
            for output in child.module.outputs if child else ():
                yield Node((*path, subject.name), "output", output)
        case "everything":
            called = (*path, subject.name)
            yield from _nodes(path, replace(subject, kind="module"), modules)
            for inside, analysis in modules.items():
                if inside[: len(called)] == called:
                    yield from (Node(inside, "object", key) for key in analysis.module.objects)


def _components(needs: Mapping[Node, tuple[Node, ...]]) -> list[list[Node]]:
    """The strongly connected components, each after those it needs (Tarjan's algorithm, without recursion)."""
    index: dict[Node, int] = {}
    low: dict[Node, int] = {}
    stack: list[Node] = []
    on_stack: set[Node] = set()
    components: list[list[Node]] = []
    for start in needs:
        if start in index:
            continue
        index[start] = low[start] = len(index)
        stack.append(start)
        on_stack.add(start)
        work = [(start, iter(needs[start]))]
        while work:
            node, rest = work[-1]
            for needed in rest:
                if needed not in needs:
                    continue
                if needed not in index:
                    index[needed] = low[needed] = len(index)
                    stack.append(needed)
                    on_stack.add(needed)
                    work.append((needed, iter(needs[needed])))
                    break
                if needed in on_stack:
                    low[node] = min(low[node], index[needed])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    components.append(_pop(stack, on_stack, node))
    return components


def _pop(stack: list[Node], on_stack: set[Node], last: Node) -> list[Node]:
    component: list[Node] = []
    while True:
        node = stack.pop()
        on_stack.discard(node)
        component.append(node)
        if node == last:
            return component


def _cycle(
    component: list[Node], needs: Mapping[Node, tuple[Node, ...]], modules: Mapping[ModulePath, Analysis]
) -> Diagnostic:
    """The cycle told as a path that comes back to where it began."""
    path = _round_trip(min(component, key=lambda node: node.text), set(component), needs)
    spans = [(node, span_of(node, modules)) for node in path[:-1]]
    related = tuple(
        Related(f"{node.text} needs {after.text}", span) for (node, span), after in zip(spans, path[1:], strict=True)
    )
    if len(path) == 2 and path[0].kind == "object":
        summary = "Self-referential block"
        detail = f"{path[0].text} refers to itself, but its values are known only after it is evaluated."
        return Diagnostic("CFG311", summary, detail, address=path[0].text, span=spans[0][1])
    detail = f"These need one another, so none can be evaluated first: {' → '.join(node.text for node in path)}."
    remedy = "Take one of the references out of the circle."
    return Diagnostic("CFG310", "Cycle", detail, remedy, span=spans[0][1], related=related)


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


def span_of(node: Node, modules: Mapping[ModulePath, Analysis]) -> Span | None:
    """Where a declaration is."""
    module = modules[node.path].module
    match node.kind:
        case "var" | "validation":
            return module.variables[node.name].span
        case "local":
            return module.locals[node.name].span
        case "object":
            return module.objects[node.name].span
        case "output":
            return module.outputs[node.name].span
        case "call":
            return module.calls[node.name].span
        case "provider":
            return module.providers[node.name].span
        case "check":
            return module.checks[node.name].span
        case "settings":
            return module.settings[int(node.name)].header_span
    return None
