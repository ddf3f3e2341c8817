"""A rule about what a link carries."""

from __future__ import annotations

from collections.abc import Iterator

from planner.network.addressing import network
from planner.network.filtering import shadowing_drop
from planner.network.passages import GroupIds
from planner.network.security_groups import ACCEPT, SecurityGroup, SecurityRule
from planner.remedy import Remedy
from planner.rules.base import ATTACHING, INSTANCE_CLASSIC, VPC_FOUND, WARNING, Finding, Outlook, Rule, listing
from planner.rules.security_groups import without_drop, words_of
from planner.steps import Step


class LinkCarriesNothing(Rule):
    """Security groups block all traffic between the instance and the resources of the VPC, in both directions.

    ## Why it matters
    A link carries only the traffic that security groups let in. Without a rule between a group of the instance and a
    group of the VPC, the link exists but carries nothing.

    ## What to do
    Declare a `classiclink_security_rule`. If there is one and a drop rule of the same group overrules it, remove the
    drop rule, or give the rule a smaller priority number.

    CL507 is reported only if the groups of the instance and of all resources in the VPC are known. On Alibaba Cloud
    it is never reported, because `cl` cannot read which resources a VPC has besides instances.

    ## Bad
    ```json
    {"instances": [{"instance_id": "i-1", "security_group_ids": ["sg-web"]},
                   {"instance_id": "i-db", "security_group_ids": ["sg-db"]}]}
    ```
    ## Good
    ```json
    {"instances": [{"instance_id": "i-1", "security_group_ids": ["sg-web"]},
                   {"instance_id": "i-db", "security_group_ids": ["sg-db"]}],
     "rules": [{"security_group_id": "sg-db", "source_security_group_id": "sg-web", "ip_protocol": "tcp",
                "port_range": "3306/3306"}]}
    ```
    """

    id, name, level = "CL507", "link-carries-nothing", WARNING
    source = "Connect a classic network to a VPC, Add ClassicLink Rule"
    acts_on, about, premises = ATTACHING, ("instance_id", "vpc_id"), VPC_FOUND | INSTANCE_CLASSIC
    violated = True

    def holds_at_vpc(self, step: Step, outlook: Outlook) -> bool:
        return not outlook.carriage.knows(step.vpc_id or "")

    def check(self, step: Step, outlook: Outlook) -> Iterator[Finding]:
        instance_id, vpc_id = step.instance_id or "", step.vpc_id or ""
        if outlook.carriage.carries(instance_id, vpc_id) is not False:
            return
        own, within = outlook.carriage.groups_between(instance_id, vpc_id)
        named = f" ({listing(own)})" if own else "", f" ({listing(within)})" if within else ""
        remedy = Remedy.of(
            f"Declare a classiclink_security_rule for what the link is for, between a group of the instance{named[0]} "
            f"and one of the VPC{named[1]}."
        )
        message = f"Security groups block all traffic between {instance_id} and {vpc_id}, in both directions."
        each = f"has no traffic with {vpc_id}: security groups block all of it, in both directions."
        overruled = next(_overruled(step, own, within, outlook), None)
        if overruled is not None:
            group, accept, drop = overruled
            why = (
                f"{group.security_group_id} drops {words_of(drop)}, so its rule for {words_of(accept)} lets nothing in."
            )
            remedy = without_drop(group, drop, step, outlook)
            yield self.fail(step, f"{message} {why}", at="instance_id", remedy=remedy, each=f"{each} {why}")
            return
        offered = outlook.carriage.offered(instance_id, vpc_id)
        if offered is not None and not outlook.standing:  # a link that stands is for something already
            remedy = Remedy.of("Declare a rule for what the link is for, such as:\n", outlook.declaration(offered))
        yield self.fail(step, message, at="instance_id", remedy=remedy, each=each)


def _overruled(
    step: Step, own: GroupIds, within: GroupIds, outlook: Outlook
) -> Iterator[tuple[SecurityGroup, SecurityRule, SecurityRule]]:
    """The rules that should let traffic pass between these groups, each with the drop rule that overrules it."""
    vpc = outlook.vpc(step)
    instance = network(f"{outlook.instance(step).private_ip}/32")
    inside = [network(block) for block in (vpc.cidr_block, *vpc.secondary_cidr_blocks)]
    for targets, sources, addresses in ((within, own, [instance]), (own, within, inside)):
        for group_id in targets:
            group = outlook.end.security_group(group_id)
            if group is None:
                continue
            for rule in group.rules:
                if rule.policy == ACCEPT and rule.source_security_group_id in sources:
                    drop = shadowing_drop(group, rule, addresses)
                    if drop is not None:
                        yield group, rule, drop
