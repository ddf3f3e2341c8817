"""`data "cl_state"`: which state it names, a file or a workspace of a backend, and that state."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping

from planner.config.constants import refuse_sensitive
from planner.config.declarations import ObjectBlock
from planner.config.state_sources import text_of, unusable
from planner.config.surroundings import Surroundings
from planner.diagnostics import ConfigError, Diagnostic, Span, StateError, did_you_mean
from planner.hcl.cty.types import DYNAMIC, MapType, ObjectType
from planner.hcl.cty.values import SENSITIVE, Value, deep_marks, unmark_deep
from planner.remedy import Remedy
from planner.state.backends.declared import DEFAULT, BackendBlock
from planner.state.backends.patience import Away
from planner.state.backends.protocol import Backend
from planner.state.backends.resolve import is_secret, resolve
from planner.state.backends.settings import TABLES
from planner.state.encryption import cipher_from
from planner.state.load import state_of
from planner.state.model import State
from planner.values import replace

_LOCAL = "local"


def settled_place(block: ObjectBlock, arguments: Mapping[str, Value]) -> dict[str, Value]:
    """The arguments, with `config` sensitive: it may hold secrets. What is made of the outputs is not, for that reason.

    Raises ConfigError if they do not say exactly one way to the state, or if one that is shown is sensitive.
    """
    given = [name for name, value in arguments.items() if not value.is_null]
    if "path" in given and len(given) > 1:
        others = " and ".join(f'"{name}"' for name in given if name != "path")
        detail = f'"path" names a state in a file, and {others} one in a backend.'
        remedy = "Keep one of the two ways."
        raise ConfigError(Diagnostic("CFG334", "Two states are named", detail, Remedy.of(remedy), span=block.span))
    if not {"path", "backend", "config"} & set(given):
        detail = 'This names no state: "path", or "backend" with "config", is required.'
        remedy = 'Write path = "cl.state.json", or backend = "s3" and config = { … }.'
        raise ConfigError(Diagnostic("CFG303", "Missing required argument", detail, Remedy.of(remedy), span=block.span))
    for name in ("path", "backend", "workspace"):
        if (attribute := block.arguments.get(name)) is not None:
            refuse_sensitive(arguments[name], attribute)
    if "config" in given and arguments["backend"].is_known:
        _check_config(block, _text(arguments["backend"], _LOCAL), arguments["config"])
    return {**arguments, "config": arguments["config"].with_marks(frozenset({SENSITIVE}))}


def read_other_state(
    block: ObjectBlock, arguments: Mapping[str, Value], surroundings: Surroundings
) -> tuple[State, str]:
    """The state that these arguments name, as `settled_place` gave them, and what messages call it.

    It needs no lock: a write replaces a state whole. Raises ConfigError.
    """
    path = arguments["path"]
    attribute = block.arguments.get("backend" if path.is_null else "path")
    span = attribute.expression.span if attribute else block.span
    with _placed(span):
        cipher = cipher_from(surroundings.environment)
        if path.is_null:
            text, name = _kept(arguments, surroundings, span)
        else:
            text, name = text_of(path.raw, surroundings.directory, span), path.raw
        return state_of(text, name, cipher)[0], name


def _kept(arguments: Mapping[str, Value], surroundings: Surroundings, span: Span) -> tuple[str, str]:
    """The text of a state in a backend, still encrypted where it is, and what messages call it."""
    from planner.state.opening import open_settled
    from planner.state.selection import checked

    config, _ = unmark_deep(arguments["config"])
    kind, workspace = _text(arguments["backend"], _LOCAL), checked(_text(arguments["workspace"], DEFAULT))
    block = BackendBlock(kind, config.to_python() or {}, span, is_own=False)
    settings = resolve(block, surroundings.environment)
    with (
        _reached(span),
        contextlib.closing(
            open_settled(settings, surroundings.directory, surroundings.environment, surroundings.report)
        ) as backend,
    ):
        try:
            place = backend.place(workspace)
        except StateError:  # a backend without workspaces: what to do about that is worded for the state of one's own
            raise _no_workspace(backend, workspace, [DEFAULT], span) from None
        if (stored := place.read()) is None:
            raise _nothing_kept(backend, workspace, place.name, span)
        return stored.text, place.name


@contextlib.contextmanager
def _reached(span: Span) -> Iterator[None]:
    """A backend that does not answer is named, and what that means for a reader."""
    try:
        yield
    except Away as away:
        detail = f"{away.name}: {away.why}. The outputs of that state are needed here. Nothing was done."
        remedy = Remedy.of("Check the network, and the settings in config and the environment; then run it again.")
        raise ConfigError(Diagnostic("STA446", "Backend cannot be reached", detail, remedy, span=span)) from None


def _nothing_kept(backend: Backend, workspace: str, name: str, span: Span) -> ConfigError:
    if workspace == DEFAULT or workspace in (known := backend.workspaces()):
        remedy = "Check where it is kept, or apply the configuration that manages it."
        return unusable(f"There is no state yet: {name}.", span, remedy)
    return _no_workspace(backend, workspace, [DEFAULT, *known], span)


def _no_workspace(backend: Backend, workspace: str, known: list[str], span: Span) -> ConfigError:
    there = f"there are: {', '.join(known)}.{did_you_mean(workspace, known)}"
    detail = f'The {backend.fingerprint["type"]} backend has no workspace "{workspace}"; {there}'
    return unusable(detail, span, "Set workspace to one of these names.")


def _check_config(block: ObjectBlock, kind: str, config: Value) -> None:
    """Raises ConfigError if it is no object, or a setting is sensitive that is shown."""
    attribute = block.arguments["config"]
    if not isinstance(config.type, ObjectType | MapType) and config.type != DYNAMIC:
        detail = '"config" must be an object with the settings of the backend.'
        remedy = Remedy.of('Write: config = { path = "cl.state.json" }')
        raise ConfigError(
            Diagnostic("CFG306", "Incorrect attribute value type", detail, remedy, span=attribute.expression.span)
        )
    shown = [
        name
        for name, value in (config.raw.items() if isinstance(config.raw, Mapping) else ())
        if SENSITIVE in deep_marks(value) and not is_secret(kind, name)
    ]
    if SENSITIVE in config.marks or (shown and kind in TABLES):
        what = f'the setting "{shown[0]}" of the {kind} backend' if shown else "config as a whole"
        detail = f"The value of {what} is shown in messages, so it cannot be sensitive. Secret settings may be."
        remedy = Remedy.of("If it may be shown, put it into nonsensitive().")
        raise ConfigError(
            Diagnostic("CFG506", "Sensitive value is shown", detail, remedy, span=attribute.expression.span)
        )


def _text(value: Value, default: str) -> str:
    return value.raw if isinstance(value.raw, str) else default


@contextlib.contextmanager
def _placed(span: Span) -> Iterator[None]:
    """Problems of the state and its backend have their place in the configuration."""
    try:
        yield
    except StateError as error:
        raise ConfigError(replace(problem, span=problem.span or span) for problem in error.diagnostics) from None
