"""What documents have of remedies and diagnostics: types alone, for the schemas and for mypy.

Modules of such types do without `from __future__ import annotations`, as `planner.schema.generate` says.
"""

from typing import Annotated, NotRequired, TypedDict

from planner.schema.keywords import Count, at_least, one_of


class CommandEntry(TypedDict):
    """A command in a sentence."""

    start: Annotated[int, at_least(0), "Where it starts in the sentence, in Unicode code points from 0."]
    end: Annotated[int, at_least(0), "Where it ends: the position after its last character."]
    argv: Annotated[list[str], "Its words, beginning with the name of the program."]
    environment: NotRequired[Annotated[dict[str, str], "Only if there are any: variables to set for this command."]]
    paths: NotRequired[
        Annotated[list[Count], "Only if there are any: the indexes in argv, from 0, of paths of the project."]
    ]


class SnippetEntry(TypedDict):
    """Lines to paste in a sentence."""

    start: Annotated[int, at_least(0), "Where they start in the sentence, in Unicode code points from 0."]
    end: Annotated[int, at_least(0), "Where they end: the position after the last character."]


class FileEntry(TypedDict):
    """A file in a sentence, by its path from the project's directory."""

    start: Annotated[int, at_least(0), "Where it starts in the sentence, in Unicode code points from 0."]
    end: Annotated[int, at_least(0), "Where it ends: the position after its last character."]


FILES = "Only if there are any: the files that the remedy names, in its order."
"""What the key `files` beside a `remedy` is."""
SNIPPETS = "Only if there are any: lines to paste in the remedy, such as a block of configuration, in its order."
"""What the key `snippets` beside a `remedy` is."""
COMMANDS = "Only if there are any: the commands in the remedy, in its order."
"""What the key `commands` beside a `remedy` is."""


class RemedyKeys(TypedDict):
    """A remedy in an entry of a document."""

    remedy: Annotated[str, "What to do."]
    commands: NotRequired[Annotated[list[CommandEntry], COMMANDS]]
    snippets: NotRequired[Annotated[list[SnippetEntry], SNIPPETS]]
    files: NotRequired[Annotated[list[FileEntry], FILES]]


class WaysKeys(TypedDict):
    """Several remedies in an entry of a document; each list beside them is only there where there is anything in it."""

    remedy: list[str]
    commands: NotRequired[list[list[CommandEntry]]]
    snippets: NotRequired[list[list[SnippetEntry]]]
    files: NotRequired[list[list[FileEntry]]]


class PositionEntry(TypedDict):
    """A place between two characters."""

    line: Annotated[int, at_least(1), "The line, from 1."]
    column: Annotated[int, at_least(1), "The column in characters, from 1."]


class RangeEntry(TypedDict):
    """A stretch of a source file."""

    filename: Annotated[str, "The file."]
    start: Annotated[PositionEntry, "Where it starts."]
    end: Annotated[PositionEntry, "Where it ends: the position after its last character."]


class RelatedEntry(TypedDict):
    """Another place that explains a problem."""

    message: Annotated[str, "What it has to do with it."]
    range: Annotated[RangeEntry | None, "The place."]


class ProblemKeys(TypedDict):
    """A problem, but for how grave it is: events know more degrees than diagnostics."""

    code: Annotated[str, "Its code, always the same for the same problem."]
    summary: Annotated[str, "What it is, always in the same words."]
    detail: Annotated[str, "Why it is one."]
    detail_files: NotRequired[Annotated[list[FileEntry], "Only if there are any: the files that the detail names."]]
    remedy: Annotated[str, "What to do."]
    commands: NotRequired[Annotated[list[CommandEntry], COMMANDS]]
    snippets: NotRequired[Annotated[list[SnippetEntry], SNIPPETS]]
    files: NotRequired[Annotated[list[FileEntry], FILES]]
    address: Annotated[str | None, "The object that it is about."]
    range: Annotated[RangeEntry | None, "Where it is."]
    related: Annotated[list[RelatedEntry], "Other places that explain it."]


class DiagnosticEntry(ProblemKeys):
    """One problem."""

    severity: Annotated[str, one_of(("error", "warning")), "How grave it is."]


class DetailKeys(TypedDict):
    """A detail in an entry of a document."""

    detail: str
    detail_files: NotRequired[list[FileEntry]]
