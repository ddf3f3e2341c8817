"""The world on disk, shared by any number of processes.

Three files: `world.json`, the log of what calls did since it was written, and a lock that is there while a writer
is at work. A call takes the lock, reads what others logged since, is judged, and logs its own effect: so calls are
atomic between processes, and their cost does not grow with the world. A reader takes no lock. It reads the file,
then the log, and begins again if the file was replaced in between. Files whose stamps are as this process left them
are not read: what is in memory is what they say.

With a call log, each effect carries the number of its line there. Only the last effect can be without its line, where
its process was killed in between: the process that has the lock next, to call or to fold, writes that line first.

Folding writes the log's effects into `world.json` (a temporary file, forced to the disk, renamed) and removes the log.
A process that dies between the two leaves a log that is already folded: taking its acts again ends in the same world.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from planner.diagnostics import Diagnostic, ProviderError
from planner.network.identity import Action, Enablement, GuestRoute, Link, RuleBatch, Target
from planner.network.world import World
from planner.reading import read_regular
from planner.remedy import Remedy, Snippet
from planner.writing import rewrite
from planner.wrong_files import seems_to_be
from providers.mock.call_log import CallLog
from providers.mock.cloud import Cloud
from providers.mock.lock import locked
from providers.mock.stamp import Stamp, stamp
from providers.mock.turns import Turns
from providers.mock.world_file import parse_document, parse_world, write_document
from providers.mock.world_groups import rule_record
from providers.mock.world_log import Act, WorldLog

PATIENCE = 10.0
"""Seconds that a call waits for another process's call to end."""

_TRIES = 50


class WorldStore:
    """One world file, and the log of calls to it. Safe to use from several threads and processes."""

    def __init__(self, path: Path, shown_as: str, calls: CallLog | None = None) -> None:
        """Opens the world. Raises ProviderError where it cannot be read."""
        self._calls = calls
        self._path = Path(os.path.realpath(path))  # unlike `resolve`, it leaves a circle of links for `open` to report
        self._shown_as = shown_as
        self._log = WorldLog(Path(f"{self._path}.log"))
        self._lock_path = Path(f"{self._path}.lock")
        self._turns = Turns(self._files_locked)
        self._waited_in_vain = False
        self._seen: Stamp | None = None
        self._cloud = Cloud(World())
        with self._turns.between_calls():
            self._refresh()

    def read(self) -> World:
        """The world as it stands. Raises ProviderError."""
        with self._turns.between_calls():
            self._refresh()
            return self._cloud.world()

    @contextmanager
    def reading(self) -> Iterator[Cloud]:
        """The cloud as it stands, with the other threads of this process kept out. Raises ProviderError."""
        with self._turns.between_calls():
            self._refresh()
            yield self._cloud

    @contextmanager
    def writing(self, patience: float | None = None) -> Iterator[Cloud]:
        """The cloud as it stands, for one call, with all other threads and processes kept out.

        `patience` is how many seconds to wait for other processes. Raises TimeoutError where one keeps the world for
        longer, OSError where it cannot be written, and ProviderError where it cannot be read.
        """
        self._turns.begin_call(patience)
        try:
            self._complete_call_log()
            yield self._cloud
        finally:
            self._turns.end_call()

    @contextmanager
    def _files_locked(self, patience: float | None) -> Iterator[None]:
        """Keep other processes out, and take in what they did."""
        with locked(self._lock_path, self._patience() if patience is None else patience):
            self._waited_in_vain = False
            with self._calls.held() if self._calls else nullcontext():
                self._refresh()
                try:
                    yield
                finally:
                    self._leave_log()

    def _leave_log(self) -> None:
        try:
            self._log.leave()
        except OSError:
            self._seen = None  # what was written may be lost: the next use reads the world again
            raise

    def _patience(self) -> float:
        """After one timeout, later calls ask without waiting: a thousand calls must not wait one after another."""
        waited, self._waited_in_vain = self._waited_in_vain, True
        return 0.0 if waited else PATIENCE

    def record(self, action: Action, target: Target) -> None:
        """Let this happen, in the log and in memory. Only within `writing`. Raises OSError: then it did not happen."""
        self._log.append(action, target, self._calls.next_seq if self._calls else None)
        self._cloud.take(action, target)

    def write_down(self, action: Action, target: Target, outcome: str) -> None:
        """Put a call into the call log, if there is one. Only within `writing`. Raises OSError."""
        if self._calls:
            self._calls.write(action, target, outcome)
            self._log.unlogged = None

    def _complete_call_log(self) -> None:
        """Write the line of the last effect, unless it is there. Raises OSError."""
        if self._calls and self._log.unlogged:
            self._calls.complete(self._log.unlogged)
        self._log.unlogged = None

    def fold(self) -> None:
        """Write what the log holds into the world file.

        Where that cannot be done now, because another process is at work or nothing can be written, the log stays:
        every reader folds it in.
        """
        if not self._log.path.exists():
            return
        try:
            with self.writing(patience=1.0):
                self._fold()
                self._lock_path.unlink(missing_ok=True)
                self._turns.end()
        except (OSError, ProviderError):
            return

    def close(self) -> None:
        """Let other processes in."""
        with self._turns.between_calls(), suppress(OSError):  # every call has been answered
            self._turns.end()

    def _fold(self) -> None:
        log = WorldLog(self._log.path)
        acts = log.read_new()
        document = parse_document(self._text(), self._shown_as)
        if self._stamp() != self._seen:
            return  # a person edits the file: the log still holds what we know
        rewrite(self._path, write_document(_folded(document, acts, self._cloud)))
        self._log.path.unlink(missing_ok=True)
        self._seen = None

    def _refresh(self) -> None:
        """Bring the cloud in memory to what the disk says."""
        if self._stamp() == self._seen and self._log.is_as_left():
            return
        for _ in range(_TRIES):
            seen = self._stamp()
            if seen != self._seen or self._log.replaced():
                self._cloud = Cloud(parse_world(self._text(), self._shown_as))
                self._seen = seen
                self._log.forget()
            for action, target in self._log.read_new():
                self._cloud.take(action, target)
            if self._stamp() == seen:
                return
        raise ProviderError(
            Diagnostic(
                "PRV212",
                "World file keeps changing",
                f"{self._shown_as} was replaced by another process each of the {_TRIES} times that it was read.",
                Remedy.of("Run the command again when the other process has ended."),
                files=(self._shown_as,),
            )
        )

    def _stamp(self) -> Stamp:
        try:
            return stamp(self._path)
        except OSError as problem:
            raise ProviderError(self._unreadable(problem)) from None

    def _text(self) -> str:
        try:
            data = read_regular(self._path)
        except OSError as problem:
            raise ProviderError(self._unreadable(problem)) from None
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as problem:
            detail = f"{self._shown_as}: byte {problem.start:,} is not UTF-8. {seems_to_be(data)}".rstrip()
            remedy = Remedy.of("Save the file as UTF-8.")
            raise ProviderError(
                Diagnostic("PRV202", "World file is not JSON", detail, remedy, files=(self._shown_as,))
            ) from None

    def _unreadable(self, problem: OSError) -> Diagnostic:
        remedy = Remedy.of("Correct the path, or the permissions of the file.")
        if isinstance(problem, FileNotFoundError):
            smallest = Snippet(f'    echo \'{{"format_version": "1.0"}}\' > {self._path}')
            remedy = Remedy.of("Correct the path, or make the smallest world:\n", smallest)
        detail = f"{self._shown_as}: {problem.strerror or problem}. cl looked for {self._path}."
        return Diagnostic("PRV201", "World file cannot be read", detail, remedy, files=(self._shown_as,))


