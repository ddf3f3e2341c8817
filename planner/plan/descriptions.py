"""Descriptions of security rules that are not declared: the API can change a description, but not remove it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from planner.address import Address
from planner.config.desired import DesiredObject
from planner.diagnostics import Diagnostic, Severity
from planner.hcl.writing.literals import string_literal
from planner.network.identity import Authorization
from planner.network.presence import computed_attributes
from planner.network.worlds import Worlds
from planner.plan.changes import key_of
from planner.plan.match import Pair
from planner.remedy import Remedy, cl
from planner.rules.plan_safety import DESCRIPTION_STAYS
from planner.values import replace


def as_it_can_be(pair: Pair, worlds: Worlds) -> DesiredObject:
    """The desired object of the pair: a rule for which no description is declared keeps the one that it has."""
    kept = _kept(pair, worlds)
    return pair.desired if kept is None else replace(
        pair.desired, attributes={**pair.desired.attributes, "description": kept}
    )  # fmt: skip


def descriptions_kept(pairs: Sequence[Pair], replaced: Collection[Address], worlds: Worlds) -> Iterator[Diagnostic]:
    """CL916: rules whose description stays, but for those that are replaced, and come back without one."""
    found = [
        (pair.desired, kept)
        for pair in pairs
        if pair.desired.address not in replaced and (kept := _kept(pair, worlds)) is not None
    ]
    if not found:
        return
    first, kept = found[0]
    at = worlds.prefix(first.provider)
    has = f"{at}{first.address} has the description {string_literal(kept)}, and none is declared."
    if len(found) > 1:
        has = f"{len(found):,} rules have a description, and none is declared. The first: {has}"
    yield DESCRIPTION_STAYS.diagnostic(
        detail=f"{has} The API cannot remove a description, so it stays.",
        remedy=Remedy.of(
            f"Declare it: description = {string_literal(kept)}\n"
            "Or replace the rule, which cuts its traffic for a moment: ",
            cl("apply", "--replace", str(first.address)),
        ),
        severity=Severity.WARNING,
        address=str(first.address),
        span=first.place.block,
    )


def _kept(pair: Pair, worlds: Worlds) -> str | None:
    """The description that stays although none is declared; None if there is no such."""
    desired, prior = pair.desired, pair.prior
    if not isinstance(desired.identity, Authorization) or desired.attributes.get("description"):
        return None
    if prior is not None and prior.there and key_of(prior.now) == key_of(desired):
        found = prior.now.attributes.get("description")
    else:
        found = computed_attributes(desired.identity, worlds.of(desired.provider)).get("description")
    return found if isinstance(found, str) and found else None
