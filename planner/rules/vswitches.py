"""Rules about vSwitches: which of them a classic instance can reach."""

from __future__ import annotations

from collections.abc import Iterator

from planner.diagnostics import counted
from planner.network.addressing import CLASSIC_EXCEPTION, VpcClass, within
from planner.network.kinds import Kind
from planner.network.world import VSwitch, World
from planner.remedy import Remedy
from planner.rules.base import (
    ATTACHING,
    ENABLING,
    ERROR,
    OF_A_CLASS,
    VPC_FOUND,
    WARNING,
    Finding,
    Outlook,
    Rule,
    listing,
)
from planner.rules.by_hand import create_vswitch
from planner.steps import Step


class VswitchOutside10111(Rule):
    """The VPC is in 10.0.0.0/8 and the vSwitch that the instance must reach is not within 10.111.0.0/16.

    ## Why it matters
    The classic network uses 10.0.0.0/8 except 10.111.0.0/16, so only vSwitches within 10.111.0.0/16 have addresses
    of their own. If the attachment has no `vswitch_ids`, at least one vSwitch of the VPC must be there, or the link
    is useless.

    ## What to do
    Create a vSwitch within 10.111.0.0/16, and move the resources that the instance must reach there.

    ## Bad
    ```json
    {"vpcs": [{"vpc_id": "vpc-a", "cidr_block": "10.0.0.0/8"}],
     "vswitches": [{"vswitch_id": "vsw-1", "vpc_id": "vpc-a", "cidr_block": "10.1.1.0/24"}]}
    ```
    ## Good
    ```json
    {"vpcs": [{"vpc_id": "vpc-a", "cidr_block": "10.0.0.0/8"}],
     "vswitches": [{"vswitch_id": "vsw-1", "vpc_id": "vpc-a", "cidr_block": "10.111.1.0/24"}]}
    ```
    """

    id, name, level, source = "CL105", "vswitch-outside-10-111", ERROR, "overview, Limits"
    acts_on, about, premises = ENABLING, ("vpc_id",), OF_A_CLASS
    reads = frozenset({Kind.VSWITCHES})
    waivable = True
    of_the_vpc = True

    def check(self, step: Step, outlook: Outlook) -> Iterator[Finding]:
        facts, world = outlook.address_plan(step), outlook.now.world
        if facts.vpc_class is not VpcClass.CLASS_10:
            return
        vswitches = [facts.vswitches[vswitch_id] for vswitch_id in step.vswitch_ids if vswitch_id in facts.vswitches]
        outside = [vswitch for vswitch in vswitches if not within(vswitch.cidr_block, CLASSIC_EXCEPTION)]
        if outside:
            they_lie = f"{_vswitches(outside)} of {step.vpc_id} {_lie(outside)}"
            yield self._fail(step, world, f"{they_lie} outside 10.111.0.0/16.")
        elif not step.vswitch_ids and len(facts.vswitches_outside) == len(facts.vswitches):
            named = f": it has {_vswitches(facts.vswitches_outside)}" if facts.vswitches else ": it has none at all"
            yield self._fail(step, world, f"No vSwitch of {step.vpc_id} lies within 10.111.0.0/16{named}.")

    def _fail(self, step: Step, world: World, message: str) -> Finding:
        return self.fail(
            step,
            f"{message} Nothing else in a VPC of 10.0.0.0/8 can talk to the classic network.",
            at="vswitch_ids" if step.vswitch_ids else "vpc_id",
            remedy=create_vswitch(step.vpc_id or "", "10.111.1.0/24").after(
                "Create a vSwitch within 10.111.0.0/16 and put there what the instance must talk to", world
            ),
        )


