"""Rules about addresses: the classic network and a VPC must not use the same ones."""

from __future__ import annotations

from collections.abc import Iterator

from planner.network.addressing import in_classic_range
from planner.network.kinds import Kind
from planner.network.ranges import PRIMARY_ONLY
from planner.remedy import Remedy
from planner.rules.base import (
    ATTACHING,
    ERROR,
    INSTANCE_CLASSIC,
    VPC_FOUND,
    WARNING,
    Finding,
    Outlook,
    Rule,
    listing,
)
from planner.rules.by_hand import correct_address
from planner.steps import Step


class AddressOutsideClassic(Rule):
    """The instance's private address is not in the classic network's range.

    ## Why it matters
    ClassicLink routes only 10.0.0.0/8 without 10.111.0.0/16 to the classic network. Replies to any other address do
    not return over the link.

    ## What to do
    Check the instance: every instance in the classic network has an address in this range.

    ## Bad
    ```json
    {"instances": [{"instance_id": "i-1", "private_ip": "10.111.2.3"}]}
    ```
    ## Good
    ```json
    {"instances": [{"instance_id": "i-1", "private_ip": "10.110.2.3"}]}
    ```
    """

    id, name, level, source = "CL401", "address-outside-classic", ERROR, "overview, Background"
    acts_on, about, premises = ATTACHING, ("instance_id",), INSTANCE_CLASSIC

    def check(self, step: Step, outlook: Outlook) -> Iterator[Finding]:
        instance = outlook.instance(step)
        if not _is_classic(instance.private_ip):
            yield self.fail(
                step,
                f"The private address of {instance.instance_id} is {instance.private_ip or 'not set'}; the classic "
                "network's range is 10.0.0.0/8 without 10.111.0.0/16.",
                at="instance_id",
                remedy=correct_address(outlook.now.world, instance.region_id, instance.instance_id),
            )


class AddressInVswitch(Rule):
    """The instance's private address is in the range of a vSwitch of the VPC.

    ## Why it matters
    Inside the VPC, traffic for this address goes to the vSwitch, so replies do not reach the classic instance.

    ## What to do
    Link the instance to a VPC whose vSwitches do not contain the address, or waive the rule with a reason.

    ## Bad
    ```json
    {"vpcs": [{"vpc_id": "vpc-a", "cidr_block": "10.0.0.0/8"}],
     "vswitches": [{"vswitch_id": "vsw-1", "vpc_id": "vpc-a", "cidr_block": "10.1.2.0/24"}]}
    ```
    ## Good
    ```json
    {"vpcs": [{"vpc_id": "vpc-a", "cidr_block": "10.0.0.0/8"}],
     "vswitches": [{"vswitch_id": "vsw-1", "vpc_id": "vpc-a", "cidr_block": "10.111.2.0/24"}]}
    ```
    """

    id, name, level, source = "CL402", "address-in-vswitch", WARNING, "overview, Background"
    acts_on, about, premises = ATTACHING, ("instance_id", "vpc_id"), VPC_FOUND | INSTANCE_CLASSIC
    reads = frozenset({Kind.VSWITCHES})
    waivable = True

    def holds_at_vpc(self, step: Step, outlook: Outlook) -> bool:
        return not outlook.address_plan(step).vswitches

    def check(self, step: Step, outlook: Outlook) -> Iterator[Finding]:
        instance = outlook.instance(step)
        vswitch = outlook.address_plan(step).vswitch_with(instance.private_ip)
        if vswitch is not None:
            yield self.fail(
                step,
                f"The private address of {instance.instance_id}, {instance.private_ip}, lies in the vSwitch "
                f"{vswitch.vswitch_id} ({vswitch.cidr_block}) of {step.vpc_id}.",
                at="instance_id",
                remedy=Remedy.of("Link the instance to a VPC whose vSwitches do not contain its address."),
                each=f"has a private address in the vSwitch {vswitch.vswitch_id} ({vswitch.cidr_block}) of "
                f"{step.vpc_id}.",
            )


class SecondaryCidrUnreachable(Rule):
    """The VPC has secondary CIDR blocks, which links do not lead to.

    ## Why it matters
    A linked classic instance can reach only the primary CIDR block of the VPC.

    ## What to do
    Keep the resources that the instance must reach in the primary block, or waive the rule with a reason.

    ## Bad
    ```json
    {"vpcs": [{"vpc_id": "vpc-a", "secondary_cidr_blocks": ["192.168.8.0/24"]}]}
    ```
    ## Good
    ```json
    {"vpcs": [{"vpc_id": "vpc-a", "secondary_cidr_blocks": []}]}
    ```
    """

    id, name, level, source = "CL403", "secondary-cidr-unreachable", WARNING, PRIMARY_ONLY
    acts_on, about, premises = ATTACHING, ("vpc_id",), VPC_FOUND
    waivable = True
    of_the_vpc = True

    def check(self, step: Step, outlook: Outlook) -> Iterator[Finding]:
        vpc = outlook.vpc(step)
        if vpc.secondary_cidr_blocks:
            yield self.fail(
                step,
                f"{vpc.vpc_id} has secondary CIDR blocks that cannot be reached over the link: "
                f"{listing(vpc.secondary_cidr_blocks)}. Only its primary block {vpc.cidr_block} can.",
                at="vpc_id",
                remedy=(Remedy.of(f"Keep what the instance must talk to within {vpc.cidr_block}.")),
            )


def _is_classic(private_ip: str) -> bool:
    try:
        return in_classic_range(private_ip)
    except ValueError:
        return False
