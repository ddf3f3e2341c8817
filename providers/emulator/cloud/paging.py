"""Lists in parts: by page number and size, or as a chain of tokens."""

from __future__ import annotations

import base64
import binascii
import bisect
import hashlib
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from msgspec import Struct

from providers.emulator.cloud.errors import ApiError, invalid
from providers.emulator.cloud.parameters import Parameters

T = TypeVar("T")


class Page(Struct, frozen=True):
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


class Chain(Struct, frozen=True):
    """A walk through a list in the order of its ids.

    A token holds its time, the last id and, as a hash, what is listed.
    """

    after: str
    size: int
    _digest: str

    @classmethod
    def requested(
        cls, parameters: Parameters, size: int, token_ttl: float | None, refusal: str = "InvalidParameter.NextToken"
    ) -> Chain:
        """The step that `NextToken` names, or the first.

        Raises ApiError with the code `refusal` where the token belongs to another list, or is older than `token_ttl`.
        """
        digest = hashlib.sha256(repr(list_key(parameters)).encode(errors="replace")).hexdigest()[:16]
        token = parameters.text("NextToken")
        if not token:
            return cls("", size, digest)
        try:
            token_digest, made_at, after = base64.urlsafe_b64decode(token.encode()).decode().split(":", 2)
            is_old = token_ttl is not None and time.time() - float(made_at) >= token_ttl
        except (binascii.Error, UnicodeError, ValueError):
            token_digest, after, is_old = "", "", False
        if token_digest != digest or is_old:
            raise ApiError(refusal, "The specified NextToken is not valid.")
        return cls(after, size, digest)

    def of(self, items: Sequence[T], key: Callable[[T], str]) -> tuple[Sequence[T], str]:
        """This step's part of `items`, which are in the order of their keys, and the token of the next step."""
        start = bisect.bisect_right(items, self.after, key=key) if self.after else 0
        part = items[start : start + self.size]
        if not part or start + self.size >= len(items):
            return part, ""
        return part, _token(f"{self._digest}:{time.time():.6f}:{key(part[-1])}")


def _token(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


def list_key(parameters: Parameters) -> tuple[tuple[str, str], ...]:
    """Which list a request is about, whichever part of it."""
    return tuple(sorted((key, value) for key, value in parameters.all().items() if key not in _STEPPING))


_STEPPING = ("NextToken", "MaxResults", "MaxResult", "PageNumber", "PageSize")
