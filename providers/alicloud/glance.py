"""A look at a few objects, and at what a reading left out, in as few calls as that takes."""

from __future__ import annotations

import json
import threading
from collections.abc import Collection, Mapping
from functools import partial

from planner.network.identity import Authorization, Enablement, GuestRoute, Identity, Link
from planner.network.kinds import Kind
from planner.network.security_groups import SecurityGroup
from planner.network.world import Instance, RouteEntry, Unread, Vpc, World
from planner.values import replace
from providers.alicloud import parsing
from providers.alicloud.asking import Asker, ReadFailed
from providers.alicloud.fields import Malformed, items
from providers.alicloud.links import IDS, links_of, portions
from providers.alicloud.products import Product
from providers.alicloud.region import unread
from providers.alicloud.routes import routes_of_table
from providers.alicloud.security_groups import GroupReading, group_with_rules
from providers.alicloud.tasks import Tasks

_GONE = ("InvalidVpcId.NotFound", "InvalidVpcID.NotFound", "Forbidden.VpcNotFound")
_NO_LOOK_INSIDE = "the cloud cannot look inside an instance"


def glance(asker: Asker, account_id: str, parallelism: int, targets: Collection[Identity]) -> World:
    """The links of the instances among these, 100 a call; the VPCs and the groups of the rules among them, one a call.

    Of an instance whose guest routes are asked for, nothing is known.
    """
    looking = _Looking(asker, account_id)
    tasks = Tasks(parallelism)
    instances = sorted({target.instance_id for target in targets if isinstance(target, Link)})
    for ids in portions(instances):
        tasks.add(partial(looking.links, ids))
    for vpc_id in sorted({target.vpc_id for target in targets if isinstance(target, Enablement)}):
        tasks.add(partial(looking.vpc, vpc_id))
    for group_id in sorted({target.security_group_id for target in targets if isinstance(target, Authorization)}):
        tasks.add(partial(looking.rules, group_id))
    tasks.run()
    looking.leave_unread(sorted({target.instance_id for target in targets if isinstance(target, GuestRoute)}))
    return looking.world()


def find_more(
    asker: Asker,
    account_id: str,
    parallelism: int,
    instance_ids: Collection[str],
    tables: Mapping[str, Collection[str]],
    group_ids: Collection[str] | None = (),
) -> World:
    """Those of these instances that there are, 100 a call, without their links; the custom routes in these tables; and
    these security groups with their rules, or all with None.

    The tables are by their VPCs.
    """
    looking = _Looking(asker, account_id)
    tasks = Tasks(parallelism)
    groups = GroupReading(asker, account_id, tasks, looking.note)
    groups.add(group_ids)
    for ids in portions(sorted(instance_ids)):
        tasks.add(partial(looking.instances, ids))
    for vpc_id in sorted(tables):
        for table in tables[vpc_id]:
            tasks.add(partial(looking.routes, vpc_id, table))
    tasks.run()
    return replace(looking.world(), security_groups=groups.found)


class _Looking:
    def __init__(self, asker: Asker, account_id: str) -> None:
        self._asker, self._account_id = asker, account_id
        self._lock = threading.Lock()
        self._vpcs: dict[str, Vpc] = {}
        self._instances: dict[str, Instance] = {}
        self._links: dict[str, str] = {}
        self._routes: list[RouteEntry] = []
        self._groups: dict[str, SecurityGroup] = {}
        self._are_groups_asked = False
        self._unread: list[Unread] = []

    def instances(self, instance_ids: Collection[str]) -> None:
        asked = {"InstanceIds": json.dumps(list(instance_ids)), "MaxResults": str(IDS)}
        try:
            page = items(self._asker.ask(Product.ECS, "DescribeInstances", asked), "Instances", "Instance")
            found = [parsing.instance(listed, self._account_id) for listed in page]
        except (ReadFailed, Malformed) as failure:
            with self._lock:
                self._unread += [unread(Kind.INSTANCES, instance_id, failure) for instance_id in instance_ids]
            return
        with self._lock:
            self._instances.update((one.instance_id, one) for one in found)

    def routes(self, vpc_id: str, table: str) -> None:
        try:
            found = routes_of_table(self._asker, vpc_id, table)
        except (ReadFailed, Malformed) as failure:
            with self._lock:
                self._unread.append(unread(Kind.ROUTE_ENTRIES, vpc_id, failure))
            return
        with self._lock:
            self._routes += found

    def links(self, instance_ids: Collection[str]) -> None:
        try:
            found = links_of(self._asker, list(instance_ids))
        except (ReadFailed, Malformed) as failure:
            with self._lock:
                self._unread += [unread(Kind.LINKS, instance_id, failure) for instance_id in instance_ids]
            return
        with self._lock:
            self._links.update(found)

    def rules(self, group_id: str) -> None:
        """The rules of a group. Nothing else is said of it than who it is: its type is not known."""
        self._are_groups_asked = True
        try:
            found = group_with_rules(self._asker, self._account_id, group_id)
        except (ReadFailed, Malformed) as failure:
            self.note(Kind.SECURITY_GROUPS, group_id, failure)
            return
        if found is not None:
            with self._lock:
                self._groups[group_id] = found

    def note(self, kind: Kind, subject: str | None, failure: ReadFailed | Malformed) -> None:
        with self._lock:
            self._unread.append(unread(kind, subject, failure))

    def leave_unread(self, instance_ids: Collection[str]) -> None:
        self._unread += [Unread(Kind.INSTANCES, instance_id, _NO_LOOK_INSIDE) for instance_id in instance_ids]

    def vpc(self, vpc_id: str) -> None:
        try:
            fields = self._asker.ask(Product.VPC, "DescribeVpcAttribute", {"VpcId": vpc_id})
            found = parsing.vpc(fields, self._account_id)
        except (ReadFailed, Malformed) as failure:
            if isinstance(failure, ReadFailed) and failure.failed.answer.code in _GONE:
                return
            with self._lock:
                self._unread.append(unread(Kind.VPCS, vpc_id, failure))
            return
        with self._lock:
            self._vpcs[found.vpc_id] = found

    def world(self) -> World:
        return World(
            self._account_id,
            vpcs=self._vpcs,
            route_entries=tuple(self._routes),
            instances=self._instances,
            links=self._links,
            security_groups=self._groups if self._are_groups_asked else None,
            unread=tuple(self._unread),
        )
