"""A plain client of the RPC API, which signs what a test wants signed and sends what a test wants sent."""

from __future__ import annotations

import hashlib
import http.client
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from providers.emulator.actions.catalogue import ACTIONS
from providers.emulator.wire.signatures import ACS3, acs3_signature, rpc_signature
from support.emulating import KEY, REGION, SECRET
from support.watching import PATIENCE


@dataclass(frozen=True)
class Response:
    """An answer as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of an error; empty where there is none."""
        found: str = self.json.get("Code", "")
        return found


@dataclass(frozen=True)
class RpcClient:
    """Signs with ACS3-HMAC-SHA256, or with HMAC-SHA1 where `is_old`. `age` is by how many seconds its clock is late."""

    authority: str
    key: str = KEY
    secret: str = SECRET
    token: str = ""
    is_old: bool = False
    method: str = "POST"
    in_form: bool = False
    age: float = 0.0
    nonce: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def with_(self, **changes: Any) -> RpcClient:
        return replace(self, **changes)

    def call(self, action: str, **parameters: str) -> Response:
        """Call an action of the emulator, in the usual region unless another is given."""
        version = next((version for version, name in ACTIONS if name == action), "2014-05-26")
        given = {name.replace("_", "."): value for name, value in {"RegionId": REGION, **parameters}.items() if value}
        return self.send(*self.signed(action, version, given))

    def signed(self, action: str, version: str, given: Mapping[str, str]) -> tuple[str, str, bytes, dict[str, str]]:
        """A signed request: its method, target, body and headers."""
        return (self._old if self.is_old else self._new)(action, version, dict(given))

    def _new(self, action: str, version: str, given: dict[str, str]) -> tuple[str, str, bytes, dict[str, str]]:
        body = urlencode(given).encode() if self.in_form else b""
        query = {} if self.in_form else given
        headers = {
            "host": self.authority,
            "x-acs-action": action,
            "x-acs-version": version,
            "x-acs-date": self._time(),
            "x-acs-signature-nonce": self.nonce or secrets.token_hex(16),
            "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
            **({"x-acs-security-token": self.token} if self.token else {}),
            **self.headers,
        }
        signed = sorted(headers)
        body_hash = headers["x-acs-content-sha256"]
        signature = acs3_signature(self.method, list(query.items()), headers, signed, body_hash, self.secret)
        headers["authorization"] = (
            f"{ACS3} Credential={self.key},SignedHeaders={';'.join(signed)},Signature={signature}"
        )
        return self.method, f"/?{urlencode(query)}", body, headers

    def _old(self, action: str, version: str, given: dict[str, str]) -> tuple[str, str, bytes, dict[str, str]]:
        given |= {
            "Action": action,
            "Version": version,
            "AccessKeyId": self.key,
            "SignatureMethod": "HMAC-SHA1",
            "SignatureVersion": "1.0",
            "SignatureNonce": self.nonce or secrets.token_hex(16),
            "Timestamp": self._time(),
        }
        given.setdefault("Format", "JSON")
        if self.token:
            given["SecurityToken"] = self.token
        given["Signature"] = rpc_signature(self.method, list(given.items()), self.secret)
        encoded = urlencode(given)
        return self.method, "/" if self.in_form else f"/?{encoded}", encoded.encode() if self.in_form else b"", {}

    def _time(self) -> str:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - self.age))

    def send(self, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """Send it and give the answer. Raises what http.client raises."""
        connection = http.client.HTTPConnection(self.authority, timeout=PATIENCE)
        try:
            if body:
                headers = {"content-type": "application/x-www-form-urlencoded", **headers}
            connection.request(method, target, body or None, dict(headers))
            answer = connection.getresponse()
            return Response(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def stats(self) -> Any:
        """What the emulator has counted."""
        return self.send("GET", "/stats", b"", {}).json
