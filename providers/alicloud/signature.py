"""The signature of a request, ACS3-HMAC-SHA256, as the API's documentation defines it.

What is signed is the canonical request: the method, the path, the sorted query, each signed header on a line, their
names, and the SHA-256 of the body. The key is the secret as it is.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import quote

ALGORITHM = "ACS3-HMAC-SHA256"


def sha256(body: bytes) -> str:
    """The hash of a body, in hexadecimal digits."""
    return hashlib.sha256(body).hexdigest()


EMPTY_BODY_SHA256 = sha256(b"")


def canonical_query(parameters: Mapping[str, str]) -> str:
    """The parameters as a query string: sorted by name, percent-encoded as RFC 3986 says."""
    return "&".join(f"{percent_encoded(name)}={percent_encoded(value)}" for name, value in sorted(parameters.items()))


def authorization(
    method: str, query: str, headers: Mapping[str, str], body_sha256: str, access_key_id: str, secret: str
) -> str:
    """The value of the header `Authorization` for a request to the path `/`.

    `query` is canonical, `headers` are those to sign, with lower-case names.
    """
    names = sorted(headers)
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in names)
    signed = ";".join(names)
    canonical = f"{method}\n/\n{query}\n{lines}\n{signed}\n{body_sha256}"
    to_sign = f"{ALGORITHM}\n{sha256(canonical.encode())}"
    signature = hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    return f"{ALGORITHM} Credential={access_key_id},SignedHeaders={signed},Signature={signature}"


def percent_encoded(text: str) -> str:
    """The text as RFC 3986 says, so that nothing in it means anything in a query."""
    return quote(text, safe="~")
