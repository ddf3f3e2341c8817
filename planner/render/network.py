"""Answers about the network as text: who reaches whom and why, what to do about it, which addresses can talk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from planner.diagnostics import counted
from planner.network.addresses import FreeBlocksEntry, SurveyDocument, VpcVerdictEntry
from planner.network.reach import TraceEntry
from planner.network.scenarios import Act, AdviceDocument, OfferEntry, SolutionEntry
from planner.render.offers import authorization_hcl, offered_parts
from planner.render.terminal import Style, columns, escape_lines, name

_REACHED_NAMED, _OTHERS_NAMED = 50, 8
"""How many ends that share a reason are named: those that can be reached are what is asked for."""
_Varying = Literal["from", "to"]
_MARKS = {"pass": "✓", "block": "✗", "unknown": "?"}


def reach_verdict(trace: TraceEntry) -> str:
    """`i-1 can reach rm-1.`"""
    origin, target = name(trace["from"]), name(trace["to"])
    if "from_provider" in trace and "to_provider" in trace:
        origin, target = f"{origin} ({trace['from_provider']})", f"{target} ({trace['to_provider']})"
    if trace["reachable"] is None:
        return f"It is not known whether {origin} can reach {target}."
    return f"{origin} {'can' if trace['reachable'] else 'cannot'} reach {target}."


def trace_text(trace: TraceEntry, style: Style) -> str:
    """The verdict, then each hop with its decision, its reason and its source."""
    paint = {True: style.green, False: style.red, None: style.yellow}[trace["reachable"]]
    lines = [paint(style.bold(reach_verdict(trace))), ""]
    for number, hop in enumerate(trace["hops"], 1):
        tint = {"pass": style.green, "block": style.red}.get(hop["decision"], style.yellow)
        lines.append(f"  {number}  {tint(_MARKS[hop['decision']])} {name(hop['at'])}")
        source = style.dim(f"({name(hop['source'])})")
        lines += style.wrap(f"{name(hop['reason'], 600)} {source}", "       ")
    return "\n".join([*lines, ""])


def traces_text(traces: Iterable[TraceEntry], style: Style) -> str:
    """What is reachable, what is not, and what is unknown: the ends by the reason they share, then how many."""
    entries = list(traces)
    varies: _Varying = "from" if len({_end(trace, "from") for trace in entries}) > 1 else "to"
    groups: dict[bool | None, dict[str, list[TraceEntry]]] = {True: {}, False: {}, None: {}}
    for trace in entries:
        groups[trace["reachable"]].setdefault(_common_reason(trace, varies), []).append(trace)
    lines = [
        line
        for reachable, by_reason in groups.items()
        for reason, group in by_reason.items()
        for line in _group(group, varies, reason, reachable=reachable, style=style)
    ]
    counts = {reachable: sum(map(len, by_reason.values())) for reachable, by_reason in groups.items()}
    total = (
        f"{counted(len(entries), 'pair')}: {counts[True]:,} reachable, {counts[False]:,} not, {counts[None]:,} unknown."
    )
    return "\n".join([*lines, style.bold(total), ""])


def _group(
    group: Sequence[TraceEntry], varies: _Varying, reason: str, *, reachable: bool | None, style: Style
) -> Iterator[str]:
    """`i-1 can reach 3: rm-1, rm-2, rm-3`, and why."""
    first = group[0]
    mark, verb, most = {
        True: (style.green("✓"), "can reach", _REACHED_NAMED),
        False: (style.red("✗"), "cannot reach", _OTHERS_NAMED),
        None: (style.yellow("?"), "may reach", _OTHERS_NAMED),
    }[reachable]
    if len(group) == 1:
        said, reason = f"{_end(first, 'from')} {verb} {_end(first, 'to')}", first["hops"][-1]["reason"]
    else:
        ends = {"from": _end(first, "from"), "to": _end(first, "to"), varies: f"{len(group):,}"}
        listed = ", ".join(_end(trace, varies) for trace in group[:most])
        more = f" and {len(group) - most:,} more" if len(group) > most else ""
        said = f"{ends['from']} {verb} {ends['to']}: {listed}{more}"
    yield from style.wrap(f"{mark} {said}")
    yield from style.wrap(name(reason, 600), "    ")
    yield ""


def _end(trace: TraceEntry, side: _Varying) -> str:
    """An end of a trace; with its provider, where there are several."""
    provider = trace.get("from_provider") if side == "from" else trace.get("to_provider")
    return name(trace[side], 60) + (f" ({provider})" if provider else "")


def _common_reason(trace: TraceEntry, varies: _Varying) -> str:
    """What decided, with the end that varies, and its address behind it, as `each`."""
    end = trace[varies]
    words: list[str] = []
    for word in trace["hops"][-1]["reason"].split(" "):
        plain = word.rstrip(".,:;")
        if plain == end:
            words.append("each" + word[len(plain) :])
        elif not (words and words[-1] == "each" and plain.startswith("(") and plain.endswith(")")):
            words.append(word)
        else:
            words[-1] += word[len(plain) :]
    reason = " ".join(words)
    return reason[:1].upper() + reason[1:] if reason.startswith("each ") else reason


def advice_text(advice: AdviceDocument, style: Style) -> str:
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
    for obstacle in advice["obstacles"]:
        rule = f"{obstacle['rule']}: " if obstacle.get("rule") else ""
        source = f"({name(obstacle['source'])})"
        lines += style.wrap(f"{style.red('In the way:')} {rule}{name(obstacle['text'], 600)} {style.dim(source)}", "  ")
        lines += (
            [f"  {line}" for line in escape_lines(f"To fix: {obstacle['remedy']}").split("\n")]
            if obstacle.get("remedy")
            else []
        )
        lines.append("")
    if advice["offer"]:
        lines += _offer(advice["offer"], advice["solutions"], style)
    if "authorization" in advice:
        authorization = advice["authorization"]
        both = ", all of these" if len(authorization["rules"]) > 1 else ""
        owner = name(authorization["account_id"])
        lines += [f'  In Terraform, with provider "alicloud" of the account {owner}{both}:', ""]
        lines += escape_lines(authorization_hcl(authorization)).split("\n")
    return "\n".join(lines).rstrip("\n") + "\n"


def _offer(offer: OfferEntry, solutions: Sequence[SolutionEntry], style: Style) -> Iterator[str]:
    """The configuration to write, piece by piece with what each does, and the commands that follow."""
    parts = offered_parts(offer)
    linking = [each["name"] for each in solutions if any(step["act"] == Act.LINK for step in each["steps"])]
    of = f"For {name(linking[0])}, in" if linking and linking[0] else "In"
    every = f", {'both' if len(parts) == 2 else f'all {len(parts)}'} of these; a plan puts them in order"
    yield f"  {of} the configuration{every if len(parts) > 1 else ''}:"
    for part in parts:
        yield from ("", *style.wrap(f"{name(part.what, 600)}:", "  "), "")
        indent = "" if part.is_block else "    "
        yield from (f"{indent}{line}" for line in escape_lines(part.hcl.rstrip("\n")).split("\n"))
    if adopt := offer.get("adopt"):
        yield from ("", "  Then, so that the plan may move the link:", "", f"    {escape_lines(adopt)}")
    yield ""


def _case(advice: AdviceDocument) -> str:
    region = "same region" if advice["same_region"] else "different regions"
    account = "same account" if advice["same_account"] else "different accounts"
    words = {"classic": "the classic network", "vpc": "a VPC"}
    return f"From {words[advice['from']]} to {words[advice['to']]}, {region}, {account}:"


def survey_text(survey: SurveyDocument, style: Style) -> str:
    """A paragraph for each VPC (whether it can talk, its vSwitches, its conflicts), then the free blocks, if asked."""
    free = survey["free"]
    return "\n".join([*(_vpc(verdict, style) for verdict in survey["vpcs"]), *([_free(free)] if free else [])])


def _vpc(verdict: VpcVerdictEntry, style: Style) -> str:
    source = style.dim(f"({name(verdict['source'])})")
    lines = [f"{_mark(verdict['can_talk'], style)} {style.bold(name(verdict['vpc_id']))} {name(verdict['cidr_block'])}"]
    lines[0] += f" ({verdict['provider']})" if "provider" in verdict else ""
    lines += style.wrap(f"{name(verdict['reason'], 400)} {source}", "    ")
    lines += columns(
        (
            f"    {_mark(vswitch['can_talk'], style)} {name(vswitch['vswitch_id'], 60)}",
            name(vswitch["cidr_block"]),
            name(vswitch["reason"]),
        )
        for vswitch in verdict["vswitches"]
    )
    for conflict in verdict["conflicts"]:
        level = style.red("conflict") if conflict["blocks"] else style.yellow("beware")
        what = name(f"{conflict['kind'].replace('_', ' ')} {conflict['what']}")
        if conflict["what"] != conflict["conflicts_with"]:
            what += f" with {name(conflict['conflicts_with'])}"
        lines += style.wrap(f"{level}: {what}. {name(conflict['reason'], 400)}", "    ")
    return "\n".join([*lines, ""])


def _mark(can_talk: bool, style: Style) -> str:
    return style.green("✓") if can_talk else style.red("✗")


def _free(free: FreeBlocksEntry) -> str:
    """The free blocks, one a line, after how many there are; or why there are none."""
    size = f"of size /{free['prefix_length']}"
    if not free["blocks"]:
        return f"No free block {size}: {name(free['reason'])}\n"
    more = free["count"] - len(free["blocks"])
    return "\n".join(
        [
            f"{counted(free['count'], 'free block')} {size} in {name(free['within'])}:",
            *(f"  {block}" for block in free["blocks"]),
            *([f"  … and {more:,} more"] if more else []),
            "",
        ]
    )
