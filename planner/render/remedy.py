"""Remedies for readers: as called from where they are, as lines, and as what is said and what can be pasted.

The places of problems are named from there, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, zip_longest
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from planner.remedy import (
    AND,
    HERE,
    Caller,
    Command,
    Remedy,
    Snippet,
    write_all,
    write_ways,
)
from planner.render.terminal import GLUE, Style, name, prose, width_of

if TYPE_CHECKING:
    from planner.documents.drift import DriftDocument, DriftGroup, DriftItem
    from planner.documents.plan import FindingEntry, FindingGroup, PlanDocument
    from planner.documents.validation import ValidationDocument
    from planner.entries import CommandEntry, DiagnosticEntry, FileEntry, RangeEntry, RemedyKeys, SnippetEntry
    from planner.network.scenarios import AdviceDocument, NoteEntry, ObstacleEntry, OfferEntry


_ONE_PIECE = r"\{[^{}]*\}|'[^']*'|\"[^\"]*\""
"""What a line break would spoil, beside commands: a block on one line, whatever is quoted."""
_INDENT = "  "
_LONGEST = 4_000
"""More characters than a command that is pasted."""
_Entry = TypeVar("_Entry", "DiagnosticEntry", "FindingEntry")
"""What has a place and one remedy."""
_Placeless = TypeVar("_Placeless", "DiagnosticEntry", "FindingEntry", "FindingGroup", "ObstacleEntry")
"""What has one remedy."""
_DriftEntry = TypeVar("_DriftEntry", "DriftItem", "DriftGroup")
"""What has several ways out."""


def plan_called_from(document: PlanDocument, caller: Caller) -> PlanDocument:
    """The plan for such a reader: its commands can be pasted where they are, and its places opened."""
    if caller == HERE:
        return document
    rules = [entry_called_from(finding, caller) for finding in document["rules"]]
    diagnostics = _entries_called_from(document["diagnostics"], caller)
    called: PlanDocument = {**document, "rules": rules, "diagnostics": diagnostics}
    if "rule_groups" in document:
        called["rule_groups"] = [_remedied(group, caller) for group in document["rule_groups"]]
    return called


def drift_called_from(document: DriftDocument, caller: Caller) -> DriftDocument:
    """The drift report for such a reader."""
    if caller == HERE:
        return document
    called: DriftDocument = {
        **document,
        "items": [_drift_entry_called_from(item, caller) for item in document["items"]],
        "groups": [_drift_entry_called_from(group, caller) for group in document["groups"]],
    }
    if "rules" in document:
        called["rules"] = [{**rule, "range": _moved(rule["range"], caller)} for rule in document["rules"]]
    if "note_commands" in document:
        called["notes"], called["note_commands"] = write_all(_called(note, caller) for note in notes_of(document))
    if "diagnostics" in document:
        called["diagnostics"] = _entries_called_from(document["diagnostics"], caller)
    return called


def validation_called_from(document: ValidationDocument, caller: Caller) -> ValidationDocument:
    """What `cl validate` found, for such a reader."""
    return (
        {**document, "diagnostics": _entries_called_from(document["diagnostics"], caller)}
        if caller != HERE
        else document
    )


def advice_called_from(document: AdviceDocument, caller: Caller) -> AdviceDocument:
    """Advice for such a reader."""
    if caller == HERE:
        return document
    offer = document["offer"]
    return {
        **document,
        "notes": [_note_called_from(note, caller) for note in document["notes"]],
        "obstacles": [_remedied(obstacle, caller) for obstacle in document["obstacles"]],
        "offer": offer and _offer_called_from(offer, caller),
    }


def _note_called_from(note: NoteEntry, caller: Caller) -> NoteEntry:
    if not {"commands", "files"} & note.keys():
        return note
    called = _called(Remedy.read(note["text"], note.get("commands", ()), files=note.get("files", ())), caller)
    text, commands = called.written()
    return {**note, "text": text, "commands": commands, "files": called.files}


def _offer_called_from(offer: OfferEntry, caller: Caller) -> OfferEntry:
    """The link that `cl advise` offers, with the command that adopts the present one."""
    adopt, commands = _called(Remedy.read(offer["adopt"] or "", offer.get("adopt_commands", ())), caller).written()
    return {**offer, "adopt": adopt or None, "adopt_commands": commands}


def entry_called_from(entry: _Entry, caller: Caller) -> _Entry:
    """The same of one entry."""
    if caller == HERE:
        return entry
    called = _remedied(entry, caller)
    if not caller.path:
        return called
    called = {**called, "range": _moved(entry.get("range"), caller)}
    if related := entry.get("related"):
        called["related"] = [{**one, "range": _moved(one.get("range"), caller)} for one in related]
    return called


def diagnostic_called_from(entry: DiagnosticEntry, caller: Caller) -> DiagnosticEntry:
    """The same of a diagnostic."""
    called = entry_called_from(entry, caller)
    if files := entry.get("detail_files"):
        detail = _called(Remedy.read(entry["detail"], files=files), caller)
        return {**called, "detail": detail.text, "detail_files": detail.files}
    return called


def _remedied(entry: _Placeless, caller: Caller) -> _Placeless:
    if not {"commands", "files"} & entry.keys():
        return entry
    return {**entry, **_called(remedy_of(entry), caller).to_json()}


def _moved(place: RangeEntry | None, caller: Caller) -> RangeEntry | None:
    return place and _named(place, caller)


def _named(place: RangeEntry, caller: Caller) -> RangeEntry:
    return {**place, "filename": caller.name(place["filename"])}


def _entries_called_from(entries: Iterable[DiagnosticEntry], caller: Caller) -> list[DiagnosticEntry]:
    return [diagnostic_called_from(entry, caller) for entry in entries]


def _drift_entry_called_from(entry: _DriftEntry, caller: Caller) -> _DriftEntry:
    called: _DriftEntry = entry
    if caller.path and "range" in entry:
        called = {**entry, "range": _named(entry["range"], caller)}
    if not {"commands", "files"} & entry.keys():
        return called
    return {**called, **write_ways([_called(way, caller) for way in remedies_of(entry)])}


def _called(remedy: Remedy, caller: Caller) -> Remedy:
    return remedy.called_from(caller)


def remedy_of(entry: RemedyKeys | ObstacleEntry) -> Remedy:
    """The remedy of a finding, a diagnostic or an obstacle."""
    return Remedy.read(
        entry.get("remedy") or "", entry.get("commands") or (), entry.get("snippets") or (), entry.get("files") or ()
    )


def remedies_of(item: DriftItem | DriftGroup) -> list[Remedy]:
    """The ways out of an item of drift."""
    return _read_all(
        item.get("remedy") or (), item.get("commands") or (), item.get("snippets") or (), item.get("files") or ()
    )


def notes_of(document: DriftDocument) -> list[Remedy]:
    """The notes of a drift document: sentences that may name commands."""
    return _read_all(document.get("notes") or (), document.get("note_commands") or ())


def _read_all(
    texts: Sequence[str],
    commands: Sequence[Iterable[CommandEntry]],
    snippets: Sequence[Iterable[SnippetEntry]] = (),
    files: Sequence[Iterable[FileEntry]] = (),
) -> list[Remedy]:
    """The remedies of these texts, with as many `commands`, `snippets` and `files` as there are."""
    count = len(texts)
    entries = zip_longest(texts, commands[:count], snippets[:count], files[:count], fillvalue=())
    return [Remedy.read(str(text), own, pasted, named) for text, own, pasted, named in entries]


class _Line(Struct, frozen=True):
    """A line of a remedy, ready to be shown: what is said, and the command that it ends with, if any."""

    said: str
    command: str
    glued: str
    """What is said, its commands in one piece."""
    pasted: bool = False
    """Whether all of it is to be pasted."""
    is_flush: bool = False
    """Whether it is to be pasted into a file, where its indentation counts."""

    @property
    def glued_whole(self) -> str:
        return f"{self.glued} {self.command.replace(' ', GLUE)}" if self.command else self.glued

    @property
    def whole(self) -> str:
        return f"{self.said} {self.command}" if self.command else self.said


def _lines(remedy: Remedy) -> Iterator[_Line]:
    """A snippet has lines of its own, also where it begins behind a colon."""
    line: list[str | Command] = []
    for part in remedy.parts:
        if isinstance(part, Command):
            line.append(part)
            continue
        if isinstance(part, Snippet):
            if any(line):
                yield _line([*line[:-1], str(line[-1]).rstrip(" ")])
            is_flush = not part.text[:1].isspace()
            for pasted in map(prose, part.text.split("\n")):
                yield _Line(pasted, "", pasted, pasted=True, is_flush=is_flush)
            line = []
            continue
        first, *others = str(part).split("\n")
        line.append(first)
        for other in others:
            if any(line):
                yield _line(line)
            line = [other]
    if any(line):
        yield _line(line)


def _line(parts: Sequence[str | Command]) -> _Line:
    """A line of commands alone, which is indented, is to be pasted."""
    said = [part for part in parts if part]
    indented = len(said) > 1 and isinstance(said[0], str) and said[0].isspace()
    if indented and all(isinstance(part, Command) or part == AND for part in said[1:]):
        whole = _shown(said)
        return _Line(whole, "", whole, pasted=True)
    tail: list[str | Command] = []
    while said and (isinstance(said[-1], Command) or (said[-1] == AND and tail)):
        tail.insert(0, said.pop())
    if not tail or not said or not str(said[-1]).endswith(": "):
        said, tail = [*said, *tail], []
    return _Line(_shown(said).removesuffix(" " if tail else ""), _shown(tail), _shown(said, glue=True).rstrip(" "))


def _shown(parts: Sequence[str | Command], *, glue: bool = False) -> str:
    shown = ""
    for part in parts:
        if isinstance(part, Command):
            command = name(part, _LONGEST)
            shown += command.replace(" ", GLUE) if glue else command
        else:
            said = prose(part)
            shown += re.sub(_ONE_PIECE, lambda piece: piece[0].replace(" ", GLUE), said) if glue else said
    return shown


def parts(remedy: Remedy) -> Iterator[tuple[bool, str]]:
    """The remedy in parts: whether each is to be pasted, and its lines. It is escaped."""
    for pasted, lines in _grouped(remedy):
        yield pasted, "\n".join(line.whole for line in lines)


def pieces(remedy: Remedy) -> Iterator[tuple[bool, str]]:
    """As `parts`, each sentence by itself, and so the command that it ends with."""
    for pasted, lines in _grouped(remedy):
        if pasted:
            yield True, "\n".join(line.whole for line in lines)
            continue
        for line in lines:
            yield False, line.said
            if line.command:
                yield True, line.command


def _grouped(remedy: Remedy) -> Iterator[tuple[bool, list[_Line]]]:
    """Lines that follow one another and are all to be pasted, or none of them."""
    for pasted, lines in groupby(_lines(remedy), key=lambda line: line.pasted):
        yield pasted, list(lines)


def remedy_lines(remedy: Remedy, style: Style, lead: str) -> list[str]:
    """The remedy as lines that begin with `lead` and fit the width, but for commands and blocks. It is escaped.

    A block begins at the left edge, as it stands in a file.
    """
    shown: list[str] = []
    for pasted, lines in _grouped(remedy):
        for line in lines:
            if line.is_flush:
                shown += [line.whole] if shown or not lead else [f"{_INDENT}{lead}", line.whole]
                continue
            first = f"{lead} " if lead and not shown else ""
            shown += [f"{_INDENT}{first}{line.whole}"] if pasted else _sentence(line, first, style)
    return shown


def way_lines(remedy: Remedy, indent: str) -> list[str]:
    """The remedy as lines behind this indentation, but for blocks: these are pasted as they stand. It is escaped."""
    return [line.whole if line.is_flush else f"{indent}{line.whole}" for line in _lines(remedy)]


def sentence_lines(sentence: Remedy, style: Style) -> list[str]:
    """A sentence wrapped to the width, its commands in one piece. It is escaped."""
    return [part for line in _lines(sentence) for part in style.wrap(line.glued_whole)]


def _sentence(line: _Line, lead: str, style: Style) -> list[str]:
    if width_of(lead + line.whole) + len(_INDENT) <= style.width:
        return [f"{_INDENT}{lead}{line.whole}"]
    lines = style.wrap(lead + line.glued, _INDENT)
    return [*lines, f"{_INDENT}    {line.command}"] if line.command else lines
