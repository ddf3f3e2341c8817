"""The plan document: what each of its parts holds, and the JSON Schema of it.

Readers ignore keys that they do not know: within a major version of the format, keys are only added.
"""

from functools import cache
from typing import Annotated, NotRequired, TypedDict

from planner.diagnostics import Severity
from planner.documents.plan_head import Mode
from planner.documents.plan_proof import ProofEntry, StepId
from planner.documents.reasons import DATA_SOURCES, Reason
from planner.documents.waiver import WaiverEntry
from planner.entries import (
    COMMANDS,
    FILES,
    SNIPPETS,
    CommandEntry,
    DiagnosticEntry,
    FileEntry,
    RangeEntry,
    RelatedEntry,
    SnippetEntry,
)
from planner.network.identity import CREATES, DELETES, IDENTITY_ARGUMENTS, UPDATES, Action
from planner.network.kinds import Kind as Unreadable
from planner.network.openings import ReachabilityEntry
from planner.schema.generate import schema_of
from planner.schema.keywords import Count, Schema, holds, needs, one_of, text_format, title, where
from planner.schema.texts import FormatVersion, Hex, Sha256, Time
from planner.steps import StepReason

ACTIONS = (["no-op"], ["create"], ["update"], ["delete"], ["delete", "create"], ["forget"], ["read"])
OUTPUT_ACTIONS = (["no-op"], ["create"], ["update"], ["delete"])

AddressText = Annotated[str, text_format("address"), title("address")]


class UnreadEntry(TypedDict):
    """A part of the cloud that could not be read."""

    kind: Annotated[str, one_of(Unreadable), "The kind of objects."]
    subject: Annotated[str | None, "The id of a VPC or an instance; null for all objects of the kind."]
    reason: Annotated[str, "Why."]
    provider: NotRequired[Annotated[str, "The key of the provider that could not read it."]]


class MadeIn(TypedDict):
    """Where a plan was made. Paths in the configuration's directory are relative to it."""

    directory: Annotated[
        str | None,
        "The path of the directory in its git checkout, or its full path outside of git; null if no path is relative.",
    ]
    backend: Annotated[dict[str, str], "The backend: its type, and the settings that say where the state is."]
    providers: Annotated[dict[str, dict[str, str]], "For each provider, the settings that identify its cloud."]


class VariableEntry(TypedDict):
    """An input variable."""

    value: Annotated[object, "The value."]


class SecretVariables(TypedDict):
    """The sensitive input variables. Their values are not in the plan."""

    names: Annotated[list[str], "Their names, in order."]
    salt: Annotated[Hex, "A random salt, in hex."]
    scrypt: Annotated[Hex, "The hash of all their values by scrypt, in hex."]


class ObjectAttributes(TypedDict):
    """The known attributes of an object, before or after. Sensitive attributes are left out."""

    instance_id: NotRequired[Annotated[str, "The instance."]]
    vpc_id: NotRequired[Annotated[str | None, "The VPC; for a security rule, the VPC of one of its groups."]]
    destination_cidr_block: NotRequired[Annotated[str, "The destination of a guest route."]]
    vswitch_ids: NotRequired[Annotated[list[str] | None, "The vSwitches that the instance must reach."]]
    region_id: NotRequired[Annotated[str | None, "The region."]]
    account_id: NotRequired[Annotated[str | None, "The account."]]
    cidr_block: NotRequired[Annotated[str | None, "The address range of the VPC."]]
    private_ip: NotRequired[Annotated[str | None, "The address of the instance."]]
    next_hop: NotRequired[Annotated[str | None, "The next hop of a guest route."]]
    security_group_id: NotRequired[Annotated[str, "The security group that a rule belongs to."]]
    source_security_group_id: NotRequired[Annotated[str, "The security group that the traffic comes from."]]
    ip_protocol: NotRequired[Annotated[str, "The protocol of a security rule."]]
    port_range: NotRequired[Annotated[str, "The ports of a security rule, such as 80/80."]]
    policy: NotRequired[Annotated[str, "What a security rule does with the traffic: accept or drop."]]
    priority: NotRequired[Annotated[int | None, "The priority of a security rule; 1 comes first."]]
    description: NotRequired[Annotated[str | None, "The description of a security rule."]]
    direction: NotRequired[Annotated[str | None, "The direction of a security rule: ingress."]]
    security_group_rule_id: NotRequired[Annotated[str | None, "The id of a security rule in the cloud."]]


class ImportingEntry(TypedDict):
    """The import of an object that exists already."""

    id: Annotated[str, "Its import id."]


