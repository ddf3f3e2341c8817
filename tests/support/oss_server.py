"""Object Storage Service as its documentation says it is: signed requests (V4), appendable objects, versions.

It serves one bucket, by path. A bucket whose versioning is "Enabled" or "Suspended" ignores
`x-oss-forbid-overwrite`; in every bucket AppendObject writes only where an object ends, and at position 0 makes an
object only where there is none.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import itertools
import json
import re
import socket
import sys
import threading
import urllib.parse
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from xml.sax.saxutils import escape

from support.ports import Port

BUCKET = "a-bucket"
REGION = "cn-hangzhou"
KEYS = {"ALICLOUD_ACCESS_KEY": "LTAI-the-owner", "ALICLOUD_SECRET_KEY": "the-owners-SECRET-key"}
"""The environment of who may do everything."""
READER = {"ALICLOUD_ACCESS_KEY": "LTAI-a-reader", "ALICLOUD_SECRET_KEY": "the-readers-SECRET-key"}
"""The environment of who may read."""
TEMPORARY = {
    "ALICLOUD_ACCESS_KEY": "STS.temporary",
    "ALICLOUD_SECRET_KEY": "the-temporary-SECRET-key",
    "ALICLOUD_SECURITY_TOKEN": "the-SECRET-token",
}
"""The environment of who may do everything for a while."""
LARGEST_APPENDABLE = 5 * 2**30
_AUTHORIZATION = re.compile(
    r"OSS4-HMAC-SHA256 Credential=([^,/]+)/([^,]+?)(?:,AdditionalHeaders=([^,]+))?,Signature=(\w+)"
)


@dataclass
class Version:
    """One version of an object; `kind` is Normal, Appendable or DeleteMarker."""

    kind: str
    data: bytearray
    headers: Mapping[str, str]
    id: str
    changed_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def tag(self) -> str:
        return f'"{hashlib.md5(self.data, usedforsecurity=False).hexdigest().upper()}"'


class Refusal(Exception):
    """An answer of the service that is an error."""

    def __init__(self, status: int, code: str, message: str = "", **headers: str) -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


Answer = tuple[int, Mapping[str, str], bytes]


class Oss:
    """The bucket. `honours_positions` is how a server behaves that does not look where an append belongs."""

    def __init__(self, versioning: str = "") -> None:
        self.versioning = versioning
        self.honours_positions = True
        self.objects: dict[str, list[Version]] = {}
        self.asked: list[tuple[str, str, Mapping[str, str]]] = []
        self._ids = itertools.count(1)
        self.lock = threading.Lock()

    def current(self, key: str) -> Version | None:
        versions = self.objects.get(key)
        return versions[-1] if versions and versions[-1].kind != "DeleteMarker" else None

    def keys(self, prefix: str = "") -> list[str]:
        return sorted(key for key in self.objects if key.startswith(prefix) and self.current(key))

    def data(self, key: str) -> bytes:
        found = self.current(key)
        assert found is not None, key
        return bytes(found.data)

    def put(self, key: str, data: bytes, headers: Mapping[str, str]) -> Version:
        is_there = self.current(key) is not None
        if headers.get("x-oss-forbid-overwrite") == "true" and is_there and not self.versioning:
            raise Refusal(409, "FileAlreadyExists", "The object is there already.")
        return self._add(key, Version("Normal", bytearray(data), headers, self._next_id()))

    def append(self, key: str, position: int, data: bytes, headers: Mapping[str, str]) -> Version:
        found = self.current(key)
        if found is None:
            if position:
                raise Refusal(409, "PositionNotEqualToLength", x_oss_next_append_position="0")
            return self._add(key, Version("Appendable", bytearray(data), headers, self._next_id()))
        if found.kind != "Appendable":
            raise Refusal(409, "ObjectNotAppendable", "The object is not appendable")
        if self.honours_positions and position != len(found.data):
            raise Refusal(
                409,
                "PositionNotEqualToLength",
                "Position is not equal to file length",
                x_oss_next_append_position=str(len(found.data)),
            )
        if len(found.data) + len(data) > LARGEST_APPENDABLE:
            raise Refusal(400, "InvalidArgument", "The object is too large")
        found.data += data
        found.changed_at = datetime.now(UTC)
        return found

    def delete(self, key: str) -> None:
        if self.versioning:
            self.objects.setdefault(key, []).append(Version("DeleteMarker", bytearray(), {}, self._next_id()))
        else:
            self.objects.pop(key, None)

    def steal(self, key: str) -> None:
        """Take the lock of the state `key` away from its holder, as `cl force-unlock` does."""
        with self.lock:
            kept = self.current(f"{key}.lock")
            assert kept is not None
            line = json.loads(kept.data.splitlines()[-1])
            line.update(id=uuid.uuid4().hex, kind="lock", at=len(kept.data), size=0)
            line["lock"].update(holder=None, written_by=str(uuid.uuid4()))
            self.append(f"{key}.lock", len(kept.data), json.dumps(line).encode() + b"\n", {})

    def _add(self, key: str, version: Version) -> Version:
        kept = self.objects.get(key, [])
        if self.versioning != "Enabled":
            kept = [old for old in kept if old.id != "null"] if self.versioning else []
        self.objects[key] = [*kept, version]
        return version

    def _next_id(self) -> str:
        return f"version-{next(self._ids)}" if self.versioning == "Enabled" else "null"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 2**16
    disable_nagle_algorithm = True
    oss: Oss

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        place = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(place.query, keep_blank_values=True))
        bucket, _, key = urllib.parse.unquote(place.path).removeprefix("/").partition("/")
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            with self.oss.lock:
                self.oss.asked.append((self.command, key, headers))
                may_write = _may_write(self.command, bucket, key, place.query, headers)
                if bucket != BUCKET:
                    raise Refusal(404, "NoSuchBucket", "The specified bucket does not exist.")
                if self.command not in ("GET", "HEAD") and not may_write:
                    raise Refusal(403, "AccessDenied", "You have no right to access this object.\x1b[31m")
                answer = self._answer(key, query, headers, body)
        except Refusal as refusal:
            answer = _error(refusal)
        status, said, data = answer
        self.send_response(status)
        for name, value in said.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _serve  # noqa: N815 - names of http.server

    def _answer(self, key: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> Answer:
        oss = self.oss
        if (digest := headers.get("content-md5")) and digest != _md5(body):
            raise Refusal(400, "InvalidDigest", "The Content-MD5 you specified was invalid.")
        match self.command:
            case "GET" if not key:
                return 200, {"Content-Type": "application/xml"}, _listed(oss, query).encode()
            case "PUT":
                made = oss.put(key, body, headers)
                return 200, {"ETag": made.tag, **self._version(made)}, b""
            case "POST" if "append" in query:
                if not query.get("position", "").isdecimal():
                    raise Refusal(400, "InvalidArgument", "The position is missing")
                made = oss.append(key, int(query["position"]), body, headers)
                return 200, {"x-oss-next-append-position": str(len(made.data)), **self._version(made)}, b""
            case "DELETE":
                oss.delete(key)
                return 204, {}, b""
            case "GET" | "HEAD":
                found = oss.current(key)
                if found is None:
                    raise Refusal(404, "NoSuchKey", "The specified key does not exist.")
                return self._read(found, headers)
        raise Refusal(405, "MethodNotAllowed")

    def _read(self, found: Version, headers: Mapping[str, str]) -> Answer:
        said = {
            "ETag": found.tag,
            "Last-Modified": format_datetime(found.changed_at, usegmt=True),
            "x-oss-object-type": found.kind,
            **self._version(found),
        }
        length = len(found.data)
        wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", headers.get("range", ""))
        if wanted is None or wanted[0] == "bytes=-":
            return 200, said, bytes(found.data)
        first, last = (
            (int(wanted[1]), int(wanted[2] or length - 1)) if wanted[1] else (length - int(wanted[2]), length - 1)
        )
        if headers.get("x-oss-range-behavior") != "standard" and not 0 <= first <= last < length:
            return 200, said, bytes(found.data)
        first, last = max(0, first), min(last, length - 1)
        if first > last:
            raise Refusal(416, "InvalidRange", "The requested range cannot be satisfied")
        return 206, {**said, "Content-Range": f"bytes {first}-{last}/{length}"}, bytes(found.data[first : last + 1])

    def _version(self, version: Version) -> Mapping[str, str]:
        return {"x-oss-version-id": version.id} if self.oss.versioning else {}

    def log_message(self, *_arguments: object) -> None:
        pass


def _may_write(method: str, bucket: str, key: str, query: str, headers: Mapping[str, str]) -> bool:
    """Whether who has signed the request may write. Raises Refusal where it is not signed well."""
    found = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    if found is None:
        raise Refusal(403, "AccessDenied", "The request is not signed.")
    known = {who["ALICLOUD_ACCESS_KEY"]: who for who in (KEYS, READER, TEMPORARY)}
    who = known.get(found[1])
    if who is None:
        raise Refusal(403, "InvalidAccessKeyId", "The OSS Access Key Id you provided does not exist in our records.")
    if headers.get("x-oss-security-token", "") != who.get("ALICLOUD_SECURITY_TOKEN", ""):
        raise Refusal(403, "InvalidSecurityToken", "The security token you provided is invalid.")
    date, region, product, end = found[2].split("/")
    if (region, product, end) != (REGION, "oss", "aliyun_v4_request"):
        raise Refusal(400, "InvalidArgument", "Invalid signing region in Authorization header.")
    extra = found[3].split(";") if found[3] else []
    signed = sorted(
        name
        for name in headers
        if name.startswith("x-oss-") or name in ("content-type", "content-md5") or name in extra
    )
    pairs = sorted(pair for pair in query.split("&") if pair)
    canonical = "\n".join(
        (
            method,
            urllib.parse.quote(f"/{bucket}/{key}", safe="/"),
            "&".join(pair.removesuffix("=") for pair in pairs),
            "".join(f"{name}:{headers[name].strip()}\n" for name in signed),
            ";".join(extra),
            headers.get("x-oss-content-sha256", "UNSIGNED-PAYLOAD"),
        )
    )
    to_sign = "\n".join(
        ("OSS4-HMAC-SHA256", headers["x-oss-date"], found[2], hashlib.sha256(canonical.encode()).hexdigest())
    )
    key_bytes = f"aliyun_v4{who['ALICLOUD_SECRET_KEY']}".encode()
    for part in (date, region, product, end, to_sign):
        key_bytes = hmac.digest(key_bytes, part.encode(), "sha256")
    if not hmac.compare_digest(key_bytes.hex(), found[4]):
        raise Refusal(403, "SignatureDoesNotMatch", "The request signature we calculated does not match.")
    return who is not READER


def _listed(oss: Oss, query: Mapping[str, str]) -> str:
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    most = min(int(query.get("max-keys", "100")), 1000)
    after = query.get("continuation-token", "")
    names: dict[str, bool] = {}
    for key in oss.keys(prefix):
        inside, found, _ = key.removeprefix(prefix).partition(delimiter) if delimiter else (key, "", "")
        names[f"{prefix}{inside}{found}" if found else key] = bool(found)
    left = [name for name in sorted(names) if name > after]
    page = left[:most]
    lines = [
        f"<CommonPrefixes><Prefix>{_quoted(name)}</Prefix></CommonPrefixes>"
        if names[name]
        else f"<Contents><Key>{_quoted(name)}</Key><Size>{len(oss.data(name))}</Size></Contents>"
        for name in page
    ]
    more = len(left) > len(page)
    token = f"<NextContinuationToken>{_quoted(page[-1])}</NextContinuationToken>" if more else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><Name>{BUCKET}</Name><EncodingType>url</EncodingType>'
        f"<Prefix>{_quoted(prefix)}</Prefix><IsTruncated>{str(more).lower()}</IsTruncated>{token}"
        f"<KeyCount>{len(page)}</KeyCount>{''.join(lines)}</ListBucketResult>"
    )


def _quoted(text: str) -> str:
    return escape(urllib.parse.quote(text, safe="/"))


def _error(refusal: Refusal) -> Answer:
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{refusal.code}</Code>'
        f"<Message>{escape(refusal.message).replace(chr(27), '')}</Message><RequestId>A-REQUEST</RequestId></Error>"
    ).encode()
    said = {"Content-Type": "application/xml", "x-oss-err": base64.b64encode(body).decode(), **refusal.headers}
    return refusal.status, said, body


def _md5(body: bytes) -> str:
    return base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], handler: type[_Handler]) -> None:
        super().__init__(address, handler)
        self._open: set[socket.socket] = set()

    def get_request(self) -> tuple[socket.socket, Any]:
        found = super().get_request()
        self._open.add(found[0])
        return found

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is no error of a server."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def cut(self) -> None:
        """Break the connections that clients have kept."""
        for connection in tuple(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class Running:
    """A server that can be stopped and started again at the same port; the bucket stays."""

    def __init__(self, oss: Oss) -> None:
        self.oss = oss
        self._server: _Server | None = None
        self._port = Port()
        self.port = self._port.number
        self.start()

    def start(self) -> None:
        handler = type("Handler", (_Handler,), {"oss": self.oss})
        self._server = _Server(("127.0.0.1", self.port), handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server.cut()
            self._server = None
