"""Which solution the connection table gives, as text; where the answer is a link, with the HCL for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from planner.render.terminal import Style, escape_lines, name

Document = Mapping[str, Any]


def advice_text(advice: Document, style: Style) -> str:
    """The case, each solution as numbered steps, what else is known, and the configuration to write."""
    lines = [style.bold(_case(advice)), ""]
    for solution in advice["solutions"]:
        lines += [f"  {name(solution['name'])}:"] if solution["name"] else []
        for step in solution["steps"]:
            source = f"({name(step['source'])})"
            lines += style.wrap(f"{step['number']}. {name(step['text'], 600)} {style.dim(source)}", "  ")
        lines.append("")
    for note in advice["notes"]:
        lines += [*style.wrap(f"Note: {name(note['text'], 600)} ({name(note['source'])})", "  "), ""]
    if advice["offer"]:
        lines += ["  In the configuration:", ""]
        lines += [f"    {line}".rstrip() for line in escape_lines(offer_hcl(advice["offer"])).split("\n")]
    return "\n".join(lines).rstrip("\n") + "\n"


def _case(advice: Document) -> str:
    region = "same region" if advice["same_region"] else "different regions"
    account = "same account" if advice["same_account"] else "different accounts"
    words = {"classic": "the classic network", "vpc": "a VPC"}
    return f"From {words[advice['from']]} to {words[advice['to']]}, {region}, {account}:"


def offer_hcl(offer: Document) -> str:
    """The blocks that declare the link."""
    label = _label(offer["instance_id"])
    vpc = f"classiclink_vpc.{_label(offer['vpc_id'])}.vpc_id" if offer["enable"] else _quoted(offer["vpc_id"])
    arguments = [("instance_id", _quoted(offer["instance_id"])), ("vpc_id", vpc)]
    if offer["vswitch_ids"]:
        arguments.append(("vswitch_ids", "[" + ", ".join(map(_quoted, offer["vswitch_ids"])) + "]"))
    blocks = [_block("classiclink_vpc", _label(offer["vpc_id"]), [("vpc_id", _quoted(offer["vpc_id"]))])] * offer[
        "enable"
    ]
    if offer["guest_route"]:
        blocks.append(_block("classiclink_guest_route", label, [("instance_id", _quoted(offer["instance_id"]))]))
    return "\n".join([*blocks, _block("classiclink_attachment", label, arguments)])


def _block(type_: str, label: str, arguments: list[tuple[str, str]]) -> str:
    width = max(len(argument) for argument, _ in arguments)
    body = "\n".join(f"  {argument:<{width}} = {value}" for argument, value in arguments)
    return f'resource "{type_}" "{label}" {{\n{body}\n}}\n'


def _label(identifier: str) -> str:
    """A block label that an id makes: letters, digits and underscores."""
    plain = "".join(character if character.isascii() and character.isalnum() else "_" for character in identifier)
    return plain if plain[:1].isalpha() else f"x_{plain}"


def _quoted(text: str) -> str:
    """`text` as a string literal of HCL, in which no template begins."""
    return json.dumps(text, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")
