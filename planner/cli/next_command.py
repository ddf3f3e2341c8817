"""The command that carries out what `cl plan` or `cl show` has shown, ready to be pasted."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from planner.cli.command import Command, long_options

_OF_THE_PLAN_ONLY = frozenset({"out", "detailed_exitcode", "summary", "every_step", "as_json", "outputs", "ask"})
"""Options that say how a plan is shown, by their parameters' names."""
_GIVEN = "planner.cli.given"


class PlanCommand(Command):
    """A command that keeps the words it was given."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta[_GIVEN] = long_options(self, ctx, args)
        return super().parse_args(ctx, args)


def apply_file(ctx: click.Context, plan: Path) -> str:
    """The command that applies a saved plan."""
    return shlex.join([*_cl(ctx), "apply", str(plan)])


def apply_the_same(ctx: click.Context) -> str:
    """The command that plans the same again, and applies it: with the options that this plan was made with."""
    return shlex.join([*_cl(ctx), "apply", *_planning(ctx.command, ctx.meta[_GIVEN])])


def _cl(ctx: click.Context) -> list[str]:
    chdir = ctx.parent.params.get("chdir") if ctx.parent else None
    return ["cl", f"-chdir={chdir}"] if chdir else ["cl"]


def _planning(command: click.Command, given: Sequence[str]) -> Iterator[str]:
    options = {
        name: option
        for option in command.params
        if isinstance(option, click.Option)
        for name in (*option.opts, *option.secondary_opts)
    }
    words = iter(given)
    for word in words:
        glued = not word.startswith("--") and len(word) > len("-o")
        name = word[:2] if glued else word.partition("=")[0]
        option = options.get(name)
        if option is None:
            continue
        value = [] if option.is_flag or glued or "=" in word else [next(words)]
        if option.name not in _OF_THE_PLAN_ONLY:
            yield from (word, *value)
