"""TLS as the settings ask for it: another authority, a certificate of the client, or no verification."""

from __future__ import annotations

import contextlib
import os
import ssl
import tempfile
from collections.abc import Iterator

from planner.diagnostics import StateError
from planner.state.backends.resolve import Settings

_HOW = 'Write the text itself, which begins with -----BEGIN; a file is read by file("cert.pem").'


def tls_context(settings: Settings) -> ssl.SSLContext:
    """Raises StateError where a certificate or key is none."""
    authority = settings.text("client_ca_certificate_pem")
    certificate, key = settings.text("client_certificate_pem"), settings.text("client_private_key_pem")
    try:
        context = ssl.create_default_context(cadata=authority or None)
    except (ssl.SSLError, ValueError):
        raise StateError(settings.wrong("client_ca_certificate_pem", "PEM certificates", _HOW)) from None
    if settings.flag("skip_cert_verification"):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if bool(certificate) != bool(key):
        missing = "client_certificate_pem" if key else "client_private_key_pem"
        raise StateError(settings.wrong(missing, "set, and the other half of the pair is", _HOW))
    if certificate:
        try:
            with _readable(f"{certificate.strip()}\n{key.strip()}\n") as path:
                context.load_cert_chain(path, password="")
        except (ssl.SSLError, ValueError):
            expected = "a PEM certificate that goes with client_private_key_pem, a key without a passphrase"
            raise StateError(settings.wrong("client_certificate_pem", expected, _HOW)) from None
    return context


@contextlib.contextmanager
def _readable(text: str) -> Iterator[str]:
    """A path under which OpenSSL reads this text: of memory alone, where the system can do that."""
    if hasattr(os, "memfd_create"):
        fd = os.memfd_create("cl", os.MFD_CLOEXEC)
        try:
            os.write(fd, text.encode())
            yield f"/proc/self/fd/{fd}"
        finally:
            os.close(fd)
        return
    with tempfile.NamedTemporaryFile("w", prefix="cl-") as file:  # for its owner alone, and gone at once
        file.write(text)
        file.flush()
        yield file.name
