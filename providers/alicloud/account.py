"""Which account the keys belong to: asked once a run, as the answer is throttled soon."""

from __future__ import annotations

from planner.diagnostics import Diagnostic, ProviderError
from planner.remedy import Remedy
from providers.alicloud.asking import Asker, ReadFailed
from providers.alicloud.fields import Malformed, text
from providers.alicloud.products import Product


def account_of(asker: Asker) -> str:
    """The id of the account. Raises ProviderError."""
    try:
        return text(asker.ask(Product.STS, "GetCallerIdentity", {}), "AccountId")
    except ReadFailed as failure:
        raise ProviderError(failure.failed.diagnostic()) from None
    except Malformed as problem:
        detail = f"GetCallerIdentity: the answer cannot be understood: {problem}."
        remedy = "Check the endpoint of sts: what answers there is not Alibaba Cloud."
        raise ProviderError(Diagnostic("PRV410", "Cloud gave no usable answer", detail, Remedy.of(remedy))) from None
