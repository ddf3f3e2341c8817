"""Signed requests to the APIs, each sent once, and what the answer means."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Protocol

from planner import __version__
from planner.diagnostics import Diagnostic, ProviderError
from planner.remedy import Remedy
from planner.values import replace
from providers.alicloud.endings import Ending, Judged, judge
from providers.alicloud.products import VERSIONS, Endpoint, Product, endpoint
from providers.alicloud.signature import EMPTY_BODY_SHA256, authorization, canonical_query, percent_encoded, sha256
from providers.alicloud.sources import KeyPair
from providers.alicloud.transport import NotSent, ReplyLost, Transport

_logger = logging.getLogger("cl.alicloud")
_USER_AGENT = f"classiclink-planner/{__version__}"


class KeySource(Protocol):
    """Where keys come from. Safe to use from several threads."""

    def keys(self) -> KeyPair:
        """Keys that are valid now. Raises ProviderError where there are none."""
        ...

    def renew(self, expired: KeyPair) -> KeyPair:
        """Other keys than these, which the cloud calls expired; the same where there are no others."""
        ...


class Client:
    """One account in one region. Safe to use from several threads."""

    def __init__(
        self,
        transport: Transport,
        sources: KeySource,
        region_id: str,
        endpoints: Mapping[Product, str],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._transport, self._sources, self.region_id, self._clock = transport, sources, region_id, clock
        self._endpoints = {product: endpoint(product, region_id, endpoints) for product in Product}

    def call(
        self, product: Product, action: str, parameters: Mapping[str, str], hidden: Collection[str] = ()
    ) -> Judged:
        """Send one request; the region is added to its parameters. Raises ProviderError where there are no keys.

        `hidden` are texts of the request that the answer's message does not quote; nor does it quote the keys.
        A request that was refused because its token is too old is sent again with another token: it has had no effect.
        """
        keys = _checked(self._sources.keys())
        answer = self._send(product, action, parameters, keys, hidden)
        if answer.ending is Ending.EXPIRED:
            renewed = _checked(self._sources.renew(keys))
            if renewed != keys:
                answer = self._send(product, action, parameters, renewed, hidden)
            if answer.ending is Ending.EXPIRED:
                return replace(answer, ending=Ending.REFUSED)
        return answer

    def call_unsigned(
        self, product: Product, action: str, form: Mapping[str, str], hidden: Collection[str] = ()
    ) -> Judged:
        """Send one request that proves itself by what is in it. It travels in the body, which no proxy logs.

        `hidden` are texts of it that the answer's message does not quote.
        """
        where = self._endpoints[product]
        body = canonical_query(form).encode()
        headers = self._common_headers(where, action, sha256(body)) | {
            "content-type": "application/x-www-form-urlencoded"
        }
        return _without(hidden, self._post(where, action, canonical_query({}), headers, body))

    def _send(
        self, product: Product, action: str, parameters: Mapping[str, str], keys: KeyPair, hidden: Collection[str]
    ) -> Judged:
        where = self._endpoints[product]
        query = canonical_query({"RegionId": self.region_id, **parameters})
        headers = self._common_headers(where, action, EMPTY_BODY_SHA256)
        if keys.token is not None:
            headers |= {"x-acs-accesskey-id": keys.access_key_id, "x-acs-security-token": keys.token}
        signed = authorization("POST", query, headers, EMPTY_BODY_SHA256, keys.access_key_id, keys.secret)
        answer = self._post(where, action, query, headers | {"authorization": signed})
        return _without((*hidden, keys.secret, keys.token or ""), answer)

    def _post(self, where: Endpoint, action: str, query: str, headers: Mapping[str, str], body: bytes = b"") -> Judged:
        began = time.perf_counter()
        found = self._sent(where, action, query, headers, body)
        _logger.debug(
            "%s %s: %s, %.0f ms, RequestId %s",
            where.product,
            action,
            _plain(found.code) or found.ending.name.lower(),
            1_000 * (time.perf_counter() - began),
            _plain(found.request_id) or "none",
        )
        return found

    def _sent(self, where: Endpoint, action: str, query: str, headers: Mapping[str, str], body: bytes) -> Judged:
        try:
            answer = self._transport.post(where.authority, query, headers, body)
        except NotSent as problem:
            return Judged(Ending.NOT_SENT, "ConnectionFailed", f"{where.authority}: {problem.reason}", "", {})
        except ReplyLost as problem:
            return Judged(Ending.UNSURE, "ConnectionLost", f"{where.authority}: {problem.reason}", "", {})
        return judge(action, answer)

    def _common_headers(self, where: Endpoint, action: str, body_sha256: str) -> dict[str, str]:
        return {
            "accept": "application/json",
            "host": where.authority,
            "user-agent": _USER_AGENT,
            "x-acs-action": action,
            "x-acs-content-sha256": body_sha256,
            "x-acs-date": self._clock().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": secrets.token_hex(16),
            "x-acs-version": VERSIONS[where.product],
        }


def _without(hidden: Collection[str], answer: Judged) -> Judged:
    """The answer, whose message quotes none of these texts: a refused signature is answered with the whole request."""
    message = answer.message
    if not message:
        return answer
    for text in sorted(filter(None, hidden), key=len, reverse=True):
        once = percent_encoded(text)
        for form in (text, once, percent_encoded(once)):
            message = message.replace(form, "…")
    return replace(answer, message=message)


def _plain(text: str) -> str:
    """What the cloud sent, with nothing in it that steers a terminal."""
    return ascii(text)[1:-1]


def _checked(keys: KeyPair) -> KeyPair:
    """The keys, as far as they can be keys: what cannot stand in a header would be quoted by who fails to send it.

    Raises ProviderError.
    """
    parts = {"access key": keys.access_key_id, "secret": keys.secret, "security token": keys.token or ""}
    wrong = [name for name, value in parts.items() if not re.fullmatch(r"[!-~]*", value)]
    if not wrong:
        return keys
    raise ProviderError(
        Diagnostic(
            "PRV418",
            "Credentials cannot be used",
            f"The {' and the '.join(wrong)} {'has' if len(wrong) == 1 else 'have'} a character that is never in one, "
            "such as a space or a line break.",
            Remedy.of("Set it without spaces, and without the line break at the end of a file."),
        )
    )