class DifferenceEntry(TypedDict):
    """An attribute that differs between the two sides."""

    path: Annotated[str, "The attribute."]
    before: Annotated[object, "Its value before."]
    after: Annotated[object, "Its value after."]


class Sides(TypedDict):
    """An object before and after."""

    actions: Annotated[list[str], one_of(ACTIONS), "What is done; delete and create for a move or a replacement."]
    before: Annotated[ObjectAttributes | None, "The object before; null if there was none."]
    after: Annotated[ObjectAttributes | None, "The object after; null if there is none."]
    after_unknown: Annotated[dict[str, bool], "The attributes that are known only after the apply."]
    before_sensitive: Annotated[
        dict[str, bool], "The attributes that are left out of `before` because they are sensitive."
    ]
    after_sensitive: Annotated[
        dict[str, bool], "The attributes that are left out of `after` because they are sensitive."
    ]
    importing: NotRequired[Annotated[ImportingEntry, "Only if an existing object comes under management."]]
    diff: Annotated[list[DifferenceEntry], "The differences."]


class ResourceChange(TypedDict):
    """What happens to one object. An object that stays as it is has no entry."""

    address: Annotated[AddressText, "Where the object is declared."]
    previous_address: NotRequired[Annotated[AddressText, "Its address in the state, if that differs."]]
    mode: Annotated[
        str,
        one_of(("managed", "unmanaged", "data")),
        "Unmanaged for a link that only a drain removes, data for a data source that is read after the last step.",
    ]
    type: Annotated[str, one_of((*IDENTITY_ARGUMENTS, *DATA_SOURCES)), "The type of the address."]
    name: Annotated[str, "The name of the address."]
    index: NotRequired[Annotated[str | int, "The key of the address, if it has one."]]
    module_address: NotRequired[Annotated[str, "The module of the address, if it has one."]]
    provider: Annotated[str, "The key of the provider."]
    previous_provider: NotRequired[Annotated[str, "The key of its previous provider, if that differs."]]
    change: Annotated[Sides, "The object before and after."]
    action_reason: Annotated[str, one_of(Reason), "Why the object changes."]
    dependencies: Annotated[
        list[AddressText], "What the block refers to; for a data source, the objects that it waits for."
    ]
    prevent_destroy: Annotated[bool, "Whether the configuration forbids destroying the object."]
    range: Annotated[RangeEntry | None, "The block that declares the object."]


class OutputChange(TypedDict):
    """An output that changes. Sensitive values are null."""

    actions: Annotated[list[str], one_of(OUTPUT_ACTIONS), "What is done."]
    before: Annotated[object, "The value before."]
    after: Annotated[object, "The value after."]
    after_unknown: Annotated[bool, "Whether the value is known only after the apply."]
    before_sensitive: Annotated[bool, "Whether the value before is sensitive."]
    after_sensitive: Annotated[bool, "Whether the value after is sensitive."]
    type: Annotated[object, "The type of the value, in the JSON notation of Terraform; null for a deleted output."]


class CheckEntry(TypedDict):
    """The result of a check block or a custom condition."""

    address: Annotated[str, "Where it is."]
    kind: Annotated[str, "What kind of condition it is."]
    status: Annotated[str, "Pass, fail, error or unknown."]
    messages: Annotated[list[str], "The error messages of what failed."]


SlotEntry = TypedDict(
    "SlotEntry",
    {
        "from": Annotated[str, one_of(("free", "step")), "Whether the slot is free at the start, or a step frees it."],
        "step": NotRequired[Annotated[StepId, "The detach that frees it."]],
    },
)
SlotEntry.__doc__ = "The slot of its VPC that an attach takes."
_Slot = Annotated[SlotEntry, where([(holds("from", "step"), needs({"step": {"type": "integer", "title": "step id"}}))])]