def _folded(document: dict[str, Any], acts: Sequence[Act], cloud: Cloud) -> dict[str, Any]:
    """`document` with what `acts` touched as it stands in `cloud`; everything else, and its order, as it was."""
    vpc_ids = {target.vpc_id for _, target in acts if isinstance(target, Enablement)}
    linked = {target.instance_id: None for _, target in acts if isinstance(target, Link)}
    guest_ids = {target.instance_id for _, target in acts if isinstance(target, GuestRoute)}
    group_ids = {target.security_group_id for _, target in acts if isinstance(target, RuleBatch)}
    for record in document.get("vpcs", ()):
        if record["vpc_id"] in vpc_ids:
            record["classic_link_enabled"] = cloud.vpcs[record["vpc_id"]].classic_link_enabled
    for record in document.get("instances", ()) if guest_ids else ():
        if record["instance_id"] in guest_ids:
            routes = cloud.instances[record["instance_id"]].guest_routes or ()
            record["guest_routes"] = [
                {"destination_cidr_block": route.destination_cidr_block, "next_hop": route.next_hop} for route in routes
            ]
    for record in document.get("security_groups", ()) if group_ids else ():
        if record["security_group_id"] in group_ids:
            group = cloud.security_groups[record["security_group_id"]]
            record["rules"] = [rule_record(rule) for rule in group.rules]
    if linked:
        document["links"] = _folded_links(document.get("links", []), linked, cloud)
    return document


def _folded_links(records: list[dict[str, str]], touched: dict[str, None], cloud: Cloud) -> list[dict[str, str]]:
    kept = [record for record in records if cloud.links.get(record["instance_id"]) == record["vpc_id"]]
    there = {record["instance_id"] for record in kept}
    return kept + [
        {"instance_id": instance_id, "vpc_id": cloud.links[instance_id]}
        for instance_id in touched
        if instance_id in cloud.links and instance_id not in there
    ]
