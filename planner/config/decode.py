"""From the blocks of a module's files to its declarations, every problem told on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from planner.config import schema
from planner.config.blocks import check_block, duplicate
from planner.config.constants import constant, default_value, type_constraint
from planner.config.declarations import (
    CheckBlock,
    Condition,
    ImportBlock,
    Lifecycle,
    LocalValue,
    Module,
    ModuleCall,
    MovedBlock,
    ObjectBlock,
    OutputBlock,
    ProviderBlock,
    RemovedBlock,
    Repetition,
    VariableBlock,
)
from planner.config.names import address_text, dependencies, listed, name_of, unquoted, words
from planner.config.problems import Problems
from planner.diagnostics import Diagnostic, Span, did_you_mean
from planner.hcl.nodes import Attribute, Block, Body, Expression, ObjectItems
from planner.hcl.types import BOOL, STRING
from planner.network.identity import ATTACHMENT, GUEST_ROUTE, VPC

_META = frozenset({"count", "for_each", "depends_on", "provider"})
_CALL_META = frozenset({"source", "count", "for_each", "depends_on", "providers"})


class ModuleDecoder:
    """Gathers the declarations of one directory."""

    def __init__(self, directory: str, problems: Problems) -> None:
        self._directory = directory
        self._problems = problems
        self._broken: set[str] = set()
        self._spans: dict[str, Span] = {}
        self._settings: list[Block] = []
        self._variables: dict[str, VariableBlock] = {}
        self._locals: dict[str, LocalValue] = {}
        self._outputs: dict[str, OutputBlock] = {}
        self._providers: dict[str, ProviderBlock] = {}
        self._objects: dict[str, ObjectBlock] = {}
        self._calls: dict[str, ModuleCall] = {}
        self._moved: list[MovedBlock] = []
        self._imports: list[ImportBlock] = []
        self._removed: list[RemovedBlock] = []
        self._checks: dict[str, CheckBlock] = {}
        self._decoders: dict[str, Callable[[Block], None]] = {
            "cl": self._settings_block,
            "variable": self._variable,
            "locals": self._locals_block,
            "output": self._output,
            "provider": self._provider,
            "resource": self._resource,
            "data": self._data,
            "module": self._module,
            "moved": self._moved_block,
            "import": self._import,
            "removed": self._removed_block,
            "check": self._check,
        }

    def add(self, body: Body) -> None:
        """Take in one file."""
        for attribute in body.attributes.values():
            detail = (
                f'An argument named "{attribute.name}" cannot stand outside of a block. '
                "Values of your own go into a locals block."
            )
            self._problems.add(Diagnostic("CFG302", "Unsupported argument", detail, span=attribute.name_span))
        for block in body.blocks:
            decode = self._decoders.get(block.type)
            if decode is None:
                hint = did_you_mean(block.type, schema.TOP_LEVEL) or f" There are: {', '.join(schema.TOP_LEVEL)}."
                detail = f'Blocks of type "{block.type}" are not expected here.{hint}'
                self._problems.add(Diagnostic("CFG301", "Unsupported block type", detail, span=block.type_span))
            else:
                decode(block)

    def module(self) -> Module:
        return Module(
            self._directory,
            tuple(self._settings),
            self._variables,
            self._locals,
            self._outputs,
            self._providers,
            self._objects,
            self._calls,
            tuple(self._moved),
            tuple(self._imports),
            tuple(self._removed),
            self._checks,
            broken=frozenset(self._broken),
        )

    def _claim(self, key: str, what: str, span: Span) -> bool:
        """Whether this is the first declaration of that name; if not, that is told."""
        first = self._spans.setdefault(key, span)
        if first is not span:
            self._problems.add(duplicate(what, span, first))
        return first is span

    def _sound(self, key: str, block: Block, what: schema.BlockSchema, address: str | None = None) -> bool:
        if check_block(block, what, self._problems, address):
            return True
        self._broken.add(key)
        return False

    def _settings_block(self, block: Block) -> None:
        check_block(block, schema.SETTINGS, self._problems)
        self._settings.append(block)

    def _variable(self, block: Block) -> None:
        name = _first_label(block)
        if not self._claim(f"var.{name}", f"input variable {name}", block.header_span):
            return
        self._broken.add(f"var.{name}")
        sound = check_block(block, schema.VARIABLE, self._problems)
        attributes = block.body.attributes
        with self._problems.collecting():
            _check_reserved_variable(name, block)
            constraint = type_constraint(attributes.get("type"))
            nullable = constant(attributes.get("nullable"), BOOL, True)
            default = default_value(attributes.get("default"), constraint, nullable)
            variable = VariableBlock(
                name,
                block,
                constraint,
                default,
                constant(attributes.get("description"), STRING, ""),
                constant(attributes.get("sensitive"), BOOL, False),
                nullable,
                conditions(block.body, "validation"),
            )
            if sound:
                self._variables[name] = variable
                self._broken.discard(f"var.{name}")

    def _locals_block(self, block: Block) -> None:
        check_block(block, schema.LOCALS, self._problems)
        for attribute in block.body.attributes.values():
            if self._claim(f"local.{attribute.name}", f"local value {attribute.name}", attribute.name_span):
                self._locals[attribute.name] = LocalValue(attribute.name, attribute)

    def _output(self, block: Block) -> None:
        name = _first_label(block)
        key = f"output.{name}"
        if not self._claim(key, f"output {name}", block.header_span) or not self._sound(key, block, schema.OUTPUT, key):
            return
        attributes = block.body.attributes
        with self._problems.collecting(key):
            self._outputs[name] = OutputBlock(
                name,
                block,
                attributes["value"].expression,
                constant(attributes.get("description"), STRING, ""),
                constant(attributes.get("sensitive"), BOOL, False),
                dependencies(attributes.get("depends_on"), self._problems),
                conditions(block.body, "precondition"),
            )

    def _provider(self, block: Block) -> None:
        if not check_block(block, schema.PROVIDER, self._problems):
            return
        attributes = dict(block.body.attributes)
        with self._problems.collecting():
            alias = constant(attributes.pop("alias", None), STRING, "") or None
            found = ProviderBlock(block.labels[0], alias, block, attributes)
            if self._claim(f"provider.{found.key}", f"provider configuration {found.key}", block.header_span):
                self._providers[found.key] = found

    def _resource(self, block: Block) -> None:
        self._object("managed", block, schema.RESOURCE_TYPES, schema.RESOURCE_BLOCKS)

    def _data(self, block: Block) -> None:
        self._object("data", block, schema.DATA_SOURCES, schema.DATA_BLOCKS)

    def _object(
        self,
        mode: str,
        block: Block,
        types: schema.ObjectSchemas,
        blocks: schema.BlockSchemas,
    ) -> None:
        found = decode_object(mode, block, types, blocks, self._problems)
        key = ("data." if mode == "data" else "") + ".".join(block.labels)
        if found is None:
            self._broken.add(key)
        elif self._claim(key, f"{'data source' if mode == 'data' else 'resource'} {key}", block.header_span):
            self._objects[key] = found

    def _module(self, block: Block) -> None:
        name = _first_label(block)
        key = f"module.{name}"
        if not self._claim(key, f"module call {name}", block.header_span):
            return
        if not self._sound(key, block, schema.MODULE, key):
            return
        self._broken.add(key)
        attributes = block.body.attributes
        with self._problems.collecting(key):
            self._calls[name] = ModuleCall(
                name,
                block,
                constant(attributes["source"], STRING, ""),
                _repetition(block.body, self._problems, key),
                {name: attribute for name, attribute in attributes.items() if name not in _CALL_META},
                dependencies(attributes.get("depends_on"), self._problems),
                _provider_map(attributes.get("providers"), self._problems),
            )
            self._broken.discard(key)

    def _moved_block(self, block: Block) -> None:
        if check_block(block, schema.MOVED, self._problems):
            origin, target = (self._address(block.body.attributes[side]) for side in ("from", "to"))
            if origin and target:
                self._moved.append(MovedBlock(origin, target, block.header_span))

    def _removed_block(self, block: Block) -> None:
        if not check_block(block, schema.REMOVED, self._problems):
            return
        lifecycle = next(block.body.blocks_of("lifecycle"), None)
        origin = self._address(block.body.attributes["from"])
        with self._problems.collecting():
            destroy = constant(lifecycle.body.attributes.get("destroy"), BOOL, True) if lifecycle else True
            if origin:
                self._removed.append(RemovedBlock(origin, destroy, block.header_span))

    def _address(self, attribute: Attribute) -> str | None:
        text = address_text(attribute.expression)
        if text is None:
            detail = f'"{attribute.name}" is an address, such as classiclink_attachment.web["i-1"] or module.shop.'
            self._problems.add(Diagnostic("CFG322", "Invalid address", detail, span=attribute.expression.span))
        return text

    def _import(self, block: Block) -> None:
        if check_block(block, schema.IMPORT, self._problems):
            attributes = block.body.attributes
            found = ImportBlock(
                attributes["to"].expression, attributes["id"].expression, attributes.get("for_each"), block
            )
            self._imports.append(found)

    def _check(self, block: Block) -> None:
        name = _first_label(block)
        if not check_block(block, schema.CHECK, self._problems):
            return
        if not self._claim(f"check.{name}", f"check {name}", block.header_span):
            return
        asserts = conditions(block.body, "assert")
        if not asserts:
            detail = "A check has at least one assert block, with a condition and an error_message."
            self._problems.add(
                Diagnostic("CFG303", "Missing assert block", detail, address=f"check.{name}", span=block.header_span)
            )
        data = next(block.body.blocks_of("data"), None)
        own = decode_object("data", data, schema.DATA_SOURCES, schema.DATA_BLOCKS, self._problems) if data else None
        self._checks[name] = CheckBlock(name, block, own, asserts)


def decode_object(
    mode: str, block: Block, types: schema.ObjectSchemas, blocks: schema.BlockSchemas, problems: Problems
) -> ObjectBlock | None:
    """A `resource` or `data` block; None where it is wrong, which is told."""
    if len(block.labels) != 2:
        check_block(block, schema.TOP_LEVEL[block.type], problems)
        return None
    type_name, name = block.labels
    known = types.get(type_name)
    address = f"data.{type_name}.{name}" if mode == "data" else f"{type_name}.{name}"
    if known is None:
        problems.add(_unknown_type(mode, block, types))
        return None
    before = len(problems.errors)
    check_block(block, blocks[type_name], problems, address)
    attributes = block.body.attributes
    depends_on = dependencies(attributes.get("depends_on"), problems)
    lifecycle = _lifecycle(known, block.body, problems, address)
    repetition = _repetition(block.body, problems, address)
    if len(problems.errors) > before:
        return None
    arguments = {name: attribute for name, attribute in attributes.items() if name not in _META}
    return ObjectBlock(
        mode, known, name, block, repetition, arguments, depends_on, attributes.get("provider"), lifecycle
    )


def _unknown_type(mode: str, block: Block, types: schema.ObjectSchemas) -> Diagnostic:
    type_name = block.labels[0]
    what = "data source" if mode == "data" else "resource type"
    hint = did_you_mean(type_name, types)
    if not hint:
        other, word = (schema.RESOURCE_TYPES, "resource") if mode == "data" else (schema.DATA_SOURCES, "data")
        hint = (
            f' It is to be declared with a "{word}" block.'
            if type_name in other
            else f" There are: {', '.join(types)}."
        )
    detail = f'There is no {what} "{type_name}".{hint}'
    return Diagnostic("CFG301", f"Invalid {what}", detail, span=block.label_spans[0])


def _repetition(body: Body, problems: Problems, address: str) -> Repetition:
    count, for_each = body.attributes.get("count"), body.attributes.get("for_each")
    if count and for_each:
        detail = 'The arguments "count" and "for_each" exclude each other: one block is repeated in one way.'
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


def conditions(body: Body, kind: str) -> tuple[Condition, ...]:
    """The sound `precondition`, `postcondition`, `validation` or `assert` blocks of a body."""
    return tuple(
        Condition(kind, block, attributes["condition"].expression, attributes["error_message"].expression)
        for block in body.blocks_of(kind)
        if {"condition", "error_message"} <= (attributes := block.body.attributes).keys()
    )


def _lifecycle(known: schema.ObjectSchema, body: Body, problems: Problems, address: str) -> Lifecycle:
    block = next(body.blocks_of("lifecycle"), None)
    if block is None:
        return Lifecycle()
    attributes = block.body.attributes
    _refuse_create_before_destroy(known, attributes.get("create_before_destroy"), problems, address)
    prevent = attributes.get("prevent_destroy")
    triggers = attributes.get("replace_triggered_by")
    return Lifecycle(
        prevent.expression if prevent else None,
        _ignored(known, attributes.get("ignore_changes"), problems, address),
        tuple(unquoted(item) for item in listed(triggers, problems)),
        conditions(block.body, "precondition"),
        conditions(block.body, "postcondition"),
    )


_WHY_DESTROY_FIRST = {
    ATTACHMENT: "an instance has one link at most, so the old link must go before the new one can come",
    VPC: "ClassicLink is on or off for a VPC, so there are never two enablements of one VPC",
    GUEST_ROUTE: "an instance has one route to a destination, so the old entry must go before the new one can come",
}


def _refuse_create_before_destroy(
    known: schema.ObjectSchema, attribute: Attribute | None, problems: Problems, address: str
) -> None:
    with problems.collecting(address):
        if attribute and constant(attribute, BOOL, False):
            detail = f'"create_before_destroy" cannot be had for {known.type}: {_WHY_DESTROY_FIRST[known.type]}.'
            remedy = "Remove the argument. A move waits to detach until the new VPC has room, so the gap is short."
            problems.add(
                Diagnostic(
                    "CFG315",
                    "Unsupported create_before_destroy",
                    detail,
                    remedy,
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


def _provider_map(attribute: Attribute | None, problems: Problems) -> dict[str, tuple[str, Span]]:
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
        problems.add(Diagnostic("CFG314", "Invalid providers argument", detail, span=attribute.expression.span))
    for key, value in pairs:
        inside, outside = name_of(key), name_of(value)
        if inside is None or outside is None:
            detail = "A provider is written as its name, or with an alias as name.alias."
            problems.add(Diagnostic("CFG314", "Invalid provider reference", detail, span=value.span))
        else:
            found[str(inside)] = (str(outside), value.span)
    return found


def _first_label(block: Block) -> str:
    return block.labels[0] if block.labels else ""


def _check_reserved_variable(name: str, block: Block) -> None:
    if name in _CALL_META | {"version", "lifecycle", "locals"}:
        from planner.diagnostics import ConfigError

        detail = f'"{name}" has a meaning of its own in module blocks, so no variable can have that name.'
        raise ConfigError(Diagnostic("CFG405", "Invalid variable name", detail, span=block.label_spans[0]))
