"""What messages call the server of a bucket."""

from __future__ import annotations

import pytest

from planner.state.backends.bucket.layout import on_server


@pytest.mark.parametrize(
    ("endpoint", "name"),
    [
        ("", "s3://b/k in the region cn-hangzhou"),
        ("https://s3.example.com", "s3://b/k at s3.example.com"),
        ("http://127.0.0.1:9000", "s3://b/k at 127.0.0.1:9000"),
        ("https://ann:a-secret@s3.example.com:1/path", "s3://b/k at s3.example.com:1"),
        ("oss-cn-hangzhou.aliyuncs.com", "s3://b/k at oss-cn-hangzhou.aliyuncs.com"),
    ],
)
def test_a_server_is_named_without_secrets(endpoint: str, name: str) -> None:
    assert on_server("s3://b/k", endpoint, "cn-hangzhou") == name
