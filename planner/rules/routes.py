"""Rules about the routes of a VPC, and the route inside an instance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from planner.network.addressing import GUEST_ROUTE_DESTINATION, VpcClass
from planner.network.identity import GuestRoute
from planner.network.kinds import Kind
from planner.network.world import RouteEntry
from planner.remedy import Remedy, Snippet, cl
from planner.rules.base import (
    ATTACHING,
    ENABLING,
    ERROR,
    INSTANCE_CLASSIC,
    OF_A_CLASS,
    VPC_FOUND,
    WARNING,
    Finding,
    Outlook,
    Rule,
    listing,
)
from planner.rules.by_hand import delete_route
from planner.steps import Step

_ADD_GUEST_ROUTE = Snippet(
    f"  ip route add {GUEST_ROUTE_DESTINATION} $(ip route show 10.0.0.0/8 | grep -o 'via .* dev [^ ]*')"
)
"""What is typed inside an instance, on Linux."""


class CustomRouteToClassic(Rule):
    """The VPC has a custom route entry destined for 10.0.0.0/8.

    ## Why it matters
    ClassicLink needs the route to 10.0.0.0/8 itself. A custom entry for this range sends the traffic elsewhere, so
    the cloud refuses to enable ClassicLink with `RouteConflict.AlreadyExist`.

    ## What to do
    Delete the route entry, with `aliyun vpc DeleteRouteEntry` or in the console, then plan again. In a simulated
    cloud, remove it from `route_entries` in the world file.

    ## Bad
    ```json
    {"route_entries": [{"vpc_id": "vpc-a", "destination_cidr_block": "10.0.0.0/8", "next_hop_id": "i-nat"}]}
    ```
    ## Good
    ```json
    {"route_entries": [{"vpc_id": "vpc-a", "destination_cidr_block": "100.64.0.0/10", "next_hop_id": "i-nat"}]}
    ```
    """

    id, name, level, source = "CL103", "custom-route-to-classic", ERROR, "overview, Limits"
    acts_on, about, premises = ENABLING, ("vpc_id",), VPC_FOUND
    reads = frozenset({Kind.ROUTE_ENTRIES})
    of_the_vpc = True

    def check(self, step: Step, outlook: Outlook) -> Iterator[Finding]:
        for entry in outlook.address_plan(step).routes_to_classic:
            vpc = outlook.vpc(step)
            needed = f"{entry.destination_cidr_block}, which ClassicLink needs"
            yield self.fail(
                step,
                f"{vpc.vpc_id} has a custom route for {needed}{',' if entry.next_hop_id else ''}{_hop(entry)}.",
                at="vpc_id",
                remedy=delete_route(outlook.now.world, vpc.region_id, entry),
            )


class CustomRouteShadowsClassic(Rule):
    """A custom route entry of the VPC covers a part of the classic range.

    ## Why it matters
    It is not documented whether such an entry takes precedence over ClassicLink. Perhaps the VPC cannot reach the
    classic instances in this part of the range, although they are linked. `cl reach` does not know either.

    ## What to do
    Remove or narrow the route entry, or waive the rule with a reason.

    ## Bad
    ```json
    {"route_entries": [{"vpc_id": "vpc-a", "destination_cidr_block": "10.1.0.0/16", "next_hop_id": "i-nat"}]}
    ```
    ## Good
    10.111.0.0/16 does not belong to the classic network.
    ```json
    {"route_entries": [{"vpc_id": "vpc-a", "destination_cidr_block": "10.111.0.0/16", "next_hop_id": "i-nat"}]}
    ```
    """

    id, name, level, source = "CL104", "custom-route-shadows-classic", WARNING, "overview, Background"
    acts_on, about, premises = ATTACHING, ("vpc_id",), VPC_FOUND
    reads = frozenset({Kind.ROUTE_ENTRIES})
    waivable = True
    of_the_vpc = True

    def check(self, step: Step, outlook: Outlook) -> Iterator[Finding]:
        routes = outlook.address_plan(step).routes_shadowing_classic
        if routes:
            yield self.fail(
                step,
                f"{step.vpc_id} has custom routes for parts of the classic range: "
                f"{listing([_route(entry) for entry in routes])}. It is not documented which takes precedence, they or "
                "ClassicLink: the VPC may be unable to reach classic instances in these parts.",
                at="vpc_id",
                remedy=Remedy.of("Remove or narrow those route entries."),
            )


class GuestRouteMissing(Rule):
    """The VPC is in 192.168.0.0/16 and the instance has no route to it through its private NIC.

    ## Why it matters
    A classic instance sends traffic for 192.168.0.0/16 to its default route, through the public NIC. Without a route
    to 192.168.0.0/16 through the private NIC, the link exists but carries no traffic. If `cl` cannot see whether the
    route exists, it counts as missing.

    ## What to do
    Add the route inside the instance, and declare `classiclink_guest_route` for it. On Linux, use the gateway and
    the NIC of the route to 10.0.0.0/8:

        ip route add 192.168.0.0/16 $(ip route show 10.0.0.0/8 | grep -o 'via .* dev [^ ]*')

    This route lasts until the next restart. The overview also has a script that adds the route; read its readme
    first.

    ## Bad
    ```json
    {"vpcs": [{"vpc_id": "vpc-a", "cidr_block": "192.168.0.0/16"}],
     "instances": [{"instance_id": "i-1", "guest_routes": []}]}
    ```
    ## Good
    ```json
    {"vpcs": [{"vpc_id": "vpc-a", "cidr_block": "192.168.0.0/16"}],
     "steps": ["add_guest_route i-1", "attach i-1 vpc-a"]}
    ```
    """

    id, name, level, source = "CL107", "guest-route-missing", ERROR, "overview, Limits"
    acts_on, about, premises = ATTACHING, ("instance_id", "vpc_id"), OF_A_CLASS | INSTANCE_CLASSIC

    def holds_at_vpc(self, step: Step, outlook: Outlook) -> bool:
        return not _needs_guest_route(step, outlook)

    def check(self, step: Step, outlook: Outlook) -> Iterator[Finding]:
        if not _needs_guest_route(step, outlook):
            return
        instance_id = step.instance_id or ""
        present = outlook.now.has_guest_route(instance_id, GUEST_ROUTE_DESTINATION)
        if not present:
            why = "has no" if present is False else "is not known to have a"
            route = GuestRoute(instance_id, GUEST_ROUTE_DESTINATION)
            declared = outlook.managed().get((step.provider, route))
            declare = (
                Remedy.of(f"\nMake sure that it survives a restart; {declared} declares it already.")
                if declared
                else Remedy.of(
                    "\nMake sure that it survives a restart, and declare that it was done:\n",
                    outlook.declaration(route),
                )
            )
            how = Remedy.of(
                f"Add it inside {instance_id}. On Linux, use the gateway and the NIC of the route to 10.0.0.0/8:\n",
                _ADD_GUEST_ROUTE,
                declare,
            )
            if outlook.now.world.file:
                how = Remedy.of("Declare it, and the plan adds it:\n", outlook.declaration(route))
                how = Remedy.of(f"{declared} declares it already. To add it: ", cl("apply")) if declared else how
            lacks = (
                f"{why} route entry to {GUEST_ROUTE_DESTINATION} through its private NIC"
                + ("" if outlook.standing else ", and no earlier step adds it")
                + f"; {step.vpc_id} ({outlook.vpc(step).cidr_block}) needs it."
            )
            yield self.fail(step, f"{instance_id} {lacks}", at="instance_id", remedy=how, each=lacks)

    def remedy_of_all(self, findings: Sequence[Finding], outlook: Outlook) -> Remedy:
        """One block that declares all routes that no block declares yet."""
        ids, managed = [found.subject["instance_id"] for found in findings], outlook.managed()
        missing = [one for one in ids if (outlook.provider, GuestRoute(one, GUEST_ROUTE_DESTINATION)) not in managed]
        present = len(ids) - len(missing)
        some = f"{present:,} of them {'is' if present == 1 else 'are'} declared already. " if present else ""
        block = outlook.guest_routes(missing, findings[0].subject["vpc_id"])
        if outlook.now.world.file:
            if not missing:
                return Remedy.of("They are declared already. To add them: ", cl("apply"))
            return Remedy.of(f"{some}Declare {'the others' if some else 'them'}, and the plan adds them:\n", block)
        declare = Remedy.of(" They are declared already.")
        if missing:
            declare = Remedy.of(f" {some}Declare that it was done{' in the others' if some else ''}:\n", block)
        return Remedy.of(
            "Add it inside each of them. On Linux, use the gateway and the NIC of the route to 10.0.0.0/8:\n",
            _ADD_GUEST_ROUTE,
            "\nMake sure that it survives a restart.",
            declare,
        )


def _needs_guest_route(step: Step, outlook: Outlook) -> bool:
    return outlook.address_plan(step).vpc_class is VpcClass.CLASS_192


def _route(entry: RouteEntry) -> str:
    return f"{entry.destination_cidr_block}{_hop(entry)}"


def _hop(entry: RouteEntry) -> str:
    return f" with next hop {entry.next_hop_id}" if entry.next_hop_id else ""