class StepEntry(TypedDict):
    """One call to the cloud, or one manual act. `address` is null for what is not managed."""

    id: Annotated[StepId, "Its place in the list, from 1."]
    action: Annotated[str, one_of(Action), "What is done."]
    address: Annotated[AddressText | None, "The object that the step belongs to."]
    provider: Annotated[str, "The key of the provider that makes the call."]
    account_id: NotRequired[Annotated[str | None, "The account of the target; null if it is not known."]]
    region_id: NotRequired[Annotated[str | None, "The region of the target; null if it is not known."]]
    instance_id: NotRequired[Annotated[str, "The instance that is the target."]]
    vpc_id: NotRequired[
        Annotated[str, "The VPC that is the target; for a security rule, the VPC of one of its groups, if known."]
    ]
    destination_cidr_block: NotRequired[Annotated[str, "The destination of the guest route."]]
    security_group_id: NotRequired[Annotated[str, "The security group that the rule belongs to."]]
    source_security_group_id: NotRequired[Annotated[str, "The security group that the rule names as its source."]]
    ip_protocol: NotRequired[Annotated[str, "The protocol of the security rule."]]
    port_range: NotRequired[Annotated[str, "The ports of the security rule."]]
    policy: NotRequired[Annotated[str, "The policy of the security rule."]]
    priority: NotRequired[Annotated[int, "The priority that the security rule gets."]]
    description: NotRequired[Annotated[str, "The description that the security rule gets."]]
    security_group_rule_id: NotRequired[Annotated[str, "The id of the security rule in the cloud, if it has one."]]
    needs: Annotated[list[StepId], "The steps that must be done first."]
    slot: NotRequired[Annotated[_Slot | None, "For an attach: its slot; null if there is none."]]
    parked: NotRequired[Annotated[bool, "True for the detach of a move whose new slot is not free yet."]]
    by_hand: NotRequired[Annotated[bool, "True if a person must do it, because the cloud has no call for it."]]
    private_ip: NotRequired[Annotated[str, "For a manual step: the address of its instance."]]
    reason: Annotated[str, one_of(StepReason), "Why, in a word."]


class FindingEntry(TypedDict):
    """What a rule says about one or more steps."""

    rule: Annotated[str, "The id of the rule, such as CL103."]
    name: Annotated[str, "The name of the rule."]
    status: Annotated[
        str, one_of(("fail", "unknown", "waived")), "Unknown if the cloud did not return enough to decide."
    ]
    severity: Annotated[str, one_of(Severity), "An error that is not waived forbids an apply."]
    address: Annotated[str | None, "The object that it is about."]
    provider: NotRequired[Annotated[str | None, "The key of the provider that has it; null for the plan as a whole."]]
    subject: Annotated[dict[str, str], "The ids that it is about."]
    message: Annotated[str, "What is wrong."]
    source: Annotated[str, "Where the rule comes from."]
    remedy: Annotated[str, "What to do."]
    commands: NotRequired[Annotated[list[CommandEntry], COMMANDS]]
    snippets: NotRequired[Annotated[list[SnippetEntry], SNIPPETS]]
    files: NotRequired[Annotated[list[FileEntry], FILES]]
    step: Annotated[StepId | None, "The first step that it is about."]
    steps: Annotated[list[StepId], "All steps that it is about."]
    range: Annotated[RangeEntry | None, "Where the object is declared."]
    related: Annotated[list[RelatedEntry], "Other places that explain it."]
    waiver: NotRequired[Annotated[WaiverEntry, "Only if it is waived."]]


class FindingGroup(TypedDict):
    """Findings of one rule with the same cause, as reports show them."""

    rules: Annotated[list[Count], "The indexes of the findings in the list of rules, from 0."]
    message: Annotated[str, "What is wrong with all of them."]
    remedy: Annotated[str, "What to do about all of them."]
    commands: NotRequired[Annotated[list[CommandEntry], COMMANDS]]
    snippets: NotRequired[Annotated[list[SnippetEntry], SNIPPETS]]
    files: NotRequired[Annotated[list[FileEntry], FILES]]


SummaryEntry = TypedDict(
    "SummaryEntry",
    {
        "add": Annotated[Count, "Objects to add; a replaced object counts here and under destroy."],
        "change": Annotated[Count, "Objects to change."],
        "move": Annotated[Count, "Links to move to another VPC."],
        "destroy": Annotated[Count, "Objects to destroy."],
        "forget": Annotated[Count, "Objects that leave the state, and stay in the cloud or are already gone."],
        "readdress": Annotated[Count, "Objects that only get another address."],
        "import": Annotated[Count, "Existing objects that come under management."],
        "unchanged": Annotated[Count, "Objects that stay as they are."],
        "steps": Annotated[Count, "The number of all steps."],
    },
)
SummaryEntry.__doc__ = "How many objects change in which way."


def _in_change(schema: Schema) -> Schema:
    return {"properties": {"change": {"properties": schema}}}


