"""What a reference names, and whether there is such a thing in its module."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from msgspec import Struct

from planner.config.declarations import (
    LocalValue,
    ModuleCall,
    NamedDeclaration,
    ObjectBlock,
    OutputBlock,
    VariableBlock,
    object_key,
)
from planner.config.module import Module
from planner.config.names import needs_quotes
from planner.config.problems import Problems
from planner.config.schema import DATA_SOURCES, RESOURCE_TYPES
from planner.config.uses import Visible
from planner.diagnostics import Diagnostic, Span, did_you_mean
from planner.hcl.cty.path import AttributeStep, IndexStep
from planner.hcl.syntax.nodes import Expression
from planner.hcl.syntax.references import Traversal
from planner.hcl.syntax.references import references as traversals
from planner.remedy import Remedy
from planner.values import replace


class Subject(Struct, frozen=True):
    """Something that a module's expressions can refer to.

    `kind` is var, local, object, output (of a called module), module (all outputs of it) or everything (in it, as
    `depends_on` means a module), or the root name itself for each, count, self, path and cl. `name` is what it is
    called in its module; `output` that of a module's output. A `prefixed` object is referred to as
    `resource.TYPE.NAME`.
    """

    kind: str
    name: str = ""
    output: str = ""
    prefixed: bool = False

    @property
    def key(self) -> str:
        """The key of the declaration, where the subject is one of the module."""
        return self.name if self.kind == "object" else f"{self.kind}.{self.name}"


def references(
    expression: Expression, module: Module, visible: Visible, problems: Problems
) -> tuple[Subject, ...] | None:
    """What the expression refers to in this module, each once; None if a reference leads nowhere, which is reported."""
    found: dict[Subject, None] = {}
    sound = True
    for traversal in traversals(expression):
        if traversal.root in visible.iterators:
            continue
        subject = _ROOTS.get(traversal.root, _resource)(traversal, module, visible, problems)
        if subject is None:
            sound = False
        else:
            found[subject] = None
    return tuple(found) if sound else None


def _variable(path: Traversal, module: Module, visible: Visible, problems: Problems) -> Subject | None:
    return _named(VariableBlock, module.variables, 'variable "{name}" {{}}', path, module, problems)


def _local(path: Traversal, module: Module, visible: Visible, problems: Problems) -> Subject | None:
    return _named(LocalValue, module.locals, "locals {{ {name} = … }}", path, module, problems)


def _named(
    kind: type[NamedDeclaration],
    declared: Mapping[str, NamedDeclaration],
    remedy: str,
    path: Traversal,
    module: Module,
    problems: Problems,
) -> Subject | None:
    name = _name(path, 0)
    if name is None:
        detail = f'"{path.root}" is not a value by itself: name one {kind.noun}, such as {kind.key_of("x")}.'
        problems.add(_no_name(path, detail))
        return None
    if name in declared:
        return Subject(kind.root, name)
    if kind.key_of(name) not in module.broken:
        hint = did_you_mean(name, module.names(kind))
        problems.add(
            _undeclared(
                f"Reference to undeclared {kind.noun}",
                f'{_an(kind.noun)} named "{name}" has not been declared{_in(module)}.{hint}',
                "" if hint else f"Declare it: {remedy.format(name=name)}.",
                path.span,
            )
        )
    return None


def _name(path: Traversal, at: int) -> str | None:
    """The attribute name at a step, or None if there is none."""
    step = path.steps[at] if at < len(path.steps) else None
    return step.name if isinstance(step, AttributeStep) else None


def _is_index(path: Traversal, at: int) -> bool:
    step = path.steps[at]
    return isinstance(step, IndexStep) and not isinstance(step.key, str)


def _an(what: str) -> str:
    return f"{'An' if what[0] in 'aeiou' else 'A'} {what}"


def _in(module: Module) -> str:
    return f" in module {module.directory}" if module.directory not in ("", ".") else ""


def _resource(path: Traversal, module: Module, visible: Visible, problems: Problems) -> Subject | None:
    return _object(path, 0, module, visible, problems)


def _prefixed(path: Traversal, module: Module, visible: Visible, problems: Problems) -> Subject | None:
    """`resource.TYPE.NAME`, which is TYPE.NAME."""
    type_name = _name(path, 0)
    if type_name is None:
        problems.add(_no_name(path, f"A reference to a resource names its type and its name, such as {_example(0)}."))
        return None
    subject = _object(Traversal(type_name, path.steps[1:], path.span), 0, module, visible, problems)
    return replace(subject, prefixed=True) if subject else None


def _data(path: Traversal, module: Module, visible: Visible, problems: Problems) -> Subject | None:
    return _object(path, 1, module, visible, problems)


def _object(path: Traversal, offset: int, module: Module, visible: Visible, problems: Problems) -> Subject | None:
    """A resource, or with offset 1 a data source."""
    type_name = path.root if offset == 0 else _name(path, 0)
    name = _name(path, offset)
    if type_name is None or name is None:
        problems.add(_no_object_name(path, offset, module))
        return None
    key = object_key("data" if offset else "managed", type_name, name)
    if not visible.objects:
        problems.add(
            Diagnostic(
                "CFG309",
                "Invalid reference",
                f"This is evaluated before resources and data sources, so it cannot depend on {key}.",
                span=path.span,
            )
        )
        return None
    declared = _own_data(visible, key, module) or module.objects.get(key)
    if declared is None and key not in module.broken:
        problems.add(_undeclared_object(key, type_name, offset, module, path))
    if declared is None or not declared.sound:
        return None
    problem = _steps_problem(path, offset + 1, declared)
    if problem is None:
        return Subject("object", key)
    problems.add(problem)
    return None


def _own_data(visible: Visible, key: str, module: Module) -> ObjectBlock | None:
    """The data source of the check block around the expression, if that is what the key names."""
    own = module.checks[visible.check].data if visible.check else None
    return own if own and own.key == key else None


def _no_object_name(path: Traversal, offset: int, module: Module) -> Diagnostic:
    if offset or path.root in RESOURCE_TYPES:
        kind = "data source" if offset else "resource"
        return _no_name(path, f"A reference to a {kind} names its type and its name, such as {_example(offset)}.")
    hint = did_you_mean(path.root, [*_ROOTS, *RESOURCE_TYPES, *(f"var.{name}" for name in module.names(VariableBlock))])
    return _no_name(path, f'There is nothing called "{path.root}" here.{hint}', needs_quotes(path))


def _example(offset: int) -> str:
    return "data.classiclink_vpcs.all" if offset else "classiclink_vpc.shop"


def _undeclared_object(key: str, type_name: str, offset: int, module: Module, path: Traversal) -> Diagnostic:
    what = "data source" if offset else "resource"
    types = DATA_SOURCES if offset else RESOURCE_TYPES
    keys = (*module.objects, *sorted(module.broken))
    known = [each for each in keys if each.removeprefix("data." if offset else "").partition(".")[0] in types]
    hint = did_you_mean(key, known)
    if type_name not in types:
        hint = hint or did_you_mean(type_name, [*types, *(() if offset else _ROOTS)])
        detail = f'There is no {what} type "{type_name}".{hint}'
    else:
        detail = f"A {what} {key} has not been declared{_in(module)}.{hint}"
    return _undeclared(f"Reference to undeclared {what}", detail, "", path.span)


def _steps_problem(path: Traversal, at: int, declared: ObjectBlock) -> Diagnostic | None:
    """What is wrong with the steps after the name: a key where there are several, then an attribute of the type."""
    if at >= len(path.steps):
        return None
    argument = declared.repetition.argument
    attributes = declared.schema.attributes
    if argument and _name(path, at) in attributes:
        return _missing_key(path, at, declared)
    if argument:
        at += 1
    elif _is_index(path, at):
        detail = f'{declared.key} has neither "count" nor "for_each", so it is one object without a key.'
        remedy = f"Write {declared.key} without the key."
        return Diagnostic("CFG309", "Unexpected resource instance key", detail, Remedy.of(remedy), span=path.span)
    name = _name(path, at)
    if name is None or name in attributes:
        return None
    return _unsupported(path, f"{declared.type} has no attribute", name, attributes)


def _missing_key(path: Traversal, at: int, declared: ObjectBlock) -> Diagnostic:
    by_count = declared.repetition.argument == "count"
    attribute = _name(path, at)
    example = f"{declared.key}[{'0' if by_count else 'each.key'}].{attribute}"
    every = f"{declared.key}[*].{attribute}" if by_count else f"values({declared.key})[*].{attribute}"
    detail = f'{declared.key} has "{declared.repetition.argument}" set, so its attributes belong to its instances.'
    remedy = f"Name an instance, such as {example}, or all of them: {every}."
    return Diagnostic("CFG309", "Missing resource instance key", detail, Remedy.of(remedy), span=path.span)


def _module(path: Traversal, module: Module, visible: Visible, problems: Problems) -> Subject | None:
    name = _name(path, 0)
    if name is None:
        problems.add(_no_name(path, "A reference to a module names the call, such as module.shop."))
        return None
    if name not in module.calls:
        if ModuleCall.key_of(name) not in module.broken:
            detail = f'There is no module "{name}"{_in(module)}.{did_you_mean(name, module.names(ModuleCall))}'
            problems.add(_undeclared("Reference to undeclared module", detail, "", path.span))
        return None
    if not visible.objects:
        problems.add(
            Diagnostic(
                "CFG309",
                "Invalid reference",
                f"This is evaluated before modules, so it cannot depend on module.{name}.",
                span=path.span,
            )
        )
        return None
    at = 2 if module.calls[name].repetition.argument else 1
    output = _name(path, at)
    child = module.children.get(name)
    if child is None or output is None:
        return Subject("module", name)
    if output in child.outputs:
        return Subject("output", name, output)
    if f"output.{output}" not in child.broken:
        problems.add(_unsupported(path, f"module.{name} has no output", output, child.names(OutputBlock)))
    return None


def _each(path: Traversal, module: Module, visible: Visible, problems: Problems) -> Subject | None:
    if not visible.each:
        problems.add(_context(path, "for_each", '"resource", "data", "module" or "import" blocks'))
        return None
    return _fixed(path, ("key", "value"), problems)


def _count(path: Traversal, module: Module, visible: Visible, problems: Problems) -> Subject | None:
    if not visible.count:
        problems.add(_context(path, "count", '"resource", "data" or "module" blocks'))
        return None
    return _fixed(path, ("index",), problems)


def _context(path: Traversal, argument: str, blocks: str) -> Diagnostic:
    return Diagnostic(
        "CFG309",
        f'Reference to "{path.root}" without "{argument}"',
        f'"{path.root}" can be used only in {blocks}, and only where "{argument}" is set.',
        Remedy.of(f'Set "{argument}" in this block, or write the value out.'),
        span=path.span,
    )


def _self(path: Traversal, module: Module, visible: Visible, problems: Problems) -> Subject | None:
    if visible.own:
        return Subject("self")
    problems.add(
        Diagnostic("CFG309", 'Invalid "self" reference', '"self" can be used only in postconditions.', span=path.span)
    )
    return None


def _path_names(path: Traversal, module: Module, visible: Visible, problems: Problems) -> Subject | None:
    return _fixed(path, ("cwd", "module", "root"), problems)


def _cl(path: Traversal, module: Module, visible: Visible, problems: Problems) -> Subject | None:
    return _fixed(path, ("workspace",), problems)


def _fixed(path: Traversal, names: tuple[str, ...], problems: Problems) -> Subject | None:
    """A root with a few attributes that are always the same."""
    name = _name(path, 0)
    if name in names:
        return Subject(path.root)
    known = " and ".join(f"{path.root}.{known}" for known in names)
    what = f'no attribute "{name}"' if name else "no value of its own"
    detail = f'"{path.root}" has {what}. There is {known}.{did_you_mean(str(name), names)}'
    problems.add(Diagnostic("CFG308", "Unsupported attribute", detail, span=path.span))
    return None


def _unsupported(path: Traversal, what: str, name: str, known: Collection[str]) -> Diagnostic:
    hint = did_you_mean(name, known) or (f" It has {', '.join(sorted(known))}." if known else "")
    return Diagnostic("CFG308", "Unsupported attribute", f'{what} named "{name}".{hint}', span=path.span)


def _undeclared(summary: str, detail: str, remedy: str, span: Span) -> Diagnostic:
    return Diagnostic("CFG307", summary, detail, Remedy.of(remedy), span=span)


def _no_name(path: Traversal, detail: str, remedy: str = "") -> Diagnostic:
    return Diagnostic("CFG307", "Invalid reference", detail, Remedy.of(remedy), span=path.span)


_ROOTS: Mapping[str, Callable[[Traversal, Module, Visible, Problems], Subject | None]] = {
    "var": _variable,
    "local": _local,
    "data": _data,
    "resource": _prefixed,
    "module": _module,
    "each": _each,
    "count": _count,
    "self": _self,
    "path": _path_names,
    "cl": _cl,
    "terraform": _cl,
}
