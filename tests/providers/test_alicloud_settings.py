"""The settings of `provider "alicloud"`: where credentials and the region come from, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from planner.diagnostics import Diagnostic, ProviderError
from providers.alicloud import environment as environment_module
from providers.alicloud.environment import Environment
from providers.alicloud.products import Product, endpoint
from providers.alicloud.settings import Settings, parse_settings
from providers.alicloud.sources import AssumedRole, CredentialsUri, KeyPair, MachineRole, OidcRole

KEYS = {"access_key": "AK-block", "secret_key": "SK-block"}
REGION = {"region": "cn-hangzhou"}


def parsed(tmp_path: Path, given: Mapping[str, object], **environment: str) -> Settings:
    return parse_settings(given, tmp_path, {"HOME": str(tmp_path / "home"), **environment})


def refused(tmp_path: Path, given: Mapping[str, object], **environment: str) -> list[tuple[str, str]]:
    with pytest.raises(ProviderError) as error:
        parsed(tmp_path, given, **environment)
    return [(problem.code, problem.detail) for problem in error.value.diagnostics]


def write_profiles(file: Path, *profiles: Mapping[str, object], current: str = "") -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"current": current, "profiles": list(profiles)}))


AK_PROFILE = {
    "name": "prod",
    "mode": "AK",
    "access_key_id": "AK-profile",
    "access_key_secret": "SK-profile",
    "region_id": "cn-beijing",
}


def test_the_block_goes_before_the_environment_and_the_profile(tmp_path: Path) -> None:
    write_profiles(tmp_path / "home/.aliyun/config.json", AK_PROFILE, current="prod")
    variables = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "AK-env", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "SK-env"}
    found = parsed(tmp_path, REGION | KEYS, **variables)
    assert found.credentials.source == KeyPair("AK-block", "SK-block")
    assert found.credentials.found_in == "the provider's block"
    found = parsed(tmp_path, REGION, **variables)
    assert found.credentials.source == KeyPair("AK-env", "SK-env")
    assert found.credentials.found_in == "the variable ALIBABA_CLOUD_ACCESS_KEY_ID"
    found = parsed(tmp_path, {})
    assert found.credentials.source == KeyPair("AK-profile", "SK-profile")
    assert found.region == "cn-beijing"
    assert 'the profile "prod"' in found.credentials.found_in


@pytest.mark.parametrize(
    ("key", "secret", "token"),
    [
        ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN"),
        ("ALIBABACLOUD_ACCESS_KEY_ID", "ALIBABACLOUD_ACCESS_KEY_SECRET", "ALIBABACLOUD_SECURITY_TOKEN"),
        ("ALICLOUD_ACCESS_KEY_ID", "ALICLOUD_ACCESS_KEY_SECRET", "ALICLOUD_SECURITY_TOKEN"),
        ("ALICLOUD_ACCESS_KEY", "ALICLOUD_SECRET_KEY", "ALICLOUD_SECURITY_TOKEN"),
    ],
)
def test_each_family_of_variables_gives_keys(tmp_path: Path, key: str, secret: str, token: str) -> None:
    found = parsed(tmp_path, REGION, **{key: "AK", secret: "SK", token: "T"})
    assert found.credentials.source == KeyPair("AK", "SK", "T")


def test_a_token_of_another_family_is_not_mixed_in(tmp_path: Path) -> None:
    variables = {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "AK",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "SK",
        "ALICLOUD_SECURITY_TOKEN": "of another",
    }
    assert parsed(tmp_path, REGION, **variables).credentials.source == KeyPair("AK", "SK")


def test_a_key_without_its_secret_is_refused_and_not_completed_from_elsewhere(tmp_path: Path) -> None:
    variables = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "AK", "ALICLOUD_SECRET_KEY": "SK"}
    ((code, detail),) = refused(tmp_path, REGION, **variables)
    assert code == "PRV401"
    assert "ALIBABA_CLOUD_ACCESS_KEY_SECRET is not." in detail
    (problem, *_) = refused(tmp_path, REGION | {"access_key": "AK"})
    assert problem[0] == "PRV103"


def test_two_sources_in_one_block_are_refused(tmp_path: Path) -> None:
    found = refused(tmp_path, REGION | KEYS | {"profile": "prod", "ecs_role_name": "r"})
    assert [code for code, _ in found] == ["PRV102", "PRV102"]


NAMES = "ACCESS_KEY_ID ACCESS_KEY_SECRET SECURITY_TOKEN PROFILE CREDENTIALS_FILE ECS_METADATA CREDENTIALS_URI REGION"
ROLES = "ROLE_ARN ROLE_SESSION_NAME OIDC_PROVIDER_ARN OIDC_TOKEN_FILE"


def disagreements(variables: Mapping[str, str], name: str) -> tuple[Diagnostic, ...]:
    """What is reported of the variables where the setting of this name is used."""
    environment = Environment(variables)
    assert environment.disagreements() == ()
    assert environment.first(*environment_module.REGION) if name == "REGION" else environment.setting(name)
    return environment.disagreements()


@pytest.mark.parametrize("name", f"{NAMES} {ROLES}".split())
def test_whatever_two_families_set_differently_is_reported_by_name_where_it_is_used(name: str) -> None:
    variables = {f"ALIBABA_CLOUD_{name}": "one-value", f"ALICLOUD_{name}": "another-value"}
    (warning,) = disagreements(variables, name)
    assert warning.code == "PRV413"
    assert warning.detail == f"These differ: ALIBABA_CLOUD_{name} and ALICLOUD_{name}. The first of them is used."
    assert disagreements({**variables, f"ALICLOUD_{name}": "one-value"}, name) == ()


def test_the_names_of_terraform_are_reported_as_they_were_set(tmp_path: Path) -> None:
    variables = {"ALICLOUD_ACCESS_KEY": "AK", "ALICLOUD_SECRET_KEY": "SK", "ALIBABACLOUD_ACCESS_KEY_SECRET": "SK-2"}
    (warning,) = disagreements(variables, "ACCESS_KEY_SECRET")
    assert "differ: ALIBABACLOUD_ACCESS_KEY_SECRET and ALICLOUD_SECRET_KEY." in warning.detail
    del variables["ALIBABACLOUD_ACCESS_KEY_SECRET"]
    assert parsed(tmp_path, REGION, **variables).credentials.found_in == "the variable ALICLOUD_ACCESS_KEY"


def test_variables_that_disagree_are_not_reported_where_the_block_names_another_source(tmp_path: Path) -> None:
    write_profiles(tmp_path / "home/.aliyun/config.json", AK_PROFILE, current="prod")
    names = ("ACCESS_KEY_ID", "ACCESS_KEY_SECRET", "SECURITY_TOKEN", "PROFILE", "REGION", "ROLE_ARN")
    variables = {f"{family}{name}": f"{family}-1" for family in ("ALIBABA_CLOUD_", "ALICLOUD_") for name in names}
    variables |= {"ALIBABA_CLOUD_REGION": "cn-hangzhou", "ALICLOUD_REGION": "cn-beijing"}
    for block in ({"profile": "prod"}, KEYS, {"ecs_role_name": "r"}):
        assert parsed(tmp_path, REGION | block, **variables).warnings == ()
        (warning,) = parsed(tmp_path, block, **variables).warnings
        assert warning.detail.startswith("These differ: ALIBABA_CLOUD_REGION and ALICLOUD_REGION. ")
    (warning,) = parsed(tmp_path, REGION, **variables).warnings
    assert "ALIBABA_CLOUD_ACCESS_KEY_ID and ALICLOUD_ACCESS_KEY_ID;" in warning.detail
    assert "PROFILE" not in warning.detail
    assert "REGION" not in warning.detail
    assert "-1" not in warning.detail


def test_other_sources_of_a_block(tmp_path: Path) -> None:
    assert parsed(tmp_path, REGION | {"ecs_role_name": "app"}).credentials.source == MachineRole("app")
    uri = "http://127.0.0.1/keys"
    assert parsed(tmp_path, REGION | {"credentials_uri": uri}).credentials.source == CredentialsUri(uri)
    oidc = {"oidc_provider_arn": "P", "role_arn": "R", "oidc_token_file": "token"}
    source = parsed(tmp_path, REGION | {"assume_role_with_oidc": oidc}).credentials.source
    assert source == OidcRole("P", "R", tmp_path / "token")
    role = {"role_arn": "R", "session_name": "s", "session_expiration": 7200, "external_id": "x"}
    source = parsed(tmp_path, REGION | KEYS | {"assume_role": role}).credentials.source
    assert source == AssumedRole(KeyPair("AK-block", "SK-block"), "R", "s", 7200.0, None, "x")


def test_oidc_from_the_environment(tmp_path: Path) -> None:
    variables = {
        "ALIBABA_CLOUD_OIDC_TOKEN_FILE": "/run/token",
        "ALIBABA_CLOUD_ROLE_ARN": "R",
        "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": "P",
        "ALIBABA_CLOUD_ROLE_SESSION_NAME": "ci",
    }
    source = parsed(tmp_path, REGION, **variables).credentials.source
    assert source == OidcRole("P", "R", Path("/run/token"), "ci")


@pytest.mark.parametrize("missing", ["ROLE_ARN", "OIDC_PROVIDER_ARN"])
def test_a_part_of_oidc_is_neither_passed_over_nor_completed_from_another_family(tmp_path: Path, missing: str) -> None:
    names = ("OIDC_TOKEN_FILE", "ROLE_ARN", "OIDC_PROVIDER_ARN")
    variables = {f"ALIBABA_CLOUD_{name}": "x" for name in names if name != missing} | {f"ALICLOUD_{missing}": "x"}
    ((code, detail),) = refused(tmp_path, REGION, **variables)
    assert code == "PRV401"
    assert f"ALIBABA_CLOUD_OIDC_TOKEN_FILE is set, but ALIBABA_CLOUD_{missing} is not." in detail


ELSEWHERE = [
    "evil.example/",
    "cn-hangzhou.evil.example/x",
    "a@b",
    "cn hangzhou",
    "CN-HANGZHOU",
    "cn--x",
    "-",
    "a#",
    "a\n",
]


@pytest.mark.parametrize("region", ELSEWHERE)
def test_a_region_leads_no_request_to_another_host(tmp_path: Path, region: str) -> None:
    ((code, detail),) = refused(tmp_path, KEYS | {"region": region})
    assert (code, detail.partition(":")[0]) == ("PRV102", "region")
    ((code, detail),) = refused(tmp_path, KEYS, ALICLOUD_REGION=region)
    assert (code, detail.partition(":")[0]) == ("PRV102", "ALICLOUD_REGION")
    write_profiles(tmp_path / "home/.aliyun/config.json", AK_PROFILE | {"region_id": region}, current="prod")
    ((code, detail),) = refused(tmp_path, {})
    assert (code, "region_id" in detail) == ("PRV414", True)


@pytest.mark.parametrize(
    "host", ["http://x", "x/", "u@x", "x y", "x?", "x#", "x:0", "x:65536", "x:", ":80", "[::1", "x:8o", "x\n"]
)
def test_an_endpoint_is_a_host_and_no_more(tmp_path: Path, host: str) -> None:
    ((code, detail),) = refused(tmp_path, REGION | KEYS | {"endpoints": {"vpc": host}})
    assert (code, detail.partition(":")[0]) == ("PRV102", "endpoints.vpc")
    ((code, detail),) = refused(tmp_path, REGION | KEYS, ALIBABA_CLOUD_ENDPOINT_STS=host)
    assert (code, detail.partition(":")[0]) == ("PRV102", "ALIBABA_CLOUD_ENDPOINT_STS")


@pytest.mark.parametrize("host", ["x", "x:1", "127.0.0.1:65535", "[::1]:8180", "vpc-vpc.cn-hangzhou.aliyuncs.com"])
def test_an_endpoint_may_have_a_port(tmp_path: Path, host: str) -> None:
    found = parsed(tmp_path, REGION | KEYS | {"endpoints": {"vpc": host}}, ALIBABA_CLOUD_ENDPOINT_VPC="other")
    assert found.endpoints == {Product.VPC: host}


def test_numbers_and_strings_are_converted_as_in_the_rest_of_the_language(tmp_path: Path) -> None:
    given = {"account_id": 1234567890123456, "read_parallelism": "8", "read_only": "true", "security_token": True}
    found = parsed(tmp_path, REGION | KEYS | given)
    assert (found.account_id, found.read_parallelism, found.read_only) == ("1234567890123456", 8, True)
    assert found.credentials.source == KeyPair("AK-block", "SK-block", "true")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"hello", "no certificates in PEM"),
        (b"", "no certificates in PEM"),
        (b"\xff", "no certificates"),
        (None, "No such"),
    ],
)
def test_a_ca_file_without_certificates_is_refused(tmp_path: Path, content: bytes | None, why: str) -> None:
    if content is not None:
        (tmp_path / "ca.pem").write_bytes(content)
    ((code, detail),) = refused(tmp_path, REGION | KEYS | {"ca_file": "ca.pem"})
    assert (code, detail.startswith("ca_file: ca.pem: "), why in detail) == ("PRV102", True, True)


@pytest.mark.parametrize("seconds", [900, 1799, 43201])
def test_a_session_that_is_too_short_or_too_long_is_refused(tmp_path: Path, seconds: int) -> None:
    role = {"role_arn": "R", "session_expiration": seconds}
    ((code, detail),) = refused(tmp_path, REGION | KEYS | {"assume_role": role})
    assert code == "PRV102"
    assert "assume_role.session_expiration" in detail


def test_profiles_of_every_mode(tmp_path: Path) -> None:
    file = tmp_path / "home/.aliyun/config.json"
    keys = {"access_key_id": "A", "access_key_secret": "S"}
    role = {"ram_role_arn": "R", "ram_session_name": "n", "expired_seconds": 1900}
    write_profiles(
        file,
        {"name": "ak", "mode": "AK", **keys},
        {"name": "sts", "mode": "StsToken", **keys, "sts_token": "T"},
        {"name": "role", "mode": "RamRoleArn", **keys, **role},
        {"name": "chain", "mode": "ChainableRamRoleArn", "source_profile": "sts", **role},
        {"name": "ecs", "mode": "EcsRamRole", "ram_role_name": "app"},
        {"name": "uri", "mode": "CredentialsURI", "credentials_uri": "http://u"},
        {"name": "loop", "mode": "ChainableRamRoleArn", "source_profile": "loop", **role},
        {"name": "odd", "mode": "Odd"},
    )

    def source(name: str) -> object:
        return parsed(tmp_path, REGION | {"profile": name}).credentials.source

    assert source("ak") == KeyPair("A", "S")
    assert source("sts") == KeyPair("A", "S", "T")
    assert source("role") == AssumedRole(KeyPair("A", "S"), "R", "n", 1900.0)
    assert source("chain") == AssumedRole(KeyPair("A", "S", "T"), "R", "n", 1900.0)
    assert source("ecs") == MachineRole("app")
    assert source("uri") == CredentialsUri("http://u")
    for name in ("loop", "odd", "none"):
        assert [code for code, _ in refused(tmp_path, REGION | {"profile": name})] == ["PRV414"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"profiles": 3}', "[" * 100_000, '{"profiles": [{"name": 1}]}'])
def test_a_broken_file_of_profiles_is_reported(tmp_path: Path, content: str) -> None:
    file = tmp_path / "profiles.json"
    file.write_text(content)
    given = REGION | {"profile": "prod", "shared_credentials_file": "profiles.json"}
    assert [code for code, _ in refused(tmp_path, given)] == ["PRV414"]


def test_without_credentials_or_region_nothing_is_guessed(tmp_path: Path) -> None:
    assert [code for code, _ in refused(tmp_path, REGION)] == ["PRV401"]
    assert [code for code, _ in refused(tmp_path, KEYS)] == ["PRV402"]


def test_the_region_comes_from_the_environment_before_the_profile(tmp_path: Path) -> None:
    write_profiles(tmp_path / "home/.aliyun/config.json", AK_PROFILE, current="prod")
    assert parsed(tmp_path, {}, ALICLOUD_REGION="cn-shenzhen").region == "cn-shenzhen"
    both = {"ALIBABA_CLOUD_REGION_ID": "second", "ALIBABA_CLOUD_REGION": "first"}
    assert parsed(tmp_path, {}, **both).region == "first"


def test_every_wrong_setting_is_reported_and_no_secret_is_quoted(tmp_path: Path) -> None:
    given = {
        "region": [3],
        "access_key": [12345],
        "secret_key": {"a": 67890},
        "protocol": "ftp",
        "read_timeout": "soon",
        "read_parallelism": 0,
        "read_only": "yes",
        "settle": "1d",
        "ca_file": "none.pem",
        "endpoint": "x",
        "endpoints": {"ecs": "http://x/", "oss": "y"},
        "assume_role": "R",
    }
    found = refused(tmp_path, given)
    details = "\n".join(detail for _, detail in found)
    for name in ("region", "protocol", "read_timeout", "read_parallelism", "read_only", "settle", "ca_file"):
        assert f"{name}:" in details
    for name in ("endpoint:", "endpoints.oss", "endpoints.ecs:", "assume_role:"):
        assert name in details
    assert "12345" not in details
    assert "67890" not in details


def test_times_and_numbers(tmp_path: Path) -> None:
    given = REGION | KEYS | {"connect_timeout": "500ms", "read_timeout": "1m30s", "settle": "0s", "read_parallelism": 4}
    found = parsed(tmp_path, given)
    assert (found.route.connect_timeout, found.route.read_timeout, found.settle_seconds) == (0.5, 90.0, 0.0)
    assert found.read_parallelism == 4
    assert parsed(tmp_path, REGION | KEYS).settle_seconds == 60.0


@pytest.mark.parametrize(
    ("product", "region", "host"),
    [
        (Product.ECS, "cn-hangzhou", "ecs-cn-hangzhou.aliyuncs.com"),
        (Product.VPC, "cn-hangzhou", "vpc.aliyuncs.com"),
        (Product.ECS, "cn-beijing", "ecs.cn-beijing.aliyuncs.com"),
        (Product.VPC, "eu-central-1", "vpc.eu-central-1.aliyuncs.com"),
        (Product.STS, "cn-hangzhou", "sts.cn-hangzhou.aliyuncs.com"),
        (Product.ECS, "a-region-of-tomorrow", "ecs.a-region-of-tomorrow.aliyuncs.com"),
    ],
)
def test_an_endpoint_follows_from_the_region(product: Product, region: str, host: str) -> None:
    assert endpoint(product, region, {}).authority == host
    assert endpoint(product, region, {product: "127.0.0.1:80"}).authority == "127.0.0.1:80"


def test_the_endpoints_are_those_of_the_official_clients() -> None:
    ecs = pytest.importorskip("alibabacloud_ecs20140526.client", reason="the official SDK is not installed")
    vpc = pytest.importorskip("alibabacloud_vpc20160428.client", reason="the official SDK is not installed")
    from alibabacloud_tea_openapi.models import Config

    for region in ("cn-hangzhou", "cn-beijing", "cn-hongkong", "ap-southeast-1", "cn-north-2-gov-1", "us-west-1"):
        config = Config(access_key_id="A", access_key_secret="S", region_id=region)
        assert endpoint(Product.ECS, region, {}).authority == ecs.Client(config)._endpoint
        assert endpoint(Product.VPC, region, {}).authority == vpc.Client(config)._endpoint
