"""Security groups: a listing that says what they are, a hundred a call, and for each a call that gives its rules."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial

from planner.network.kinds import Kind
from planner.network.security_groups import SecurityGroup
from planner.values import replace
from providers.alicloud.asking import Asker, ReadFailed
from providers.alicloud.fields import Fields, Malformed, items
from providers.alicloud.group_parsing import group_of_pages, listed_group
from providers.alicloud.links import Note, portions
from providers.alicloud.products import Product
from providers.alicloud.tasks import Tasks

GROUPS = 100
"""How many groups one call lists, and how many it can be asked about: the API's limits."""

_LISTED = {"MaxResults": str(GROUPS)}
_RULES = {"NicType": "intranet", "Direction": "ingress", "MaxResults": "1000"}
"""The inbound rules of the intranet, the most a page: a classic group gives those of the internet otherwise."""
_NO_SUCH_GROUP = "InvalidSecurityGroupId.NotFound"


class GroupReading:
    """The security groups of some ids, or all of the region. Its jobs run side by side."""

    def __init__(self, asker: Asker, account_id: str, tasks: Tasks, note: Note) -> None:
        self._asker, self._account_id, self._tasks, self._note = asker, account_id, tasks, note
        self._lock = threading.Lock()
        self._is_asked = self._is_listed = False
        self._found: dict[str, SecurityGroup] = {}

    def add(self, group_ids: Collection[str] | None) -> None:
        """Queue the reading of these groups; None is all of them."""
        self._is_asked = self._is_asked or group_ids is None or bool(group_ids)
        if group_ids is None:
            self._tasks.add(partial(self._or_note, self._chain, [None]))
        for ids in portions(sorted(group_ids or ()), GROUPS):
            self._tasks.add(partial(self._or_note, partial(self._named, ids), ids))

    @property
    def found(self) -> Mapping[str, SecurityGroup] | None:
        """The groups, in the order of their ids. None where none were asked for, or none could be listed."""
        return dict(sorted(self._found.items())) if self._is_asked and self._is_listed else None

    def _chain(self) -> None:
        for page in self._asker.pages(Product.ECS, "DescribeSecurityGroups", _LISTED):
            self._take(page)

    def _named(self, group_ids: Sequence[str]) -> None:
        asked = {**_LISTED, "SecurityGroupIds": json.dumps(group_ids)}
        self._take(self._asker.ask(Product.ECS, "DescribeSecurityGroups", asked))

    def _take(self, page: Fields) -> None:
        for group_id, kind, is_managed in map(listed_group, items(page, "SecurityGroups", "SecurityGroup")):
            job = partial(self._rules, group_id, kind, is_managed)
            self._tasks.add(partial(self._or_note, job, [group_id]))
        self._is_listed = True

    def _rules(self, group_id: str, kind: str, is_managed: bool) -> None:
        group = group_with_rules(self._asker, self._account_id, group_id)
        if group is not None:
            with self._lock:
                self._found[group_id] = replace(group, type=kind, service_managed=is_managed)

    def _or_note(self, job: Callable[[], None], subjects: Sequence[str | None]) -> None:
        """Do a job; where it fails, these groups are noted as unread."""
        try:
            job()
        except (ReadFailed, Malformed) as failure:
            for subject in subjects:
                self._note(Kind.SECURITY_GROUPS, subject, failure)


def group_with_rules(asker: Asker, account_id: str, group_id: str) -> SecurityGroup | None:
    """The group and its rules now; None where there is no such group. Raises ReadFailed and Malformed."""
    asked = {"SecurityGroupId": group_id, **_RULES}
    try:
        return group_of_pages(asker.pages(Product.ECS, "DescribeSecurityGroupAttribute", asked), account_id)
    except ReadFailed as failure:
        if failure.failed.answer.code == _NO_SUCH_GROUP:
            return None
        raise