_ChangeOfType = Annotated[
    ResourceChange,
    where(
        [
            *(
                (holds("type", type_), _in_change({"after": needs({id_: {"type": "string"} for id_ in ids})}))
                for type_, ids in IDENTITY_ARGUMENTS.items()
            ),
            (_in_change({"actions": {"contains": {"const": "delete"}}}), _in_change({"before": {"type": "object"}})),
            (
                _in_change({"actions": {"contains": {"enum": ["create", "update"]}}}),
                _in_change({"after": {"type": "object"}}),
            ),
            (
                {"properties": {"change": {"required": ["importing"]}}},
                _in_change({"after": {"type": "object"}}),
            ),
        ]
    ),
]
_StepOfAction = Annotated[
    StepEntry,
    where(
        [
            *(
                (holds("action", action), needs({id_: {"type": "string"} for id_ in IDENTITY_ARGUMENTS[type_]}))
                for made in (CREATES, DELETES, UPDATES)
                for type_, action in made.items()
            ),
            (holds("action", Action.ATTACH), {"required": ["slot"]}),
            *(
                (holds("action", action), {"required": ["priority", "description"]})
                for action in (Action.AUTHORIZE_SECURITY_RULE, Action.MODIFY_SECURITY_RULE)
            ),
        ]
    ),
]


class FoldedPlan(TypedDict):
    """The parts of a plan that become state when it is applied."""

    plan_id: Annotated[str, "The id of the plan. A state records which plans were applied to it."]
    mode: Annotated[str, one_of(Mode), "What kind of plan it is."]
    lineage: Annotated[str, "The lineage of the state that it was made from."]
    serial: Annotated[Count, "The serial of the state that it was made from."]
    resource_drift: Annotated[list[_ChangeOfType], "What changed in the cloud since the state was written."]
    resource_changes: Annotated[list[_ChangeOfType], "What happens to objects."]
    output_changes: Annotated[dict[str, OutputChange], "The outputs that change, by name."]
    checks_blocks: Annotated[list[CheckEntry], "Check blocks and custom conditions."]
    steps: Annotated[list[_StepOfAction], "The calls, in an order in which they can run one by one."]


def folded_part(document: FoldedPlan) -> FoldedPlan:
    """The parts of a whole plan that become state: what a journal holds of it."""
    return {
        "plan_id": document["plan_id"],
        "mode": document["mode"],
        "lineage": document["lineage"],
        "serial": document["serial"],
        "resource_drift": document["resource_drift"],
        "resource_changes": document["resource_changes"],
        "output_changes": document["output_changes"],
        "checks_blocks": document["checks_blocks"],
        "steps": document["steps"],
    }


class PlanDocument(FoldedPlan):
    """The result of `cl plan`: changes, findings, steps, and the facts that prove their order."""

    format_version: Annotated[FormatVersion, "The version of this format."]
    cl_version: Annotated[str, "The release of cl that made it."]
    created_at: Annotated[Time, "When it was made: RFC 3339, UTC."]
    drain: Annotated[str | None, "The VPC that --drain empties."]
    accept_detach: NotRequired[Annotated[Count | None, "How many lost links the user accepted (--accept-detach)."]]
    workspace: NotRequired[Annotated[str, "The workspace that it was made in; empty if no plan could be made."]]
    made_in: NotRequired[Annotated[MadeIn, "Where it was made; it can be applied only there."]]
    sources_sha256: NotRequired[
        Annotated[dict[str, Sha256], "The sha256 of each file of the configuration, by the name that ranges use."]
    ]
    state_sha256: NotRequired[
        Annotated[Sha256, "Only if an earlier apply was unfinished: the state in which it must end."]
    ]
    errored: Annotated[bool, "Whether a finding or a diagnostic forbids an apply."]
    applicable: Annotated[bool, "Whether it is not errored and there is something to do."]
    refreshed: NotRequired[
        Annotated[bool, "False if the plan was made from the state alone, without reading the cloud (--refresh=false)."]
    ]
    complete: Annotated[bool, "Whether everything could be read."]
    unread: Annotated[list[UnreadEntry], "What could not be read."]
    variables: Annotated[dict[str, VariableEntry], "Input variables by name, without sensitive ones."]
    secret_variables: NotRequired[Annotated[SecretVariables | None, "The sensitive variables; null if there are none."]]
    rules: Annotated[list[FindingEntry], "The findings of rules."]
    rule_groups: NotRequired[Annotated[list[FindingGroup], "Only if there are any: findings that share a cause."]]
    rules_passed: Annotated[dict[str, Count], "How many steps passed each rule."]
    rule_names: NotRequired[Annotated[dict[str, str], "The names of these rules."]]
    reachability: Annotated[ReachabilityEntry, "What the plan opens and closes."]
    summary: Annotated[SummaryEntry, "How many objects change."]
    diagnostics: Annotated[list[DiagnosticEntry], "Errors and warnings that do not come from a rule."]
    proof: Annotated[ProofEntry, "The facts at the start that the order relies on."]
    checksum: NotRequired[Annotated[Sha256, "sha256 of the document without this key, as canonical JSON."]]


@cache
def plan_schema() -> Schema:
    """The published JSON Schema of a plan."""
    return schema_of(PlanDocument, "Plan of cl")
