"""What a user can do about a problem: sentences, with the commands in them as values.

A command of `cl` is written as it is typed in the project's directory. Where its reader calls it from is known where it
is shown, in `planner.render.remedy`; which command line is in hand is known to the command line alone.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from msgspec import Struct

from planner.values import replace

if TYPE_CHECKING:
    from planner.entries import CommandEntry, FileEntry, RemedyKeys, SnippetEntry, WaysKeys

AND = " && "
"""What joins two commands that are pasted as one line."""


class Command(Struct, frozen=True):
    """A command for a shell, by its words, the program's name first; written, each word is quoted.

    `environment` holds variables that are set for this command alone. `paths` are the indices of words that are paths
    from the project's directory; of a command of `cl` there are none, for `-chdir` leads it there.
    """

    words: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()
    paths: tuple[int, ...] = ()

    @property
    def is_cl(self) -> bool:
        return self.words[:1] == ("cl",)

    def adding(self, *words: str) -> Command:
        """The same command with more words at its end."""
        return replace(self, words=(*self.words, *words))

    def __str__(self) -> str:
        return " ".join((*(f"{name}={_quoted(value)}" for name, value in self.environment), _quoted(*self.words)))


def _quoted(*words: str) -> str:
    """The words as a shell reads them."""
    from shlex import join

    return join(words)


def cl(*words: str) -> Command:
    """A command of `cl`: `cl("state", "list")`."""
    return Command(("cl", *words))


def shell(*words: str | PurePath) -> Command:
    """A command of another program: `shell("mv", Path(old), Path(new))`. Relative paths are the project's."""
    paths = tuple(index for index, word in enumerate(words) if isinstance(word, PurePath))
    return Command(tuple(map(str, words)), paths=paths)


_ANY_WORKSPACE = frozenset({"workspace", "rules", "explain", "schema", "fmt", "emulate", "version"})
"""The commands that have no workspace, or decide on it."""


class Caller(Struct, frozen=True):
    """Where a reader calls `cl`: what `-chdir` and `CL_WORKSPACE` say, where they are given.

    `path` leads from there to the project's directory; it is empty where they are the same.
    """

    chdir: str | None = None
    workspace: str | None = None
    path: str = ""

    def call(self, command: Command) -> Command:
        """The command as this reader calls it. One that is written so already stays as it is."""
        words = command.words
        if not command.is_cl:
            return command if self.chdir is None else self._from_outside(command, self.chdir)
        is_called_so = words[1:2] and words[1].startswith("-chdir")
        if self.chdir is not None and not is_called_so:
            words = ("cl", f"-chdir={self.chdir}", *words[1:])
        has_one = command.environment or next(iter(command.words[1:]), "") in _ANY_WORKSPACE
        environment = command.environment if has_one or not self.workspace else (("CL_WORKSPACE", self.workspace),)
        return replace(command, words=words, environment=environment)

    def name(self, filename: str) -> str:
        """The file as this reader names it; what is no file, such as `<--var>` or `s3://states/cl.json`, stays.

        `infra/mod/main.hcl` is `../mod/main.hcl` of the configuration in `infra/prod`.
        """
        if not self.path or filename.startswith(("<", 'schema "')) or "://" in filename:
            return filename
        return posixpath.normpath(posixpath.join(self.path, filename))

    @staticmethod
    def _from_outside(command: Command, chdir: str) -> Command:
        words = (str(PurePath(chdir) / word) if at in command.paths else word for at, word in enumerate(command.words))
        return replace(command, words=tuple(words), paths=())


HERE = Caller()
"""A reader in the project's directory, who uses the workspace that was selected."""


class Again(Struct, frozen=True):
    """The command in hand once more, with more `flags`: where the command line is known it takes this place.

    Where it is not, it is the command of this `name`.
    """

    flags: tuple[str, ...] = ()
    name: str = "plan"

    def __str__(self) -> str:
        return f"plan again with the same flags and {_quoted(*self.flags)}" if self.flags else f"cl {self.name}"


class Snippet(Struct, frozen=True):
    """Lines to paste as they are: a block of configuration, or what is typed and is no single command."""

    text: str

    def __str__(self) -> str:
        return self.text


class File(Struct, frozen=True):
    """A file of the project, by its path from the project's directory."""

    path: str

    def __str__(self) -> str:
        return self.path


Part = str | Command | Again | Snippet | File


