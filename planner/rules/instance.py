"""Rules about an instance: it exists, is classic, has no other link, matches the VPC, and can be changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from planner.address import import_command
from planner.diagnostics import Related, counted
from planner.network.identity import Action, Link, Subject
from planner.network.kinds import Kind
from planner.network.names import nearest
from planner.network.world import Instance
from planner.remedy import Remedy, cl
from planner.rules.base import (
    ATTACHING,
    ERROR,
    INSTANCE_CLASSIC,
    INSTANCE_FOUND,
    VPC_FOUND,
    Declaration,
    Finding,
    Outlook,
    Rule,
    did_you_mean_id,
    listing,
    other_provider,
    seen_by,
    seen_elsewhere,
)
from planner.rules.by_hand import check_instance_ids, detach, unlock_instances, wait_for_instances
from planner.steps import Step

LINKABLE_STATUSES = ("Running", "Stopped")


class InstanceNotClassic(Rule):
    """The instance is not in the classic network.

    ## Why it matters
    ClassicLink links only instances in the classic network. There are other ways to connect an instance in a VPC to
    another VPC.

    ## What to do
    Remove the attachment. `cl advise` shows how to connect an instance in a VPC.

    ## Bad
    ```json
    {"instances": [{"instance_id": "i-1", "network_type": "vpc"}]}
    ```
    ## Good
    ```json
    {"instances": [{"instance_id": "i-1", "network_type": "classic"}]}
    ```
    """

    id, name, level, source = "CL201", "instance-not-classic", ERROR, "overview, Limits"
    acts_on, about, premises = ATTACHING, ("instance_id",), INSTANCE_FOUND
    of_the_kind = joined_by_block = True

    def check(self, step: Step, outlook: Outlook) -> Iterator[Finding]:
        instance = outlook.instance(step)
        if instance.network_type != "classic":
            where = f" It is in {instance.vpc_id}." if instance.vpc_id else ""
            within = f"; it is in {instance.vpc_id}" if instance.vpc_id else ""
            yield self.fail(
                step,
                f"The network type of {instance.instance_id} is {instance.network_type}, not classic.{where}",
                at="instance_id",
                remedy=Remedy.of(
                    "Remove this attachment. To connect two VPCs, use a VPC connection: ",
                    outlook.advise(step),
                ),
                each=f"is of the network type {instance.network_type}, not classic{within}.",
            )

    def remedy_of_all(self, findings: Sequence[Finding], outlook: Outlook) -> Remedy:
        ways = cl("advise", "--from", "vpc", "--to", "vpc")
        return Remedy.of("Remove these attachments. To connect two VPCs, use a VPC connection: ", ways)


class InstanceLinkedElsewhere(Rule):
    """The instance still has another link when it is attached, or more than one link of it is declared.

    ## Why it matters
    A classic instance can be linked to only one VPC. The cloud refuses a second link, so two declared links of one
    instance contradict each other.

    ## What to do
    Keep one of the declarations. If the instance has a link to another VPC, adopt it with `cl import`, so that the
    plan can move it.

    ## Bad
    ```json
    {"links": [{"instance_id": "i-1", "vpc_id": "vpc-b"}]}
    ```
    ## Good
    ```json
    {"links": [{"instance_id": "i-1", "vpc_id": "vpc-b"}], "steps": ["detach i-1 vpc-b", "attach i-1 vpc-a"]}
    ```
    """

    id, name, level, source = "CL202", "instance-linked-elsewhere", ERROR, "overview, Limits"
    acts_on, about, premises = ATTACHING, ("instance_id",), INSTANCE_CLASSIC
    reads = frozenset({Kind.LINKS})
    of_the_link = False

    def check(self, step: Step, outlook: Outlook) -> Iterator[Finding]:
        instance_id = step.instance_id or ""
        declarations = outlook.declarations.get((step.provider, instance_id))
        if declarations is not None:
            yield self.declared_twice((step.provider, instance_id), declarations, step.id)
            return
        linked_to = outlook.now.link_of(instance_id)
        if linked_to is not None and linked_to == step.vpc_id:
            yield self.fail(
                step,
                f"{instance_id} is linked to {linked_to} already.",
                at="instance_id",
                remedy=Remedy.of("No manual step is needed. The next plan adopts the link: ", cl("plan")),
            )
        elif linked_to is not None:
            yield self.fail(
                step,
                f"{instance_id} would still be linked to {linked_to} when it is attached to {step.vpc_id}.",
                at="instance_id",
                remedy=Remedy.of(
                    "Import that link, so that the plan can move it:\n  ",
                    import_command(step.address, f"{instance_id}/{linked_to}"),
                    detach(outlook.instance(step).region_id, instance_id, linked_to).after(
                        "\nOr detach it by hand", outlook.now.world
                    ),
                ),
            )

    def declared_twice(
        self, instance: Subject, declarations: Sequence[Declaration], step: int | None = None
    ) -> Finding:
        """A finding at the second declaration of an instance, whatever its steps are."""
        provider, instance_id = instance
        places = [f"{each.address} (to {each.vpc_id})" for each in declarations]
        return Finding(
            rule=self.id,
            name=self.name,
            severity=self.level,
            message=f"{instance_id} is declared {len(declarations)} times: {listing(places)}; it can have one link.",
            source=self.source,
            remedy=Remedy.of(f"Keep one of the declarations and remove the others: {listing(places)}."),
            subject={"instance_id": instance_id},
            address=declarations[1].address,
            step=step,
            span=declarations[1].place.at("instance_id"),
            related=tuple(
                Related(f"{each.address} links {instance_id} to {each.vpc_id}", each.place.at("instance_id"))
                for each in declarations
            ),
            steps=() if step is None else (step,),
            provider=provider,
        )


class AccountMismatch(Rule):
    """The instance and the VPC belong to different accounts.

    ## Why it matters
    Both ends of a link must belong to the same account.

    ## What to do
    Transfer the instance to the VPC's account (by ticket, unlinked), or use a VPC of the instance's account.

    ## Bad
    ```json
    {"instances": [{"instance_id": "i-1", "account_id": "1002"}]}
    ```
    ## Good
    ```json
    {"instances": [{"instance_id": "i-1", "account_id": "1001"}]}
    ```
    """

    id, name, level, source = "CL203", "account-mismatch", ERROR, "overview, Limits"
    acts_on, about, premises = ATTACHING, ("instance_id", "vpc_id"), VPC_FOUND | INSTANCE_CLASSIC
    of_the_kind = True

    def check(self, step: Step, outlook: Outlook) -> Iterator[Finding]:
        instance, vpc = outlook.instance(step), outlook.vpc(step)
        if instance.account_id != vpc.account_id:
            yield self.fail(
                step,
                f"{instance.instance_id} belongs to account {instance.account_id}, "
                f"{vpc.vpc_id} to account {vpc.account_id}.",
                at="instance_id",
                remedy=Remedy.of(
                    f"Transfer {instance.instance_id} to account {vpc.account_id} (by ticket, unlinked), or use "
                    f"a VPC of account {instance.account_id}. The ways: ",
                    outlook.advise(step),
                ),
                each=f"belongs to account {instance.account_id}, {vpc.vpc_id} to account {vpc.account_id}.",
            )

    def remedy_of_all(self, findings: Sequence[Finding], outlook: Outlook) -> Remedy:
        instance, vpc = outlook.ends_of(findings[0])
        return Remedy.of(
            f"Transfer them to account {vpc.account_id} (by ticket, unlinked), or use a VPC of account "
            f"{instance.account_id}. The ways: ",
            cl("advise", "--from", "classic", "--to", "vpc", "--different-account"),
        )


class RegionMismatch(Rule):
    """The instance and the VPC are in different regions.

    ## Why it matters
    Both ends of a link must be in the same region.

    ## What to do
    Use a VPC in the instance's region. `cl advise` shows other solutions.

    ## Bad
    ```json
    {"instances": [{"instance_id": "i-1", "region_id": "cn-beijing"}]}
    ```
    ## Good
    ```json
    {"instances": [{"instance_id": "i-1", "region_id": "cn-hangzhou"}]}
    ```
    """

    id, name, level, source = "CL204", "region-mismatch", ERROR, "overview, Limits"
    acts_on, about, premises = ATTACHING, ("instance_id", "vpc_id"), VPC_FOUND | INSTANCE_CLASSIC
    of_the_kind = True

    def check(self, step: Step, outlook: Outlook) -> Iterator[Finding]:
        instance, vpc = outlook.instance(step), outlook.vpc(step)
        if instance.region_id != vpc.region_id:
            yield self.fail(
                step,
                f"{instance.instance_id} is in {instance.region_id}, {vpc.vpc_id} is in {vpc.region_id}.",
                at="instance_id",
                remedy=Remedy.of(
                    f"Use a VPC in {instance.region_id}, or migrate the instance to a VPC and connect the VPCs. "
                    "The ways: ",
                    outlook.advise(step),
                ),
                each=f"is in {instance.region_id}, {vpc.vpc_id} is in {vpc.region_id}.",
            )

    def remedy_of_all(self, findings: Sequence[Finding], outlook: Outlook) -> Remedy:
        instance, _ = outlook.ends_of(findings[0])
        return Remedy.of(
            f"Use a VPC in {instance.region_id}, or migrate the instances to a VPC and connect the VPCs. The ways: ",
            cl("advise", "--from", "classic", "--to", "vpc", "--different-region"),
        )


class InstanceStatus(Rule):
    """The instance is locked, or its status does not allow a change of its link.

    ## Why it matters
    The cloud attaches and detaches only instances that are Running or Stopped (`InvalidStatus.InstanceStatus`) and
    that are not locked, for example because of an unpaid bill or for security (`InvalidStatus.InstanceLocked`).

    ## What to do
    Wait until the instance is Running or Stopped, or remove the cause of the lock, then plan again.

    ## Bad
    ```json
    {"instances": [{"instance_id": "i-1", "status": "Starting"}]}
    ```
    ## Good
    ```json
    {"instances": [{"instance_id": "i-1", "status": "Stopped"}]}
    ```
    """

    id, name, level, source = "CL205", "instance-status", ERROR, "AttachClassicLinkVpc, InvalidStatus.InstanceStatus"
    acts_on, about, premises = frozenset({Action.ATTACH, Action.DETACH}), ("instance_id",), INSTANCE_CLASSIC
    of_the_link = False
    of_the_kind = joined_by_block = True

    def check(self, step: Step, outlook: Outlook) -> Iterator[Finding]:
        instance = outlook.instance(step)
        if instance.status not in LINKABLE_STATUSES:
            yield self.fail(
                step,
                f"The status of {instance.instance_id} is {instance.status}; its link can be changed only while it is "
                "Running or Stopped.",
                at="instance_id",
                remedy=Remedy.of(
                    wait_for_instances(outlook.now.world, instance.region_id, [instance.instance_id]),
                    outlook.leave_out(step),
                ),
                each=_has_status(instance),
            )
        if instance.operation_locks:
            locked = f"is locked: {listing(instance.operation_locks)}."
            yield self.fail(
                step,
                f"{instance.instance_id} {locked}",
                at="instance_id",
                remedy=Remedy.of(
                    unlock_instances(outlook.now.world, instance.region_id, [instance.instance_id]),
                    outlook.leave_out(step),
                ),
                each=locked,
            )

    def remedy_of_all(self, findings: Sequence[Finding], outlook: Outlook) -> Remedy:
        world, ids = outlook.now.world, [found.subject["instance_id"] for found in findings]
        first = world.instances[ids[0]]
        fix = wait_for_instances if findings[0].each == _has_status(first) else unlock_instances
        return Remedy.of(fix(world, first.region_id, ids), outlook.leave_out_all(findings))


def _has_status(instance: Instance) -> str:
    return f"has the status {instance.status}; its link can be changed only while it is Running or Stopped."


class InstanceNotFound(Rule):
    """The instance does not exist, or this account cannot see it.

    ## Why it matters
    The cloud refuses every call about this instance with `InvalidInstanceId.NotFound`.

    ## What to do
    Check the id, and the account and region of the provider.

    ## Bad
    ```json
    {"steps": ["attach i-lost vpc-a"]}
    ```
    ## Good
    ```json
    {"steps": ["attach i-1 vpc-a"]}
    ```
    """

    id, name, level, source = "CL206", "instance-not-found", ERROR, "AttachClassicLinkVpc, InvalidInstanceId.NotFound"
    acts_on = frozenset({Action.ATTACH, Action.ADD_GUEST_ROUTE, Action.REMOVE_GUEST_ROUTE})
    about, reads = ("instance_id",), frozenset({Kind.INSTANCES})
    of_the_kind = joined_by_block = True

    def check(self, step: Step, outlook: Outlook) -> Iterator[Finding]:
        instance_id, world = step.instance_id or "", outlook.now.world
        if outlook.now.instance(instance_id) is None:
            found_by = outlook.worlds.who_sees_instance(instance_id)
            was_there = outlook.was_there(instance_id)
            hint = "" if was_there else _other_id(instance_id, step, outlook)
            fix = check_instance_ids(world, [instance_id])
            if was_there:
                fix = Remedy.of(f"If it was released, remove {instance_id} from the configuration of {step.address}.")
            lost = (
                f"was not found{', though it is in the state' if was_there else ''}. "
                f"{seen_by(world, counted(len(world.instances), 'instance'))}{seen_elsewhere(found_by)}"
            )
            yield self.fail(
                step,
                f"{instance_id} {lost}{hint}",
                at="instance_id",
                remedy=other_provider(found_by, step.address) or Remedy.of(fix, outlook.leave_out(step)),
                each="" if hint else lost,
            )

    def remedy_of_all(self, findings: Sequence[Finding], outlook: Outlook) -> Remedy:
        """One for all, or that which they have in common: the provider that sees them."""
        ids = [found.subject["instance_id"] for found in findings]
        fix = check_instance_ids(outlook.now.world, ids)
        if outlook.was_there(ids[0]):
            fix = Remedy.of("If they were released, remove them from the configuration.")
        return super().remedy_of_all(findings, outlook) or Remedy.of(fix, outlook.leave_out_all(findings))


def _other_id(instance_id: str, step: Step, outlook: Outlook) -> str:
    """The id that was probably meant, unless that instance has its own link that is declared or managed."""
    near = nearest(instance_id, outlook.now.world.instances)
    vpcs = (step.vpc_id or "", outlook.now.world.links.get(near or "", ""))
    if near and any((step.provider, Link(near, vpc_id)) in outlook.managed() for vpc_id in vpcs):
        return ""
    return did_you_mean_id(instance_id, outlook.now.world.instances)
