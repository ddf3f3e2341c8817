"""Encryption: the only home of the library `cryptography`, which is loaded when something is encrypted or decrypted."""

from __future__ import annotations


class UnusableKey(ValueError):
    """A private key that cannot be read, or is of another kind than is needed; the message is a clause."""


def encrypt(key: bytes, nonce: bytes, text: bytes, header: bytes) -> bytes:
    """The text encrypted with AES-256-GCM; `header` is authenticated with it."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key).encrypt(nonce, text, header)


def decrypt(key: bytes, nonce: bytes, encrypted: bytes, header: bytes) -> bytes | None:
    """The text that `encrypt` was given; None if the key is another one, or the text or the header was altered."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return AESGCM(key).decrypt(nonce, encrypted, header)
    except (InvalidTag, ValueError):
        return None


def decrypt_rsa(private_key: bytes, encrypted: bytes) -> bytes:
    """The text that was encrypted for this RSA key, in PEM form, with PKCS #1 v1.5.

    Raises UnusableKey, and ValueError if the text was not encrypted for the key.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_ssh_private_key

    load = load_ssh_private_key if b"OPENSSH PRIVATE KEY" in private_key else load_pem_private_key
    try:
        key = load(private_key, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as problem:
        raise UnusableKey("the private key cannot be read; it must be in PEM form without a password") from problem
    if not isinstance(key, RSAPrivateKey):
        raise UnusableKey("the private key is not an RSA key")
    return key.decrypt(encrypted, PKCS1v15())
