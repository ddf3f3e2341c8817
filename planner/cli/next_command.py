"""Commands ready to be pasted: what carries out what was shown, asks for the plan again, or goes on with an apply.

All have the options that the plan was made with, but no `--var` of a secret: a command stands in reports, and `cl`
asks for what is missing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import click

from planner.cli.command import words_given
from planner.remedy import Command, cl

_HOW_SHOWN = frozenset({"detailed_exitcode", "summary", "every_step", "as_json", "outputs", "ask", "lock"})
"""Options that say how a plan is made and shown, by their parameters' names."""
_HOW_APPLIED = frozenset({"auto_approve", "confirm_manual", "lock_timeout", "parallelism", "timeout", "step_timeout"})


def apply_file(plan: Path, again: Sequence[str] = ()) -> Command:
    """The command that applies a saved plan, with the options that have to be given `again`."""
    return cl("apply", *again, str(plan))


def secrets_again(ctx: click.Context, secret: Collection[str]) -> list[str]:
    """The options that gave sensitive variables, which a saved plan does not hold; `…` stands for their values."""
    if not secret:
        return []
    typed = {word.partition("=")[0].strip() for word in ctx.params["var"]}
    variables = [word for name in secret if name in typed for word in ("--var", f"{name}=…")]
    return [*variables, *(word for file in ctx.params["file"] for word in ("--var-file", file))]


def apply_the_same(ctx: click.Context, plain_variables: Collection[str]) -> Command:
    """The command that plans the same again, and applies it. `plain_variables` are those that are no secret."""
    return cl("apply", *_options(ctx, plain_variables, _HOW_SHOWN | {"out"}))


def the_same(ctx: click.Context, plain_variables: Collection[str]) -> Command:
    """The command that was given. `plain_variables` are those that are no secret."""
    return cl(ctx.command.name or "", *_options(ctx, plain_variables, _HOW_SHOWN | _HOW_APPLIED))


def plan_again(ctx: click.Context, plain_variables: Collection[str]) -> Command:
    """The command that asks for this plan once more, into the same file.

    `plain_variables` are those that are no secret. What was accepted is left out: it is accepted of one plan only.
    """
    unsaid = _HOW_SHOWN | _HOW_APPLIED | {"accept_detach"}
    return cl(ctx.command.name or "plan", *_options(ctx, plain_variables, unsaid))


def confirmed(ctx: click.Context, plain_variables: Collection[str]) -> Command:
    """The command that was given, with the confirmation of its steps by hand."""
    saved = ctx.params.get("plan")
    options = _options(ctx, plain_variables, _HOW_SHOWN)
    return cl(ctx.command.name or "apply", *options, "--confirm-manual", *([] if saved is None else [str(saved)]))


def go_on(ctx: click.Context, mode: str, plain_variables: Collection[str], to_accept: int | None = None) -> Command:
    """The command that goes on where an apply of a plan of this mode ended early.

    It asks again, for what is left is another plan. A saved plan is applied once: plan again into the same file.
    `to_accept` is how many links the plan of what is left must accept to lose.
    """
    accepting = [] if to_accept is None else ["--accept-detach", str(to_accept)]
    saved = ctx.params.get("plan")
    if saved is not None:
        return replan_command(saved, mode, accepting)
    unsaid = _HOW_SHOWN | {"auto_approve", "confirm_manual", "accept_detach"}
    return cl(ctx.command.name or "apply", *_options(ctx, plain_variables, unsaid), *accepting)


def replan_command(saved: Path, mode: str, accepting: Sequence[str] = ()) -> Command:
    """The command that plans again in this mode, into the same file."""
    goal = [] if mode == "normal" else [f"--{mode}"]
    return cl("plan", *goal, *accepting, "--out", str(saved))


def _options(ctx: click.Context, plain_variables: Collection[str], unsaid: Collection[str]) -> Iterator[str]:
    options = {
        name: option
        for option in ctx.command.params
        if isinstance(option, click.Option)
        for name in (*option.opts, *option.secondary_opts)
    }
    words = iter(words_given(ctx))
    for word in words:
        glued = not word.startswith("--") and len(word) > len("-o")
        name = word[:2] if glued else word.partition("=")[0]
        option = options.get(name)
        if option is None:
            continue
        value = [] if option.is_flag or glued or "=" in word else [next(words)]
        secret = option.name == "var" and _variable(word, value) not in plain_variables
        if option.name not in unsaid and not secret:
            yield from (word, *value)


def _variable(word: str, value: list[str]) -> str:
    """The variable that `--var NAME=VALUE` or `--var=NAME=VALUE` sets."""
    return (value[0] if value else word.partition("=")[2]).partition("=")[0]
