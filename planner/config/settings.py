"""The `cl` block: which versions of `cl` may be used, where the state is kept, and the limits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import TypeVar

from planner import __version__
from planner.config.blocks import duplicate, into_the_first
from planner.config.constants import converted, refuse_sensitive
from planner.config.declarations import SettingsBlock
from planner.config.desired import Limits, Waiver
from planner.config.dynamic import Placed, expanded
from planner.config.module_instance import ModuleInstance
from planner.config.surroundings import Surroundings
from planner.diagnostics import ConfigError, Diagnostic, Span, mistyped
from planner.hcl.cty.types import BOOL, DYNAMIC, NUMBER, STRING, Type
from planner.hcl.cty.values import is_wholly_known, unmark_deep
from planner.hcl.syntax.nodes import Attribute, Block, Body, Literal, ObjectItems
from planner.remedy import Remedy, cl
from planner.state.backends.declared import BackendBlock

T = TypeVar("T")
U = TypeVar("U")

_RULE_ID = r"CL[0-9]{3}"


class SettingsReader:
    """Reads the `cl` blocks of the root module, which count as one."""

    def __init__(self, root: ModuleInstance, surroundings: Surroundings) -> None:
        self._root = root
        self._problems = surroundings.problems
        self._checking = surroundings.checking

    def read(self) -> tuple[Limits, BackendBlock]:
        """Limits and backend. A version of `cl` that is not allowed is reported."""
        limits: list[Block] = []
        backends: list[Block] = []
        for block in (settings.block for settings in self._root.analysis.module.of(SettingsBlock)):
            limits += block.body.blocks_of("limits")
            backends += block.body.blocks_of("backend")
            with self._problems.collecting():
                self._check_version(block.body.attributes.get("required_version"))
        for name, blocks in (("limits", limits), ("backend", backends)):
            for extra in blocks[1:]:
                first = blocks[0].header_span
                twice = duplicate(f"{name} block", extra.header_span, first, remedy=into_the_first(first))
                self._problems.add(twice)
        return (
            self._limits(limits[0]) if limits else Limits(),
            self._backend(backends[0]) if backends else BackendBlock(),
        )

    def _value(
        self, attribute: Attribute, expected: Type, placed: Placed | None = None, *, may_be_sensitive: bool = False
    ) -> object:
        """The plain value of a setting. Raises ConfigError if it is unknown; when only checking that is None."""
        value = self._root.value(attribute.expression, placed.roots if placed else {})
        if not may_be_sensitive:
            refuse_sensitive(value, attribute)
        bare, _ = unmark_deep(converted(value, expected, attribute.expression, attribute.name))
        if not is_wholly_known(bare):
            if self._checking:
                return None
            detail = f'The value of "{attribute.name}" is needed before anything is read.'
            raise ConfigError(Diagnostic("CFG501", "Unknown setting", detail, span=attribute.expression.span))
        return bare.to_python()

    def _text(self, attribute: Attribute, placed: Placed | None = None) -> str | None:
        value = self._value(attribute, STRING, placed)
        return value if isinstance(value, str) else None

    def _check_version(self, attribute: Attribute | None) -> None:
        constraint = self._text(attribute) if attribute else None
        if attribute is None or constraint is None:
            return
        from planner.config.versions import satisfies

        span = attribute.expression.span
        try:
            allowed = satisfies(__version__, constraint)
        except ValueError as problem:
            remedy = 'Write a constraint such as ">= 0.1, < 1.0" or "~> 0.1".'
            raise ConfigError(
                Diagnostic("CFG502", "Invalid version constraint", f"{problem}.", Remedy.of(remedy), span=span)
            ) from None
        if not allowed:
            detail = f'This is cl {__version__}, but the configuration requires a version that meets "{constraint}".'
            remedy = "Use such a version, or change required_version."
            raise ConfigError(Diagnostic("CFG503", "Unsupported cl version", detail, Remedy.of(remedy), span=span))

    def _limits(self, block: Block) -> Limits:
        default = Limits()
        waivers: dict[str, Waiver] = {}
        with self._problems.collecting():
            for placed in expanded(block.body, "waive", self._root):
                with self._problems.collecting():
                    waiver = self._waiver(placed)
                    first = waivers.setdefault(waiver.rule, waiver)
                    if first is not waiver:
                        self._problems.add(
                            duplicate(
                                f"waiver of {waiver.rule}", waiver.span, first.span, remedy="Remove one of the two."
                            )
                        )
        return Limits(
            adopt=self._limit(block, "adopt", BOOL, _boolean, default.adopt),
            max_detach_percent=self._limit(
                block, "max_detach_percent", NUMBER, _between(0, 100), default.max_detach_percent
            ),
            min_links=self._limit(block, "min_links", NUMBER, _between(0), default.min_links),
            max_unavailable=self._limit(block, "max_unavailable", NUMBER, _between(1), default.max_unavailable),
            waivers=tuple(waivers.values()),
            span=block.header_span,
        )

    def _limit(
        self, block: Block, name: str, expected: Type, check: Callable[[Attribute, object], T], default: U
    ) -> T | U:
        """The value of one limit, checked; the default where it is left out, or wrong, which is reported."""
        attribute = block.body.attributes.get(name)
        if attribute is None:
            return default
        with self._problems.collecting():
            value = self._value(attribute, expected)
            if value is not None:
                return check(attribute, value)
        return default

    def _waiver(self, placed: Placed) -> Waiver:
        if len(placed.labels) != 1:
            detail = "A waiver has one label, the rule. In a dynamic block, write labels = [waive.key]."
            raise ConfigError(Diagnostic("CFG326", "Invalid dynamic block", detail, span=placed.span))
        texts: dict[str, str | None] = {"reason": None, "until": None}
        for name in texts:
            attribute = placed.body.attributes.get(name)
            if attribute is not None:
                texts[name] = self._text(attribute, placed)
        wrong = (name for name in placed.body.attributes if name not in texts)
        is_mistyped = "reason" in mistyped(wrong, (name for name in texts if texts[name] is None)).values()
        unknown = {name for name in texts if self._checking and texts[name] is None and name in placed.body.attributes}
        self._check_waiver(placed, texts["reason"], may_come=is_mistyped or "reason" in unknown)
        until = placed.body.attributes.get("until")
        end = _date(texts["until"], until.expression.span) if until and texts["until"] is not None else None
        return Waiver(placed.labels[0], texts["reason"] or "", end, placed.span, known=not unknown)

    def _check_waiver(self, placed: Placed, reason: str | None, *, may_come: bool) -> None:
        """Report what is wrong with a waiver, whatever rules there are: `planner.rules` checks that its rule exists."""
        (rule,) = placed.labels
        if not re.fullmatch(_RULE_ID, rule):
            detail = f'"{rule}" is not the id of a rule, which is CL and three digits.'
            rules = Remedy.of(cl("rules"), " lists every rule with its id.")
            self._problems.add(Diagnostic("CFG552", "Waiver of an unknown rule", detail, rules, span=placed.span))
        if not may_come and not (reason or "").strip():
            detail = f"The waiver of {rule} gives no reason, so it has no effect."
            remedy = 'Write it into this block: reason = "why, and who agreed"'
            self._problems.add(
                Diagnostic("CFG554", "Waiver without a reason", detail, Remedy.of(remedy), span=placed.span)
            )

    def _backend(self, block: Block) -> BackendBlock:
        """The backend. An object may be written as a block, as Terraform's users do with `assume_role`."""
        backend = block.labels[0] if block.labels else "local"
        settings = self._backend_settings(block.body, backend)
        for inner in block.body.blocks:
            settings[inner.type] = self._backend_settings(inner.body, backend, inner.type)
        spans = _name_spans(block.body)
        shown = {name: span for name, span in spans if all(_may_be_shown(backend, part) for part in name.split(".", 1))}
        return BackendBlock(backend, settings, block.header_span, setting_spans=shown)

    def _backend_settings(self, body: Body, backend: str, owner: str | None = None) -> dict[str, object]:
        """The values of a body; `owner` is the setting that is written as this block."""
        from planner.state.backends.resolve import is_secret

        found: dict[str, object] = {}
        for name, attribute in body.attributes.items():
            with self._problems.collecting():
                found[name] = self._value(attribute, DYNAMIC, may_be_sensitive=is_secret(backend, owner or name))
        return found