class Remedy(Struct, frozen=True):
    """Sentences and commands in the order in which they are read. Made by `Remedy.of`."""

    parts: tuple[Part, ...] = ()

    @classmethod
    def of(cls, *parts: Part | Remedy) -> Remedy:
        """The remedy that these make up, one behind the other."""
        return cls(tuple(_joined(parts)))

    @classmethod
    def join(cls, separator: str, remedies: Iterable[Part | Remedy]) -> Remedy:
        """The remedy that these make up, with the separator between them."""
        parts: list[Part | Remedy] = []
        for remedy in remedies:
            parts += [separator, remedy] if parts else [remedy]
        return cls.of(*parts)

    @classmethod
    def read(
        cls,
        text: str,
        commands: Iterable[CommandEntry] = (),
        snippets: Iterable[SnippetEntry] = (),
        files: Iterable[FileEntry] = (),
    ) -> Remedy:
        """The remedy of a document's entry. A command that the text does not have where it should be is left out."""
        parts: list[Part] = []
        at = 0
        for start, end, of in sorted(_places(commands, snippets, files), key=lambda place: place[:2]):
            part = of if isinstance(of, Command) else of(text[start:end])
            if at <= start < end <= len(text) and text[start:end] == str(part):
                parts += [text[at:start], part]
                at = end
        return cls.of(*parts, text[at:])

    @property
    def text(self) -> str:
        """All of it, as it is typed in the project's directory."""
        return "".join(map(str, self.parts))

    @property
    def commands(self) -> tuple[Command, ...]:
        """The commands in it."""
        return tuple(command for part in self.parts if (command := _command(part)) is not None)

    def __str__(self) -> str:
        return self.text

    def __bool__(self) -> bool:
        return bool(self.parts)

    def again(self, command: Command) -> Remedy:
        """The same, where `command` is the one in hand."""
        return Remedy(tuple(command.adding(*part.flags) if isinstance(part, Again) else part for part in self.parts))

    def calling(self, change: Callable[[Command], Command]) -> Remedy:
        """The same with each command changed so."""
        return Remedy(tuple(part if (found := _command(part)) is None else change(found) for part in self.parts))

    def called_from(self, caller: Caller) -> Remedy:
        """The same for such a reader: its commands and files as they are named from there."""
        parts = (File(caller.name(part.path)) if isinstance(part, File) else part for part in self.parts)
        return Remedy(tuple(parts)).calling(caller.call)

    def written(self) -> tuple[str, list[CommandEntry]]:
        """Its text, and the commands in it as a document has them."""
        text = ""
        commands: list[CommandEntry] = []
        for part in self.parts:
            command, start = _command(part), len(text)
            text += str(part)
            if command is not None:
                commands.append(_entry(command, start, len(text)))
        return text, commands

    @property
    def snippets(self) -> list[SnippetEntry]:
        """Where its snippets stand in its text, as a document has them."""
        return [{"start": start, "end": end} for start, end in self._places_of(Snippet)]

    @property
    def files(self) -> list[FileEntry]:
        """The same of the files that it names."""
        return [{"start": start, "end": end} for start, end in self._places_of(File)]

    def _places_of(self, kind: type[Snippet | File]) -> Iterator[tuple[int, int]]:
        at = 0
        for part in self.parts:
            end = at + len(str(part))
            if isinstance(part, kind):
                yield at, end
            at = end

    def to_json(self) -> RemedyKeys:
        """The keys of a document's entry."""
        text, commands = self.written()
        keys: RemedyKeys = {"remedy": text}
        if commands:
            keys["commands"] = commands
        if snippets := self.snippets:
            keys["snippets"] = snippets
        if files := self.files:
            keys["files"] = files
        return keys


def _command(part: Part) -> Command | None:
    """The command that a part is, if it is one."""
    if isinstance(part, Again):
        return None if part.flags else cl(part.name)
    return part if isinstance(part, Command) else None


def _entry(command: Command, start: int, end: int) -> CommandEntry:
    entry: CommandEntry = {"start": start, "end": end, "argv": list(command.words)}
    if command.environment:
        entry["environment"] = dict(command.environment)
    if command.paths:
        entry["paths"] = list(command.paths)
    return entry


def _read(entry: CommandEntry) -> Command:
    environment = tuple(entry.get("environment", {}).items())
    return Command(tuple(entry["argv"]), environment, tuple(entry.get("paths", ())))


def _places(
    commands: Iterable[CommandEntry], snippets: Iterable[SnippetEntry], files: Iterable[FileEntry]
) -> Iterator[tuple[int, int, Command | type[Snippet | File]]]:
    """Where something stands in a text, from where to where: a command, or what is made of the words there."""
    yield from ((entry["start"], entry["end"], _read(entry)) for entry in commands)
    yield from ((entry["start"], entry["end"], Snippet) for entry in snippets)
    yield from ((entry["start"], entry["end"], File) for entry in files)


def _joined(parts: Iterable[Part | Remedy]) -> Iterator[Part]:
    """The parts without empty ones, sentences that follow one another in one."""
    said = ""
    for part in parts:
        for one in part.parts if isinstance(part, Remedy) else (part,):
            if isinstance(one, str):
                said += one
                continue
            if said:
                yield said
                said = ""
            yield one
    if said:
        yield said


def files_in(text: str, files: Iterable[str]) -> list[FileEntry]:
    """Where a text names these files: each at its beginning, or else where its name stands last.

    `cl.state.json` is not named by `cl.state.json.lock`.
    """
    places = set()
    for file in files:
        found = [each.span() for each in re.finditer(rf"(?<![\w./-]){re.escape(file)}(?![\w/-]|\.\w)", text)]
        places.update(found[:1] if found and found[0][0] == 0 else found[-1:])
    return [{"start": start, "end": end} for start, end in sorted(places)]


def write_all(remedies: Iterable[Remedy]) -> tuple[list[str], list[list[CommandEntry]]]:
    """The texts of these remedies, and the commands in each; no list of commands at all where none has any."""
    written = [Remedy.of(remedy).written() for remedy in remedies]
    commands = [found for _, found in written]
    return [text for text, _ in written], commands if any(commands) else []


def write_ways(remedies: Sequence[Remedy]) -> WaysKeys:
    """The keys of an entry of a document that has several remedies."""
    texts, commands = write_all(remedies)
    keys: WaysKeys = {"remedy": texts}
    if commands:
        keys["commands"] = commands
    if any(snippets := [remedy.snippets for remedy in remedies]):
        keys["snippets"] = snippets
    if any(files := [remedy.files for remedy in remedies]):
        keys["files"] = files
    return keys


NO_REMEDY = Remedy()
PLAN_AGAIN = Remedy.of("Plan again: ", Again())
