"""The proof of a plan: the facts at its start that the order of its steps relies on.

No annotations of text here: see `planner.schema.generate`.
"""

from typing import Annotated, NotRequired, TypedDict

from planner.schema.keywords import Count, at_least, title

StepId = Annotated[int, at_least(1), title("step id")]


class VpcFacts(TypedDict):
    """A VPC at the start."""

    linked: Annotated[Count, "The number of its links."]
    quota: Annotated[Count, "How many links it can have."]
    enabled: Annotated[bool, "Whether ClassicLink is enabled."]
    guest_route: NotRequired[Annotated[bool, "Whether a link to it needs a route inside the instance."]]


class GroupFacts(TypedDict):
    """A security group at the start."""

    vpc_id: Annotated[str | None, "The VPC that it belongs to; null for the classic network."]
    rules: Annotated[Count, "How many rules it has."]
    sources: Annotated[dict[str, Count], "For each group that its rules name: how many rules name it."]


_VPCS = "Each VPC that a step touches."
_GROUPS = "Each security group of a rule that a step is about, as far as it is known."
_MEMBERS = "The groups of each instance that is linked or unlinked, as far as they are known."
_INSTANCES = "The VPC of each instance that a step touches; null if it has none."


class WorldFacts(TypedDict):
    """What one provider read about the objects that its steps touch."""

    account_id: Annotated[str | None, "The account that the provider reads; null if it is not known."]
    vpcs: NotRequired[Annotated[dict[str, VpcFacts], _VPCS]]
    instances: NotRequired[Annotated[dict[str, str | None], _INSTANCES]]
    security_groups: NotRequired[Annotated[dict[str, GroupFacts], _GROUPS]]
    instance_groups: NotRequired[Annotated[dict[str, list[str]], _MEMBERS]]


class ProofEntry(TypedDict):
    """The facts at the start that the order of the steps relies on.

    With one provider they are in `vpcs` and `instances`. With several, each provider has its own in `worlds`.
    """

    worlds: NotRequired[
        Annotated[dict[str, WorldFacts], "The world that the facts belong to, by the key of the provider."]
    ]
    vpcs: NotRequired[Annotated[dict[str, VpcFacts], _VPCS]]
    instances: NotRequired[Annotated[dict[str, str | None], _INSTANCES]]
    security_groups: NotRequired[Annotated[dict[str, GroupFacts], _GROUPS]]
    instance_groups: NotRequired[Annotated[dict[str, list[str]], _MEMBERS]]
    max_unavailable: Annotated[
        Count | None, "How many instances may be without a link at the same time; null for any number."
    ]
    lanes: Annotated[list[list[StepId]], "Lists of steps that wait for each other to enforce max_unavailable."]
