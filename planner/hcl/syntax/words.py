"""Words of other languages that people write for what HCL has, and what to write."""

from __future__ import annotations

from typing import Final

_LITERALS: Final = {"true": "true", "false": "false", "null": "null", "none": "null", "nil": "null"}
_OPERATORS: Final = {
    "and": 'Boolean AND is written "&&".',
    "or": 'Boolean OR is written "||".',
    "not": 'Boolean NOT is written "!", such as !x.',
    "is": 'Equality is written "==".',
    "if": 'A choice is written "condition ? a : b".',
}


def literal_for(word: str) -> str | None:
    """`true` for `True`, `null` for `None`, and so on; None for other words."""
    return _LITERALS.get(word.lower())


def operator_advice(before: str, word: str) -> str:
    """What to write where `word` cannot follow the word `before`; empty where neither is such a word."""
    return _OPERATORS.get(word) or (_OPERATORS["not"] if before == "not" else "")
