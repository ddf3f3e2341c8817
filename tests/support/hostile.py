"""Documents in which every foreign text is hostile: markup, control characters, commands to a pipeline."""

from __future__ import annotations

from typing import Any

from planner.address import Address
from planner.remedy import cl
from planner.render.formats import DRIFT, PLAN, VALIDATE
from planner.render.setting import Setting
from planner.render.validation import validate_document
from support import documents

HOSTILE = {
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "attribute": '" onmouseover="alert(1)" x=\'',
    "ansi": "\x1b[2J\x1b[31mred\x1b]0;title\x07",
    "c1": "\x9b31mred\x85next",
    "bidi": "\u202eevil\u2066x\u2069\u200f",
    "invisible": "a\u200bb\u2060c\ufeff\U000e0041",
    "newlines": "one\n::error::two\r\n# three\u2028four",
    "backticks": "` `` ``` ```` ~~~ `````",
    "pipes": "a|b||c\\|d",
    "comment": "--> <!-- ]]> </details></summary>",
    "template": '{{ 7 * 7 }}{% raw %}${file("/etc/passwd")}',
    "percent": "100%0A::error::x,y:z%25",
    "mention": "@everyone #1 https://example.test [a](javascript:x)",
    "surrogate": "\ud800 and \udfff",
    "nul": "\x00\x01\x7f\ufffe",
    "long": "x" * 10_000,
    "wide": "名前" * 50,
    "combining": "z" + "\u0301" * 500,
}

FOREIGN = ("<script", "<img", "onmouseover", "@everyone", "](", "javascript:", "::error", "名前", "--> <!--")
"""Pieces of these that must not be read as markup."""


def hostile_plan(text: str) -> Any:
    """A failed plan in which every foreign text is `text`."""
    link, moved = Address("classiclink_attachment", "web", text), Address("classiclink_attachment", "old", text)
    vpc = Address("classiclink_vpc", "v", text)
    route = Address("classiclink_guest_route", "r", text, (("shop", text),))
    attributes = {**documents.link_attributes(text, text, [text]), "private_ip": text}
    routed = {"instance_id": text, "destination_cidr_block": text, "next_hop": text}
    place = {**documents.place(6, 3, 9), "filename": text}
    return documents.plan(
        errored=True,
        plan_id=text,
        lineage=text,
        resource_changes=[
            documents.change(vpc, ["create"], None, documents.vpc_attributes(text, text)),
            documents.change(
                link,
                ["delete", "create"],
                attributes,
                {**attributes, "vswitch_ids": [text, text]},
                previous_address=text,
            ),
            documents.change(moved, ["no-op"], attributes, attributes, previous_address=text),
            documents.change(route, ["no-op"], routed, routed, importing=text),
        ],
        resource_drift=[documents.change(link, ["update"], attributes, {**attributes, "private_ip": "10.1.1.1"})],
        steps=[
            documents.step(1, "enable_classic_link", vpc, vpc_id=text),
            documents.step(2, "detach", link, instance_id=text, vpc_id=text + "2"),
            documents.step(3, "attach", link, instance_id=text, vpc_id=text, needs=(1, 2), slot="free"),
            {**documents.step(4, "add_guest_route", route, instance_id=text), "destination_cidr_block": text},
        ],
        output_changes={text: documents.output(["update"], {text: [text]}, text)},
        rules=[
            documents.finding(
                "CL103",
                "custom-route-to-classic",
                address=text,
                message=text,
                remedy=text,
                subject={text: text},
                range=place,
                related=[{"message": text, "range": place}],
                severity=severity,
                status=status,
            )
            for severity, status in (("error", "fail"), ("warning", "waived"), ("warning", "unknown"))
        ],
        diagnostics=[_diagnostic(text)],
        reachability=documents.reachability([documents.opening(text, [text] * 5, 5, {text: 1})]),
        summary={"add": 1, "move": 1, "steps": 4},
    )


def _diagnostic(text: str) -> Any:
    place = {**documents.place(6, 3, 9), "filename": text}
    related = [{"message": text, "range": place}]
    return documents.diagnostic(
        code=text, summary=text, detail=text, remedy=text, address=text, range=place, related=related
    )


def hostile_drift(text: str) -> Any:
    document = documents.drift()
    foreign = {
        "id": text,
        "address": text,
        "instance_id": text,
        "vpc_id": text,
        "detail": text,
        "remedy": [text, text],
        "before": {"vpc_id": text},
        "after": {"vpc_id": text},
        "range": {**documents.place(6, 3, 9), "filename": text},
    }
    return {**document, "items": [{**item, **foreign} for item in document["items"]], "notes": [text]}


def every_report(text: str) -> dict[tuple[str, str], str]:
    """Every format of every kind of document, all foreign text being `text`; its source files are hostile too."""
    setting = Setting(sources=lambda _name: f"{text}\n" * 20, next_command=cl(text))
    made: dict[tuple[str, str], tuple[Any, Any]] = {}
    for kind, formats, document in (
        ("plan", PLAN, hostile_plan(text)),
        ("drift", DRIFT, hostile_drift(text)),
        ("validate", VALIDATE, validate_document([_diagnostic(text)])),
    ):
        made |= {(kind, name): (render, document) for name, render in formats.items()}
    return {key: render(document, setting) for key, (render, document) in made.items()}
