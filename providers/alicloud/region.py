"""Reading a whole region, in few calls and side by side.

::

    DescribeVpcs ──each VPC──▶ DescribeVpcAttribute ──▶ its route tables where they are asked for, its links
    DescribeVSwitches
    DescribeInstances ──each zone a chain of pages
    DescribeSecurityGroups ──each group──▶ DescribeSecurityGroupAttribute, where groups are asked for

What cannot be read is noted in `World.unread`, and nothing else is lost with it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from types import MappingProxyType

from planner.diagnostics import ProviderError
from planner.network.kinds import Kind
from planner.network.world import Instance, RouteEntry, Unread, Vpc, VSwitch, World
from providers.alicloud import parsing
from providers.alicloud.asking import Asker, ReadFailed
from providers.alicloud.fields import Fields, Malformed, items, number, text
from providers.alicloud.links import IDS, LinkReading, portions
from providers.alicloud.products import Product
from providers.alicloud.refusals import Failed
from providers.alicloud.routes import VPC_IDS, routes_of_table, tables_of
from providers.alicloud.security_groups import GroupReading
from providers.alicloud.tasks import Tasks
from providers.base import Scope

_PAGE = 50
"""VPCs and vSwitches a page: the API's limit."""
_FEW_VPCS, _FEW_INSTANCES = 10, 1_000
"""Up to so many are read by their ids; with more of them, the whole region may take fewer calls."""
_FEW = 300
"""Up to so many instances, their pages are asked for one after the other."""


def read_region(
    asker: Asker, account_id: str, parallelism: int, scope: Scope, tables: dict[str, Sequence[str]]
) -> World:
    """The region's VPCs with what belongs to them, its classic instances and their links; routes and security groups as
    far as asked for.

    Of a scope of few objects nothing else is read. `tables` is given the route tables of each VPC.

    Raises ProviderError where there are no keys, and where VPCs cannot be listed though RAM allows it: then the region
    or its endpoint is not what it should be.
    """
    reading = _Reading(asker, account_id, Tasks(parallelism), scope)
    if _is_part(scope):
        reading.run_part(scope.vpc_ids or (), scope.instance_ids or ())
    else:
        reading.run()
    if reading.out_of_reach is not None:
        raise ProviderError(reading.out_of_reach.diagnostic())
    tables.update(reading.tables)
    return reading.world()


def _is_part(scope: Scope) -> bool:
    """Whether the scope is so small that reading it alone takes fewer calls than reading the region may."""
    if scope.vpc_ids is None or scope.instance_ids is None:
        return False
    return len(scope.vpc_ids) <= _FEW_VPCS and len(scope.instance_ids) <= _FEW_INSTANCES


