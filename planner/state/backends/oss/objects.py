"""The objects of a bucket of OSS, one request at a time, and what the answers mean. The only home of its library.

`planner.state.backends.bucket.objects` says what is asked of them. To create an object is to append to one that is not
there, which OSS refuses where there is one. It has no condition on replacing: the tag is compared first, and a process
that replaces an object has just shown that it holds the lock.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib import import_module
from typing import Any, TypeVar

from msgspec import Struct

from planner.diagnostics import StateError
from planner.state.backends.bucket.layout import no_bucket
from planner.state.backends.bucket.objects import LARGE, Found
from planner.state.backends.patience import Away, Denied, Unreachable, Untrusted

QUICK, PATIENT = 10.0, 50.0
"""How many seconds a reply to a small request may take, and to a large one."""
_CONFLICTS = 5
"""How often an object that is not to be replaced may disappear before it is read."""
_BUSY = frozenset({408, 425, 429})
_ELSEWHERE = frozenset({"PositionNotEqualToLength", "ObjectNotAppendable"})
"""Codes of the refusal to append: the object does not end there, or was not made by appending."""
_LATER = frozenset({"RequestTimeout", "ServiceBusy"})
_DEPTH = 6

T = TypeVar("T")


class Making(Struct, frozen=True):
    """How objects are made: `acl` is empty for that of the bucket, `encryption` for none that is asked for."""

    acl: str = ""
    encryption: str = ""


class OssObjects:
    """The objects of one bucket. Threads may share it."""

    def __init__(self, bucket: str, client: Any, making: Making) -> None:
        """`client` is of the official library, and repeats nothing."""
        self.bucket, self._client = bucket, client
        self._models = import_module("alibabacloud_oss_v2").models
        made = {"acl": making.acl, "server_side_encryption": making.encryption}
        self._making = {name: value for name, value in made.items() if value}

    def name(self, key: str) -> str:
        """What messages call an object."""
        return f"oss://{self.bucket}/{key}"

    def get(self, key: str, *, large: bool = False) -> Found | None:
        """An object, or None where there is none. `large`: it may be a state."""
        request = self._models.GetObjectRequest(bucket=self.bucket, key=key)

        def get() -> Found:
            answer = self._client.get_object(request, readwrite_timeout=PATIENT if large else QUICK)
            with answer.body as body:
                data = bytes(body.read())
            return Found(data, _given(answer.etag), _given(answer.last_modified).timestamp())

        return self._asking(get)

    def beginning(self, key: str, most: int) -> bytes | None:
        """The first bytes of an object that is not empty, `most` at most; None where there is none."""
        found = self._range(key, f"bytes=0-{most - 1}")
        return found[0] if found else None

    def tail(self, key: str, most: int) -> tuple[bytes, int] | None:
        """The last bytes of an object, `most` at most, and its length; None where there is none."""
        return self._range(key, f"bytes=-{most}")

    def rest(self, key: str, position: int) -> bytes | None:
        """The bytes from a position on; None where there are none."""
        found = self._range(key, f"bytes={position}-", large=True)
        return found[0] if found else None

    def tag(self, key: str) -> str | None:
        """The tag of an object, or None where there is none."""
        request = self._models.HeadObjectRequest(bucket=self.bucket, key=key)
        return self._asking(lambda: _given(self._client.head_object(request).etag))

    def append(self, key: str, position: int, data: bytes) -> int | None:
        """The length of the object after `data` was appended; None where it did not end at this position."""
        request = self._models.AppendObjectRequest(
            bucket=self.bucket,
            key=key,
            position=position,
            body=data,
            content_md5=base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode(),
            **(self._making if position == 0 else {}),
        )
        timeout = _timeout(len(data))

        def append() -> int:
            return int(_given(self._client.append_object(request, readwrite_timeout=timeout).next_position))

        return self._asking(append)

    def create(self, key: str, data: bytes) -> Found:
        """What is there now: `data` itself (`is`) if this created it, or it was there before; else what was there."""
        for _ in range(_CONFLICTS):
            if self.append(key, 0, data) is not None:
                return Found(data, "", 0.0)
            found = self.get(key, large=True)
            if found is not None:
                return Found(data, found.tag, found.written_at) if found.data == data else found
        raise Unreachable("other writes were in the way")

    def replace(self, key: str, data: bytes, tag: str) -> Found | None:
        """What is there now: `data` itself (`is`) if the object had this `tag`; else what was there, or None."""
        if self.tag(key) == tag:
            return Found(data, self._put(key, data), 0.0)
        found = self.get(key, large=True)
        return Found(data, found.tag, found.written_at) if found and found.data == data else found

    def overwrite(self, key: str, data: bytes) -> None:
        """Write an object whatever was there."""
        self._put(key, data)

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects, those that are there."""
        for key in keys:
            request = self._models.DeleteObjectRequest(bucket=self.bucket, key=key)
            self._asking(partial(self._client.delete_object, request))

    def keys(self, directory: str) -> list[str]:
        """The keys below `directory`, sorted."""
        pages = self._pages(f"{directory}/")
        return sorted(str(entry.key) for page in pages for entry in page.contents or ())

    def directories(self, directory: str) -> list[str]:
        """The names of the directories directly in `directory`, sorted."""
        pages = self._pages(f"{directory}/", delimiter="/")
        paths = (str(entry.prefix) for page in pages for entry in page.common_prefixes or ())
        return sorted(path.rstrip("/").rpartition("/")[2] for path in paths)

    def _range(self, key: str, byte_range: str, *, large: bool = False) -> tuple[bytes, int] | None:
        """Some bytes of an object, and its length; None where there is none, or it has no such bytes."""
        request = self._models.GetObjectRequest(
            bucket=self.bucket, key=key, range_header=byte_range, range_behavior="standard"
        )

        def get() -> tuple[bytes, int]:
            answer = self._client.get_object(request, readwrite_timeout=PATIENT if large else QUICK)
            with answer.body as body:
                data = bytes(body.read())
            _given(answer.etag)
            length = str(answer.content_range or "").rpartition("/")[2]
            return data, int(length) if length.isdecimal() else len(data)

        return self._asking(get)

    def _put(self, key: str, data: bytes) -> str:
        """The tag of what was written."""
        request = self._models.PutObjectRequest(bucket=self.bucket, key=key, body=data, **self._making)
        timeout = _timeout(len(data))
        return self._asking(lambda: _given(self._client.put_object(request, readwrite_timeout=timeout).etag)) or ""

    def _pages(self, prefix: str, **how: str) -> Iterator[Any]:
        token: str | None = None
        while True:
            request = self._models.ListObjectsV2Request(
                bucket=self.bucket, prefix=prefix, continuation_token=token, max_keys=1000, encoding_type="url", **how
            )
            page = self._asking(partial(self._client.list_objects_v2, request))
            if page is None:
                return
            yield page
            token = page.next_continuation_token
            if not page.is_truncated or not token:
                return

    def _asking(self, request: Callable[[], T]) -> T | None:
        """The answer to a request; None where there is no such object, or a condition does not hold."""
        errors = import_module("alibabacloud_oss_v2").exceptions
        try:
            return request()
        except errors.BaseError as problem:
            inner = problem.unwrap() if isinstance(problem, errors.OperationError) else problem
            if isinstance(inner, errors.CredentialsFetchError):
                inner = inner.kwargs.get("error", inner)
            if isinstance(inner, Away):  # the user has given the wait up
                raise inner from None
            if isinstance(inner, Denied | Unreachable):  # the source of the keys failed, not the server
                raise type(inner)(inner.why) from None
            if isinstance(inner, errors.ServiceError):
                self._check_refusal(int(inner.status_code), str(inner.code or ""), str(inner.message or ""))
                return None
            raise _no_reply(inner) from None
        except (OSError, ValueError) as problem:  # while the reply was read
            raise _no_reply(problem) from None

    def _check_refusal(self, status: int, code: str, message: str) -> None:
        """Returns where there is no such object, or a condition does not hold. Raises otherwise."""
        if code == "NoSuchBucket":
            raise StateError(no_bucket(self.bucket, "bucket, region and endpoint"))
        if status in (404, 416) or code in _ELSEWHERE:
            return
        said = ": ".join(part for part in (code, message) if part)
        why = f"the server answered {status}{f', {said}' if said else ''}"
        if status >= 500 or status in _BUSY or code in _LATER:
            raise Unreachable(why)
        raise Denied(why, "region and endpoint" if code == "InvalidArgument" else "")


