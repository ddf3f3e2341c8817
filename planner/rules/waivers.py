"""Waivers: which of them are valid today, and what is wrong with the others.

An invalid waiver has no effect. That each has a reason, `planner.config.settings` checks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta

from planner.config.desired import Waiver
from planner.diagnostics import Diagnostic, Severity, Span, did_you_mean
from planner.remedy import File, Remedy, Snippet, cl

SUGGESTED_DAYS = 30
"""How long a waiver that a remedy suggests lasts; the user who pastes it may choose another."""


def waiver_block(rule: str, today: date) -> Snippet:
    """The block that waives a rule for some time, as in a `limits` block."""
    return Snippet(f'''    waive "{rule}" {{
      reason = "why, and who agreed"
{_until(today)}
    }}''')


def _until(today: date) -> Snippet:
    """The line of a waiver with its last day, below its reason."""
    return Snippet(f'      until  = "{_suggested_end(today)}"')


def _suggested_end(today: date) -> str:
    return (today + timedelta(days=SUGGESTED_DAYS)).isoformat()


def _place(span: Span) -> Remedy:
    return Remedy.of(File(span.filename), f":{span.start.line}")


def acceptances(
    rules: Sequence[str], today: date, limits_at: Span | None, expired: Mapping[str, Waiver]
) -> Iterator[tuple[str, Remedy]]:
    """How to accept the warnings of each of these rules: what to write, and where.

    A configuration can have only one `limits` block, and only one waiver of each rule. If there is no `limits` block
    yet, only the first rule adds one. An expired waiver gets a new date.
    """
    for rule in rules:
        if rule in expired:
            place = _place(expired[rule].span)
            yield rule, Remedy.of("Or accept it again, with a new date in the waiver at ", place, ":\n", _until(today))
            continue
        block = waiver_block(rule, today)
        if limits_at is not None:
            place = Remedy.of("in the limits block at ", _place(limits_at))
        elif rule == rules[0]:
            yield rule, Remedy.of("Or accept it:\n", Snippet(f"cl {{\n  limits {{\n{block}\n  }}\n}}"))
            continue
        else:
            place = Remedy.of(f"in the limits block that accepts {rules[0]}, or in one like it")
        yield rule, Remedy.of("Or accept it, ", place, ":\n", block)


def valid_waivers(
    waivers: Sequence[Waiver], names: Mapping[str, str], waivable: Collection[str], today: date
) -> tuple[dict[str, Waiver], tuple[Diagnostic, ...]]:
    """The waivers that are valid today, by rule, and the problems of all. `names` has the names of rules by id."""
    valid: dict[str, Waiver] = {}
    problems: list[Diagnostic] = []
    for waiver in waivers:
        problem = _problem(waiver, names, waivable, today)
        if problem is not None:
            problems.append(problem)
            continue
        valid[waiver.rule] = waiver
        if waiver.until is None:
            problems.append(_endless(waiver, today))
    return valid, tuple(problems)


def has_expired(waiver: Waiver, today: date) -> bool:
    """Whether the last day of the waiver has passed."""
    return waiver.until is not None and waiver.until < today


def unused_waivers(valid: Mapping[str, Waiver], used: Collection[str]) -> Iterator[Diagnostic]:
    """A warning for each valid waiver of a rule that has no finding."""
    for waiver in valid.values():
        if waiver.rule not in used:
            yield Diagnostic(
                code="CFG556",
                summary="Waiver is not used",
                detail=f'The waiver of {waiver.rule} ("{waiver.reason}") covers nothing: nothing breaks the rule.',
                remedy=Remedy.of(f'Remove the block waive "{waiver.rule}".'),
                severity=Severity.WARNING,
                span=waiver.span,
            )


def _endless(waiver: Waiver, today: date) -> Diagnostic:
    """A warning: the waiver is valid, because only the reason is required."""
    return Diagnostic(
        code="CFG557",
        summary="Waiver without an end",
        detail=f'The waiver of {waiver.rule} ("{waiver.reason}") never ends, so it is never reviewed again.',
        remedy=Remedy.of(f'Give it a last day: until = "{_suggested_end(today)}"'),
        severity=Severity.WARNING,
        span=waiver.span,
    )


def _problem(waiver: Waiver, names: Mapping[str, str], waivable: Collection[str], today: date) -> Diagnostic | None:
    if waiver.rule not in names:
        by_name = {name: rule_id for rule_id, name in names.items()}
        hint = f' Its id is "{by_name[waiver.rule]}".' if waiver.rule in by_name else did_you_mean(waiver.rule, names)
        return Diagnostic(
            code="CFG552",
            summary="Waiver of an unknown rule",
            detail=f'There is no rule "{waiver.rule}".{hint}',
            remedy=Remedy.of(cl("rules"), " lists every rule with its id."),
            span=waiver.span,
        )
    if waiver.rule not in waivable:
        return Diagnostic(
            code="CFG553",
            summary="Rule cannot be waived",
            detail=(
                f"{waiver.rule} ({names[waiver.rule]}) cannot be waived: the cloud itself would refuse the step. "
                f"Only {', '.join(sorted(waivable))} can."
            ),
            remedy=Remedy.of(
                f'Remove the block waive "{waiver.rule}"; ', cl("rules", waiver.rule), " explains the rule."
            ),
            span=waiver.span,
        )
    if has_expired(waiver, today):
        return Diagnostic(
            code="CFG555",
            summary="Waiver has expired",
            detail=f"The waiver of {waiver.rule} expired on {waiver.until} and no longer counts.",
            remedy=Remedy.of("Fix the cause and remove the waiver, or set a new date in `until`."),
            severity=Severity.WARNING,
            span=waiver.span,
        )
    return None
