"""Answers about the network as text: a trace, an advice, a survey of addresses. Each reads the answer's document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from planner.render.terminal import Style, columns, name, prose

Document = Mapping[str, Any]


def trace_text(trace: Document, style: Style) -> str:
    """A trace: the verdict, then each hop with what decided it and the source section."""
    rows = [
        (f"  {number}", _decision(hop["decision"], style), name(hop["at"]), prose(hop["reason"]), f"({hop['source']})")
        for number, hop in enumerate(trace["hops"], start=1)
    ]
    return "\n".join([_verdict(trace, style), *columns(rows), ""])


def traces_text(traces: Sequence[Document], style: Style) -> str:
    """Many traces, one a line: where to, whether, and what decided."""
    rows = [
        (name(trace["from"]), "→", name(trace["to"]), _word(trace["reachable"], style), prose(_deciding(trace)))
        for trace in traces
    ]
    return "\n".join([*columns(rows), ""]) if rows else "There is nothing else.\n"


def _verdict(trace: Document, style: Style) -> str:
    words = {True: "can reach", False: "cannot reach", None: "may or may not reach"}[trace["reachable"]]
    paint = {True: style.green, False: style.red, None: style.yellow}[trace["reachable"]]
    return paint(f"{name(trace['from'])} {words} {name(trace['to'])}.")


def _word(reachable: bool | None, style: Style) -> str:
    return {True: style.green("yes"), False: style.red("no"), None: style.yellow("unknown")}[reachable]


def _decision(decision: str, style: Style) -> str:
    return {"pass": style.green, "block": style.red}.get(decision, style.yellow)(decision)


def _deciding(trace: Document) -> str:
    hops: Sequence[Document] = trace["hops"]
    return next((hop["reason"] for hop in hops if hop["decision"] != "pass"), hops[-1]["reason"] if hops else "")


def advice_text(advice: Document, style: Style) -> str:
    """The solutions of the connection table for a case, what else is known, and the HCL of a link that would do."""
    return (
        "\n".join([*_case(advice, style), *_solutions(advice, style), *_notes(advice), *_offer(advice, style)]) + "\n"
    )


def _case(advice: Document, style: Style) -> Iterator[str]:
    region = "same region" if advice["same_region"] else "different regions"
    account = "same account" if advice["same_account"] else "different accounts"
    yield style.bold(f"From {advice['from']} to {advice['to']}, {region}, {account}:")


def _solutions(advice: Document, style: Style) -> Iterator[str]:
    for solution in advice["solutions"]:
        if solution["name"]:
            yield f"  {style.bold(solution['name'])}"
        for step in solution["steps"]:
            yield f"  {step['number']}. {prose(step['text'])}  {style.dim('(' + step['source'] + ')')}"


def _notes(advice: Document) -> Iterator[str]:
    if advice["notes"]:
        yield ""
        yield "Worth knowing:"
    for note in advice["notes"]:
        yield f"  - {prose(note['text'])} ({note['source']})"


def _offer(advice: Document, style: Style) -> Iterator[str]:
    if advice["offer"]:
        yield ""
        yield style.bold("To declare it:")
        yield offer_hcl(advice["offer"])


def offer_hcl(offer: Document) -> str:
    """The configuration of a link."""
    vpc = [("classiclink_vpc", [("vpc_id", offer["vpc_id"])])] if offer["enable"] else []
    route = [("classiclink_guest_route", [("instance_id", offer["instance_id"])])] if offer["guest_route"] else []
    vswitches = [("vswitch_ids", offer["vswitch_ids"])] if offer["vswitch_ids"] else []
    link = [("instance_id", offer["instance_id"]), ("vpc_id", offer["vpc_id"]), *vswitches]
    return "\n\n".join(_block(kind, arguments) for kind, arguments in (*vpc, *route, ("classiclink_attachment", link)))


def _block(kind: str, arguments: Sequence[tuple[str, Any]]) -> str:
    width = max(len(key) for key, _ in arguments)
    lines = [f"  {key.ljust(width)} = {_literal(value)}" for key, value in arguments]
    return "\n".join([f'resource "{kind}" "example" {{', *lines, "}"])


def _literal(value: Any) -> str:
    """A value in HCL; a template in an id is no template."""
    if isinstance(value, str):
        text = name(value).replace("\\", "\\\\") if value.isprintable() else name(value)
        return '"' + text.replace('"', '\\"').replace("${", "$${").replace("%{", "%%{") + '"'
    return f"[{', '.join(map(_literal, value))}]"


def survey_text(survey: Document, style: Style) -> str:
    """Which VPCs and vSwitches can talk to the classic network, and what is in the way."""
    lines: list[str] = []
    for vpc in survey["vpcs"]:
        lines.append(f"{_word(vpc['can_talk'], style)}  {name(vpc['vpc_id'])} ({vpc['cidr_block']}): {vpc['reason']}")
        lines += [f"       {_word(one['can_talk'], style)}  {name(one['vswitch_id'])} ({one['cidr_block']}): "
                  f"{one['reason']}" for one in vpc["vswitches"]]  # fmt: skip
        lines += [f"       conflict  {_conflict(one)}" for one in vpc["conflicts"]]
    if survey["free"]:
        lines += ["", *_free(survey["free"])]
    return "\n".join(lines or ["There are no VPCs."]) + "\n"


def _conflict(conflict: Document) -> str:
    way = "ClassicLink cannot be enabled" if conflict["blocks"] else "worth knowing"
    return (
        f"{conflict['kind']} {name(conflict['what'])} with {conflict['conflicts_with']} ({way}): {conflict['reason']}"
    )


def _free(free: Document) -> Iterator[str]:
    yield f"Free blocks of /{free['prefix_length']} in 10.111.0.0/16: {free['count']:,}"
    yield from (f"  {block}" for block in free["blocks"])
    if free["count"] > len(free["blocks"]):
        yield f"  … and {free['count'] - len(free['blocks']):,} more"
