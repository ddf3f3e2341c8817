"""A request is signed as the official SDK signs it."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.alicloud.signature import authorization, canonical_query

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)
NAMES = st.text("ABCabc.123", min_size=1, max_size=12)
HEADERS = st.dictionaries(st.sampled_from(["host", "x-acs-action", "x-acs-date", "x-acs-version"]), TEXTS, min_size=1)


@given(st.dictionaries(NAMES, TEXTS.filter(bool), max_size=5), HEADERS, NAMES, NAMES)
def test_the_signature_is_that_of_the_official_sdk(
    parameters: dict[str, str], headers: dict[str, str], access_key_id: str, secret: str
) -> None:
    pytest.importorskip("alibabacloud_tea_openapi", reason="the official SDK is not installed")
    from alibabacloud_tea_openapi.utils import Utils
    from darabonba.request import DaraRequest

    request = DaraRequest()
    request.method, request.pathname = "POST", "/"
    request.query, request.headers = dict(parameters), dict(headers)
    sha256 = hashlib.sha256(b"").hexdigest()
    theirs = Utils.get_authorization(request, "ACS3-HMAC-SHA256", sha256, access_key_id, secret)
    ours = authorization("POST", canonical_query(parameters), headers, sha256, access_key_id, secret)
    assert ours == theirs