class _Reading:
    """What one reading has found so far. Its jobs run side by side and share it."""

    def __init__(self, asker: Asker, account_id: str, tasks: Tasks, scope: Scope) -> None:
        self._asker, self._account_id, self._tasks, self._scope = asker, account_id, tasks, scope
        self._links = LinkReading(asker, tasks, self._note)
        self._groups = GroupReading(asker, account_id, tasks, self._note)
        self._lock = threading.Lock()
        self._vpcs: dict[str, Vpc] = {}
        self.tables: dict[str, Sequence[str]] = {}
        self._vswitches: dict[str, VSwitch] = {}
        self._routes: list[RouteEntry] = []
        self._instances: dict[str, Instance] = {}
        self._unread: dict[tuple[Kind, str | None], Unread] = {}
        self.out_of_reach: Failed | None = None
        self._totals = {"VPC": 0, "instance": 0}

    def run(self) -> None:
        """Read it all, and links last: where no VPC has ClassicLink, there are none."""
        self._add(self._vpc_page, 1, kind=Kind.VPCS)
        self._add(self._vswitch_page, 1, kind=Kind.VSWITCHES)
        self._add(self._first_instances, kind=Kind.INSTANCES)
        self._groups.add(self._scope.rules_of)
        self._tasks.run()
        self._links.complete(self._classic(), ask_for_each=any(kind is Kind.VPCS for kind, _ in self._unread))

    def run_part(self, vpc_ids: Collection[str], instance_ids: Collection[str]) -> None:
        """Read these VPCs with all their links, and these instances with theirs."""
        for vpcs in portions(sorted(vpc_ids), VPC_IDS):
            self._add(self._named_vpcs, vpcs, kind=Kind.VPCS)
        for instances in portions(sorted(instance_ids)):
            self._add(self._named_instances, instances, kind=Kind.INSTANCES)
        self._groups.add(self._scope.rules_of)
        self._tasks.run()
        unread = any(kind is Kind.INSTANCES for kind, _ in self._unread)
        self._links.complete(instance_ids if unread else self._classic(), ask_for_each=True)

    def world(self) -> World:
        """What was found, in id order."""
        return World(
            account_id=self._account_id,
            vpcs=dict(sorted(self._vpcs.items())),
            vswitches=dict(sorted(self._vswitches.items())),
            route_entries=tuple(sorted(self._routes, key=lambda entry: (entry.vpc_id, entry.destination_cidr_block))),
            instances=dict(sorted(self._instances.items())),
            links=dict(sorted(self._links.found.items())),
            security_groups=self._groups.found,
            unread=(*self._unread.values(), *self._links.unread),
        )

    # Jobs

    def _vpc_page(self, page: int) -> None:
        asked = {"PageNumber": str(page), "PageSize": str(_PAGE)}
        try:
            fields = self._asker.ask(Product.VPC, "DescribeVpcs", asked)
        except ReadFailed as failure:
            if not failure.failed.is_denied:
                self.out_of_reach = failure.failed
            raise
        found = items(fields, "Vpcs", "Vpc")
        if page == 1:
            self._totals["VPC"] = number(fields, "TotalCount") or 0
            self._add_other_pages(self._vpc_page, fields, Kind.VPCS)
        self._take_vpcs(found)

    def _named_vpcs(self, vpc_ids: Sequence[str]) -> None:
        """At most `VPC_IDS` of them."""
        with self._lock:
            self._totals["VPC"] += len(vpc_ids)
        asked = {"VpcId": ",".join(vpc_ids), "PageSize": str(_PAGE)}
        self._take_vpcs(items(self._asker.ask(Product.VPC, "DescribeVpcs", asked), "Vpcs", "Vpc"))
        for vpc_id in vpc_ids:
            self._add(self._vswitches_of, vpc_id, kind=Kind.VSWITCHES, subject=vpc_id)

    def _take_vpcs(self, page: Iterable[Fields]) -> None:
        for vpc_id, tables in map(tables_of, page):
            self.tables[vpc_id] = tables
            self._add(self._attribute, vpc_id, kind=Kind.VPCS, subject=vpc_id)

    def _attribute(self, vpc_id: str) -> None:
        vpc = parsing.vpc(self._asker.ask(Product.VPC, "DescribeVpcAttribute", {"VpcId": vpc_id}), self._account_id)
        with self._lock:
            self._vpcs[vpc.vpc_id] = vpc
        self._show()
        if self._scope.has_routes_of(vpc_id):
            for table in self.tables[vpc_id]:
                self._add(self._route_table, vpc_id, table, kind=Kind.ROUTE_ENTRIES, subject=vpc_id)
        if vpc.classic_link_enabled:
            self._links.add_vpc(vpc_id)

    def _route_table(self, vpc_id: str, table: str) -> None:
        found = routes_of_table(self._asker, vpc_id, table)
        with self._lock:
            self._routes += found

    def _vswitches_of(self, vpc_id: str) -> None:
        self._vswitch_page(1, {"VpcId": vpc_id})

    def _vswitch_page(self, page: int, of: Mapping[str, str] = MappingProxyType({})) -> None:
        asked = {**of, "PageNumber": str(page), "PageSize": str(_PAGE)}
        fields = self._asker.ask(Product.VPC, "DescribeVSwitches", asked)
        found = [parsing.vswitch(listed) for listed in items(fields, "VSwitches", "VSwitch")]
        with self._lock:
            self._vswitches.update((vswitch.vswitch_id, vswitch) for vswitch in found)
        if page == 1:
            self._add_other_pages(partial(self._vswitch_page, of=of), fields, Kind.VSWITCHES, of.get("VpcId"))

    def _named_instances(self, instance_ids: Sequence[str]) -> None:
        """At most `IDS` of them."""
        with self._lock:
            self._totals["instance"] += len(instance_ids)
        asked = {"InstanceIds": json.dumps(instance_ids), "MaxResults": str(IDS)}
        self._take_instances(items(self._asker.ask(Product.ECS, "DescribeInstances", asked), "Instances", "Instance"))

    def _first_instances(self) -> None:
        """The first page of all instances. Where more follow than a few pages, each zone has its own chain of them."""
        fields = self._asker.ask(Product.ECS, "DescribeInstances", _CLASSIC)
        self._totals["instance"] = number(fields, "TotalCount") or 0
        self._take_instances(items(fields, "Instances", "Instance"))
        token = text(fields, "NextToken", "")
        total = number(fields, "TotalCount") or 0
        if not token:
            return
        zones = self._zones() if total > _FEW else []
        if len(zones) < 2:
            self._instance_chain(_CLASSIC, token)
            return
        chains = _Countdown(len(zones), partial(self._complete_instances, total, token))
        for zone in zones:
            self._add(self._zone_chain, zone, chains, kind=Kind.INSTANCES)

    def _zone_chain(self, zone: str, chains: _Countdown) -> None:
        self._instance_chain({**_CLASSIC, "ZoneId": zone})
        chains.one_less()

    def _complete_instances(self, total: int, token: str) -> None:
        """Go through all pages where the zones had fewer: an instance may lie in a zone that is not listed any more."""
        if len(self._instances) < total:
            self._add(self._instance_chain, _CLASSIC, token, kind=Kind.INSTANCES)

    def _instance_chain(self, asked: dict[str, str], token: str = "") -> None:
        for page in self._asker.chained(Product.ECS, "DescribeInstances", asked, "Instances", "Instance", token):
            self._take_instances(page)

    def _zones(self) -> list[str]:
        """The zones of the region; none where they cannot be read: nothing but time is lost with them."""
        try:
            fields = self._asker.ask(Product.ECS, "DescribeZones", {"Verbose": "false"})
        except ReadFailed:
            return []
        return [text(zone, "ZoneId") for zone in items(fields, "Zones", "Zone")]

    def _take_instances(self, page: Iterable[Fields]) -> None:
        found = [parsing.instance(listed, self._account_id) for listed in page]
        with self._lock:
            self._instances.update((one.instance_id, one) for one in found)
        self._show()

    # Helpers of the jobs

    def _show(self) -> None:
        """Say how far it is. Objects may come and go while it is read: there are at least as many as were read."""
        done = {"VPC": len(self._vpcs), "instance": len(self._instances)}
        totals = ((what, max(total, done[what])) for what, total in self._totals.items())
        self._asker.show(*((what, done[what], total) for what, total in totals if total))

    def _classic(self) -> list[str]:
        return [one.instance_id for one in self._instances.values() if one.network_type == "classic"]

    def _add(self, job: Callable[..., None], *arguments: object, kind: Kind, subject: str | None = None) -> None:
        """Queue a job; where it fails, what it would have read is noted as unread."""

        def work() -> None:
            try:
                job(*arguments)
            except (ReadFailed, Malformed) as failure:
                self._note(kind, subject, failure)

        self._tasks.add(work)

    def _add_other_pages(
        self, job: Callable[[int], None], first: Fields, kind: Kind, subject: str | None = None
    ) -> None:
        pages = -(-(number(first, "TotalCount") or 0) // _PAGE)
        for page in range(2, pages + 1):
            self._add(job, page, kind=kind, subject=subject)

    def _note(self, kind: Kind, subject: str | None, failure: ReadFailed | Malformed) -> None:
        with self._lock:
            self._unread.setdefault((kind, subject), unread(kind, subject, failure))


class _Countdown:
    """Calls `then` when so many have ended well."""

    def __init__(self, count: int, then: Callable[[], None]) -> None:
        self._left, self._then, self._lock = count, then, threading.Lock()

    def one_less(self) -> None:
        with self._lock:
            self._left -= 1
            is_last = self._left == 0
        if is_last:
            self._then()


def unread(kind: Kind, subject: str | None, failure: ReadFailed | Malformed) -> Unread:
    """What a failed read leaves unknown, and what helps: the missing permission where there is one."""
    if isinstance(failure, Malformed):
        return Unread(kind, subject, f"the answer of the API cannot be understood: {failure}")
    return Unread(kind, subject, failure.failed.reason, failure.failed.remedy)


_CLASSIC = {"InstanceNetworkType": "classic", "MaxResults": "100"}
