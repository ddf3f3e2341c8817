"""Rules about a VPC: it exists, has the right status, and supports ClassicLink."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from planner.address import import_command
from planner.diagnostics import counted
from planner.network.identity import Action, Enablement, Link
from planner.network.kinds import Kind
from planner.remedy import Again, Remedy, cl
from planner.rules.base import (
    ATTACHING,
    ENABLING,
    ERROR,
    ON_A_VPC,
    VPC_FOUND,
    Finding,
    Outlook,
    Rule,
    did_you_mean_id,
    listing,
    other_provider,
    seen_by,
    seen_elsewhere,
)
from planner.rules.by_hand import check_vpc_id, detach, enable, wait_for_vpc
from planner.steps import Step

_FLAGS = 3
"""How many addresses a command to be pasted names; more of them are listed."""


class VpcNotEnabled(Rule):
    """ClassicLink is not enabled on the VPC when an instance is attached.

    ## Why it matters
    A VPC accepts links only while ClassicLink is enabled on it. Otherwise the cloud refuses the attach with
    `OperationDenied`.

    ## What to do
    Declare the enablement (`classiclink_vpc`), so that the plan enables the VPC before it attaches.

    ## Bad
    ```json
    {"vpcs": [{"vpc_id": "vpc-a", "classic_link_enabled": false}]}
    ```
    ## Good
    An earlier step enables it.
    ```json
    {"vpcs": [{"vpc_id": "vpc-a", "classic_link_enabled": false}], "steps": ["enable vpc-a", "attach i-1 vpc-a"]}
    ```
    """

    id, name, level, source = "CL101", "vpc-not-enabled", ERROR, "AttachClassicLinkVpc, OperationDenied"
    acts_on, about, premises = ATTACHING, ("vpc_id",), VPC_FOUND

    def check(self, step: Step, outlook: Outlook) -> Iterator[Finding]:
        vpc = outlook.vpc(step)
        if not outlook.now.enabled(vpc.vpc_id):
            yield self.fail(
                step,
                f"ClassicLink is not enabled on {vpc.vpc_id}"
                + ("." if outlook.standing else ", and no earlier step enables it."),
                at="vpc_id",
                remedy=Remedy.of(
                    _enabling(Enablement(vpc.vpc_id), outlook),
                    enable(vpc.region_id, vpc.vpc_id).after("\nOr enable it by hand", outlook.now.world),
                ),
            )


def _enabling(enablement: Enablement, outlook: Outlook) -> Remedy:
    """How to enable it in the configuration: with the existing declaration, or with a new one."""
    declared = outlook.managed().get((outlook.provider, enablement))
    if declared is None:
        return Remedy.of("Declare it:\n", outlook.declaration(enablement))
    return Remedy.of("Enable it as it is declared: ", cl("apply", "--target", str(declared)))


class VpcCidrNotEligible(Rule):
    """The VPC's primary CIDR block is not in a range that ClassicLink supports.

    ## Why it matters
    ClassicLink routes traffic between two address ranges. It supports only VPCs within 172.16.0.0/12, 10.0.0.0/8 and
    192.168.0.0/16, and the primary CIDR block of an existing VPC cannot be changed.

    ## What to do
    Use another VPC, or migrate the instance to a VPC. `cl advise --from classic --to vpc` lists the solutions.

    ## Bad
    ```json
    {"vpcs": [{"vpc_id": "vpc-a", "cidr_block": "100.64.0.0/16"}]}
    ```
    ## Good
    ```json
    {"vpcs": [{"vpc_id": "vpc-a", "cidr_block": "172.31.0.0/16"}]}
    ```
    """

    id, name, level, source = "CL102", "vpc-cidr-not-eligible", ERROR, "overview, Limits"
    acts_on, about, premises = ENABLING, ("vpc_id",), VPC_FOUND
    of_the_vpc = True

    def check(self, step: Step, outlook: Outlook) -> Iterator[Finding]:
        if outlook.address_plan(step).vpc_class is None:
            vpc = outlook.vpc(step)
            yield self.fail(
                step,
                f"The primary CIDR block of {vpc.vpc_id} is {vpc.cidr_block}, which does not lie within 172.16.0.0/12, "
                "10.0.0.0/8 or 192.168.0.0/16.",
                at="vpc_id",
                remedy=Remedy.of(
                    "A VPC's primary CIDR block cannot be changed. Use a VPC within 172.16.0.0/12 or 192.168.0.0/16, "
                    "or migrate the instance into a VPC; ",
                    cl("advise", "--from", "classic", "--to", "vpc"),
                    " lists the ways.",
                ),
            )


class VpcNotFound(Rule):
    """The VPC does not exist, or this account cannot see it.

    ## Why it matters
    The cloud refuses every call about this VPC with `InvalidVpcId.NotFound`.

    ## What to do
    Check the id, and the account and region of the provider.

    ## Bad
    ```json
    {"steps": ["attach i-1 vpc-lost"]}
    ```
    ## Good
    ```json
    {"steps": ["attach i-1 vpc-a"]}
    ```
    """

    id, name, level, source = "CL109", "vpc-not-found", ERROR, "EnableVpcClassicLink, InvalidVpcId.NotFound"
    acts_on, about, reads = ON_A_VPC, ("vpc_id",), frozenset({Kind.VPCS})
    of_the_vpc = True

    def check(self, step: Step, outlook: Outlook) -> Iterator[Finding]:
        vpc_id, world = step.vpc_id or "", outlook.now.world
        if outlook.now.vpc(vpc_id) is None:
            found_by = outlook.worlds.who_sees_vpc(vpc_id)
            was_there = outlook.was_there(vpc_id)
            hint = "" if was_there else did_you_mean_id(vpc_id, world.vpcs)
            fix = check_vpc_id(world, vpc_id)
            if was_there:
                fix = Remedy.of(f"If it was deleted, remove all references to {vpc_id} from the configuration.\n", fix)
            yield self.fail(
                step,
                f"{vpc_id} was not found{', though it is in the state' if was_there else ''}. "
                f"{seen_by(world, counted(len(world.vpcs), 'VPC'))}{seen_elsewhere(found_by)}{hint}",
                at="vpc_id",
                remedy=other_provider(found_by, step.address) or fix,
            )


class DisableWhileLinked(Rule):
    """The plan disables ClassicLink on a VPC that still has links.

    ## Why it matters
    The cloud refuses this with `InvalidAction` while any instance is linked, even an instance that no configuration
    manages.

    ## What to do
    Detach the links first; `cl apply --drain VPC_ID --include-unmanaged` also detaches unmanaged links. To leave
    ClassicLink enabled, use the same command with `--exclude` and the address of the `classiclink_vpc`. If you
    replace the `classiclink_vpc` (`--replace`), replace its links too.

    ## Bad
    ```json
    {"links": [{"instance_id": "i-1", "vpc_id": "vpc-a"}], "steps": ["disable vpc-a"]}
    ```
    ## Good
    ```json
    {"links": [{"instance_id": "i-1", "vpc_id": "vpc-a"}], "steps": ["detach i-1 vpc-a", "disable vpc-a"]}
    ```
    """

    id, name, level, source = "CL110", "disable-while-linked", ERROR, "DisableVpcClassicLink, InvalidAction"
    acts_on, about, premises = frozenset({Action.DISABLE}), ("vpc_id",), VPC_FOUND
    reads, fails_on_a_part = frozenset({Kind.LINKS}), True

    def check(self, step: Step, outlook: Outlook) -> Iterator[Finding]:
        vpc_id = step.vpc_id or ""
        if outlook.now.linked_count(vpc_id) > 0:
            left = outlook.now.linked_to(vpc_id)
            yield self.fail(
                step,
                f"{counted(len(left), 'instance')} would still be linked to {vpc_id} when it is disabled: "
                f"{listing(left)}.",
                at="vpc_id",
                remedy=_let_go_first(step, outlook, left),
            )


def _let_go_first(step: Step, outlook: Outlook, left: Sequence[str]) -> Remedy:
    """What to do about the remaining links: managed links, and others."""
    vpc = outlook.vpc(step)
    known = outlook.managed()
    managed = {found: address for found in left if (address := known.get((outlook.provider, Link(found, vpc.vpc_id))))}
    unmanaged = next((found for found in left if found not in managed), None)
    replaced = outlook.end.enabled(vpc.vpc_id)
    ways: list[Remedy] = [Remedy.of("Detach them first.")]
    if managed and replaced:
        ways.append(_replaced_too([str(address) for address in managed.values()]))
    elif managed:
        one, link = next(iter(managed.items()))
        ways.append(
            Remedy.of(
                f"{link} keeps {one} linked: remove such links from the configuration, or declare the enablement again."
            )
        )
    if unmanaged:
        ways.append(
            Remedy.of(
                "An unmanaged link can be drained or adopted:\n  ",
                cl("apply", "--drain", outlook.named_vpc(vpc.vpc_id), "--include-unmanaged"),
                "\n  ",
                import_command("ADDRESS", f"{unmanaged}/{vpc.vpc_id}"),
                detach(vpc.region_id, unmanaged, vpc.vpc_id).after("\nOr detached by hand", outlook.now.world),
            )
        )
    if step.address and replaced:
        ways.append(Remedy.of(f"Or leave ClassicLink enabled: plan without replacing {step.address}."))
    elif step.address:
        ways.append(Remedy.of("Or leave ClassicLink enabled: ", Again(("--exclude", str(step.address)))))
    return Remedy.join("\n", ways)


def _replaced_too(links: Sequence[str]) -> Remedy:
    if len(links) > _FLAGS:
        said = "Managed links are detached first if they are replaced, too, with --replace"
        return Remedy.of(f"{said}: {listing(links)}.")
    flags = tuple(word for link in links for word in ("--replace", link))
    return Remedy.of("To replace the managed links, too: ", Again(flags))


class VpcNotAvailable(Rule):
    """The status of the VPC is not Available.

    ## Why it matters
    While a VPC is Pending, the cloud is changing it, and refuses every ClassicLink call with `IncorrectVpcStatus`.

    ## What to do
    Wait until the VPC is Available, then plan again.

    ## Bad
    ```json
    {"vpcs": [{"vpc_id": "vpc-a", "status": "Pending"}]}
    ```
    ## Good
    ```json
    {"vpcs": [{"vpc_id": "vpc-a", "status": "Available"}]}
    ```
    """

    id, name, level, source = "CL111", "vpc-not-available", ERROR, "EnableVpcClassicLink, IncorrectVpcStatus"
    acts_on, about, premises = ON_A_VPC, ("vpc_id",), VPC_FOUND
    of_the_link = False
    of_the_vpc = True

    def check(self, step: Step, outlook: Outlook) -> Iterator[Finding]:
        vpc = outlook.vpc(step)
        if vpc.status != "Available":
            yield self.fail(
                step,
                f"The status of {vpc.vpc_id} is {vpc.status}; ClassicLink can be changed only while it is Available.",
                at="vpc_id",
                remedy=wait_for_vpc(outlook.now.world, vpc.region_id, vpc.vpc_id),
            )
