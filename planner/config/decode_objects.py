"""`resource` and `data` blocks, and what module calls share with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from planner.config import schema
from planner.config.blocks import check_block
from planner.config.constants import constant
from planner.config.declarations import NO_LIFECYCLE, Condition, Lifecycle, ObjectBlock, Repetition, object_key
from planner.config.names import dependencies, listed, name_of, unquoted, words
from planner.config.problems import Problems
from planner.diagnostics import Diagnostic, Span, did_you_mean
from planner.hcl.syntax.nodes import Attribute, Block, Body, Expression, ObjectItems
from planner.hcl.syntax.references import references
from planner.network.identity import ATTACHMENT, GUEST_ROUTE, VPC
from planner.remedy import Remedy

_SCHEMAS: Mapping[str, tuple[schema.ObjectSchemas, schema.BlockSchemas]] = {
    "managed": (schema.RESOURCE_TYPES, schema.RESOURCE_BLOCKS),
    "data": (schema.DATA_SOURCES, schema.DATA_BLOCKS),
}


def decode_object(mode: str, block: Block, problems: Problems) -> ObjectBlock | None:
    """A `resource` or `data` block; None if nothing of it can be used, which is reported."""
    types, blocks = _SCHEMAS[mode]
    if len(block.labels) != 2:
        check_block(block, schema.TOP_LEVEL[block.type], problems)
        return None
    type_name, name = block.labels
    known = types.get(type_name)
    address = object_key(mode, type_name, name)
    if known is None:
        problems.add(_unknown_type(mode, block, types))
        return None
    before = len(problems)
    check_block(block, blocks[type_name], problems, address)
    attributes = block.body.attributes
    depends_on = dependencies(attributes.get("depends_on"), problems)
    lifecycle = _lifecycle(known, block.body, problems, address)
    repetition = repetition_of(block.body, problems, address)
    arguments = {name: attribute for name, attribute in attributes.items() if name in known.arguments}
    provider = attributes.get("provider")
    sound = len(problems) == before
    return ObjectBlock(block, mode, known, name, repetition, arguments, depends_on, provider, lifecycle, sound)


def _unknown_type(mode: str, block: Block, types: schema.ObjectSchemas) -> Diagnostic:
    type_name = block.labels[0]
    what = "data source" if mode == "data" else "resource type"
    hint = did_you_mean(type_name, types)
    if not hint:
        other, word = (schema.RESOURCE_TYPES, "resource") if mode == "data" else (schema.DATA_SOURCES, "data")
        hint = f' Declare it with a "{word}" block.' if type_name in other else f" There are: {', '.join(types)}."
    detail = f'There is no {what} "{type_name}".{hint}'
    return Diagnostic("CFG301", f"Invalid {what}", detail, span=block.label_spans[0])


def repetition_of(body: Body, problems: Problems, address: str) -> Repetition:
    count, for_each = body.attributes.get("count"), body.attributes.get("for_each")
    if count and for_each:
        detail = 'A block can have "count" or "for_each", but not both.'
        problems.add(
            Diagnostic(
                "CFG312",
                'Invalid combination of "count" and "for_each"',
                detail,
                address=address,
                span=for_each.name_span,
            )
        )
    return Repetition(count, None if count else for_each)


def conditions(body: Body, kind: str, problems: Problems) -> tuple[Condition, ...]:
    """The sound `precondition`, `postcondition`, `validation` or `assert` blocks of a body."""
    found: list[Condition] = []
    for block in body.blocks_of(kind):
        attributes = block.body.attributes
        if {"condition", "error_message"} <= attributes.keys():
            condition = attributes["condition"].expression
            if not references(condition):
                problems.add(_constant_condition(condition))
            found.append(Condition(kind, block, condition, attributes["error_message"].expression))
    return tuple(found)


def _constant_condition(condition: Expression) -> Diagnostic:
    detail = f"`{condition.text}` refers to nothing, so it is always the same and checks nothing."
    remedy = "Refer to what is to be checked, such as var.NAME or self.ATTRIBUTE."
    return Diagnostic("CFG317", "Invalid condition", detail, Remedy.of(remedy), span=condition.span)


def _lifecycle(known: schema.ObjectSchema, body: Body, problems: Problems, address: str) -> Lifecycle:
    block = next(body.blocks_of("lifecycle"), None)
    if block is None:
        return NO_LIFECYCLE
    attributes = block.body.attributes
    _refuse_create_before_destroy(known, attributes.get("create_before_destroy"), problems, address)
    prevent = attributes.get("prevent_destroy")
    triggers = attributes.get("replace_triggered_by")
    return Lifecycle(
        prevent.expression if prevent else None,
        _ignored(known, attributes.get("ignore_changes"), problems, address),
        tuple(unquoted(item) for item in listed(triggers, problems)),
        conditions(block.body, "precondition", problems),
        conditions(block.body, "postcondition", problems),
    )


_WHY_DESTROY_FIRST = {  # what is not here is created first in any case
    ATTACHMENT: "an instance can have only one link, so the old link must be removed first",
    VPC: "ClassicLink is either on or off for a VPC, so it cannot be enabled a second time beside the first",
    GUEST_ROUTE: "an instance can have only one route to a destination, so the old entry must be removed first",
}


def _refuse_create_before_destroy(
    known: schema.ObjectSchema, attribute: Attribute | None, problems: Problems, address: str
) -> None:
    with problems.collecting(address):
        if attribute and constant(attribute, False) and known.type in _WHY_DESTROY_FIRST:
            detail = f'"create_before_destroy" is not supported for {known.type}: {_WHY_DESTROY_FIRST[known.type]}.'
            remedy = "Remove the argument. A move waits to detach until the new VPC has room, so the gap is short."
            problems.add(
                Diagnostic(
                    "CFG315",
                    "Unsupported create_before_destroy",
                    detail,
                    Remedy.of(remedy),
                    address=address,
                    span=attribute.expression.span,
                )
            )


def _ignored(
    known: schema.ObjectSchema, attribute: Attribute | None, problems: Problems, address: str
) -> frozenset[str]:
    names: set[str] = set()
    for name, item in words(attribute, problems):
        if name == "all":
            names |= known.arguments.keys()
        elif name in known.arguments:
            names.add(name)
        else:
            detail = f'{known.type} has no argument named "{name}".{did_you_mean(name, known.arguments)}'
            problems.add(Diagnostic("CFG315", "Unsupported ignore_changes", detail, address=address, span=item.span))
    return frozenset(names)


def provider_map(attribute: Attribute | None, problems: Problems) -> dict[str, tuple[str, Span]]:
    """`providers = { mock = mock.west }` of a module call: the child's name for a provider, and the caller's."""
    if attribute is None:
        return {}
    found: dict[str, tuple[str, Span]] = {}
    pairs: Iterable[tuple[Expression, Expression]] = ()
    if isinstance(attribute.expression, ObjectItems):
        pairs = attribute.expression.items
    else:
        detail = (
            '"providers" maps the names of providers in the module to providers here, such as { mock = mock.west }.'
        )
        problems.add(Diagnostic("CFG338", "Invalid providers argument", detail, span=attribute.expression.span))
    for key, value in pairs:
        inside, outside = name_of(key), name_of(value)
        if inside is None or outside is None:
            detail = "A provider is written as its name, or with an alias as name.alias."
            problems.add(Diagnostic("CFG338", "Invalid provider reference", detail, span=value.span))
        elif (mapped := str(inside)).partition(".")[0] != (given := str(outside)).partition(".")[0]:
            detail = (
                f'"{mapped}" and {given} are different kinds of provider, so the module cannot use one as the other.'
            )
            remedy = Remedy.of(f"Write {given.partition('.')[0]} = {given}.")
            problems.add(Diagnostic("CFG338", "Invalid provider reference", detail, remedy, span=key.span))
        else:
            found[mapped] = (given, value.span)
    return found