class VswitchUnreachable(Rule):
    """The VPC is in 10.0.0.0/8 and has vSwitches outside 10.111.0.0/16.

    ## Why it matters
    The link does not lead to these vSwitches, so the classic instance cannot reach the resources in them.

    ## What to do
    Move the resources that the instance must reach to a vSwitch within 10.111.0.0/16, or waive the rule with a
    reason.

    ## Bad
    ```json
    {"vpcs": [{"vpc_id": "vpc-a", "cidr_block": "10.0.0.0/8"}],
     "vswitches": [{"vswitch_id": "vsw-1", "vpc_id": "vpc-a", "cidr_block": "10.111.1.0/24"},
                   {"vswitch_id": "vsw-2", "vpc_id": "vpc-a", "cidr_block": "10.1.1.0/24"}]}
    ```
    ## Good
    ```json
    {"vpcs": [{"vpc_id": "vpc-a", "cidr_block": "10.0.0.0/8"}],
     "vswitches": [{"vswitch_id": "vsw-1", "vpc_id": "vpc-a", "cidr_block": "10.111.1.0/24"}]}
    ```
    """

    id, name, level, source = "CL106", "vswitch-unreachable", WARNING, "overview, Limits"
    acts_on, about, premises = ATTACHING, ("vpc_id",), OF_A_CLASS
    reads = frozenset({Kind.VSWITCHES})
    waivable = True
    of_the_vpc = True

    def check(self, step: Step, outlook: Outlook) -> Iterator[Finding]:
        facts = outlook.address_plan(step)
        outside = len(facts.vswitches_outside)
        if facts.vpc_class is VpcClass.CLASS_10 and outside:
            yield self.fail(
                step,
                f"{outside:,} of {counted(len(facts.vswitches), 'vSwitch', 'vSwitches')} of {step.vpc_id} "
                f"{'lies' if outside == 1 else 'lie'} outside 10.111.0.0/16 and cannot be reached over the link: "
                f"{_names(facts.vswitches_outside)}.",
                at="vpc_id",
                remedy=Remedy.of("Move what the instance must talk to into a vSwitch within 10.111.0.0/16."),
            )


class VswitchNotInVpc(Rule):
    """An id in `vswitch_ids` is not a vSwitch of the attachment's VPC.

    ## Why it matters
    `vswitch_ids` lists the vSwitches that the instance must reach. A link leads only to its own VPC.

    ## What to do
    Use only vSwitches of the attachment's VPC, or leave `vswitch_ids` out.

    ## Bad
    ```json
    {"steps": ["attach i-1 vpc-a vsw-elsewhere"]}
    ```
    ## Good
    ```json
    {"steps": ["attach i-1 vpc-a vsw-1"]}
    ```
    """

    id, name, level, source = "CL108", "vswitch-not-in-vpc", ERROR, "overview, Limits"
    acts_on, about, premises = ATTACHING, ("instance_id", "vpc_id"), VPC_FOUND
    reads = frozenset({Kind.VSWITCHES})
    of_the_vpc = True

    def check(self, step: Step, outlook: Outlook) -> Iterator[Finding]:
        if not step.vswitch_ids:
            return
        known = outlook.address_plan(step).vswitches
        for vswitch_id in step.vswitch_ids:
            if vswitch_id in known:
                continue
            elsewhere = outlook.now.world.vswitches.get(vswitch_id)
            where = f"is a vSwitch of {elsewhere.vpc_id}, not of" if elsewhere else "was not found in"
            yield self.fail(
                step,
                f"{vswitch_id} {where} {step.vpc_id}.",
                at="vswitch_ids",
                remedy=Remedy.of(
                    f"Name vSwitches of {step.vpc_id} only"
                    + (f", such as {listing(list(known)[:3])}." if known else "; it has none yet.")
                ),
            )


def _names(vswitches: list[VSwitch] | tuple[VSwitch, ...]) -> str:
    return listing([f"{vswitch.vswitch_id} ({vswitch.cidr_block})" for vswitch in vswitches])


def _vswitches(vswitches: list[VSwitch] | tuple[VSwitch, ...]) -> str:
    return f"vSwitch{'' if len(vswitches) == 1 else 'es'} {_names(vswitches)}"


def _lie(vswitches: list[VSwitch]) -> str:
    return "lies" if len(vswitches) == 1 else "lie"
