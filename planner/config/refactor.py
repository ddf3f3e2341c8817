"""`moved` and `removed` blocks, and addresses in a configuration."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from planner.address import Address, Key
from planner.config.declarations import ModuleCall, MovedBlock, ObjectBlock, RemovedBlock
from planner.config.desired import DesiredObject, Moved, Removed
from planner.config.module import Module
from planner.config.module_instance import ModuleInstance, Roots
from planner.config.names import kind_of_address, unquoted
from planner.config.problems import Problems
from planner.config.schema import RESOURCE_TYPES
from planner.diagnostics import ConfigError, Diagnostic, Related, Span
from planner.hcl.syntax.nodes import Access, Expression, GetAttribute, Literal, Variable
from planner.remedy import Remedy
from planner.values import replace

if TYPE_CHECKING:
    from planner.state.model import State

_LAST_KEY = r'\[(?:\d+|"(?:[^"\\]|\\.)*")\]$'


def moved_blocks(instances: Iterator[ModuleInstance], problems: Problems) -> Iterator[Moved]:
    """All `moved` blocks, with addresses as seen from the root; those that contradict something are reported."""
    for instance in instances:
        circular = set(_circles({block.origin: block.target for block in instance.analysis.module.of(MovedBlock)}))
        origins: dict[str, MovedBlock] = {}
        targets: dict[str, MovedBlock] = {}
        for block in instance.analysis.module.of(MovedBlock):
            others = (origins.setdefault(block.origin, block), targets.setdefault(block.target, block))
            problem = _ambiguous(block, *others) or _moved_problem(block, instance.analysis.module)
            if problem is None and block.origin in circular:
                detail = f"The moved blocks form a circle: they lead from {block.origin} back to it."
                problem = Diagnostic(
                    "CFG327", "Circular move", detail, Remedy.of("Remove one of them."), span=block.span
                )
            if problem is not None:
                problems.add(problem)
            else:
                yield Moved(instance.text(block.origin), instance.text(block.target), block.span)


def _circles(targets: Mapping[str, str]) -> Iterator[str]:
    """One origin of each circle in the moves, given as targets by origin."""
    seen: dict[str, str] = {}
    for start in targets:
        place = start
        while place in targets and place not in seen:
            seen[place] = start
            place = targets[place]
        if seen.get(place) == start:
            yield place


def _ambiguous(block: MovedBlock, same_origin: MovedBlock, same_target: MovedBlock) -> Diagnostic | None:
    """What is wrong where an earlier block has the same origin or the same target as this one."""
    if same_origin.target != block.target:
        other = same_origin
        detail = f"{block.origin} can move to only one place, but there is another moved block for it."
    elif same_target.origin != block.origin:
        other = same_target
        detail = f"Only one object can move to {block.target}, but there is another moved block that leads there."
    else:
        return None
    related = (Related("the other one", other.span),)
    return Diagnostic(
        "CFG327", "Ambiguous move", detail, Remedy.of("Remove one of the two."), span=block.span, related=related
    )


def _moved_problem(block: MovedBlock, module: Module) -> Diagnostic | None:
    if block.origin == block.target:
        detail = f'"from" and "to" are both {block.origin}, so nothing moves.'
        return Diagnostic("CFG327", "Redundant move", detail, Remedy.of("Delete the block."), span=block.span)
    if kind_of_address(block.origin) != kind_of_address(block.target):
        detail = f"{block.origin} and {block.target} have different types, so one cannot become the other."
        return Diagnostic("CFG327", "Type mismatch in a move", detail, span=block.span)
    declared = _declared(block.origin, module)
    if declared and _without_key(block.target) != block.origin:
        detail = f"{block.origin} is still declared, so it cannot move to {block.target}."
        return Diagnostic(
            "CFG327",
            "Moved object still exists",
            detail,
            Remedy.of("Delete its block, or this one."),
            span=block.span,
            related=(Related("declared here", declared.span),),
        )
    return None


def _declared(address: str, module: Module) -> ObjectBlock | ModuleCall | None:
    """The block that an address as seen from this module names. With a key it names none: that instance may be gone."""
    if "[" in address:
        return None
    *modules, last = re.findall(r"module\.[^.]+|[^.]+\.[^.]+", address)
    inner: Module | None = module
    for call in modules:
        inner = inner.children.get(call.removeprefix("module.")) if inner else None
    return (inner.objects.get(last) or inner.calls.get(last.removeprefix("module."))) if inner else None


def _without_key(address: str) -> str:
    return re.sub(_LAST_KEY, "", address)


def readdressed(prior: State, root: Module) -> State:
    """The state after the root module's `moved` blocks, for `ignore_changes`."""
    if not any(block.lifecycle.ignore_changes for block in root.objects.values()):
        return prior
    from planner.config.relocate import relocate

    moved = [Moved(block.origin, block.target, block.span) for block in root.of(MovedBlock)]
    moved_to = relocate(prior.objects, moved).to
    return replace(prior, objects={moved_to.get(at, at): found for at, found in prior.objects.items()})


