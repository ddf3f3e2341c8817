"""The two signatures of the API: ACS3-HMAC-SHA256 in headers, HMAC-SHA1 among the parameters."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote

ACS3 = "ACS3-HMAC-SHA256"
Pairs = Sequence[tuple[str, str]]
"""Names and values, decoded, in the order of the wire."""


def acs3_signature(
    method: str, query: Pairs, headers: Mapping[str, str], signed: Sequence[str], body_hash: str, secret: str
) -> str:
    """The signature of a request to `/`; `signed` is the names of the headers that it covers, in their order."""
    lines = [method, "/", _joined(query)]
    lines += [f"{name}:{headers.get(name, '').strip()}" for name in signed]
    lines += ["", ";".join(signed), body_hash]
    request_hash = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    return hmac.new(secret.encode(), f"{ACS3}\n{request_hash}".encode(), hashlib.sha256).hexdigest()


def rpc_signature(method: str, parameters: Pairs, secret: str) -> str:
    """The HMAC-SHA1 signature of these parameters, which are all but `Signature` itself."""
    text = f"{method}&%2F&{_encoded(_joined(parameters))}"
    return base64.b64encode(hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha1).digest()).decode()


def same(left: str, right: str) -> bool:
    """Whether two signatures are equal; how long the answer takes does not say where they differ."""
    return hmac.compare_digest(left.encode(), right.encode())


def _joined(pairs: Iterable[tuple[str, str]]) -> str:
    return "&".join(
        f"{name}={value}" for name, value in sorted((_encoded(key), _encoded(value)) for key, value in pairs)
    )


def _encoded(text: str) -> str:
    return quote(text, safe="-_.~", errors="replace")