def _given(value: T | None) -> T:
    """What each answer of OSS says. Raises Unreachable where another server, such as a proxy, answered for it."""
    if not value:
        raise Unreachable("the answer is not one of OSS")
    return value


def _timeout(size: int) -> float:
    return PATIENT if size > LARGE else QUICK


def _no_reply(problem: object) -> Untrusted | Unreachable:
    """Why there was no reply, out of errors within errors; what the outer ones say has the request in it."""
    found: object = problem
    for _ in range(_DEPTH):
        text = str(found)
        if "CERTIFICATE_VERIFY_FAILED" in text and "certificate verify failed" in text:
            return Untrusted("its certificate is not trusted", "SSL_CERT_FILE in the environment")
        if "timed out" in text.lower():
            return Unreachable("no reply (timed out)")
        if isinstance(found, OSError) and found.strerror:
            return Unreachable(f"no reply ({found.strerror})")
        inner = [getattr(found, "reason", None), getattr(found, "__cause__", None), getattr(found, "__context__", None)]
        unwrap = getattr(found, "unwrap", None)
        inner += [unwrap() if callable(unwrap) else None, *getattr(found, "args", ())]
        found = next((one for one in inner if isinstance(one, BaseException)), None)
        if found is None:
            break
    return Unreachable("no reply")
