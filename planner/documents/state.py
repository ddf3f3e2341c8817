"""The state file: what each of its parts holds, and the JSON Schema of it."""

from functools import cache
from typing import Annotated, Literal, NotRequired, TypedDict

from planner.network.identity import IDENTITY_ARGUMENTS
from planner.schema.generate import schema_of
from planner.schema.keywords import Count, Schema, holds, not_empty, one_of, text_format, title, where
from planner.schema.texts import Sha256

AddressText = Annotated[str, text_format("address"), title("address")]


class InstanceEntry(TypedDict):
    """One managed object of a resource block."""

    index_key: NotRequired[Annotated[str | int | None, "The key of its address, if it has one."]]
    schema_version: NotRequired[Annotated[Count, "The version of its attributes."]]
    attributes: Annotated[dict[str, object], "Its attributes when it was last read."]
    sensitive_attributes: NotRequired[Annotated[list[str], "The attributes that are sensitive."]]
    dependencies: NotRequired[Annotated[list[AddressText], "The addresses that it refers to."]]
    prevent_destroy: NotRequired[Annotated[bool, "Whether the configuration forbids destroying it."]]


class ResourceEntry(TypedDict):
    """The managed objects of one resource block."""

    module: NotRequired[Annotated[str, "The module that declares it, if it is not the root module."]]
    mode: NotRequired[Annotated[Literal["managed"], "Always managed."]]
    type: Annotated[str, one_of(IDENTITY_ARGUMENTS), "The resource type."]
    name: Annotated[str, not_empty(), "The name of the block."]
    provider: Annotated[str, "The key of the provider."]
    instances: NotRequired[Annotated[list[InstanceEntry], "The objects."]]


_ID: Schema = {"type": "string"}
_TEXT: Schema = {"type": ["string", "null"]}
_ATTRIBUTES: dict[str, Schema] = {
    "vswitch_ids": {"type": ["array", "null"], "items": {"type": "string"}},
    "priority": {"type": ["integer", "null"]},
    **dict.fromkeys(
        (
            "account_id",
            "region_id",
            "vpc_id",
            "private_ip",
            "cidr_block",
            "next_hop",
            "direction",
            "description",
            "security_group_rule_id",
        ),
        _TEXT,
    ),
}
"""The types of the attributes that an object may lack."""

_ResourceOfType = Annotated[
    ResourceEntry,
    where(
        (
            holds("type", type_),
            {
                "properties": {
                    "instances": {
                        "items": {
                            "properties": {
                                "attributes": {
                                    "properties": {**_ATTRIBUTES, **dict.fromkeys(ids, _ID)},
                                    "required": list(ids),
                                }
                            }
                        }
                    },
                }
            },
        )
        for type_, ids in IDENTITY_ARGUMENTS.items()
    ),
]


class OutputEntry(TypedDict):
    """An output."""

    value: Annotated[object, "Its value."]
    type: NotRequired[Annotated[object, "Its type, in the JSON notation of Terraform."]]
    sensitive: NotRequired[Annotated[bool, "Whether it is sensitive."]]


class WrittenEntry(TypedDict):
    """Who wrote the state."""

    by: Annotated[str, "The user and the machine."]
    at: Annotated[str, "When: RFC 3339, UTC."]
    operation: Annotated[str, "The command of cl."]


class StateDocument(TypedDict):
    """The objects that cl manages."""

    version: Annotated[Literal[1], "The version of this format."]
    cl_version: NotRequired[Annotated[str, "The release of cl that wrote it."]]
    serial: NotRequired[Annotated[Count, "The serial: how often the state was written."]]
    lineage: NotRequired[Annotated[str, "The lineage: the same in all versions of a state."]]
    outputs: NotRequired[Annotated[dict[str, OutputEntry], "The outputs, by name."]]
    resources: NotRequired[Annotated[list[_ResourceOfType], "The managed objects, by resource block."]]
    check_results: NotRequired[Annotated[list[dict[str, object]], "The outcome of check blocks and conditions."]]
    applied_plans: NotRequired[Annotated[list[str], "The ids of the plans that were applied to it, newest last."]]
    moves_cut_short: NotRequired[Annotated[list[str], "Instances that are detached in the middle of a move."]]
    moves_cut_short_of: NotRequired[
        Annotated[dict[str, list[str]], "The same instances, by the key of their provider."]
    ]
    written: NotRequired[Annotated[WrittenEntry, "Who wrote it."]]
    checksum: NotRequired[Annotated[Sha256 | None, "sha256 of the document without this key, as canonical JSON."]]


@cache
def state_schema() -> Schema:
    """The published JSON Schema of a state file."""
    return schema_of(StateDocument, "State of cl")
