"""Reading a whole region, in few calls and side by side.

::

    DescribeVpcs ──each VPC──▶ DescribeVpcAttribute ──▶ its route tables, the count of its links
    DescribeVSwitches
    DescribeInstances ──each zone a chain of pages──▶ each page's links, by the ids of its instances

Links are asked for by lists of instances: a listing of a VPC's links shifts while others change them, and loses some.
What cannot be read is noted in `World.unread`, and nothing else is lost with it.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from planner.diagnostics import ProviderError
from planner.network.world import Instance, Kind, RouteEntry, Unread, Vpc, VSwitch, World
from planner.remedy import Remedy
from providers.alicloud import parsing
from providers.alicloud.asking import Asker, ReadFailed
from providers.alicloud.fields import Fields, Malformed, items, number, text, texts
from providers.alicloud.products import Product
from providers.alicloud.refusals import Failed
from providers.alicloud.tasks import Tasks

IDS = 100
"""How many instances one call is asked about: the API's limit."""
_PAGE = 50
"""VPCs and vSwitches a page: the API's limit."""
_FEW = 300
"""Up to so many instances, their pages are asked for one after the other."""
_LOOKS = 3
"""How often the links of a VPC are counted, while others change them."""


def read_region(asker: Asker, account_id: str, parallelism: int) -> World:
    """The region's VPCs with what belongs to them, its classic instances and their links.

    Raises ProviderError where there are no keys, and where VPCs cannot be listed though RAM allows it: then the region
    or its endpoint is not what it should be.
    """
    reading = _Reading(asker, account_id, Tasks(parallelism))
    reading.run()
    if reading.out_of_reach is not None:
        raise ProviderError(reading.out_of_reach.diagnostic())
    return reading.world()


