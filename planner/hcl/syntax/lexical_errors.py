"""What is wrong with text that is no token: summaries and sentences."""

from __future__ import annotations

from typing import Final

Problem = tuple[str, str]
"""A summary, and a sentence or two."""

UNTERMINATED_STRING: Final = ("Unterminated template string", "The string is never closed.")
UNTERMINATED_COMMENT: Final = ("Unterminated comment", 'The comment is never closed: the file ends without its "*/".')
MULTI_LINE_STRING: Final = (
    "Invalid multi-line string",
    'A string must end on the line where it begins. Write "\\n" for a new line, or the text as a heredoc: '
    '"<<EOT", its lines, and "EOT" on a line of its own.',
)


def unclosed_heredoc(marker: str) -> Problem:
    """A heredoc without the line that ends it."""
    return (
        "Unterminated template string",
        f'The heredoc is never closed: the file ends without a line that says "{marker}" and nothing else.',
    )


def unclosed_sequence(before: str) -> Problem:
    """A `${` without its brace before the end of something."""
    return (
        "Unclosed template interpolation sequence",
        f'The sequence is never closed: the {before} ends without its "}}". A bracket or a string inside it may not '
        "be closed.",
    )


def chained_legacy_index(first: str, second: str) -> Problem:
    return (
        "Invalid legacy index syntax",
        f'".{first}.{second}" reads as a number. Write the indexes in brackets: [{first}][{second}].',
    )


def misread_character(char: str) -> tuple[str, str]:
    """Why a character that begins no token is none: a summary and a sentence."""
    if char in "&|^":
        meant = {"&": ' Boolean AND is written "&&".', "|": ' Boolean OR is written "||".'}.get(char, "")
        return "Unsupported operator", f"Bitwise operators are not supported.{meant}"
    return "Invalid character", _CHARACTERS.get(char, f'"{char}" has no meaning here. Text needs double quotes.')


_CURLY = 'Curly quotes do not begin text. Write "…" with straight quotes.'
_CHARACTERS = {
    ";": '";" has no meaning here. A new line separates arguments and blocks, a comma the items of lists and objects.',
    "'": 'Single quotes do not begin text. Write "…" with double quotes.',
    "`": 'Backticks do not begin text. Write text of several lines as a heredoc, which begins with "<<EOT".',
    "“": _CURLY,
    "”": _CURLY,
}
