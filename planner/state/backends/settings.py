"""Which settings each backend has, as data: `planner.state.backends.resolve` gives them their values."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

from msgspec import Struct

STATE_FILE: Final = "cl.state.json"
"""The file of a state, where no setting says otherwise."""
STATES_DIRECTORY: Final = "cl.state.d"
"""The directory of other workspaces than `default`, where no setting says otherwise."""


class Kind(Enum):
    """What the value of a setting is. The value says it to a user."""

    STRING = "a string"
    NUMBER = "a whole number of at least 0"
    BOOL = "true or false"
    DURATION = 'a duration, such as "60s" or "5m"'
    STRINGS = "an object whose values are strings"
    FILE = "the path of a file"
    DIRECTORY = "the path of a directory"


class Secrecy(Enum):
    """How much of a value is secret."""

    NONE = "none of it"
    PASSWORD = "a password, where there is one in it"  # noqa: S105 - what is secret, and no secret
    ALL = "all of it"


class Setting(Struct, frozen=True):
    """One setting of a backend.

    `environment` names the variables that give its value where the configuration does not, the first one that is set.
    `stand_ins` are variables with which the setting may be left out, though they give it no value. `place` says that
    its value is part of where the states are. `parts` are what an object may hold; where there are none, anything.
    `allowed` are the only values of a string or bool. `refused` is why the setting cannot be used.
    """

    name: str
    kind: Kind = Kind.STRING
    default: str | int | bool | None = None
    environment: tuple[str, ...] = ()
    secrecy: Secrecy = Secrecy.NONE
    required: bool = False
    stand_ins: tuple[str, ...] = ()
    place: bool = False
    parts: tuple[Setting, ...] = ()
    allowed: tuple[str | bool, ...] = ()
    refused: str = ""


_HISTORY: Final = Setting("history", Kind.NUMBER, 20)
_LEASE: Final = Setting("lease", Kind.DURATION, "60s")

_LOCAL: Final = (
    Setting("path", Kind.FILE, STATE_FILE, place=True),
    Setting("workspace_dir", Kind.DIRECTORY, STATES_DIRECTORY, place=True),
    _HISTORY,
)

_PG: Final = (
    Setting(
        "conn_str",
        environment=("PG_CONN_STR",),
        secrecy=Secrecy.PASSWORD,
        required=True,
        stand_ins=("PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE", "PGUSER", "PGPORT"),
    ),
    Setting("schema_name", default="cl_remote_state", environment=("PG_SCHEMA_NAME",), place=True),
    Setting("skip_schema_creation", Kind.BOOL, False, ("PG_SKIP_SCHEMA_CREATION",)),
    Setting("skip_table_creation", Kind.BOOL, False, ("PG_SKIP_TABLE_CREATION",)),
    _HISTORY,
    _LEASE,
)

_AWS_KEYS: Final = "Keys are taken from the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY) or from a profile."
_S3_ROLE: Final = ("role_arn", "session_name", "external_id", "duration", "policy", "source_identity")

_S3: Final = (
    Setting("bucket", required=True, place=True),
    Setting("key", required=True, place=True),
    Setting("region", environment=("AWS_REGION", "AWS_DEFAULT_REGION"), required=True),
    Setting(
        "endpoints",
        Kind.STRINGS,
        place=True,
        parts=(
            Setting("s3", environment=("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"), place=True),
            Setting("sts", environment=("AWS_ENDPOINT_URL_STS",)),
        ),
    ),
    Setting("use_path_style", Kind.BOOL, False),
    Setting("workspace_key_prefix", default="env:", place=True),
    Setting("encrypt", Kind.BOOL, False),
    Setting("kms_key_id"),
    Setting("sse_customer_key", environment=("AWS_SSE_CUSTOMER_KEY",), secrecy=Secrecy.ALL),
    Setting("profile", environment=("AWS_PROFILE",)),
    Setting("assume_role", Kind.STRINGS, parts=tuple(map(Setting, _S3_ROLE))),
    Setting(
        "assume_role_with_web_identity",
        Kind.STRINGS,
        parts=(
            Setting("role_arn", environment=("AWS_ROLE_ARN",)),
            Setting("session_name", environment=("AWS_ROLE_SESSION_NAME",)),
            Setting("web_identity_token_file", environment=("AWS_WEB_IDENTITY_TOKEN_FILE",)),
            Setting("web_identity_token", secrecy=Secrecy.ALL, stand_ins=("AWS_WEB_IDENTITY_TOKEN_FILE",)),
            Setting("duration"),
            Setting("policy"),
        ),
    ),
    Setting("custom_ca_bundle", Kind.FILE, environment=("AWS_CA_BUNDLE",)),
    Setting("max_retries", Kind.NUMBER, 5),
    Setting("skip_s3_checksum", Kind.BOOL, True),
    _HISTORY,
    _LEASE,
    Setting("use_lockfile", Kind.BOOL, True, allowed=(True,)),
    *(
        Setting(f"skip_{name}", Kind.BOOL, False)
        for name in ("credentials_validation", "metadata_api_check", "region_validation", "requesting_account_id")
    ),
    Setting("dynamodb_table", refused="The lock is an object beside the state: no table is needed. Remove it."),
    *(
        Setting(name, secrecy=Secrecy.ALL, stand_ins=(variable,), refused=_AWS_KEYS)
        for name, variable in (
            ("access_key", "AWS_ACCESS_KEY_ID"),
            ("secret_key", "AWS_SECRET_ACCESS_KEY"),
            ("token", "AWS_SESSION_TOKEN"),
        )
    ),
)


def _http(name: str, kind: Kind = Kind.STRING, default: str | int | bool | None = None) -> Setting:
    return Setting(name, kind, default, environment=_http_variables(name))


def _http_variables(name: str) -> tuple[str, ...]:
    return (f"CL_HTTP_{name.upper()}", f"TF_HTTP_{name.upper()}")


def _http_address(name: str, *, required: bool = False) -> Setting:
    return Setting(
        name, environment=_http_variables(name), secrecy=Secrecy.PASSWORD, required=required, place=name == "address"
    )


_HTTP: Final = (
    _http_address("address", required=True),
    _http("update_method", default="POST"),
    _http_address("lock_address"),
    _http("lock_method", default="LOCK"),
    _http_address("unlock_address"),
    _http("unlock_method", default="UNLOCK"),
    _http("username"),
    Setting("password", environment=_http_variables("password"), secrecy=Secrecy.ALL),
    Setting("headers", Kind.STRINGS, environment=_http_variables("headers"), secrecy=Secrecy.ALL),
    _http("retry_max", Kind.NUMBER, 2),
    _http("retry_wait_min", Kind.NUMBER, 1),
    _http("retry_wait_max", Kind.NUMBER, 30),
    _http("skip_cert_verification", Kind.BOOL, False),
    _http("client_ca_certificate_pem"),
    _http("client_certificate_pem"),
    Setting(
        "client_private_key_pem",
        environment=_http_variables("client_private_key_pem"),
        secrecy=Secrecy.ALL,
    ),
)

_OSS: Final = (
    Setting("bucket", required=True, place=True),
    Setting("prefix", default="env:", place=True),
    Setting("key", default=STATE_FILE, place=True),
    Setting("region", environment=("ALICLOUD_REGION", "ALICLOUD_DEFAULT_REGION"), required=True),
    Setting("endpoint", environment=("ALICLOUD_OSS_ENDPOINT", "OSS_ENDPOINT"), place=True),
    Setting("access_key", environment=("ALICLOUD_ACCESS_KEY", "ALICLOUD_ACCESS_KEY_ID"), secrecy=Secrecy.ALL),
    Setting("secret_key", environment=("ALICLOUD_SECRET_KEY", "ALICLOUD_ACCESS_KEY_SECRET"), secrecy=Secrecy.ALL),
    Setting("security_token", environment=("ALICLOUD_SECURITY_TOKEN",), secrecy=Secrecy.ALL),
    Setting("ecs_role_name", environment=("ALICLOUD_ECS_ROLE_NAME",)),
    Setting("profile", environment=("ALICLOUD_PROFILE",)),
    Setting("shared_credentials_file", Kind.FILE, environment=("ALICLOUD_SHARED_CREDENTIALS_FILE",)),
    Setting(
        "assume_role",
        Kind.STRINGS,
        parts=(
            Setting("role_arn", environment=("ALICLOUD_ASSUME_ROLE_ARN",)),
            Setting("session_name", environment=("ALICLOUD_ASSUME_ROLE_SESSION_NAME",)),
            Setting("session_expiration", environment=("ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION",)),
            Setting("policy"),
            Setting("external_id"),
        ),
    ),
    Setting("sts_endpoint", environment=("ALICLOUD_STS_ENDPOINT",)),
    Setting("encrypt", Kind.BOOL, False),
    Setting("acl", allowed=("private", "public-read", "public-read-write")),
    _HISTORY,
    _LEASE,
    *(Setting(f"tablestore_{name}") for name in ("endpoint", "instance_name", "table")),
)

TABLES: Final[Mapping[str, tuple[Setting, ...]]] = {
    "local": _LOCAL,
    "pg": _PG,
    "s3": _S3,
    "http": _HTTP,
    "oss": _OSS,
}
"""The settings of each backend, by its type."""


def setting_of(backend: str, name: str) -> Setting | None:
    """A setting of a backend; None where there is no such backend or setting."""
    return next((setting for setting in TABLES.get(backend, ()) if setting.name == name), None)
