"""A plan's steps as a graph, in DOT and in Mermaid: what waits for what, and which slot is handed on.

A plain arrow leads from a step to one that needs it; a thick one is a slot that is handed on. Needs that follow from
others are left out, but for slots.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from msgspec import Struct

from planner.documents.plan import PlanDocument, StepEntry
from planner.documents.plan_facts import has_several_providers
from planner.render.words import step_words


class Arrow(Struct, frozen=True):
    """`later` needs `earlier`; `slot` where it takes the slot that `earlier` frees."""

    earlier: int
    later: int
    slot: bool = False


def arrows(document: PlanDocument) -> tuple[Arrow, ...]:
    """The arrows of a plan's steps."""
    needs = {step["id"]: set(step["needs"]) for step in document["steps"]}
    found: list[Arrow] = []
    for step in document["steps"]:
        slot = step.get("slot")
        freeing = slot.get("step") if slot else None
        implied = set().union(*(needs.get(earlier, ()) for earlier in step["needs"]))
        found += [
            Arrow(earlier, step["id"], slot=earlier == freeing)
            for earlier in step["needs"]
            if earlier == freeing or earlier not in implied
        ]
    return tuple(found)


def to_dot(document: PlanDocument) -> str:
    """The graph in the DOT language of Graphviz."""
    return "\n".join(("digraph plan {", '  rankdir = "LR"', "  node [shape = box]", *_dot_lines(document), "}")) + "\n"


def to_mermaid(document: PlanDocument) -> str:
    """The graph as a Mermaid flowchart."""
    return "\n".join(("flowchart LR", *_mermaid_lines(document))) + "\n"


def _dot_lines(document: PlanDocument) -> Iterator[str]:
    several = has_several_providers(document["proof"])
    for step in document["steps"]:
        style = ", style = dashed" if step.get("parked") else ""
        label = json.dumps(_label(step, several=several), ensure_ascii=False)
        yield f"  s{step['id']} [label = {label}{style}]"
    for arrow in arrows(document):
        yield f"  s{arrow.earlier} -> s{arrow.later}" + (' [label = "slot", penwidth = 2]' if arrow.slot else "")


def _mermaid_lines(document: PlanDocument) -> Iterator[str]:
    several = has_several_providers(document["proof"])
    for step in document["steps"]:
        yield f'  s{step["id"]}["{_escaped(_label(step, several=several))}"]'
    for arrow in arrows(document):
        yield f"  s{arrow.earlier} {'== slot ==>' if arrow.slot else '-->'} s{arrow.later}"


def _label(step: StepEntry, *, several: bool) -> str:
    words = step_words(step)
    said = f"{step['id']}  {words}" + (f", by {step['provider']}" if several else "")
    return f"{said} (parked)" if step.get("parked") else said


def _escaped(text: str) -> str:
    """Mermaid's entities: everything but letters, digits and a few signs, as `#35;`."""
    return "".join(sign if sign.isalnum() or sign in " -_./()" else f"#{ord(sign)};" for sign in text)