def _name_spans(body: Body) -> Iterator[tuple[str, Span]]:
    """Where the names of a backend's settings are written; a part of an object is named like `endpoints.s3`."""
    for name, attribute in body.attributes.items():
        yield name, attribute.name_span
        items = attribute.expression.items if isinstance(attribute.expression, ObjectItems) else ()
        for key, _ in items:
            if isinstance(key, Literal):
                yield f"{name}.{key.value.to_python()}", key.span
    for inner in body.blocks:
        yield inner.type, inner.header_span
        for name, attribute in inner.body.attributes.items():
            yield f"{inner.type}.{name}", attribute.name_span


def _may_be_shown(backend: str, name: str) -> bool:
    """Whether a message may show the line of a setting: one with a name like a secret's may be that, misspelled."""
    from difflib import get_close_matches

    from planner.state.backends.resolve import is_secret
    from planner.state.backends.settings import TABLES, setting_of

    near = get_close_matches(name, [setting.name for setting in TABLES.get(backend, ())], n=1)
    setting = setting_of(backend, near[0]) if near else None
    return setting is None or not (setting.refused or is_secret(backend, setting.name))


def _boolean(attribute: Attribute, value: object) -> bool:
    return bool(value)


def _between(least: int, most: int | None = None) -> Callable[[Attribute, object], int]:
    def check(attribute: Attribute, value: object) -> int:
        if isinstance(value, int) and value >= least and (most is None or value <= most):
            return value
        allowed = f"of at least {least}" if most is None else f"from {least} to {most}"
        detail = f'"{attribute.name}" is a whole number {allowed}, not {value}.'
        raise ConfigError(Diagnostic("CFG504", "Invalid limit", detail, span=attribute.expression.span))

    return check


def _date(text: str, span: Span) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        detail = f'"{text}" is not a date: write year, month and day, such as "2027-01-31".'
        raise ConfigError(Diagnostic("CFG505", "Invalid date", detail, span=span)) from None
