"""The oss backend from its settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from importlib import import_module
from pathlib import Path

from planner.diagnostics import Report, StateError, ignore
from planner.state.backends.bucket.backend import BucketBackend
from planner.state.backends.bucket.layout import Layout, is_key, on_server, unfit
from planner.state.backends.lease import Lease
from planner.state.backends.oss.credentials import keys_of
from planner.state.backends.oss.objects import QUICK, Making, OssObjects
from planner.state.backends.oss.place import OssPlace
from planner.state.backends.patience import Notice, Patience
from planner.state.backends.resolve import Settings, missing_library
from planner.waits import Watch, unwatched

_CONNECT = 5.0
_BUCKET = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_REGION = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_ENDPOINT = re.compile(r"(https?://)?[A-Za-z0-9.-]+(:\d{1,5})?")


def open_oss(
    settings: Settings,
    directory: Path,
    environment: Mapping[str, str],
    report: Report = ignore,
    watch: Watch = unwatched,
) -> BucketBackend:
    """The backend for a configuration directory. Raises StateError. Reaches no server.

    `report` learns later on while it does not answer, and `watch` shows it.
    """
    layout = _layout(settings)
    try:
        library = import_module("alibabacloud_oss_v2")
        keys = keys_of(settings, directory, environment)
    except ImportError:
        raise StateError(missing_library("oss")) from None
    config = library.config.load_default()
    config.region = settings.text("region")
    config.endpoint = layout.endpoint or None
    config.credentials_provider = keys
    config.retry_max_attempts = 1
    config.connect_timeout, config.readwrite_timeout = _CONNECT, QUICK
    config.user_agent = "cl"
    making = Making(settings.text("acl"), "AES256" if settings.flag("encrypt") else "")
    objects = OssObjects(layout.bucket, library.Client(config), making)
    server = on_server(objects.name(layout.key), layout.endpoint, settings.text("region"))
    patience = Patience(
        server,
        notice=Notice(server, report, watch=watch),
        keys="ALICLOUD_ACCESS_KEY and ALICLOUD_SECRET_KEY, or ALICLOUD_PROFILE",
    )
    place = partial(OssPlace, objects, layout, patience)
    return BucketBackend(objects, layout, {"type": "oss", **settings.place}, patience, place)


def _layout(settings: Settings) -> Layout:
    """Raises StateError where an object could not be named so."""
    endpoint = settings.text("endpoint").rstrip("/")
    problems = [unfit(settings, name) for name in ("key", "prefix") if not is_key(settings.text(name))]
    if not _BUCKET.fullmatch(settings.text("bucket")):
        problems.append(settings.wrong("bucket", 'the name of a bucket: small letters, digits and "-"'))
    if not _REGION.fullmatch(settings.text("region")):
        problems.append(settings.wrong("region", 'the id of a region, such as "cn-hangzhou"'))
    if endpoint and not _ENDPOINT.fullmatch(endpoint):
        problems.append(settings.wrong("endpoint", 'an address, such as "oss-cn-hangzhou.aliyuncs.com"'))
    if problems:
        raise StateError(problems)
    return Layout(
        bucket=settings.text("bucket"),
        key=settings.text("key"),
        prefix=settings.text("prefix"),
        endpoint=endpoint,
        lease=Lease(settings.seconds("lease")),
        history=settings.number("history"),
    )
