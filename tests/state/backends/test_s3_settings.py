"""The settings of the s3 backend: what they become, and what is refused before any server is asked."""

from __future__ import annotations

import base64
import sys
from pathlib import Path

import pytest

from planner.state.backends.declared import BackendBlock
from planner.state.backends.resolve import resolve
from planner.state.backends.s3.opening import open_s3
from support.backends import refusal
from support.s3_places import opened

SETTINGS = {"bucket": "states", "key": "team/cl.state.json", "region": "eu-west-1"}


@pytest.fixture
def config(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """What obstore was given."""
    given: dict[str, object] = {}

    def store(bucket: str, *, config: dict[str, object], **more: object) -> None:
        given.update(config, bucket=bucket, more=more)

    monkeypatch.setattr("obstore.store.S3Store", store)
    return given


def test_buckets_are_named_in_the_host_unless_the_style_or_a_dot_forbids_it(config: dict[str, object]) -> None:
    opened(SETTINGS)
    assert config["virtual_hosted_style_request"] is True
    assert "aws_endpoint_url_s3" not in config
    opened({**SETTINGS, "endpoints": {"s3": "https://s3.example.test:9000/"}})
    assert str(config["aws_endpoint_url_s3"]) == "https://states.s3.example.test:9000"
    opened({**SETTINGS, "endpoints": {"s3": "https://s3.example.test:9000/"}, "use_path_style": True})
    assert str(config["aws_endpoint_url_s3"]) == "https://s3.example.test:9000"
    assert config["virtual_hosted_style_request"] is False
    opened({**SETTINGS, "bucket": "my.states"})
    assert config["virtual_hosted_style_request"] is False


def test_objects_are_encrypted_as_is_asked_for(config: dict[str, object]) -> None:
    opened(SETTINGS)
    assert "server_side_encryption" not in config
    opened({**SETTINGS, "encrypt": True})
    assert config["server_side_encryption"] == "AES256"
    opened({**SETTINGS, "encrypt": True, "kms_key_id": "arn:aws:kms:…"})
    assert (config["server_side_encryption"], config["sse_kms_key_id"]) == ("aws:kms", "arn:aws:kms:…")
    key = base64.b64encode(b"k" * 32).decode()
    opened({**SETTINGS, "sse_customer_key": key})
    assert (config["server_side_encryption"], config["sse_customer_key_base64"]) == ("sse-c", key)


def test_checksums_that_other_servers_do_not_know_are_sent_only_if_asked_for(config: dict[str, object]) -> None:
    opened(SETTINGS)
    assert "checksum_algorithm" not in config
    opened({**SETTINGS, "skip_s3_checksum": False})
    assert config["checksum_algorithm"] == "SHA256"


def test_a_request_is_tried_again_as_often_as_is_asked_for(config: dict[str, object]) -> None:
    opened({**SETTINGS, "max_retries": 7})
    more = config["more"]
    assert isinstance(more, dict)
    assert more["retry_config"]["max_retries"] == 7


def test_terraform_s_settings_without_effect_are_accepted(config: dict[str, object]) -> None:
    skipped = ("credentials_validation", "metadata_api_check", "region_validation", "requesting_account_id")
    opened({**SETTINGS, "use_lockfile": True, **{f"skip_{name}": True for name in skipped}})
    assert config["bucket"] == "states"


def test_a_table_for_locks_is_refused_and_so_is_no_lock() -> None:
    with refusal("STA441") as problems:
        opened({**SETTINGS, "dynamodb_table": "locks"})
    assert "object beside the state" in problems[0].remedy.text
    with refusal("STA442"):
        opened({**SETTINGS, "use_lockfile": False})


@pytest.mark.parametrize("key", ["/a", "a/", "a//b", "a/../b", "./a", "a\nb", "a\x00b", "k" * 301, "ü" * 151])
def test_a_key_that_no_object_can_have_is_refused(key: str) -> None:
    for name in ("key", "workspace_key_prefix"):
        with refusal("STA442") as problems:
            opened({**SETTINGS, name: key})
        assert f'"{name}"' in problems[0].detail


@pytest.mark.parametrize("key", ["not base64", base64.b64encode(b"short").decode()])
def test_a_customer_key_that_is_none_is_refused_without_showing_it(key: str) -> None:
    with refusal("STA442") as problems:
        opened({**SETTINGS, "sse_customer_key": key})
    assert key not in str(problems)


@pytest.mark.parametrize(
    "address",
    [
        "s3.example.test",
        "ftp://s3.example.test",
        "https://",
        "https://exa mple",
        "https://host:port",
        "https://host:65536",
        "https://a..b",
        "https://-",
        "https://%zz",
        "https://[::1",
        "https://300.1.1.1",
        "https://user@host",
        "https://münchen.test",
    ],
)
def test_an_endpoint_is_an_address(address: str) -> None:
    """The library panics at some that it cannot connect to."""
    for name in ("s3", "sts"):
        with refusal("STA442") as problems:
            opened({**SETTINGS, "endpoints": {name: address}})
        assert f"endpoints.{name}" in problems[0].detail


@pytest.mark.parametrize("address", ["http://127.0.0.1:9000", "https://[::1]:9000"])
def test_a_server_known_by_its_number_has_the_bucket_in_the_path(config: dict[str, object], address: str) -> None:
    opened({**SETTINGS, "endpoints": {"s3": address}})
    assert config["virtual_hosted_style_request"] is False
    assert str(config["aws_endpoint_url_s3"]) == address


def test_certificates_are_in_a_file_of_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    for file in ("ca.pem", "missing.pem", str(tmp_path)):
        with refusal("STA442") as problems:
            open_s3(resolve(BackendBlock("s3", {**SETTINGS, "custom_ca_bundle": file}), {}), tmp_path, {})
        assert "custom_ca_bundle" in problems[0].detail


def test_without_its_library_the_backend_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    with refusal("STA445") as problems:
        opened(SETTINGS)
    assert "classiclink-planner[s3]" in problems[0].remedy.text


def test_the_fingerprint_has_the_place_alone() -> None:
    backend = opened({**SETTINGS, "profile": "", "sse_customer_key": base64.b64encode(b"k" * 32).decode()})
    assert backend.fingerprint == {
        "type": "s3",
        "bucket": "states",
        "key": "team/cl.state.json",
        "workspace_key_prefix": "env:",
    }
