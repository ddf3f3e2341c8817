"""The s3 backend from its settings."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
import ssl
import urllib.parse
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from planner.diagnostics import Report, StateError, ignore
from planner.state.backends.bucket.backend import BucketBackend
from planner.state.backends.bucket.layout import Layout, is_key, on_server, unfit
from planner.state.backends.lease import Lease
from planner.state.backends.patience import Notice, Patience
from planner.state.backends.resolve import Settings, missing_library
from planner.state.backends.s3.credentials import KeySettings, Source, source_of
from planner.state.backends.s3.objects import S3Objects
from planner.state.backends.s3.place import S3Place
from planner.state.backends.s3.sts import Sts
from planner.waits import Watch, unwatched

if TYPE_CHECKING:
    from obstore.store import ClientConfig, S3Config, S3Credential

_QUICK, _PATIENT, _CONNECT = timedelta(seconds=10), timedelta(seconds=50), timedelta(seconds=5)
"""How long a small request may take, a large one, and a connection."""
_LONGEST_RETRY = timedelta(seconds=10)
_SSE_KEY_BYTES = 32
_HIGHEST_PORT = 65_535
_LABEL = r"[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?"
_ADDRESS = re.compile(
    rf"https?://(?P<host>{_LABEL}(\.{_LABEL})*\.?|\[[0-9A-Fa-f:.]+\])(:(?P<port>\d{{1,5}}))?(/[!-~]*)?", re.ASCII
)


def open_s3(
    settings: Settings,
    directory: Path,
    environment: Mapping[str, str],
    report: Report = ignore,
    watch: Watch = unwatched,
) -> BucketBackend:
    """The backend for a configuration directory. Raises StateError. Reaches no server.

    `report` learns later on while it does not answer, and `watch` shows it.
    """
    try:
        from obstore.store import S3Store
    except ImportError:
        raise StateError(missing_library("s3")) from None
    layout = _layout(settings)
    certificate = _certificate(settings, directory)
    region = settings.text("region")
    sts = Sts(_sts_endpoint(settings), region, lambda: _trusting(certificate) if certificate else None)
    keys = KeySettings(
        settings.text("profile"), settings.strings("assume_role"), settings.strings("assume_role_with_web_identity")
    )
    provider = _Provider(source_of(keys, sts, environment))
    config = _config(settings, layout)

    def store(timeout: timedelta) -> S3Store:
        client: ClientConfig = {
            "allow_http": layout.endpoint.startswith("http://"),
            "connect_timeout": _CONNECT,
            "timeout": timeout,
            "user_agent": "cl",
        }
        if certificate:
            client["root_certificate"] = certificate
        return S3Store(
            layout.bucket,
            config=config,
            client_options=client,
            retry_config={"max_retries": settings.number("max_retries"), "retry_timeout": _LONGEST_RETRY},
            credential_provider=provider,
        )

    objects = S3Objects(layout.bucket, store(_QUICK), store(_PATIENT))
    server = on_server(objects.name(layout.key), layout.endpoint, settings.text("region"))
    patience = Patience(
        server,
        notice=Notice(server, report, watch=watch),
        keys="AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
    )
    place = partial(S3Place, objects, layout, patience)
    return BucketBackend(objects, layout, {"type": "s3", **settings.place}, patience, place)


class _Provider:
    """Hands keys to obstore, which asks again before they expire. Its representation shows none."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def __call__(self) -> S3Credential:
        keys = self._source()
        return {
            "access_key_id": keys.access_key,
            "secret_access_key": keys.secret_key,
            "token": keys.token or None,
            "expires_at": keys.expires_at,
        }


