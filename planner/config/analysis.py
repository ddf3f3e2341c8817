"""What each expression of a module refers to, found once for each directory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from planner.config.declarations import Condition, Module, ObjectBlock, Repetition
from planner.config.names import name_of
from planner.config.problems import Problems
from planner.config.references import ANYWHERE, Subject, Visible, references
from planner.hcl.syntax.nodes import Access, Attribute, Block, Body, Expression, GetElement

Declared = tuple[str, str]
"""The kind and name of a declaration, such as `("local", "ids")`; object keys are as written in a reference."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the expressions of a module refer to.

    `subjects` are those of each expression, None where it refers to something that is not there; expressions that
    refer to the same subjects share one tuple. `uses` are those of each declaration. One that nobody can refer to has
    a name of its own: `validation`, `import`, `settings`, `check`.
    """

    module: Module
    subjects: Mapping[Expression, tuple[Subject, ...] | None]
    uses: Mapping[Declared, tuple[Subject, ...]]


@dataclass(slots=True)
class _Analyst:
    module: Module
    problems: Problems
    subjects: dict[Expression, tuple[Subject, ...] | None] = field(default_factory=dict)
    uses: dict[Declared, tuple[Subject, ...]] = field(default_factory=dict)
    _shared: dict[tuple[Subject, ...], tuple[Subject, ...]] = field(default_factory=dict)

    def declare(
        self,
        kind: str,
        name: str,
        expressions: Iterable[tuple[Expression, Visible]],
        address: str | None = None,
        *,
        after: Iterable[Expression] = (),
    ) -> None:
        """Note what these expressions refer to, and what the declaration comes `after` by its `depends_on`."""
        found = Problems()
        used: dict[Subject, None] = {}
        for expression in after:
            waited_for = references(expression, self.module, ANYWHERE, found)
            self.subjects[expression] = waited_for
            used.update(dict.fromkeys(map(_all_of_it, waited_for or ())))
        for expression, visible in expressions:
            resolved = references(expression, self.module, visible, found)
            self.subjects[expression] = None if resolved is None else self._shared.setdefault(resolved, resolved)
            used.update(dict.fromkeys(resolved or ()))
        self.problems.extend(found, address)
        self.uses[kind, name] = tuple(used)


def analyse(module: Module, problems: Problems) -> Analysis:
    """The references of a module; those that lead nowhere are told."""
    analyst = _Analyst(module, problems)
    for name, variable in module.variables.items():
        analyst.declare("var", name, ())
        analyst.declare("validation", name, _conditions(variable.validations, ANYWHERE), f"var.{name}")
    for name, local in module.locals.items():
        analyst.declare("local", name, [(local.attribute.expression, ANYWHERE)], f"local.{name}")
    for key, found in module.objects.items():
        analyst.declare("object", key, _of_object(found), key, after=found.depends_on)
    for name, call in module.calls.items():
        outside = [(expression, ANYWHERE) for expression in call.repetition.expressions]
        analyst.declare("call", name, outside, f"module.{name}", after=call.depends_on)
        for input_name, attribute in call.inputs.items():
            visible = _repeated(call.repetition)
            analyst.declare("input", f"{name}.{input_name}", [(attribute.expression, visible)], f"module.{name}")
    for name, output in module.outputs.items():
        inside = [(output.value, ANYWHERE), *_conditions(output.preconditions, ANYWHERE)]
        analyst.declare("output", name, inside, f"output.{name}", after=output.depends_on)
    early = Visible(objects=False)
    for key, provider in module.providers.items():
        analyst.declare("provider", key, _of_attributes(provider.settings.values(), early))
    for index, block in enumerate(module.settings):
        analyst.declare("settings", str(index), _of_body(block.body, early))
    for index, wanted in enumerate(module.imports):
        analyst.declare("import", str(index), _of_import(wanted.block.body))
    for name, check in module.checks.items():
        own = Visible(extra={check.data.key: check.data} if check.data else {})
        inside = list(_conditions(check.asserts, own))
        if check.data:
            inside += _of_object(check.data)
        analyst.declare("check", name, inside, f"check.{name}", after=check.data.depends_on if check.data else ())
    return Analysis(module, analyst.subjects, analyst.uses)


def _all_of_it(subject: Subject) -> Subject:
    """What `depends_on` means by a module: not what it gives, but all that is in it."""
    return replace(subject, kind="everything") if subject.kind == "module" else subject


def _repeated(repetition: Repetition, *, own: bool = False) -> Visible:
    return Visible(each=repetition.for_each is not None, count=repetition.count is not None, own=own)


def _conditions(conditions: Iterable[Condition], visible: Visible) -> Iterator[tuple[Expression, Visible]]:
    for condition in conditions:
        yield condition.condition, visible
        yield condition.error_message, visible


def _of_attributes(attributes: Iterable[Attribute], visible: Visible) -> Iterator[tuple[Expression, Visible]]:
    return ((attribute.expression, visible) for attribute in attributes)


def _of_object(found: ObjectBlock) -> Iterator[tuple[Expression, Visible]]:
    inside = _repeated(found.repetition)
    lifecycle = found.lifecycle
    for expression in found.repetition.expressions:
        yield expression, ANYWHERE
    yield from _of_attributes(found.arguments.values(), inside)
    if lifecycle.prevent_destroy is not None:
        yield lifecycle.prevent_destroy, inside
    for expression in lifecycle.replace_triggered_by:
        yield expression, inside
        yield from ((key, inside) for key in keys_of(expression))
    yield from _conditions(lifecycle.preconditions, inside)
    yield from _conditions(lifecycle.postconditions, _repeated(found.repetition, own=True))


def _of_import(body: Body) -> Iterator[tuple[Expression, Visible]]:
    for_each = body.attributes.get("for_each")
    if for_each:
        yield for_each.expression, ANYWHERE
    visible = Visible(each=for_each is not None)
    yield body.attributes["id"].expression, visible
    yield from ((key, visible) for key in keys_of(body.attributes["to"].expression))


def keys_of(expression: Expression) -> Iterator[Expression]:
    """The keys in brackets of an address."""
    if isinstance(expression, Access):
        yield from (step.key for step in expression.steps if isinstance(step, GetElement))


def _of_body(body: Body, visible: Visible) -> Iterator[tuple[Expression, Visible]]:
    """Every expression of a body and the blocks in it; those in `dynamic` blocks see their iterators."""
    yield from _of_attributes(body.attributes.values(), visible)
    for block in body.blocks:
        if block.type == "dynamic":
            yield from _of_dynamic(block, visible)
        else:
            yield from _of_body(block.body, visible)


def _of_dynamic(block: Block, visible: Visible) -> Iterator[tuple[Expression, Visible]]:
    inside = replace(visible, iterators=visible.iterators | {iterator_of(block)})
    for name, attribute in block.body.attributes.items():
        if name != "iterator":
            yield attribute.expression, visible if name == "for_each" else inside
    for content in block.body.blocks:
        yield from _of_body(content.body, inside)


def iterator_of(block: Block) -> str:
    """The name under which the expressions of a `dynamic` block see the element at hand."""
    attribute = block.body.attributes.get("iterator")
    path = name_of(attribute.expression) if attribute else None
    return str(path) if path else (block.labels[0] if block.labels else "")
