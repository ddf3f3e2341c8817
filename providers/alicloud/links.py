"""Which instances are linked to which VPCs, in few calls, even while others change them.

::

    each enabled VPC ──▶ its first hundred links, and how many it has
    are some missing? ──▶ instances whose link is not known yet, a hundred a call
    still?            ──▶ the other pages of that VPC, for ids that nothing has named; these are asked for as well

A VPC with up to a hundred links is so known from one answer. A listing of several pages shifts while others change it,
and loses links; what it names is asked for again, by the ids of the instances. Then the links of each VPC are as many
as it counts, or everything is asked for again.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial

from planner.network.kinds import Kind
from planner.network.world import Unread
from planner.remedy import Remedy
from providers.alicloud.asking import Asker, ReadFailed
from providers.alicloud.fields import Malformed, items, number, text
from providers.alicloud.products import Product
from providers.alicloud.tasks import Tasks

IDS = 100
"""How many instances one call is asked about: the API's limit, and that of links a page."""
_LOOKS = 3
"""How often links are asked for, while others change them."""
_NO_SUCH_INSTANCE = ("InvalidInstanceId.NotFound", "InvalidInstanceID.NotFound")

Note = Callable[[Kind, str | None, ReadFailed | Malformed], None]
"""Notes what a failed read leaves unknown."""


class LinkReading:
    """The links of some VPCs and instances. Its jobs run side by side."""

    def __init__(self, asker: Asker, tasks: Tasks, note: Note) -> None:
        self._asker, self._tasks, self._note = asker, tasks, note
        self._lock = threading.Lock()
        self._counts: dict[str, int] = {}
        self._vpc_ids: list[str] = []
        self._is_certain = True
        self.found: dict[str, str] = {}
        self.unread: list[Unread] = []

    def add_vpc(self, vpc_id: str) -> None:
        """Queue the first page of a VPC whose ClassicLink is enabled."""
        with self._lock:
            self._vpc_ids.append(vpc_id)
        self._tasks.add(partial(self._page, vpc_id, 1, []))

    def complete(self, instance_ids: Collection[str], *, ask_for_each: bool) -> None:
        """Run what is queued, and find what is missing then; `ask_for_each` of these instances in any case.

        Otherwise they are asked for where a VPC has more links than are known.
        """
        for look in range(_LOOKS):
            if look:
                self.found.clear()
                for vpc_id in self._vpc_ids:
                    self._tasks.add(partial(self._page, vpc_id, 1, []))
            self._tasks.run()
            if ask_for_each or not self._is_certain or self._unclear():
                self._ask(one for one in sorted(instance_ids) if one not in self.found)
            if not self._is_certain:
                return
            if unclear := self._unclear():
                self._ask(self._named_by(unclear))
            if not self._unclear():
                return
        for vpc_id in self._unclear():
            reason = "DescribeClassicLinkInstances: the links of the VPC changed while they were read"
            self.unread.append(Unread(Kind.LINKS, vpc_id, reason, Remedy.of("Try again when it is quieter.")))

    def _unclear(self) -> list[str]:
        """The VPCs whose links are not as many as they should be."""
        seen = Counter(self.found.values())
        return sorted(vpc_id for vpc_id, count in self._counts.items() if seen[vpc_id] != count)

    def _page(self, vpc_id: str, page: int, named: list[str]) -> None:
        """The ids of a page are `named`; the first one is taken as it is, with the number of all."""
        asked = {"VpcId": vpc_id, "PageNumber": str(page), "PageSize": str(IDS)}
        try:
            fields = self._asker.ask(Product.ECS, "DescribeClassicLinkInstances", asked)
            ids = [text(link, "InstanceId") for link in items(fields, "Links", "Link")]
            count = number(fields, "TotalCount")
            if count is None:
                raise Malformed("TotalCount is missing")
        except (ReadFailed, Malformed) as failure:
            self._failed(vpc_id, failure)
            return
        with self._lock:
            self._counts[vpc_id] = count
            named += ids
            if page == 1:
                self.found |= dict.fromkeys(ids, vpc_id)

    def _named_by(self, vpc_ids: Iterable[str]) -> list[str]:
        """The instances that the pages of these VPCs name, and whose link is not known."""
        named: list[str] = []
        for vpc_id in vpc_ids:
            for page in range(2, -(-self._counts[vpc_id] // IDS) + 1):
                self._tasks.add(partial(self._page, vpc_id, page, named))
        self._tasks.run()
        return sorted({one for one in named if one not in self.found})

    def _ask(self, instance_ids: Iterable[str]) -> None:
        for ids in portions(list(instance_ids)):
            self._tasks.add(partial(self._links_of, ids))
        self._tasks.run()

    def _links_of(self, ids: Sequence[str]) -> None:
        try:
            found = links_of(self._asker, ids)
        except (ReadFailed, Malformed) as failure:
            for instance_id in ids:
                self._failed(instance_id, failure)
            return
        with self._lock:
            self.found |= found

    def _failed(self, subject: str, failure: ReadFailed | Malformed) -> None:
        self._is_certain = False
        self._note(Kind.LINKS, subject, failure)


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


def portions(ids: Sequence[str], most: int = IDS) -> list[Sequence[str]]:
    """The ids, as many at a time as one call takes."""
    return [ids[start : start + most] for start in range(0, len(ids), most)]