def _layout(settings: Settings) -> Layout:
    """Raises StateError where an object could not be named so."""
    key, prefix = settings.text("key"), settings.text("workspace_key_prefix")
    problems = [unfit(settings, name) for name in ("key", "workspace_key_prefix") if not is_key(settings.text(name))]
    problems += [
        settings.wrong(f"endpoints.{name}", 'an address, such as "https://s3.example.com" or "http://127.0.0.1:9000"')
        for name, address in settings.strings("endpoints").items()
        if not _is_address(address)
    ]
    if problems:
        raise StateError(problems)
    return Layout(
        bucket=settings.text("bucket"),
        key=key,
        prefix=prefix,
        endpoint=settings.strings("endpoints").get("s3", "").rstrip("/"),
        lease=Lease(settings.seconds("lease")),
        history=settings.number("history"),
    )


def _config(settings: Settings, layout: Layout) -> S3Config:
    """The settings as obstore names them."""
    bucket = layout.bucket
    # No certificate has the dots of a bucket's name, and an IP address has no names below it.
    is_path_style = settings.flag("use_path_style") or "." in bucket or _is_ip_address(layout.endpoint)
    config: S3Config = {
        "region": settings.text("region"),
        "virtual_hosted_style_request": not is_path_style,
        "conditional_put": "etag",
        "disable_bulk_delete": True,  # it needs a checksum that not every server knows
    }
    if layout.endpoint:
        place = urllib.parse.urlsplit(layout.endpoint)
        config["aws_endpoint_url_s3"] = (
            layout.endpoint if is_path_style else place._replace(netloc=f"{bucket}.{place.netloc}").geturl()
        )
    if not settings.flag("skip_s3_checksum"):
        config["checksum_algorithm"] = "SHA256"
    if customer_key := settings.text("sse_customer_key"):
        config["server_side_encryption"] = "sse-c"
        config["sse_customer_key_base64"] = _checked_key(settings, customer_key)
    elif kms_key := settings.text("kms_key_id"):
        config["server_side_encryption"] = "aws:kms"
        config["sse_kms_key_id"] = kms_key
    elif settings.flag("encrypt"):
        config["server_side_encryption"] = "AES256"
    return config


def _is_address(address: str) -> bool:
    """Whether the library can connect to it: it ends in a defect of its own where that is no host."""
    match = _ADDRESS.fullmatch(address)
    if match is None or int(match["port"] or 0) > _HIGHEST_PORT:
        return False
    host = match["host"]
    is_number = host.startswith("[") or host.rstrip(".").rpartition(".")[2].isdecimal()
    return _is_ip_address(address) if is_number else True


def _is_ip_address(address: str) -> bool:
    """Whether the host of this address is given by its number."""
    try:
        ipaddress.ip_address(urllib.parse.urlsplit(address).hostname or "")
    except ValueError:
        return False
    return True


def _checked_key(settings: Settings, key: str) -> str:
    try:
        if len(base64.b64decode(key, validate=True)) == _SSE_KEY_BYTES:
            return key
    except (binascii.Error, ValueError):
        pass
    raise StateError(settings.wrong("sse_customer_key", "a key of 32 bytes in base64"))


def _certificate(settings: Settings, directory: Path) -> bytes:
    """The certificates to trust besides the system's; empty where the settings name none. Raises StateError."""
    bundle = settings.text("custom_ca_bundle")
    if not bundle:
        return b""
    try:
        data = (directory / bundle).read_bytes()
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=data.decode("ascii"))
    except (OSError, ValueError):  # the errors of ssl are OSErrors, those of decoding ValueErrors
        raise StateError(settings.wrong("custom_ca_bundle", "a readable file of certificates (PEM)")) from None
    return data


def _trusting(certificate: bytes) -> ssl.SSLContext:
    """Trusts it besides what the system trusts, whose certificates take long to load: for who connects."""
    context = ssl.create_default_context()
    context.load_verify_locations(cadata=certificate.decode("ascii"))
    return context


def _sts_endpoint(settings: Settings) -> str:
    region = settings.text("region")
    domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return settings.strings("endpoints").get("sts") or f"https://sts.{region}.{domain}/"
