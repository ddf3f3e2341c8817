"""Override files: `override.hcl` and `*_override.hcl`, also as JSON, whose blocks are merged into those of other files.

A block is merged into the one with the same type and labels (providers: the same alias). An argument replaces the one
of the same name. A nested block replaces all of its type, but the arguments of `lifecycle` are merged one by one. Local
values are replaced one by one, and so are the arguments and nested blocks of `cl`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from planner.config.problems import Problems
from planner.diagnostics import Diagnostic, Span
from planner.hcl.syntax.nodes import Block, Body, Literal
from planner.remedy import Remedy
from planner.values import replace

_NEVER = frozenset({"moved", "import", "removed", "check"})
"""Blocks that say what happens once, or that have no identity: there is nothing to merge them into."""

_Header = tuple[str, ...]


def is_override(name: str) -> bool:
    """Whether a configuration file of this name overrides the others."""
    stem = name.removesuffix(".json").removesuffix(".hcl")
    return stem == "override" or stem.endswith("_override")


def merged(files: Sequence[Body], overrides: Sequence[Body], problems: Problems) -> list[Body]:
    """The bodies of a module's files with its override files merged into them, in order."""
    if not overrides:
        return list(files)
    taken_over = replace(overrides[0], attributes={}, blocks=())
    merger = _Merger([*files, taken_over], problems)
    for body in overrides:
        for block in body.blocks:
            merger.override(block)
    return [*merger.files(), *(replace(body, blocks=()) for body in overrides)]


class _Merger:
    def __init__(self, files: Sequence[Body], problems: Problems) -> None:
        self._files = files
        self._problems = problems
        self._blocks = [list(body.blocks) for body in files]
        self._places: dict[_Header, tuple[int, int]] = {}
        for file, blocks in enumerate(self._blocks):
            for index, block in enumerate(blocks):
                self._places.setdefault(_header(block), (file, index))

    def files(self) -> list[Body]:
        return [replace(body, blocks=tuple(blocks)) for body, blocks in zip(self._files, self._blocks, strict=True)]

    def override(self, block: Block) -> None:
        place = self._places.get(_header(block))
        depends_on = block.body.attributes.get("depends_on")
        if block.type in _NEVER:
            detail = f'A "{block.type}" block is not allowed in an override file.'
            self._unsupported(detail, "Move it to another file.", block.header_span)
        elif block.type == "locals":
            self._override_locals(block)
        elif block.type == "cl":
            self._take_over(block)
        elif place is None:
            self._nothing_there(" ".join([block.type, *(f'"{label}"' for label in block.labels)]), block.header_span)
        elif depends_on is not None and block.type != "provider":
            remedy = "Change it in the block that this one overrides."
            self._unsupported('"depends_on" cannot be overridden.', remedy, depends_on.name_span)
        else:
            file, index = place
            self._blocks[file][index] = _merge(self._blocks[file][index], block)

    def _override_locals(self, block: Block) -> None:
        known = {name for body in self._all("locals") for name in body.attributes}
        for attribute in block.body.attributes.values():
            if attribute.name not in known:
                self._nothing_there(f"local value {attribute.name}", attribute.name_span)
        self._take_over(block)

    def _take_over(self, block: Block) -> None:
        """Put a block beside those of its type, which count as one with it, and lose what it has as well."""
        for blocks in self._blocks:
            blocks[:] = [_without(each, block.body) if each.type == block.type else each for each in blocks]
        self._blocks[-1].append(block)

    def _all(self, block_type: str) -> Iterable[Body]:
        return (block.body for blocks in self._blocks for block in blocks if block.type == block_type)

    def _nothing_there(self, what: str, span: Span) -> None:
        detail = f"No other file has a {what} that this could override."
        remedy = "Declare it in a file that is not an override file."
        self._problems.add(Diagnostic("CFG330", "Nothing to override", detail, Remedy.of(remedy), span=span))

    def _unsupported(self, detail: str, remedy: str, span: Span) -> None:
        self._problems.add(Diagnostic("CFG331", "Unsupported override", detail, Remedy.of(remedy), span=span))


def _header(block: Block) -> _Header:
    """What identifies a block: its type, its labels and, of a provider, its alias."""
    alias = block.body.attributes.get("alias") if block.type == "provider" else None
    value = alias.expression.value.raw if alias and isinstance(alias.expression, Literal) else ""
    return (block.type, *block.labels, str(value))


def _merge(block: Block, override: Block) -> Block:
    body = _laid_over(block.body, override.body)
    if block.type in ("resource", "data"):
        body = replace(body, blocks=_with_merged_lifecycle(block.body, body.blocks))
    return block.with_body(body)


def _with_merged_lifecycle(before: Body, blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    first = next(before.blocks_of("lifecycle"), None)
    return tuple(
        first.with_body(_laid_over(first.body, each.body)) if each.type == "lifecycle" and first else each
        for each in blocks
    )


def _laid_over(body: Body, override: Body) -> Body:
    """The body with the arguments of another, and with its nested blocks in place of all others of their types."""
    return replace(
        body,
        attributes=body.attributes | override.attributes,
        blocks=(*_without_types(body.blocks, override.blocks), *override.blocks),
    )


def _without(block: Block, other: Body) -> Block:
    attributes = {name: each for name, each in block.body.attributes.items() if name not in other.attributes}
    body = replace(block.body, attributes=attributes, blocks=tuple(_without_types(block.body.blocks, other.blocks)))
    return block.with_body(body)


def _without_types(blocks: Iterable[Block], others: Iterable[Block]) -> Iterable[Block]:
    types = {block.type for block in others}
    return (block for block in blocks if block.type not in types)
