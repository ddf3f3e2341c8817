"""Facts about the sources of `planner/` and `providers/`: imports, circles, parameters, and types that say `Any`."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]

Graph = Mapping[str, set[str]]
"""What each module, or each room, imports."""


@cache
def modules() -> Mapping[str, Path]:
    """The file of each module, by the module's name."""
    return {name_of(path): path for path in sorted([*ROOT.glob("planner/**/*.py"), *ROOT.glob("providers/**/*.py")])}


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room(module: str) -> str:
    """The directory that a module lies in; a file directly in `planner/` or `providers/` is a room of its own."""
    own_directory = modules()[module].name == "__init__.py"
    return module if own_directory or module.count(".") == 1 else module.rpartition(".")[0]


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(modules()[module].read_text(encoding="utf-8"))


def imports(module: str) -> Iterator[tuple[str, str | None]]:
    """Each import of a module, at the top, in functions, for types alone, and by a string such as `plan:plan_schema`,
    which names what is imported later: the module, and the name taken from it.
    """
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: imports name the whole way"
            source = node.module or ""
            for alias in node.names:
                inner = f"{source}.{alias.name}"
                yield (inner, None) if inner in modules() else (source, alias.name)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.count(":") == 1:
            source, name = node.value.split(":")
            beside = f"{module.rpartition('.')[0]}.{source}"
            named = beside if beside in modules() else source
            if name.isidentifier() and named in modules():
                yield named, name


@cache
def import_graph() -> Graph:
    return {
        module: {imported for imported, _ in imports(module) if imported in modules() and imported != module}
        for module in modules()
    }


@cache
def room_graph() -> Graph:
    graph: dict[str, set[str]] = {}
    for module, imported in import_graph().items():
        graph.setdefault(room(module), set()).update(set(map(room, imported)) - {room(module)})
    return graph


def circles(graph: Graph) -> list[frozenset[str]]:
    """The largest groups whose members all reach one another."""
    reached = {node: _reached(graph, node) for node in graph}
    return sorted(
        {
            frozenset(other for other in reached[node] if node in reached[other])
            for node in graph
            if node in reached[node]
        },
        key=sorted,
    )


def _reached(graph: Graph, start: str) -> set[str]:
    found: set[str] = set()
    ahead = [start]
    while ahead:
        new = graph.get(ahead.pop(), set()) - found
        found |= new
        ahead.extend(new)
    return found


def functions(module: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """How many arguments a caller can give: `self` and `cls` do not count."""
    return sum(each.arg not in ("self", "cls") for each in _all_arguments(function.args))


def is_command(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether click makes a command of the function: its parameters are the options."""
    return any("click.command" in ast.unparse(decorator) for decorator in function.decorator_list)


def loose_names() -> set[str]:
    """Public names that say `Any`, themselves or through an alias, in modules that another room imports."""
    return {f"{module}:{name}" for module in _imported_elsewhere() for name in _loose_in(module)}


def _imported_elsewhere() -> set[str]:
    return {
        imported
        for module, all_imported in import_graph().items()
        for imported in all_imported
        if room(imported) != room(module)
    }


def _loose_in(module: str) -> Iterator[str]:
    for statement in tree(module).body:
        name = _defined(statement)
        if name is None or name.startswith("_"):
            continue
        if any(_is_loose(module, used) for annotation in _annotations(statement) for used in _names(annotation)):
            yield name


@cache
def _is_loose(module: str, name: str) -> bool:
    """Whether a name stands for `Any`, or for an alias that says it."""
    source, original = _origins(module).get(name, (module, name))
    if (source, original) == ("typing", "Any"):
        return True
    if source not in modules():
        return False
    if source != module:
        return _is_loose(source, original)
    alias = _aliases(module).get(name)
    return alias is not None and any(used != name and _is_loose(module, used) for used in _names(alias))


@cache
def _origins(module: str) -> Mapping[str, tuple[str, str]]:
    return {
        alias.asname or alias.name: (node.module or "", alias.name)
        for node in ast.walk(tree(module))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


@cache
def _aliases(module: str) -> Mapping[str, ast.expr]:
    """The names that a module gives to types, such as `Roots = Mapping[str, Value]`."""
    return {
        name: statement.value
        for statement in tree(module).body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.value, ast.Subscript | ast.Name | ast.Attribute | ast.BinOp)
        and (name := _defined(statement))
    }


def _defined(statement: ast.stmt) -> str | None:
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
    return None


def _annotations(statement: ast.stmt) -> Iterator[ast.expr]:
    """The types that a definition shows to its users."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield from (each.annotation for each in _all_arguments(statement.args) if each.annotation)
            if statement.returns:
                yield statement.returns
        case ast.ClassDef():
            for member in statement.body:
                name = _defined(member) or "_"
                if not name.startswith("_") or name in ("__init__", "__call__"):
                    yield from _annotations(member)
        case ast.AnnAssign():
            yield statement.annotation
        case ast.Assign(value=ast.Subscript() | ast.Name() | ast.Attribute() | ast.BinOp()):
            yield statement.value


def _all_arguments(found: ast.arguments) -> list[ast.arg]:
    variable = [each for each in (found.vararg, found.kwarg) if each]
    return [*found.posonlyargs, *found.args, *found.kwonlyargs, *variable]


def _names(annotation: ast.expr) -> Iterator[str]:
    """The names in an annotation; the words of a `Literal` are none."""
    match annotation:
        case ast.Name(id=name):
            yield name
        case ast.Constant(value=str(text)):
            yield from _names(ast.parse(text, mode="eval").body)
        case ast.Subscript(value=ast.Name(id="Literal")):
            pass
        case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[kind, *_])):
            yield from _names(kind)
        case _:
            for part in ast.iter_child_nodes(annotation):
                if isinstance(part, ast.expr):
                    yield from _names(part)
