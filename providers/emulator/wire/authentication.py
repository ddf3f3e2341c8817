"""Checks who sent a request, and that it is fresh: the key, the signature, the time, the nonce, the token."""

from __future__ import annotations

import hashlib
import re
import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from msgspec import Struct

from providers.emulator.cloud.accounts import Caller, Credential, Credentials
from providers.emulator.cloud.errors import ApiError, missing
from providers.emulator.wire.signatures import ACS3, Pairs, acs3_signature, rpc_signature, same

CLOCK_SKEW = 900
"""Seconds by which the time of a request may be wrong."""

_AUTHORIZATION = re.compile(r"(\S+) +Credential=([^,]*), *SignedHeaders=([^,]*), *Signature=([^,\s]*)")


class Signed(Struct, frozen=True):
    """A request as it is signed. Names of headers are lower case; `parameters` are those of query and form."""

    method: str
    headers: Mapping[str, str]
    query: Pairs
    parameters: Pairs
    body: bytes


class _Proof(Struct, frozen=True):
    """What a request brings to prove who sent it, and the signature that a right secret gives."""

    key_id: str
    signature: str
    time: str
    nonce: str
    token: str
    expected: Callable[[str], str]


class Authentication:
    """Remembers the nonces that were used. For one thread at a time."""

    def __init__(self, credentials: Credentials, clock: Callable[[], float] = time.time) -> None:
        self._credentials = credentials
        self._clock = clock
        self._nonces: set[tuple[str, str]] = set()
        self._ages: deque[tuple[float, tuple[str, str]]] = deque()

    def caller_of(self, request: Signed) -> Caller:
        """Who sent the request. Raises ApiError."""
        proof = _acs3_proof(request) if "authorization" in request.headers else _rpc_proof(request)
        self._check_time(proof.time)
        credential = self._credentials.get(proof.key_id)
        if credential is None:
            raise ApiError("InvalidAccessKeyId.NotFound", "Specified access key is not found.")
        self._check_token(credential, proof.token)
        if not same(proof.expected(credential.secret), proof.signature):
            raise _mismatch("Specified signature does not match our calculation.")
        self._use(credential.id, proof.nonce)
        return credential.caller

    def _check_time(self, text: str) -> None:
        try:
            sent_at = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
        except ValueError:
            message = "Specified time stamp or date value is not well formatted."
            raise ApiError("InvalidTimeStamp.Format", message) from None
        if abs(self._clock() - sent_at) > CLOCK_SKEW:
            raise ApiError("InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.")

    def _check_token(self, credential: Credential, token: str) -> None:
        if credential.token is None:
            return
        if not token:
            raise ApiError("MissingSecurityToken", "SecurityToken is mandatory for this action.")
        if not same(credential.token, token):
            message = "Specified SecurityToken is mismatch with the AccessKey."
            raise ApiError("InvalidSecurityToken.MismatchWithAccessKey", message)
        if self._clock() >= credential.expires_at:
            raise ApiError("InvalidSecurityToken.Expired", "Specified SecurityToken is expired.")

    def _use(self, key_id: str, nonce: str) -> None:
        """Raises ApiError where this key has used this nonce while its first request could still be fresh."""
        now = self._clock()
        while self._ages and now - self._ages[0][0] > 2 * CLOCK_SKEW:
            self._nonces.discard(self._ages.popleft()[1])
        used = (key_id, nonce)
        if used in self._nonces:
            raise ApiError("SignatureNonceUsed", "Specified signature nonce was used already.")
        self._nonces.add(used)
        self._ages.append((now, used))


def _acs3_proof(request: Signed) -> _Proof:
    headers = request.headers
    match = _AUTHORIZATION.fullmatch(headers["authorization"].strip())
    if match is None or match[1] != ACS3:
        message = f"The request signature does not conform to Aliyun standards: {ACS3} and HMAC-SHA1 are accepted."
        raise ApiError("IncompleteSignature", message)
    for name in ("x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"):
        if not headers.get(name):
            raise ApiError(f"Missing{name.removeprefix('x-acs-').title().replace('-', '')}", f"{name} is mandatory.")
    signed = match[3].split(";")
    must_be_signed = {name for name in headers if name.startswith("x-acs-") or name == "host"}
    if sorted(signed) != signed or not must_be_signed.issubset(signed):
        raise _mismatch("SignedHeaders must be sorted, and name host and every x-acs- header.")
    body_hash = headers["x-acs-content-sha256"]
    if body_hash != hashlib.sha256(request.body).hexdigest():
        raise _mismatch("x-acs-content-sha256 is not the hash of the body.")
    return _Proof(
        key_id=match[2],
        signature=match[4],
        time=headers["x-acs-date"],
        nonce=headers["x-acs-signature-nonce"],
        token=headers.get("x-acs-security-token", ""),
        expected=lambda secret: acs3_signature(request.method, request.query, headers, signed, body_hash, secret),
    )


def _rpc_proof(request: Signed) -> _Proof:
    given = dict(request.parameters)
    for name in ("AccessKeyId", "Signature", "SignatureMethod", "SignatureVersion", "SignatureNonce", "Timestamp"):
        if not given.get(name):
            raise missing(name)
    if given["SignatureMethod"] != "HMAC-SHA1" or given["SignatureVersion"] != "1.0":
        message = f"The request signature does not conform to Aliyun standards: {ACS3} and HMAC-SHA1 are accepted."
        raise ApiError("IncompleteSignature", message)
    covered = [(name, value) for name, value in request.parameters if name != "Signature"]
    return _Proof(
        key_id=given["AccessKeyId"],
        signature=given["Signature"],
        time=given["Timestamp"],
        nonce=given["SignatureNonce"],
        token=given.get("SecurityToken", ""),
        expected=lambda secret: rpc_signature(request.method, covered, secret),
    )


def _mismatch(message: str) -> ApiError:
    return ApiError("SignatureDoesNotMatch", message)
