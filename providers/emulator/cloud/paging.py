"""Lists in parts: by page number and size, or as a chain of tokens."""

from __future__ import annotations

import base64
import binascii
import bisect
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from providers.emulator.cloud.errors import ApiError, invalid
from providers.emulator.cloud.parameters import Parameters

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """The part of a list that a request names."""

    number: int
    size: int

    @classmethod
    def requested(cls, parameters: Parameters, most: int, error: Callable[[str], ApiError] = invalid) -> Page:
        """The page that `PageNumber` and `PageSize` name; `most` is the largest size. Raises the API's `error`."""
        number, size = parameters.number("PageNumber", 1), parameters.number("PageSize", 10)
        if number is None or number < 1:
            raise error("PageNumber")
        if size is None or not 1 <= size <= most:
            raise error("PageSize")
        return cls(number, size)

    def of(self, items: Sequence[T]) -> Sequence[T]:
        return items[(self.number - 1) * self.size : self.number * self.size]

    def totals(self, count: int) -> dict[str, object]:
        """What an answer says of the list and the page."""
        return {"TotalCount": count, "PageNumber": self.number, "PageSize": self.size}


@dataclass(frozen=True, slots=True)
class Chain:
    """A walk through a list in the order of its ids. A token holds the last id and, as a hash, what is listed."""

    after: str
    size: int
    _digest: str

    @classmethod
    def requested(cls, parameters: Parameters, size: int) -> Chain:
        """The step that `NextToken` names, or the first. Raises ApiError where the token belongs to another list."""
        digest = hashlib.sha256(repr(list_key(parameters)).encode(errors="replace")).hexdigest()[:16]
        token = parameters.text("NextToken")
        if not token:
            return cls("", size, digest)
        try:
            token_digest, _, after = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
        except (binascii.Error, UnicodeError, ValueError):
            token_digest = after = ""
        if token_digest != digest:
            raise ApiError("InvalidParameter.NextToken", "The specified NextToken is not valid.")
        return cls(after, size, digest)

    def of(self, items: Sequence[T], key: Callable[[T], str]) -> tuple[Sequence[T], str]:
        """This step's part of `items`, which are in the order of their keys, and the token of the next step."""
        start = bisect.bisect_right(items, self.after, key=key) if self.after else 0
        part = items[start : start + self.size]
        if not part or start + self.size >= len(items):
            return part, ""
        return part, base64.urlsafe_b64encode(f"{self._digest}:{key(part[-1])}".encode()).decode()


def list_key(parameters: Parameters) -> tuple[tuple[str, str], ...]:
    """Which list a request is about, whichever part of it."""
    return tuple(sorted((key, value) for key, value in parameters.all().items() if key not in _STEPPING))


_STEPPING = ("NextToken", "MaxResults", "MaxResult", "PageNumber", "PageSize")
