"""From the blocks of a module's files to its declarations. Every problem on the way is reported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from planner.config import schema
from planner.config.blocks import RENAME, check_block, duplicate
from planner.config.constants import constant, default_value, type_constraint
from planner.config.declarations import (
    CheckBlock,
    Declaration,
    ImportBlock,
    LocalValue,
    ModuleCall,
    MovedBlock,
    NamedDeclaration,
    ObjectBlock,
    OutputBlock,
    ProviderBlock,
    RemovedBlock,
    SettingsBlock,
    Validations,
    VariableBlock,
    object_key,
)
from planner.config.decode_objects import conditions, decode_object, provider_map, repetition_of
from planner.config.module import KINDS, Module
from planner.config.names import address_text, dependencies, kind_of_address
from planner.config.problems import Problems
from planner.config.repeated_objects import RepeatedObject, RepeatedObjects
from planner.diagnostics import ConfigError, Diagnostic, Span, did_you_mean, nearest_word
from planner.hcl.syntax.nodes import Attribute, Block, Body, Expression, Literal, ObjectItems, TupleItems

_CALL_META = frozenset({"source", "count", "for_each", "depends_on", "providers"})
_TERRAFORM_WORDS = {"terraform": ' The settings of cl belong in a "cl" block.'}

_ANOTHER_ALIAS = 'Give this block an alias of its own, such as alias = "lab", or remove one of the two.'
"""What can be done about two provider blocks of one name."""


class ModuleDecoder:
    """Gathers the declarations of one directory."""

    def __init__(self, directory: str, problems: Problems) -> None:
        self._directory = directory
        self._problems = problems
        self._declarations: list[Declaration] = []
        self._broken: set[str] = set()
        self._named: dict[str, Block | Attribute] = {}
        self._repeated = RepeatedObjects()
        self._decoders: dict[str, Callable[[Block], None]] = {
            schema.SETTINGS.keyword: self._settings,
            schema.VARIABLE.keyword: self._variable,
            schema.LOCALS.keyword: self._locals,
            schema.OUTPUT.keyword: self._output,
            schema.PROVIDER.keyword: self._provider,
            schema.RESOURCE.keyword: self._resource,
            schema.DATA.keyword: self._data,
            schema.MODULE.keyword: self._module,
            schema.MOVED.keyword: self._moved,
            schema.IMPORT.keyword: self._import,
            schema.REMOVED.keyword: self._removed,
            schema.CHECK.keyword: self._check,
        }

    def add(self, body: Body) -> None:
        """Add the declarations of one file."""
        for attribute in body.attributes.values():
            self._broken.update(_meant_in_json(attribute))
            self._problems.add(_outside_blocks(attribute))
        for block in body.blocks:
            decode = self._decoders.get(block.type)
            if decode is None:
                self._broken.update(_meant_by(block))
                self._problems.add(_no_such_block(block.type, block.type_span))
            else:
                decode(block)

    def module(self) -> Module:
        rank = {kind: place for place, kind in enumerate(KINDS)} | {RepeatedObject: KINDS.index(ObjectBlock)}
        declarations = sorted(self._declarations, key=lambda found: rank[type(found)])
        return Module(self._directory, tuple(declarations), frozenset(self._broken))

    def _claim(self, kind: type[NamedDeclaration], name: str, declared: Block | Attribute) -> bool:
        """Whether this is the first declaration of a kind with this name; if not, that is reported."""
        remedy = _ANOTHER_ALIAS if kind is ProviderBlock else RENAME
        return self._claim_key(kind.key_of(name), f"{kind.noun} {name}", declared, remedy)

    def _claim_key(self, key: str, what: str, declared: Block | Attribute, remedy: str = RENAME) -> bool:
        first = self._named.setdefault(key, declared)
        if first is not declared:
            self._problems.add(duplicate(what, _name_span(declared), _name_span(first), remedy=remedy))
        return first is declared

    def _sound(self, key: str, block: Block, what: schema.BlockSchema) -> bool:
        if check_block(block, what, self._problems, key):
            return True
        self._broken.add(key)
        return False

    def _settings(self, block: Block) -> None:
        check_block(block, schema.SETTINGS, self._problems)
        self._declarations.append(SettingsBlock(block))

    def _variable(self, block: Block) -> None:
        name = _first_label(block)
        first = self._claim(VariableBlock, name, block)
        self._broken.add(VariableBlock.key_of(name))
        if not first:  # which of the two is meant is not known: nothing is said of a value for either
            of_variable = VariableBlock, Validations
            self._declarations = [
                found
                for found in self._declarations
                if not (isinstance(found, of_variable) and found.key == VariableBlock.key_of(name))
            ]
            return
        sound = check_block(block, schema.VARIABLE, self._problems)
        attributes = block.body.attributes
        with self._problems.collecting():
            _check_reserved_variable(name, block)
            constraint = type_constraint(attributes.get("type"))
            nullable = constant(attributes.get("nullable"), True)
            default = default_value(attributes.get("default"), constraint, nullable)
            variable = VariableBlock(
                block,
                name,
                constraint,
                default,
                constant(attributes.get("description"), ""),
                constant(attributes.get("sensitive"), False),
                nullable,
                conditions(block.body, "validation", self._problems),
            )
            if sound:
                self._declarations += (variable, Validations(block, variable))
                self._broken.discard(variable.key)

    def _locals(self, block: Block) -> None:
        check_block(block, schema.LOCALS, self._problems)
        for attribute in block.body.attributes.values():
            if self._claim(LocalValue, attribute.name, attribute):
                self._declarations.append(LocalValue(block, attribute.name, attribute))

    def _output(self, block: Block) -> None:
        name = _first_label(block)
        key = OutputBlock.key_of(name)
        if not self._claim(OutputBlock, name, block) or not self._sound(key, block, schema.OUTPUT):
            return
        attributes = block.body.attributes
        with self._problems.collecting(key):
            output = OutputBlock(
                block,
                name,
                attributes["value"].expression,
                constant(attributes.get("description"), ""),
                constant(attributes.get("sensitive"), False),
                dependencies(attributes.get("depends_on"), self._problems),
                conditions(block.body, "precondition", self._problems),
            )
            self._declarations.append(output)

    def _provider(self, block: Block) -> None:
        if not check_block(block, schema.PROVIDER, self._problems):
            return
        attributes = dict(block.body.attributes)
        blocks = {nested.type: nested.body.attributes for nested in block.body.blocks}
        with self._problems.collecting():
            alias = constant(attributes.pop("alias", None), "") or None
            type_name = block.labels[0]
            name = f"{type_name}.{alias}" if alias else type_name
            if self._claim(ProviderBlock, name, block):
                self._declarations.append(ProviderBlock(block, name, type_name, alias, attributes, blocks))

    def _resource(self, block: Block) -> None:
        repeated = self._repeated.like_another(block)
        if repeated is not None:
            self._add_object(repeated)
        elif model := self._object("managed", block):
            self._repeated.add(model)

    def _data(self, block: Block) -> None:
        self._object("data", block)

    def _object(self, mode: str, block: Block) -> ObjectBlock | None:
        """The resource or data source of a block, where it is sound and the first of its name."""
        found = decode_object(mode, block, self._problems)
        if found is None:
            self._broken.update(_object_keys(block.labels))
        elif self._add_object(found):
            if found.sound:
                return found
            self._broken.add(found.key)
        return None

    def _add_object(self, found: ObjectBlock) -> bool:
        """Whether this is the first object of its name."""
        key = found.key
        is_first = self._claim_key(key, f"{'data source' if found.mode == 'data' else 'resource'} {key}", found.block)
        if is_first:
            self._declarations.append(found)
        return is_first

    def _module(self, block: Block) -> None:
        name = _first_label(block)
        key = ModuleCall.key_of(name)
        if not self._claim(ModuleCall, name, block) or not self._sound(key, block, schema.MODULE):
            return
        self._broken.add(key)
        attributes = block.body.attributes
        with self._problems.collecting(key):
            call = ModuleCall(
                block,
                name,
                constant(attributes["source"], ""),
                repetition_of(block.body, self._problems, key),
                {name: attribute for name, attribute in attributes.items() if name not in _CALL_META},
                dependencies(attributes.get("depends_on"), self._problems),
                provider_map(attributes.get("providers"), self._problems),
            )
            self._declarations.append(call)
            self._broken.discard(key)

    def _moved(self, block: Block) -> None:
        if check_block(block, schema.MOVED, self._problems):
            origin, target = (self._address(block.body.attributes[side]) for side in ("from", "to"))
            if origin and target:
                self._declarations.append(MovedBlock(block, origin, target))

    def _removed(self, block: Block) -> None:
        if not check_block(block, schema.REMOVED, self._problems):
            return
        lifecycle = next(block.body.blocks_of("lifecycle"), None)
        origin = self._address(block.body.attributes["from"])
        with self._problems.collecting():
            destroy = constant(lifecycle.body.attributes.get("destroy"), True) if lifecycle else True
            if origin:
                self._declarations.append(RemovedBlock(block, origin, destroy))

    def _address(self, attribute: Attribute) -> str | None:
        text = address_text(attribute.expression)
        if text is None or kind_of_address(text) is None:
            detail = f'"{attribute.name}" is an address, such as classiclink_attachment.web["i-1"] or module.shop.'
            self._problems.add(Diagnostic("CFG322", "Invalid address", detail, span=attribute.expression.span))
            return None
        return text

    def _import(self, block: Block) -> None:
        if check_block(block, schema.IMPORT, self._problems):
            attributes = block.body.attributes
            to, object_id = attributes["to"].expression, attributes["id"].expression
            for_each, provider = attributes.get("for_each"), attributes.get("provider")
            self._declarations.append(ImportBlock(block, to, object_id, for_each, provider))

    def _check(self, block: Block) -> None:
        name = _first_label(block)
        if not check_block(block, schema.CHECK, self._problems):
            return
        if not self._claim(CheckBlock, name, block):
            return
        asserts = conditions(block.body, "assert", self._problems)
        if not asserts:
            detail = "A check has at least one assert block, with a condition and an error_message."
            address = CheckBlock.key_of(name)
            self._problems.add(
                Diagnostic("CFG336", "Missing assert block", detail, address=address, span=block.header_span)
            )
        data = next(block.body.blocks_of("data"), None)
        own = decode_object("data", data, self._problems) if data else None
        self._declarations.append(CheckBlock(block, name, own, asserts))


def _outside_blocks(attribute: Attribute) -> Diagnostic:
    """The problem of an argument outside of blocks. In JSON it is a block of an unknown type."""
    if attribute.source.filename.endswith(".json"):
        return _no_such_block(attribute.name, attribute.name_span)
    detail = f'An argument named "{attribute.name}" must be inside a block. Put your own values into a locals block.'
    return Diagnostic("CFG302", "Unsupported argument", detail, span=attribute.name_span)


def _no_such_block(name: str, span: Span) -> Diagnostic:
    hint = _TERRAFORM_WORDS.get(name) or did_you_mean(name, schema.TOP_LEVEL)
    hint = hint or f" There are: {', '.join(schema.TOP_LEVEL)}."
    return Diagnostic("CFG301", "Unsupported block type", f'There is no block "{name}" here.{hint}', span=span)


def _name_span(declared: Block | Attribute) -> Span:
    return declared.header_span if isinstance(declared, Block) else declared.name_span


def _meant_by(block: Block) -> Iterator[str]:
    """The keys of what a block whose type is mistyped probably declares: references to it are not wrong."""
    return _meant(block.type, block.labels or ("",), block.body.attributes)


def _meant_in_json(attribute: Attribute) -> Iterator[str]:
    """The same of a block in JSON: the keys of its object are its labels or, of locals, its arguments."""
    for name, inner in _items(attribute.expression):
        yield from _meant(attribute.name, (name,), (name,))
        for label, _ in _items(inner):
            yield from _meant(attribute.name, (name, label), ())


def _items(expression: Expression) -> Iterator[tuple[str, Expression]]:
    """The items of an object, or of a list of objects, whose keys are written out."""
    if isinstance(expression, TupleItems):
        for each in expression.items:
            yield from _items(each)
    elif isinstance(expression, ObjectItems):
        for key, value in expression.items:
            if isinstance(key, Literal):
                yield str(key.value.to_python()), value


def _meant(mistyped: str, labels: Sequence[str], arguments: Iterable[str]) -> Iterator[str]:
    match nearest_word(mistyped, schema.TOP_LEVEL):
        case schema.LOCALS.keyword:
            yield from map(LocalValue.key_of, arguments)
        case schema.VARIABLE.keyword:
            yield VariableBlock.key_of(labels[0])
        case schema.OUTPUT.keyword:
            yield OutputBlock.key_of(labels[0])
        case schema.MODULE.keyword:
            yield ModuleCall.key_of(labels[0])
        case schema.RESOURCE.keyword | schema.DATA.keyword:
            yield from _object_keys(labels)


def _object_keys(labels: Sequence[str]) -> Iterator[str]:
    """The keys that references to an object with a wrong type may have: as it is written, and as it is meant."""
    type_name, *rest = labels or ("",)
    for mode, types in (("managed", schema.RESOURCE_TYPES), ("data", schema.DATA_SOURCES)):
        for name in {type_name, nearest_word(type_name, types) or type_name}:
            yield object_key(mode, name, ".".join(rest))


def _first_label(block: Block) -> str:
    return block.labels[0] if block.labels else ""


def _check_reserved_variable(name: str, block: Block) -> None:
    if name in _CALL_META | {"version", "lifecycle", "locals"}:
        detail = f'"{name}" has a special meaning in module blocks, so no variable can have that name.'
        raise ConfigError(Diagnostic("CFG405", "Invalid variable name", detail, span=block.label_spans[0]))
