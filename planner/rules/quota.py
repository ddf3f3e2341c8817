"""Rules about a VPC's 1,000 slots."""

from __future__ import annotations

from collections.abc import Iterator

from planner.network.kinds import Kind
from planner.network.world import LINKS_PER_VPC
from planner.remedy import NO_REMEDY, Remedy, cl
from planner.rules.base import ATTACHING, ERROR, VPC_FOUND, WARNING, Finding, Outlook, Rule
from planner.rules.by_hand import list_links
from planner.steps import Step

NEARLY_USED = LINKS_PER_VPC * 9 // 10


class QuotaExceeded(Rule):
    """More than 1,000 instances would be linked to the VPC.

    ## Why it matters
    A VPC can have 1,000 links, including links that no configuration manages. The cloud refuses the next link with
    `QuotaExceeded`.

    ## What to do
    Link the instance to another VPC, or detach other instances first. `cl drift` shows the unmanaged links.

    ## Bad
    ```json
    {"linked": {"vpc-a": 1000}}
    ```
    ## Good
    ```json
    {"linked": {"vpc-a": 999}}
    ```
    """

    id, name, level, source = "CL301", "quota-exceeded", ERROR, "overview, Limits"
    acts_on, about, premises = ATTACHING, ("vpc_id",), VPC_FOUND
    reads, fails_on_a_part = frozenset({Kind.LINKS}), True

    def check(self, step: Step, outlook: Outlook) -> Iterator[Finding]:
        vpc_id = step.vpc_id or ""
        if outlook.now.linked_count(vpc_id) >= LINKS_PER_VPC:
            region_id = outlook.vpc(step).region_id
            before, after = len(outlook.now.world.linked_by_vpc.get(vpc_id, ())), outlook.end.linked_count(vpc_id)
            yield self.fail(
                step,
                f"{vpc_id} has {after:,} links, managed or not, and {LINKS_PER_VPC:,} slots."
                if outlook.standing
                else f"All {LINKS_PER_VPC:,} slots of {vpc_id} would be taken already. It has {before:,} links now, "
                f"managed or not, and would have {after:,} after the whole plan.",
                at="vpc_id",
                remedy=Remedy.of(
                    "Link to another VPC, or free slots first. To see who takes them:\n  ",
                    cl("drift"),
                    NO_REMEDY if outlook.now.world.file else Remedy.of("\n  ", list_links(region_id, vpc_id)),
                ),
            )


class QuotaNearlyUsed(Rule):
    """More than 900 of the VPC's 1,000 slots would be used after the whole plan.

    ## Why it matters
    The quota cannot be raised. This warning comes before the cloud refuses a link.

    ## What to do
    Use other VPCs for more links, or waive the rule with a reason.

    ## Bad
    ```json
    {"linked": {"vpc-a": 900}}
    ```
    ## Good
    ```json
    {"linked": {"vpc-a": 899}}
    ```
    """

    id, name, level, source = "CL302", "quota-nearly-used", WARNING, "overview, Limits"
    acts_on, about, premises = ATTACHING, ("vpc_id",), VPC_FOUND
    reads = frozenset({Kind.LINKS})
    waivable = True
    of_the_vpc = True

    def check(self, step: Step, outlook: Outlook) -> Iterator[Finding]:
        vpc_id = step.vpc_id or ""
        linked = outlook.end.linked_count(vpc_id)
        if linked > NEARLY_USED:
            holds, when = ("holds", "") if outlook.standing else ("would hold", " after the whole plan")
            yield self.fail(
                step,
                f"{vpc_id} {holds} {linked:,} of at most {LINKS_PER_VPC:,} links{when}; "
                f"more than {NEARLY_USED:,} is close to the limit.",
                at="vpc_id",
                remedy=Remedy.of("Spread further links over other VPCs."),
            )
