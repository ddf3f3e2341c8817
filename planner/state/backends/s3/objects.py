"""The objects of a bucket, one request at a time, and what the answers mean. The only home of obstore.

`planner.state.backends.bucket.objects` says what is asked of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from planner.diagnostics import StateError
from planner.state.backends.bucket.layout import no_bucket
from planner.state.backends.bucket.objects import LARGE, Found
from planner.state.backends.patience import Denied, Unreachable, Untrusted
from planner.threads import interruptibly

if TYPE_CHECKING:
    from obstore import PutMode
    from obstore.store import S3Store

_CONFLICTS = 5
"""How often a write is sent again that collided with another one, as 409 says."""
_BUSY = frozenset({408, 409, 412, 425, 429, 500, 502, 503, 504, 507, 509, 520, 521, 522, 523, 524, 529})
"""Answers that mean: later."""
_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"<Code>([^<]{1,80})</Code>")
_MESSAGE = re.compile(r"<Message>([^<]{1,300})</Message>")
_PROVIDED = re.compile(r"credential provider: (?:\w+\.)*(\w+): ([^\n]*)")
_NO_BUCKET = "<Code>NoSuchBucket</Code>"
_WRONG_REGION = "<Code>AuthorizationHeaderMalformed</Code>"
_PLACE = "region and endpoints"
_REDIRECT = "Received redirect without LOCATION"
_PANIC = "PanicException"
"""A defect of the library, which it reports past every usual error."""
_UNTRUSTED = re.compile(r"InvalidCertificate\(\s*(\w+)")
_CAUSE = re.compile(r'(?:message|error): "([^"]{1,200})"')

T = TypeVar("T")


class S3Objects:
    """The objects of one bucket. Threads may share it."""

    def __init__(self, bucket: str, quick: S3Store, patient: S3Store) -> None:
        """`quick` gives small requests up early; `patient` has time for a whole state."""
        self.bucket, self._quick, self._patient = bucket, quick, patient

    def name(self, key: str) -> str:
        """What messages call an object."""
        return f"s3://{self.bucket}/{key}"

    def get(self, key: str, *, large: bool = False) -> Found | None:
        """An object, or None where there is none. `large`: it may be a state."""
        import obstore

        def get() -> Found:
            answer = obstore.get(self._store(large=large), key)
            data = answer.bytes().to_bytes()
            return Found(data, _given(answer.meta["e_tag"]), answer.meta["last_modified"].timestamp())

        return self._asking(get)

    def beginning(self, key: str, most: int) -> bytes | None:
        """The first bytes of an object that is not empty, `most` at most; None where there is none."""
        import obstore

        return self._asking(lambda: obstore.get_range(self._quick, key, start=0, length=most).to_bytes())

    def tag(self, key: str) -> str | None:
        """The tag of an object, or None where there is none."""
        import obstore

        return self._asking(lambda: _given(obstore.head(self._quick, key)["e_tag"]))

    def create(self, key: str, data: bytes) -> Found:
        """What is there now: `data` itself (`is`) if this created it, or it was there before; else what was there."""
        for _ in range(_CONFLICTS):
            if (tag := self._put(key, data, "create")) is not None:
                return Found(data, tag, 0.0)
            found = self.get(key, large=True)
            if found is not None:
                return Found(data, found.tag, found.written_at) if found.data == data else found
        raise Unreachable("other writes were in the way")

    def replace(self, key: str, data: bytes, tag: str) -> Found | None:
        """What is there now: `data` itself (`is`) if the object had this `tag`; else what was there, or None."""
        for _ in range(_CONFLICTS):
            if (written := self._put(key, data, {"e_tag": tag})) is not None:
                return Found(data, written, 0.0)
            found = self.get(key, large=True)
            if found is None or found.tag != tag:
                return Found(data, found.tag, found.written_at) if found and found.data == data else found
        raise Unreachable("other writes were in the way")

    def overwrite(self, key: str, data: bytes) -> None:
        """Write an object whatever was there."""
        self._put(key, data, "overwrite")

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects, those that are there."""
        import obstore

        if keys:
            self._asking(lambda: obstore.delete(self._quick, list(keys)))

    def keys(self, directory: str) -> list[str]:
        """The keys below `directory`, sorted."""
        import obstore

        found = self._asking(lambda: obstore.list(self._patient, directory).collect())
        return sorted(entry["path"] for entry in found or ())

    def directories(self, directory: str) -> list[str]:
        """The names of the directories directly in `directory`, sorted."""
        import obstore

        found = self._asking(lambda: obstore.list_with_delimiter(self._patient, directory)["common_prefixes"])
        return sorted(path.rstrip("/").rpartition("/")[2] for path in found or ())

    def _put(self, key: str, data: bytes, mode: PutMode) -> str | None:
        """The tag of what was written, or None where the condition does not hold."""
        import obstore
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        store = self._store(large=len(data) > LARGE)

        def put() -> str | None:
            try:
                return _given(obstore.put(store, key, data, mode=mode, use_multipart=False)["e_tag"])
            except (AlreadyExistsError, PreconditionError):
                return None

        return self._asking(put)

    def _store(self, *, large: bool) -> S3Store:
        return self._patient if large else self._quick

    def _asking(self, request: Callable[[], T]) -> T | None:
        """The answer to a request; None where there is no such object."""
        from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError

        try:
            return interruptibly(request)
        except FileNotFoundError as problem:
            if _NO_BUCKET in str(problem):
                raise StateError(no_bucket(self.bucket, "bucket, region and endpoints")) from None
            return None
        except (PermissionDeniedError, UnauthenticatedError) as problem:
            text = str(problem)
            if provided := _PROVIDED.search(text):  # the source of the keys failed, not the server
                raise (Unreachable if provided[1] == Unreachable.__name__ else Denied)(provided[2]) from None
            raise Denied(_reason(text)) from None
        except (BaseError, OSError) as problem:
            text = str(problem)
            if untrusted := _UNTRUSTED.search(text):
                raise Untrusted(f"its certificate is not trusted ({untrusted[1]})", "custom_ca_bundle") from None
            if _NO_BUCKET in text:
                raise StateError(no_bucket(self.bucket, "bucket, region and endpoints")) from None
            if _REDIRECT in text:
                raise Denied("the bucket is in another region, or at another endpoint", _PLACE) from None
            status = _STATUS.search(text)
            if status is None or int(status[1]) in _BUSY or "<Code>RequestTimeout</Code>" in text:
                raise Unreachable(_reason(text)) from None
            raise Denied(_reason(text), _PLACE if _WRONG_REGION in text else "") from None
        except BaseException as problem:
            if type(problem).__name__ != _PANIC:
                raise
            raise RuntimeError(f"obstore: {problem}") from None


def _given(tag: str | None) -> str:
    """The tag of each answer of S3. Raises Unreachable where another server, such as a proxy, answered for it."""
    if not tag:
        raise Unreachable("the answer is not one of S3")
    return tag


def _reason(text: str) -> str:
    """Why a request failed, out of what obstore says of it, which shows a screenful of its insides as well."""
    status, code, message = _STATUS.search(text), _CODE.search(text), _MESSAGE.search(text)
    if status:
        said = ": ".join(part[1] for part in (code, message) if part)
        return f"the server answered {status[1]}{f', {said}' if said else ''}"
    if "kind: Timeout" in text:
        return "no reply (timed out)"
    cause = _CAUSE.search(text)
    return f"no reply ({cause[1]})" if cause else "no reply"
