"""Digests, identifiers and what needs a secret."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from typing import Final

from planner.ciphers import UnusableKey, decrypt_rsa
from planner.hcl.cty.types import NUMBER, STRING, Type
from planner.hcl.cty.values import Value, string
from planner.hcl.functions.arguments import whole_number
from planner.hcl.functions.plain import plain
from planner.hcl.functions.spec import Arguments, Function, FunctionError, Parameter, function

BCRYPT_COST: Final = 10
MAX_BCRYPT_COST: Final = 16
"""A hash of this cost takes seconds; each one more doubles that."""

_LONGEST_PASSWORD: Final = 72
_HEX: Final = "[0-9a-f]"
_GROUPS: Final = rf"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}"
_UUID: Final = rf"(?:urn:uuid:)?{_GROUPS} | \{{{_GROUPS}\}} | {_HEX}{{32}}"

DIGESTS: Final[dict[str, tuple[str, Callable[[bytes], str]]]] = {
    "md5": ("md5", bytes.hex),
    "sha1": ("sha1", bytes.hex),
    "sha256": ("sha256", bytes.hex),
    "sha512": ("sha512", bytes.hex),
    "base64sha256": ("sha256", lambda digest: b64encode(digest).decode()),
    "base64sha512": ("sha512", lambda digest: b64encode(digest).decode()),
}
"""The functions that make a digest: the algorithm, and how it is written."""


def digest(name: str, data: bytes) -> str:
    """The digest that the function `name` makes of some bytes."""
    import hashlib

    algorithm, write = DIGESTS[name]
    return write(hashlib.new(algorithm, data, usedforsecurity=False).digest())


def _digest_function(name: str) -> Function:
    def run(args: Arguments, result: Type) -> Value:
        return string(digest(name, args[0].raw.encode()))

    algorithm, _ = DIGESTS[name]
    written = "base64" if name.startswith("base64") else "hexadecimal"
    description = f"The {algorithm.upper()} digest of the text in {written}."
    return Function(name, (Parameter("text", STRING),), STRING, run, description=description)


@function(Parameter("password", STRING), variadic=Parameter("cost", NUMBER), returns=STRING)
def bcrypt(args: Arguments, result: Type) -> Value:
    """A bcrypt hash of the password; another one each time."""
    from bcrypt import gensalt, hashpw

    if len(args) > 2:
        raise FunctionError(f"takes one or two arguments, got {len(args)}", 2)
    cost = whole_number(args[1], 1) if len(args) == 2 else BCRYPT_COST
    if cost > MAX_BCRYPT_COST:
        raise FunctionError(f"the cost must not be greater than {MAX_BCRYPT_COST}", 1)
    password = args[0].raw.encode()
    if len(password) > _LONGEST_PASSWORD:
        raise FunctionError(f"the password has {len(password)} bytes; bcrypt takes {_LONGEST_PASSWORD} at most", 0)
    if cost < 4:
        cost = BCRYPT_COST
    return string(hashpw(password, gensalt(cost, prefix=b"2a")).decode())


@function(returns=STRING)
def uuid(args: Arguments, result: Type) -> Value:
    """A random UUID; another one each time."""
    from uuid import uuid4

    return string(str(uuid4()))


@plain
def uuidv5(namespace: str, name: str) -> str:
    """The UUID of a name in a namespace (`dns`, `url`, `oid`, `x500` or a UUID)."""
    import uuid as uuids

    known = {
        "dns": uuids.NAMESPACE_DNS,
        "url": uuids.NAMESPACE_URL,
        "oid": uuids.NAMESPACE_OID,
        "x500": uuids.NAMESPACE_X500,
    }
    if namespace not in known and not re.fullmatch(_UUID, namespace, re.IGNORECASE | re.VERBOSE):
        raise FunctionError(f'"{namespace}" is neither a UUID nor one of {", ".join(known)}', 0)
    space = known[namespace] if namespace in known else uuids.UUID(namespace)
    return str(uuids.uuid5(space, name))


@plain
def rsadecrypt(ciphertext: str, privatekey: str) -> str:
    """The text that was encrypted for an RSA key (PKCS #1 v1.5) and put into base64."""
    from planner.hcl.functions.encoding import decode_base64

    try:
        data = decode_base64(ciphertext)
    except ValueError as problem:
        raise FunctionError("the encrypted text is not base64", 0) from problem
    try:
        return decrypt_rsa(privatekey.encode(), data).decode()
    except UnusableKey as problem:
        raise FunctionError(str(problem), 1) from problem
    except ValueError as problem:
        raise FunctionError("the text was not encrypted for this key", 0) from problem


FUNCTIONS: Final[tuple[Function, ...]] = (*map(_digest_function, DIGESTS), bcrypt, uuid, uuidv5, rsadecrypt)
