"""What may stand in a configuration: each kind of block with its labels, arguments and nested blocks, as data."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from msgspec import Struct, field

from planner.hcl.cty.types import BOOL, DYNAMIC, NUMBER, STRING, ListType, MapType, ObjectType, SetType, Type
from planner.network.addressing import GUEST_ROUTE_DESTINATION
from planner.network.identity import ATTACHMENT, GUEST_ROUTE, SECURITY_RULE, VPC
from planner.network.security_groups import ACCEPT, ALL_PORTS, FIRST_PRIORITY


class Argument(Struct, frozen=True):
    """One argument of a block. `type` is None if it is no expression but a name, a type or a list of references."""

    type: Type | None = DYNAMIC
    required: bool = False


class BlockSchema(Struct, frozen=True):
    """A kind of block. `open`: any argument may stand in it; `single`: it may stand once in its parent.

    `others` is the schema of nested blocks that `blocks` does not name, where there may be such. `keyword` is what a
    block that stands in no other begins with.
    """

    labels: tuple[str, ...] = ()
    arguments: Mapping[str, Argument] = field(default_factory=dict)
    blocks: Mapping[str, BlockSchema] = field(default_factory=dict)
    open: bool = False
    single: bool = False
    others: BlockSchema | None = None
    keyword: str = ""


class ObjectSchema(Struct, frozen=True, dict=True):
    """A resource type or a data source: what one writes, what it gives besides, and what identifies an object."""

    type: str
    arguments: Mapping[str, Argument]
    computed: Mapping[str, Type]
    identity: tuple[str, ...] = ()
    defaults: Mapping[str, str | int] = field(default_factory=dict)

    @cached_property
    def attributes(self) -> dict[str, Type]:
        """Everything that can be read of one object, by name."""
        written = {name: argument.type or DYNAMIC for name, argument in self.arguments.items()}
        return {**written, **self.computed}

    @cached_property
    def value_type(self) -> ObjectType:
        return ObjectType(self.attributes)


ObjectSchemas = Mapping[str, ObjectSchema]
BlockSchemas = Mapping[str, BlockSchema]

_REQUIRED_STRING = Argument(STRING, required=True)
_STRING = Argument(STRING)
_BOOL = Argument(BOOL)
_NUMBER = Argument(NUMBER)
_ANY = Argument(DYNAMIC)
_REFERENCE = Argument(None)
_REQUIRED_REFERENCE = Argument(None, required=True)

_CLOUD_FACTS: Mapping[str, Type] = {"region_id": STRING, "account_id": STRING}

RESOURCE_TYPES: Mapping[str, ObjectSchema] = {
    schema.type: schema
    for schema in (
        ObjectSchema(
            VPC,
            arguments={"vpc_id": _REQUIRED_STRING},
            computed={**_CLOUD_FACTS, "cidr_block": STRING},
            identity=("vpc_id",),
        ),
        ObjectSchema(
            ATTACHMENT,
            arguments={
                "instance_id": _REQUIRED_STRING,
                "vpc_id": _REQUIRED_STRING,
                "vswitch_ids": Argument(SetType(STRING)),
            },
            computed={**_CLOUD_FACTS, "private_ip": STRING},
            identity=("instance_id", "vpc_id"),
        ),
        ObjectSchema(
            GUEST_ROUTE,
            arguments={"instance_id": _REQUIRED_STRING, "destination_cidr_block": _STRING},
            computed={"next_hop": STRING},
            identity=("instance_id", "destination_cidr_block"),
            defaults={"destination_cidr_block": GUEST_ROUTE_DESTINATION},
        ),
        ObjectSchema(
            SECURITY_RULE,
            arguments={
                "security_group_id": _REQUIRED_STRING,
                "source_security_group_id": _REQUIRED_STRING,
                "ip_protocol": _REQUIRED_STRING,
                "port_range": _STRING,
                "policy": _STRING,
                "priority": _NUMBER,
                "description": _STRING,
            },
            computed={
                **_CLOUD_FACTS,
                "vpc_id": STRING,
                "direction": STRING,
                "security_group_rule_id": STRING,
            },
            identity=("security_group_id", "source_security_group_id", "ip_protocol", "port_range", "policy"),
            defaults={
                "port_range": ALL_PORTS,
                "policy": ACCEPT,
                "priority": FIRST_PRIORITY,
                "description": "",
            },
        ),
    )
}

_INSTANCE = ObjectType(
    {
        "instance_id": STRING,
        "account_id": STRING,
        "region_id": STRING,
        "name": STRING,
        "network_type": STRING,
        "status": STRING,
        "private_ip": STRING,
        "operation_locks": ListType(STRING),
        "tags": MapType(STRING),
        "vpc_id": STRING,
        "vswitch_id": STRING,
        "linked_vpc_id": STRING,
        "security_group_ids": ListType(STRING),
    }
)
_VPC = ObjectType(
    {
        "vpc_id": STRING,
        "account_id": STRING,
        "region_id": STRING,
        "name": STRING,
        "cidr_block": STRING,
        "secondary_cidr_blocks": ListType(STRING),
        "status": STRING,
        "classic_link_enabled": BOOL,
    }
)
_VSWITCH = ObjectType({"vswitch_id": STRING, "vpc_id": STRING, "zone_id": STRING, "cidr_block": STRING})

_SECURITY_RULE = ObjectType(
    {
        "security_group_rule_id": STRING,
        "source_security_group_id": STRING,
        "source_cidr_block": STRING,
        "ip_protocol": STRING,
        "port_range": STRING,
        "policy": STRING,
        "priority": NUMBER,
        "description": STRING,
    }
)
_SECURITY_GROUP = ObjectType(
    {
        "security_group_id": STRING,
        "account_id": STRING,
        "region_id": STRING,
        "name": STRING,
        "vpc_id": STRING,
        "type": STRING,
        "service_managed": BOOL,
        "rules": ListType(_SECURITY_RULE),
    }
)

INSTANCES = "classiclink_instances"
VPCS = "classiclink_vpcs"
VSWITCHES = "classiclink_vswitches"
SECURITY_GROUPS = "classiclink_security_groups"
CL_STATE = "cl_state"
TERRAFORM_STATE = "terraform_state"

_IDS = Argument(ListType(STRING))

DATA_SOURCES: Mapping[str, ObjectSchema] = {
    schema.type: schema
    for schema in (
        ObjectSchema(
            INSTANCES,
            arguments={
                "region_id": _STRING,
                "network_type": _STRING,
                "tags": Argument(MapType(STRING)),
                "ids": _IDS,
                "name_regex": _STRING,
                "linked": _BOOL,
                "vpc_id": _STRING,
            },
            computed={"instances": ListType(_INSTANCE)},
        ),
        ObjectSchema(
            VPCS,
            arguments={"region_id": _STRING, "ids": _IDS, "name_regex": _STRING},
            computed={"vpcs": ListType(_VPC)},
        ),
        ObjectSchema(
            VSWITCHES,
            arguments={"vpc_id": _STRING, "ids": _IDS},
            computed={"vswitches": ListType(_VSWITCH)},
        ),
        ObjectSchema(
            SECURITY_GROUPS,
            arguments={
                "region_id": _STRING,
                "network_type": _STRING,
                "vpc_id": _STRING,
                "ids": _IDS,
                "name_regex": _STRING,
            },
            computed={"security_groups": ListType(_SECURITY_GROUP)},
        ),
        ObjectSchema(
            CL_STATE,
            arguments={"path": _STRING, "backend": _STRING, "config": _ANY, "workspace": _STRING},
            computed={"outputs": DYNAMIC},
        ),
        ObjectSchema(
            TERRAFORM_STATE,
            arguments={"path": _REQUIRED_STRING},
            computed={"outputs": DYNAMIC, "vpc_ids": ListType(STRING)},
        ),
    )
}
STATE_SOURCES = frozenset({CL_STATE, TERRAFORM_STATE})

_CONDITION = BlockSchema(arguments={"condition": Argument(DYNAMIC, True), "error_message": Argument(STRING, True)})

_META_ARGUMENTS: Mapping[str, Argument] = {
    "count": _ANY,
    "for_each": _ANY,
    "depends_on": _REFERENCE,
    "provider": _REFERENCE,
}
_RESOURCE_LIFECYCLE = BlockSchema(
    arguments={
        "create_before_destroy": _BOOL,
        "prevent_destroy": _BOOL,
        "ignore_changes": _REFERENCE,
        "replace_triggered_by": _REFERENCE,
    },
    blocks={"precondition": _CONDITION, "postcondition": _CONDITION},
    single=True,
)
_DATA_LIFECYCLE = BlockSchema(blocks={"precondition": _CONDITION, "postcondition": _CONDITION}, single=True)


def resource_schema(schema: ObjectSchema) -> BlockSchema:
    return BlockSchema(("type", "name"), {**_META_ARGUMENTS, **schema.arguments}, {"lifecycle": _RESOURCE_LIFECYCLE})


def data_schema(schema: ObjectSchema) -> BlockSchema:
    return BlockSchema(("type", "name"), {**_META_ARGUMENTS, **schema.arguments}, {"lifecycle": _DATA_LIFECYCLE})


RESOURCE_BLOCKS: Mapping[str, BlockSchema] = {name: resource_schema(s) for name, s in RESOURCE_TYPES.items()}
DATA_BLOCKS: Mapping[str, BlockSchema] = {name: data_schema(s) for name, s in DATA_SOURCES.items()}

_LIMITS = BlockSchema(
    arguments={"adopt": _BOOL, "max_detach_percent": _NUMBER, "min_links": _NUMBER, "max_unavailable": _NUMBER},
    blocks={"waive": BlockSchema(("rule",), {"reason": _STRING, "until": _STRING})},
    single=True,
)

VARIABLE = BlockSchema(
    ("name",),
    {
        "type": _REFERENCE,
        "default": _ANY,
        "description": _STRING,
        "sensitive": _BOOL,
        "nullable": _BOOL,
    },
    {"validation": _CONDITION},
    keyword="variable",
)
OUTPUT = BlockSchema(
    ("name",),
    {
        "value": Argument(DYNAMIC, True),
        "description": _STRING,
        "sensitive": _BOOL,
        "depends_on": _REFERENCE,
    },
    {"precondition": _CONDITION},
    keyword="output",
)
LOCALS = BlockSchema(open=True, keyword="locals")
PROVIDER = BlockSchema(
    ("name",), {"alias": _STRING}, open=True, others=BlockSchema(open=True, single=True), keyword="provider"
)
MODULE = BlockSchema(
    ("name",),
    {
        "source": _REQUIRED_STRING,
        "count": _ANY,
        "for_each": _ANY,
        "depends_on": _REFERENCE,
        "providers": _REFERENCE,
    },
    open=True,
    keyword="module",
)
SETTINGS = BlockSchema(
    arguments={"required_version": _STRING},
    blocks={
        "backend": BlockSchema(("type",), open=True, single=True, others=BlockSchema(open=True, single=True)),
        "limits": _LIMITS,
    },
    keyword="cl",
)
MOVED = BlockSchema(arguments={"from": _REQUIRED_REFERENCE, "to": _REQUIRED_REFERENCE}, keyword="moved")
IMPORT = BlockSchema(
    arguments={"to": _REQUIRED_REFERENCE, "id": _REQUIRED_STRING, "for_each": _ANY, "provider": _REFERENCE},
    keyword="import",
)
REMOVED = BlockSchema(
    arguments={"from": _REQUIRED_REFERENCE},
    blocks={"lifecycle": BlockSchema(arguments={"destroy": _BOOL}, single=True)},
    keyword="removed",
)
CHECK = BlockSchema(
    ("name",),
    blocks={"assert": _CONDITION, "data": BlockSchema(("type", "name"), open=True, single=True)},
    keyword="check",
)

RESOURCE = BlockSchema(("type", "name"), blocks={"lifecycle": _RESOURCE_LIFECYCLE}, open=True, keyword="resource")
DATA = BlockSchema(("type", "name"), blocks={"lifecycle": _DATA_LIFECYCLE}, open=True, keyword="data")

TOP_LEVEL: Mapping[str, BlockSchema] = {
    block.keyword: block
    for block in (
        SETTINGS,
        VARIABLE,
        LOCALS,
        OUTPUT,
        PROVIDER,
        RESOURCE,
        DATA,
        MODULE,
        MOVED,
        IMPORT,
        REMOVED,
        CHECK,
    )
}
"""What may stand outside of other blocks, by its keyword, in the order in which messages list it."""
