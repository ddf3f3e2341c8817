"""Why the arguments of a command do not fit, and what to type instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from planner.remedy import Command, cl

_ADDRESSES = ("classiclink_", "module.")
"""What an address begins with."""
_SHOW_ADDRESSES = "Addresses are shown by: cl state list"
_SHOW_WORKSPACES = "Names are shown by: cl workspace list"

_MISSING: Mapping[str, str] = {
    "force-unlock": "The error about the lock shows the id.",
    "state mv": _SHOW_ADDRESSES,
    "state push": "It is the name of a file, or - for stdin.",
    "state rm": _SHOW_ADDRESSES,
    "state rollback": "Serials are shown by: cl state history",
    "state show": _SHOW_ADDRESSES,
    "workspace delete": _SHOW_WORKSPACES,
    "workspace new": "Such as: cl workspace new prod",
    "workspace select": _SHOW_WORKSPACES,
}
"""What to write as the missing argument, by the words behind `cl`."""


def missing(ctx: click.Context, parameter: click.Parameter) -> click.UsageError:
    """The refusal of a command line that lacks this argument."""
    name = parameter.make_metavar(ctx).removesuffix("...")
    hint = _MISSING.get(_command(ctx), "")
    return click.UsageError(f"{ctx.command_path} needs {name}. {hint}".rstrip(), ctx)


def left_over(ctx: click.Context, words: Sequence[str]) -> click.UsageError:
    """The refusal of a command line with these words that no argument takes."""
    taken = [one.make_metavar(ctx) for one in ctx.command.params if isinstance(one, click.Argument)]
    takes = f"takes no more than {' '.join(taken)}" if taken else "takes no arguments"
    first = words[0]
    # The value behind an equals sign may be a secret.
    name, equals, _ = first.partition("=")
    shown = f"{name}=…" if equals else first
    hint = _instead(ctx, first) or f"Leave out: {shown}"
    return click.UsageError(f"{ctx.command_path} {takes}. {hint}", ctx)


def _instead(ctx: click.Context, word: str) -> str:
    """What to type instead of a command with this word behind it, or an empty text."""
    name, equals, _ = word.partition("=")
    options = {option for one in ctx.command.params for option in one.opts}
    if equals and "--var" in options:
        return f"Each variable needs its own --var: --var '{name}=…'"
    if word.startswith(_ADDRESSES) and "--target" in options:
        return f"For one object: {_called(ctx, cl(_command(ctx), '--target', word))}"
    if _is_directory(word):
        return f"To work in another directory: {cl(f'-chdir={word}', *ctx.command_path.split()[1:])}"
    match _command(ctx):
        case "plan":
            show, apply = _called(ctx, cl("show", word)), _called(ctx, cl("apply", word))
            return f"It makes a new plan. To show a saved plan: {show}; to apply one: {apply}"
        case "destroy" | "refresh":
            return f"To apply a saved plan: {_called(ctx, cl('apply', word))}"
        case "graph":
            return f"To draw a saved plan: {_called(ctx, cl('graph', '--plan', word))}"
        case "console":
            return "It reads expressions from stdin: echo '1 + 2' | cl console"
        case "state pull":
            return "It prints the state. To write it to a file: cl state pull > FILE"
        case "providers":
            return "It lists them. Nothing is downloaded, so none is locked or mirrored: providers are part of cl."
    return ""


def _is_directory(word: str) -> bool:
    try:
        return Path(word).is_dir()
    except (OSError, ValueError):  # no name that a file can have
        return False


def _command(ctx: click.Context) -> str:
    """The words of the command behind `cl`."""
    return " ".join(ctx.command_path.split()[1:])


def _called(ctx: click.Context, command: Command) -> Command:
    """The command as its reader calls it."""
    called: Command = ctx.obj.caller.call(command)
    return called
