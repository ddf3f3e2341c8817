"""What is wrong with text that is no token: summaries and sentences."""

from __future__ import annotations

from typing import Final

Problem = tuple[str, str]
"""A summary, and a sentence or two."""

UNTERMINATED_STRING: Final = ("Unterminated template string", "No closing marker was found for the string.")
UNTERMINATED_COMMENT: Final = ("Unterminated comment", "No closing */ was found for this comment.")
MULTI_LINE_STRING: Final = (
    "Invalid multi-line string",
    "Quoted strings may not be split over multiple lines. To produce a multi-line string, either use the "
    '\\n escape to represent a newline character or use the "heredoc" multi-line template syntax.',
)


def unclosed_sequence(before: str) -> Problem:
    """A `${` without its brace before the end of something."""
    return (
        "Unclosed template interpolation sequence",
        f"There is no closing brace for this interpolation sequence before the end of the {before}. "
        "This might be caused by incorrect nesting inside the given expression.",
    )


def chained_legacy_index(first: str, second: str) -> Problem:
    return (
        "Invalid legacy index syntax",
        "When using the legacy index syntax, chaining two indexes together is not permitted. "
        f"Use the proper index syntax instead, like [{first}][{second}].",
    )


def misread_character(char: str) -> tuple[str, str]:
    """Why a character that begins no token is none: a summary and a sentence."""
    if char in "&|^":
        meant = {"&": ' Did you mean boolean AND ("&&")?', "|": ' Did you mean boolean OR ("||")?'}.get(char, "")
        return "Unsupported operator", f"Bitwise operators are not supported.{meant}"
    return "Invalid character", _CHARACTERS.get(char, "This character is not used within the language.")


_CURLY = '“Curly quotes” are not valid here. Use straight quotes (") to enclose strings.'
_CHARACTERS = {
    ";": (
        'The ";" character is not valid. Use newlines to separate arguments and blocks, '
        "and commas to separate items in collection values."
    ),
    "'": 'Single quotes are not valid. Use double quotes (") to enclose strings.',
    "`": ('The "`" character is not valid. To create a multi-line string, use the "heredoc" syntax, like "<<EOT".'),
    "“": _CURLY,
    "”": _CURLY,
}
