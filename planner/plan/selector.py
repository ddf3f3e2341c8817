"""Addresses as users type them for `--target`, `--exclude` and `--replace`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from planner.address import Address


class Selector:
    """Addresses as typed: of a module, a resource or one instance; `*` and `?` stand for any text and any character."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self.patterns = patterns
        self._exact = {pattern for pattern in patterns if not _is_glob(pattern)}
        globs = [_regex(pattern) for pattern in patterns if _is_glob(pattern)]
        self._glob = re.compile("|".join(globs)) if globs else None

    def __call__(self, address: Address) -> bool:
        """Whether this address, or a set of addresses that it belongs to, is meant."""
        if not self.patterns:
            return False
        texts = list(address.prefixes())
        if not self._exact.isdisjoint(texts):
            return True
        return self._glob is not None and any(self._glob.fullmatch(text) for text in texts)

    def overlaps(self, text: str) -> bool:
        """Whether a pattern means what this address of a module or a resource stands for, or a part of it."""
        inside = (f"{text}.", f"{text}[")
        return any(
            pattern == text or pattern.startswith(inside) or text.startswith((f"{pattern}.", f"{pattern}["))
            for pattern in self.patterns
        ) or (self._glob is not None and self._glob.fullmatch(text) is not None)

    def covers(self, text: str) -> bool:
        """Whether a pattern means all that this address of a module or a resource stands for."""
        return (
            text in self._exact
            or any(text.startswith((f"{pattern}.", f"{pattern}[")) for pattern in self._exact)
            or (self._glob is not None and self._glob.fullmatch(text) is not None)
        )

    def unmatched(self, addresses: Iterable[Address]) -> tuple[str, ...]:
        """The patterns that mean none of these addresses."""
        if not self.patterns:
            return ()
        texts = {text for address in addresses for text in address.prefixes()}
        return tuple(
            pattern
            for pattern in self.patterns
            if pattern not in texts
            and not (_is_glob(pattern) and any(map(re.compile(_regex(pattern)).fullmatch, texts)))
        )


def _is_glob(pattern: str) -> bool:
    return "*" in pattern or "?" in pattern


def _regex(pattern: str) -> str:
    return "".join(".*" if part == "*" else "." if part == "?" else re.escape(part) for part in pattern)
