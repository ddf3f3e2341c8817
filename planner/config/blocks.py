"""Checks of blocks against the schema: unknown, missing and repeated names."""

from __future__ import annotations

import re
from collections.abc import Iterable

from planner.config.problems import Problems
from planner.config.schema import BlockSchema
from planner.diagnostics import Diagnostic, Related, Span, did_you_mean, mistyped, nearest_word
from planner.hcl.syntax.nodes import Attribute, Block, Body
from planner.remedy import File, Remedy

_NAME = re.compile(r"[^\W\d][\w-]*")


def is_name(text: str) -> bool:
    """Whether this can be the name of a block."""
    return _NAME.fullmatch(text) is not None


def check_block(block: Block, schema: BlockSchema, problems: Problems, address: str | None = None) -> bool:
    """Whether the block fits its schema: labels, arguments and nested blocks. What does not fit is reported."""
    before = len(problems)
    _check_labels(block, schema, problems)
    check_body(block.body, schema, block.header_span, problems, address)
    return len(problems) == before


def check_body(body: Body, schema: BlockSchema, header: Span, problems: Problems, address: str | None = None) -> None:
    """Report what the schema of a body has no place for, and what it requires that is missing."""
    known = schema.arguments
    unknown = [] if schema.open else [each for each in body.attributes.values() if each.name not in known]
    no_blocks = [each.name for each in unknown if each.name not in schema.blocks]
    meant = mistyped(no_blocks, (name for name in known if name not in body.attributes))
    for attribute in unknown:
        problems.add(_unsupported_argument(attribute, schema, address, meant.get(attribute.name)))
    for name, argument in known.items():
        if argument.required and name not in body.attributes and name not in meant.values():
            free = (each for each in body.attributes if schema.open and each not in known)
            wrong = body.attributes.get(nearest_word(name, free) or "")
            missing = _missing(name, header, address)
            problems.add(missing if wrong is None else _unsupported_argument(wrong, schema, address, name))
    seen: dict[str, Block] = {}
    for block in body.blocks:
        _check_nested(block, schema, seen, problems, address)


def _check_nested(
    block: Block, schema: BlockSchema, seen: dict[str, Block], problems: Problems, address: str | None
) -> None:
    nested = schema.blocks.get(_nested_type(block), schema.others)
    if nested is None:
        problems.add(_unsupported_block(block, schema, address))
        return
    first = seen.setdefault(_nested_type(block), block)
    if nested.single and first is not block:
        header = first.header_span
        remedy = into_the_first(header)
        problems.add(duplicate(f"{block.type} block", block.header_span, header, address, remedy))
    if block.type == "dynamic":
        check_dynamic(block, nested, problems, address)
    else:
        check_block(block, nested, problems, address)


def _nested_type(block: Block) -> str:
    """The type of a nested block, or of the blocks that a `dynamic` block generates."""
    return block.labels[0] if block.type == "dynamic" and block.labels else block.type


def check_dynamic(block: Block, schema: BlockSchema, problems: Problems, address: str | None = None) -> None:
    """Report what is wrong with a `dynamic` block that makes blocks of this schema."""
    contents = [inner for inner in block.body.blocks if inner.type == "content"]
    if "for_each" not in block.body.attributes:
        problems.add(_missing("for_each", block.header_span, address))
    for attribute in block.body.attributes.values():
        if attribute.name not in ("for_each", "iterator", "labels"):
            problems.add(_unsupported_argument(attribute, DYNAMIC_BLOCK, address))
    for inner in block.body.blocks:
        if inner.type != "content":
            problems.add(_unsupported_block(inner, DYNAMIC_BLOCK, address))
    if len(contents) != 1:
        detail = 'A dynamic block must have exactly one "content" block: the content of each block that it makes.'
        problems.add(Diagnostic("CFG304", "Missing content block", detail, address=address, span=block.header_span))
    for content in contents[:1]:
        check_body(content.body, schema, content.header_span, problems, address)


DYNAMIC_BLOCK = BlockSchema(blocks={"content": BlockSchema(open=True)})


def _check_labels(block: Block, schema: BlockSchema, problems: Problems) -> None:
    expected, found = len(schema.labels), len(block.labels)
    example = " ".join([block.type, *(f'"{label.upper()}"' for label in schema.labels)]) + " { … }"
    if found < expected:
        name = schema.labels[found]
        detail = f'A "{block.type}" block has {_labels(expected)}: {", ".join(schema.labels)}.'
        problems.add(
            Diagnostic(
                "CFG304",
                f"Missing {name} for {block.type}",
                detail,
                Remedy.of(f"Write {example}."),
                span=block.header_span,
            )
        )
    elif found > expected:
        detail = f'A "{block.type}" block has {_labels(expected)}, but this one has {found}.'
        span = block.label_spans[expected]
        problems.add(
            Diagnostic(
                "CFG304", f"Extraneous label for {block.type}", detail, Remedy.of(f"Write {example}."), span=span
            )
        )

    for label in block.label_nodes[:expected]:
        if not is_name(label.value):
            detail = "A name begins with a letter or underscore, and has letters, digits, underscores and dashes only."
            problems.add(Diagnostic("CFG304", f"Invalid name for {block.type}", detail, span=label.span))


def _labels(count: int) -> str:
    return {0: "no label", 1: "one label"}.get(count, f"{count} labels")


def _unsupported_argument(
    attribute: Attribute, schema: BlockSchema, address: str | None, meant: str | None = None
) -> Diagnostic:
    if attribute.name in schema.blocks:
        detail = f'"{attribute.name}" is a block, not an argument: write it as {attribute.name} {{ … }}, with no "=".'
    else:
        hint = did_you_mean(attribute.name, [meant] if meant else schema.arguments) or _known(
            schema.arguments, "Known here"
        )
        detail = f'There is no argument "{attribute.name}" here.{hint}'
    return Diagnostic("CFG302", "Unsupported argument", detail, address=address, span=attribute.name_span)


def _known(names: Iterable[str], what: str) -> str:
    listed = ", ".join(sorted(names))
    return f" {what}: {listed}." if listed else ""


def _unsupported_block(block: Block, schema: BlockSchema, address: str | None) -> Diagnostic:
    name = _nested_type(block)
    span = block.label_spans[0] if name != block.type else block.type_span
    if name in schema.arguments:
        detail = f'"{name}" is an argument, not a block: write it as {name} = …, with an equals sign.'
    else:
        hint = did_you_mean(name, schema.blocks) or _known(schema.blocks, "Known here")
        detail = f'There is no block "{name}" here.{hint}'
    return Diagnostic("CFG301", "Unsupported block type", detail, address=address, span=span)


def _missing(name: str, header: Span, address: str | None) -> Diagnostic:
    return Diagnostic(
        "CFG303",
        "Missing required argument",
        f'This block does not set "{name}", which is required.',
        Remedy.of(f"Add {name} = … to the block."),
        address=address,
        span=header,
    )


RENAME = "Rename or remove one of the two."
"""What can be done about two blocks of one name."""


def into_the_first(first: Span) -> Remedy:
    """What can be done about a second block where there can be only one."""
    place = Remedy.of(File(first.filename), f":{first.start.line}")
    return Remedy.of("Move its content into the block at ", place, ", and remove this one.")


def duplicate(
    what: str,
    span: Span,
    first: Span,
    address: str | None = None,
    remedy: str | Remedy = RENAME,
) -> Diagnostic:
    return Diagnostic(
        "CFG305",
        f"Duplicate {what}",
        "Only one is allowed, and there is one already.",
        Remedy.of(remedy),
        address=address,
        span=span,
        related=(Related("first declared here", first),),
    )
