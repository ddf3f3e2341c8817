"""HTML reports: one file that needs no network, readable on a phone, in light and dark.

Every foreign text passes `name` or `prose` (control characters and reading-direction marks become visible) and then
the templates' autoescape; the page's own policy allows no loading of anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct

import planner
from planner.diagnostics import counted
from planner.documents.drift import DriftDocument, DriftItem, DriftVpc
from planner.documents.plan import PlanDocument
from planner.documents.plan_facts import facts_by_provider, has_several_providers
from planner.documents.plan_proof import VpcFacts
from planner.documents.validation import ValidationDocument
from planner.network.identity import ATTACHMENT, Action, Subject
from planner.render.drawing import GONE, NARROW, NEW, STAYS, WIDE, Crowd, Drawing, Join, draw
from planner.render.drift import drift_counts, drift_verdict
from planner.render.excerpt import Excerpt, Files, place_text
from planner.render.next_step import next_words
from planner.render.outside import outside_lines
from planner.render.plan_verdict import notices, verdict
from planner.render.plan_view import EVERYTHING, PlanView, QuietLine
from planner.render.problems import Problem, alike, diagnostic_problems, drift_problems
from planner.render.reachability import closed_words, opened_words
from planner.render.remedy import pieces
from planner.render.setting import Setting
from planner.render.terminal import PLAIN, name, prose, whole
from planner.render.text import output_line
from planner.render.validation import validate_verdict
from planner.render.words import QUOTED

if TYPE_CHECKING:
    from jinja2 import Template

_LINES = 60
"""How many lines of steps are shown before equal ones are grouped."""
_IN_FULL = 10
"""How many findings of one rule are shown with their source."""


class Card(Struct, frozen=True):
    """One problem with its source; past the first ones of its kind without."""

    problem: Problem
    place: str
    excerpt: Excerpt | None
    related: Sequence[tuple[str, str, Excerpt | None]]
    brief: bool


def plan_html(document: PlanDocument, setting: Setting) -> str:
    """A plan as a page."""
    view = PlanView(document)
    steps = view.step_lines(_LINES)
    quiet = view.quiet_lines(_LINES)
    outside = outside_lines(document)
    reach = document.get("reachability")
    outputs = (document.get("output_changes") or {}).items()
    return _page(
        title="cl plan",
        verdict=verdict(view),
        notices=notices(view),
        tone="bad" if document["errored"] else "change" if document["applicable"] else "good",
        facts=[
            ("made", document["created_at"]),
            ("mode", document["mode"]),
            ("plan", document["plan_id"]),
            ("state", f"{document['lineage'] or 'none yet'}, serial {document['serial']}"),
        ],
        cards=list(_cards(view.problems, Files(setting.sources))),
        quoted=QUOTED if setting.quoted else "",
        drawings=_drawings(list(_joins(document)), _vpc_notes(document)),
        outside=outside,
        every_outside=outside_lines(document, EVERYTHING) if any(line.count > 1 for line in outside) else [],
        steps=steps,
        every_step=view.step_lines(EVERYTHING) if len(steps) < len(view.steps) else [],
        quiet=quiet,
        every_quiet=_every_quiet(view, quiet),
        outputs=[output_line(entry) for entry in outputs if entry[1]["actions"] != ["no-op"]],
        opened=opened_words(reach) if reach else [],
        closed=closed_words(reach) if reach else [],
        passed=document.get("rules_passed") or {},
        rule_names=document.get("rule_names") or {},
        next_command=next_words(document, setting, PLAIN),
    )


def drift_html(document: DriftDocument, setting: Setting) -> str:
    """A drift document as a page."""
    in_sync = document["in_sync"] and document["complete"]
    joins = [join for item in document["items"] if item["type"] == ATTACHMENT for join in _drift_joins(item)]
    return _page(
        title="cl drift",
        verdict=drift_verdict(document),
        tone="good" if in_sync else "bad",
        facts=[
            *([] if document.get("diagnostics") else [("found", drift_counts(document) or "nothing")]),
            *(("note", note) for note in document.get("notes") or ()),
        ],
        cards=list(_cards(drift_problems(document), Files(setting.sources))),
        drawings=_drawings(joins, _estate_notes(document), list(_in_order(document))),
    )


def validate_html(document: ValidationDocument, setting: Setting) -> str:
    """The diagnostics of `cl validate` as a page."""
    return _page(
        title="cl validate",
        verdict=validate_verdict(document),
        tone="good" if document["valid"] else "bad",
        cards=list(_cards(diagnostic_problems(document["diagnostics"]), Files(setting.sources))),
    )


def _page(*, title: str, verdict: str, tone: str, cards: Sequence[Card] = (), quoted: str = "", **parts: object) -> str:
    return _template().render(
        title=title,
        verdict=verdict,
        tone=tone,
        cards=cards,
        quoted=quoted,
        cl_version=planner.__version__,
        **parts,
    )


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("planner.render"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(name=name, prose=prose, pieces=pieces, whole=whole)
    return environment.get_template("page.html.j2")


def _cards(problems: Iterable[Problem], files: Files) -> Iterator[Card]:
    """The problems, gravest first; of those that say the same of many objects, the first with its source."""
    ordered = sorted(problems, key=lambda problem: not problem.counts_as_error)
    listed = ((number, problem) for same in alike(ordered, at_one_place=True) for number, problem in enumerate(same))
    counts: Counter[str] = Counter()
    for number, problem in listed:
        counts[problem.code] += number == 0
        brief = number > 0 or counts[problem.code] > _IN_FULL
        yield Card(
            problem,
            place_text(problem.place),
            None if brief else files.excerpt(problem.place),
            [
                (one["message"], place_text(one.get("range")), files.excerpt(one.get("range")))
                for one in problem.related
                if not brief
            ],
            brief,
        )


def _every_quiet(view: PlanView, shown: Sequence[QuietLine]) -> list[QuietLine]:
    return view.quiet_lines(EVERYTHING) if any(line.count > 1 for line in shown) else []


def _drawings(
    joins: Sequence[Join], notes: Mapping[Subject, Sequence[str]], crowds: Sequence[Crowd] = ()
) -> list[Drawing]:
    """The same for a screen and for a phone, of which one is shown."""
    both = (draw(joins, notes, crowds, layout) for layout in (WIDE, NARROW))
    return [drawing for drawing in both if drawing]


def _joins(document: PlanDocument) -> Iterator[Join]:
    several = has_several_providers(document["proof"])
    for step in document["steps"]:
        if step["action"] in (Action.ATTACH, Action.DETACH):
            kind, provider = NEW if step["action"] == Action.ATTACH else GONE, step["provider"] if several else ""
            yield Join(step["instance_id"], step["vpc_id"], kind, provider)
    for change in document["resource_changes"]:
        after = change["change"].get("after") or {}
        if change["type"] == ATTACHMENT and change["change"].get("importing"):
            yield Join(after["instance_id"], after.get("vpc_id") or "", STAYS, change["provider"] if several else "")


def _vpc_notes(document: PlanDocument) -> dict[Subject, list[str]]:
    """`172.16.0.0/12` and `998 → 1,000 of 1,000 links` for each VPC that the plan is about."""
    several = has_several_providers(document["proof"])
    blocks: dict[Subject, str] = {}
    for change in document["resource_changes"]:
        facts = change["change"].get("after") or change["change"].get("before") or {}
        if (block := facts.get("cidr_block")) and (vpc_id := facts.get("vpc_id")):
            blocks[change["provider"] if several else "", vpc_id] = block
    gained: dict[Subject, int] = {}
    for step in document["steps"]:
        if step["action"] in (Action.ATTACH, Action.DETACH):
            vpc = (step["provider"] if several else "", step["vpc_id"])
            gained[vpc] = gained.get(vpc, 0) + (1 if step["action"] == Action.ATTACH else -1)
    known = {
        (provider if several else "", vpc_id): facts
        for provider, world in facts_by_provider(document["proof"]).items()
        for vpc_id, facts in world.get("vpcs", {}).items()
    }
    return {
        vpc: list(filter(None, (_owned(blocks.get(vpc), vpc), _links(known.get(vpc), gained.get(vpc, 0)))))
        for vpc in dict.fromkeys([*blocks, *gained])
    }


def _owned(block: str | None, vpc: Subject) -> str:
    """The range of a VPC behind its provider, where there are several."""
    return ": ".join(filter(None, (vpc[0], block)))


def _links(known: VpcFacts | None, gained: int) -> str:
    if known is None:
        return ""
    before = known["linked"]
    return f"{before:,}{f' → {before + gained:,}' if gained else ''} of {known['quota']:,} links"


def _estate_notes(document: DriftDocument) -> dict[Subject, list[str]]:
    """`172.16.0.0/12` and `412 links` for each VPC that the drift document knows."""
    vpcs = {(vpc.get("provider", ""), vpc["vpc_id"]): vpc for vpc in _vpcs(document)}
    return {key: list(filter(None, (_owned(vpc["cidr_block"], key), _standing(vpc)))) for key, vpc in vpcs.items()}


def _standing(vpc: DriftVpc) -> str:
    return counted(vpc["links"], "link") if vpc["classic_link_enabled"] else "ClassicLink is off"


def _in_order(document: DriftDocument) -> Iterator[Crowd]:
    for vpc in _vpcs(document):
        in_order = vpc["in_order"]
        if in_order["count"]:
            yield Crowd((vpc.get("provider", ""), vpc["vpc_id"]), in_order["count"], in_order["ids"])


def _vpcs(document: DriftDocument) -> Sequence[DriftVpc]:
    return document.get("vpcs") or ()


def _drift_joins(item: DriftItem) -> Iterator[Join]:
    """The links that this item is about: what the cloud lost, and what it has that was not asked for."""
    instance, vpc, owner = item.get("instance_id"), item.get("vpc_id"), item.get("provider", "")
    if not instance or not vpc:
        return
    match item["bucket"]:
        case "missing":
            yield Join(instance, vpc, GONE, owner)
        case "unmanaged":
            yield Join(instance, vpc, NEW, owner)
        case "changed":
            before, after = _vpc_of(item.get("before")), _vpc_of(item.get("after"))
            if before and after:
                yield Join(instance, before, GONE, owner)
            yield Join(instance, after or vpc, NEW if after else STAYS, owner)
        case _:
            yield Join(instance, vpc, STAYS, owner)


def _vpc_of(side: Mapping[str, object] | None) -> str:
    found = (side or {}).get("vpc_id")
    return found if isinstance(found, str) else ""