def removed_blocks(instances: Iterator[ModuleInstance], problems: Problems) -> Iterator[Removed]:
    """All `removed` blocks; one that names what is still declared is reported."""
    for instance in instances:
        module = instance.analysis.module
        first: dict[str, RemovedBlock] = {}
        for block in module.of(RemovedBlock):
            other = first.setdefault(block.origin, block)
            if declared := _declared(block.origin, module):
                problems.add(_still_declared(block.origin, block.span, declared.span))
            elif other.destroy != block.destroy:
                problems.add(_contradicted(block, other))
            else:
                yield Removed(instance.text(block.origin), block.destroy, block.span)


def check_removed(removed: Iterable[Removed], objects: Iterable[DesiredObject], problems: Problems) -> None:
    """Report `removed` blocks for instances that are still declared."""
    blocks = {block.origin: block for block in removed if "[" in block.origin}
    if not blocks:
        return
    for found in objects:
        for text in found.address.prefixes():
            if text in blocks:
                problems.add(_still_declared(text, blocks[text].span, found.place.block))


def _still_declared(origin: str, span: Span, declared: Span) -> Diagnostic:
    detail = f"{origin} is still declared, so it cannot be removed."
    remedy = Remedy.of("Delete its block, or this one.")
    related = (Related("declared here", declared),)
    return Diagnostic("CFG342", "Removed object still exists", detail, remedy, span=span, related=related)


def _contradicted(block: RemovedBlock, other: RemovedBlock) -> Diagnostic:
    detail = f"{block.origin} is destroyed by one removed block and forgotten by another."
    related = (Related("the other one", other.span),)
    return Diagnostic(
        "CFG343", "Contradictory removal", detail, Remedy.of("Remove one of the two."), span=block.span, related=related
    )


def address_of(expression: Expression, instance: ModuleInstance, roots: Roots) -> Address:
    """The address in an expression, its keys evaluated, as seen from the root.

    Raises ConfigError and Abandoned.
    """
    found = unquoted(expression)
    if not isinstance(found, Access) or not isinstance(found.subject, Variable):
        raise ConfigError(_no_address(expression.span))
    steps: list[tuple[str, Key]] = [(found.subject.name, None)]
    for step in found.steps:
        if isinstance(step, GetAttribute):
            steps.append((step.name, None))
        else:
            steps[-1] = (steps[-1][0], _key(step.key, instance, roots))
    return _from_steps(steps, instance, expression.span)


def _key(expression: Expression, instance: ModuleInstance, roots: Roots) -> Key:
    value = expression.value if isinstance(expression, Literal) else instance.value(expression, roots)
    if isinstance(value.raw, str | int) and not isinstance(value.raw, bool):
        return value.raw
    detail = "A key in an address must be a known string or whole number."
    raise ConfigError(Diagnostic("CFG322", "Invalid address", detail, span=expression.span))


def _from_steps(steps: list[tuple[str, Key]], instance: ModuleInstance, span: Span) -> Address:
    modules: list[tuple[str, Key]] = []
    while len(steps) >= 2 and steps[0] == ("module", None):
        modules.append(steps[1])
        steps = steps[2:]
    if steps[0] == ("resource", None) and len(steps) > 2:
        steps = steps[1:]
    if len(steps) != 2 or steps[0][1] is not None:
        raise ConfigError(_no_address(span))
    return Address(steps[0][0], steps[1][0], steps[1][1], (*instance.path, *modules))


def _no_address(span: Span) -> Diagnostic:
    detail = 'This is not the address of a resource, such as classiclink_attachment.web["i-1"].'
    return Diagnostic("CFG322", "Invalid address", detail, span=span)


def trigger_address(expression: Expression, instance: ModuleInstance, roots: Roots) -> Address:
    """The address in a `replace_triggered_by`; an attribute after it does not matter."""
    root = expression.subject if isinstance(expression, Access) else None
    if isinstance(expression, Access) and isinstance(root, Variable) and root.name in (*RESOURCE_TYPES, "resource"):
        named = 2 if root.name == "resource" else 1
        kept = expression.steps[:named]
        if len(expression.steps) > named and not isinstance(expression.steps[named], GetAttribute):
            kept = expression.steps[: named + 1]
        cut = Access(
            source=expression.source,
            start=expression.start,
            end=kept[-1].end,
            subject=expression.subject,
            steps=kept,
        )
        return address_of(cut, instance, roots)
    raise ConfigError(_no_address(expression.span))