class _Reading:
    """What one reading has found so far. Its jobs run side by side and share it."""

    def __init__(self, asker: Asker, account_id: str, tasks: Tasks) -> None:
        self._asker, self._account_id, self._tasks = asker, account_id, tasks
        self._lock = threading.Lock()
        self._vpcs: dict[str, Vpc] = {}
        self._vswitches: dict[str, VSwitch] = {}
        self._routes: list[RouteEntry] = []
        self._instances: dict[str, Instance] = {}
        self._links: dict[str, str] = {}
        self._without_links: list[str] = []
        self._unread: dict[tuple[Kind, str | None], Unread] = {}
        self._counts: dict[str, int] = {}
        self.out_of_reach: Failed | None = None

    def run(self) -> None:
        """Read it all, then links again where their number is not right."""
        self._add(self._vpc_page, 1, kind=Kind.VPCS)
        self._add(self._vswitch_page, 1, kind=Kind.VSWITCHES)
        self._add(self._first_instances, kind=Kind.INSTANCES)
        self._tasks.run()
        self._ask_for_links(all_of_them=True)
        self._tasks.run()
        self._settle_counts()

    def world(self) -> World:
        """What was found, in id order."""
        return World(
            account_id=self._account_id,
            vpcs=dict(sorted(self._vpcs.items())),
            vswitches=dict(sorted(self._vswitches.items())),
            route_entries=tuple(sorted(self._routes, key=lambda entry: (entry.vpc_id, entry.destination_cidr_block))),
            instances=dict(sorted(self._instances.items())),
            links=dict(sorted(self._links.items())),
            unread=tuple(self._unread.values()),
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
            self._add_other_pages(self._vpc_page, fields, Kind.VPCS)
        for listed in found:
            vpc_id = text(listed, "VpcId")
            tables = texts(listed, "RouterTableIds", "RouterTableIds")
            self._add(self._attribute, vpc_id, tables, kind=Kind.VPCS, subject=vpc_id)

    def _attribute(self, vpc_id: str, tables: Sequence[str]) -> None:
        vpc = parsing.vpc(self._asker.ask(Product.VPC, "DescribeVpcAttribute", {"VpcId": vpc_id}), self._account_id)
        with self._lock:
            self._vpcs[vpc.vpc_id] = vpc
        for table in tables:
            self._add(self._route_table, vpc_id, table, kind=Kind.ROUTE_ENTRIES, subject=vpc_id)
        if vpc.classic_link_enabled:
            self._add(self._count_links, vpc_id, kind=Kind.LINKS, subject=vpc_id)

    def _route_table(self, vpc_id: str, table: str) -> None:
        asked = {"RouteTableId": table, "RouteEntryType": "Custom", "MaxResult": "100"}
        found: set[RouteEntry] = set()
        for page in self._asker.chained(Product.VPC, "DescribeRouteEntryList", asked, "RouteEntrys", "RouteEntry"):
            found |= {parsing.route_entry(entry, vpc_id) for entry in page}
        with self._lock:
            self._routes += found

    def _count_links(self, vpc_id: str) -> None:
        asked = {"VpcId": vpc_id, "PageNumber": "1", "PageSize": "1"}
        fields = self._asker.ask(Product.ECS, "DescribeClassicLinkInstances", asked)
        count = number(fields, "TotalCount")
        if count is None:
            raise Malformed("TotalCount is missing")
        with self._lock:
            self._counts[vpc_id] = count

    def _vswitch_page(self, page: int) -> None:
        asked = {"PageNumber": str(page), "PageSize": str(_PAGE)}
        fields = self._asker.ask(Product.VPC, "DescribeVSwitches", asked)
        found = [parsing.vswitch(listed) for listed in items(fields, "VSwitches", "VSwitch")]
        with self._lock:
            self._vswitches.update((vswitch.vswitch_id, vswitch) for vswitch in found)
        if page == 1:
            self._add_other_pages(self._vswitch_page, fields, Kind.VSWITCHES)

    def _first_instances(self) -> None:
        """The first page of all instances. Where more follow than a few pages, each zone has its own chain of them."""
        fields = self._asker.ask(Product.ECS, "DescribeInstances", _CLASSIC)
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
        """Keep these instances, and ask for the links of those that are new."""
        found = [parsing.instance(listed, self._account_id) for listed in page]
        with self._lock:
            new = [one for one in found if one.instance_id not in self._instances]
            self._instances.update((one.instance_id, one) for one in new)
            self._without_links += [one.instance_id for one in new if one.network_type == "classic"]
        self._ask_for_links()

    def _ask_for_links(self, *, all_of_them: bool = False) -> None:
        """Ask for the links of the instances that were found, in full lists; of the rest too where no more come."""
        with self._lock:
            count = len(self._without_links)
            count -= 0 if all_of_them else count % IDS
            ready, self._without_links = self._without_links[:count], self._without_links[count:]
        for ids in portions(ready):
            self._tasks.add(partial(self._links_of, ids))

    def _links_of(self, ids: Sequence[str]) -> None:
        try:
            found = links_of(self._asker, ids)
        except (ReadFailed, Malformed) as failure:
            for instance_id in ids:
                self._note(Kind.LINKS, instance_id, failure)
            return
        with self._lock:
            self._links.update(found)

    # Links that changed while they were read

    def _settle_counts(self) -> None:
        """Read the links of a VPC again where they are not as many as the VPC counts; note those that stay unclear."""
        for _ in range(_LOOKS):
            unclear = self._unclear()
            if not unclear:
                return
            classic = sorted(one.instance_id for one in self._instances.values() if one.network_type == "classic")
            self._links.clear()
            for ids in portions(classic):
                self._tasks.add(partial(self._links_of, ids))
            for vpc_id in unclear:
                self._add(self._count_links, vpc_id, kind=Kind.LINKS, subject=vpc_id)
            self._tasks.run()
        for vpc_id in self._unclear():
            reason = "DescribeClassicLinkInstances: the links of the VPC changed while they were read"
            self._unread[Kind.LINKS, vpc_id] = Unread(
                Kind.LINKS, vpc_id, reason, Remedy.of("Try again when it is quieter.")
            )

    def _unclear(self) -> list[str]:
        """The VPCs whose links are not as many as they should be, unless some could not be read at all."""
        if any(kind in (Kind.LINKS, Kind.INSTANCES) for kind, _ in self._unread):
            return []
        seen = Counter(self._links.values())
        return sorted(vpc_id for vpc_id, count in self._counts.items() if seen[vpc_id] != count)

    # Helpers of the jobs

    def _add(self, job: Callable[..., None], *arguments: object, kind: Kind, subject: str | None = None) -> None:
        """Queue a job; where it fails, what it would have read is noted as unread."""

        def work() -> None:
            try:
                job(*arguments)
            except (ReadFailed, Malformed) as failure:
                self._note(kind, subject, failure)

        self._tasks.add(work)

    def _add_other_pages(self, job: Callable[[int], None], first: Fields, kind: Kind) -> None:
        pages = -(-(number(first, "TotalCount") or 0) // _PAGE)
        for page in range(2, pages + 1):
            self._add(job, page, kind=kind)

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


def links_of(asker: Asker, instance_ids: Sequence[str]) -> dict[str, str]:
    """The VPCs that these instances are linked to, at most `IDS` of them. Raises ReadFailed and Malformed.

    The API refuses a whole list for one instance that is gone: then each half is asked for.
    """
    asked = {"InstanceId": ",".join(instance_ids), "PageNumber": "1", "PageSize": str(IDS)}
    try:
        fields = asker.ask(Product.ECS, "DescribeClassicLinkInstances", asked)
    except ReadFailed as failure:
        if failure.failed.answer.code not in _NO_SUCH_INSTANCE:
            raise
        if len(instance_ids) == 1:
            return {}
        half = len(instance_ids) // 2
        return links_of(asker, instance_ids[:half]) | links_of(asker, instance_ids[half:])
    return {text(link, "InstanceId"): text(link, "VpcId") for link in items(fields, "Links", "Link")}


def unread(kind: Kind, subject: str | None, failure: ReadFailed | Malformed) -> Unread:
    """What a failed read leaves unknown, and what helps: the missing permission where there is one."""
    if isinstance(failure, Malformed):
        return Unread(kind, subject, f"the answer of the API cannot be understood: {failure}")
    return Unread(kind, subject, failure.failed.reason, failure.failed.remedy)


def portions(ids: Sequence[str]) -> list[Sequence[str]]:
    """The ids, as many at a time as one call takes."""
    return [ids[start : start + IDS] for start in range(0, len(ids), IDS)]


_NO_SUCH_INSTANCE = ("InvalidInstanceId.NotFound", "InvalidInstanceID.NotFound")
_CLASSIC = {"InstanceNetworkType": "classic", "MaxResults": "100"}
