"""How commands read their options, beyond click: one or two dashes, `--flag=false`, and the order they came in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

_LONG = re.compile(r"--?([a-z][a-z0-9-]+)(?:=(.*))?", re.DOTALL)
_WHOLE = 1000
"""More characters than a first sentence has."""
_HYPHEN = "\0"
"""Stands for a hyphen while click fills the lines."""
_ORDER = "planner.cli.order"
_GIVEN = "planner.cli.given"


def _no_color(ctx: click.Context, _parameter: click.Parameter, chosen: bool) -> None:
    if chosen:
        ctx.obj.color = False


def _show_help(ctx: click.Context, _parameter: click.Parameter, asked: bool) -> None:
    if asked and not ctx.resilient_parsing:
        ctx.obj.write(ctx.get_help())
        ctx.exit()


class _HelpFormatter(click.HelpFormatter):
    """Fits help to the width without breaking a line at a hyphen: an option stays in one piece."""

    def write_text(self, text: str) -> None:
        super().write_text(text.replace("-", _HYPHEN))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        super().write_dl([(term, text.replace("-", _HYPHEN)) for term, text in rows], col_max, col_spacing)

    def getvalue(self) -> str:
        return super().getvalue().replace(_HYPHEN, "-")


class _Context(click.Context):
    formatter_class = _HelpFormatter


class _WithHelp(click.Command):
    """A command whose help is written as all else is: what takes no output is reported so."""

    context_class = _Context

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.callback = _show_help
        return option


class Command(_WithHelp):
    """A command whose long options take one or two dashes, as Terraform's users type them."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.params.append(
            click.Option(
                ["--no-color"], is_flag=True, expose_value=False, callback=_no_color, help="Print without colours."
            )
        )

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        plain = long_options(self, ctx, args)
        ctx.meta[_GIVEN] = list(plain)
        ctx.allow_extra_args = True  # they are refused below, with what to type instead
        with _hinting(ctx, tuple(plain)):
            ctx.meta[_ORDER] = [parameter.name for parameter in self.make_parser(ctx).parse_args(list(plain))[2]]
            extra = super().parse_args(ctx, plain)
        if extra and not ctx.resilient_parsing:
            from planner.cli.wrong_arguments import left_over

            raise left_over(ctx, extra)
        return extra


class Group(_WithHelp, click.Group):
    """A group of such commands."""

    command_class = Command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the first sentence on each command; click itself would cut those that are longer than a line."""
        commands = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        with formatter.section("Commands"):
            formatter.write_dl([(name, found.get_short_help_str(_WHOLE)) for name, found in commands.items() if found])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        first = next((index for index, word in enumerate(args) if not word.startswith("-")), len(args))
        plain = long_options(self, ctx, args[:first]) + args[first:]
        with _hinting(ctx, tuple(plain)):
            return super().parse_args(ctx, plain)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not ctx.resilient_parsing and self.get_command(ctx, args[0]) is None:
            from planner.cli.not_here import instead_of_command
            from planner.diagnostics import did_you_mean

            hint = instead_of_command(ctx, args) or did_you_mean(args[0], self.list_commands(ctx))
            raise click.UsageError(f"There is no command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)


@contextmanager
def _hinting(ctx: click.Context, words: Sequence[str]) -> Iterator[None]:
    """Add to the refusal of an option that other tools have, or of a missing argument, what to use instead."""
    try:
        yield
    except click.MissingParameter as problem:
        if isinstance(problem.param, click.Argument) and not isinstance(problem.param.type, click.Choice):
            from planner.cli.wrong_arguments import missing

            raise missing(ctx, problem.param) from None
        raise
    except click.NoSuchOption as problem:
        from planner.cli.not_here import instead_of_option

        option = problem.option_name
        if hint := instead_of_option(ctx, option, words):
            raise click.UsageError(f"There is no option {option} here. {hint}", ctx) from None
        alike = [one for one in problem.possibilities or () if _is_like(one, option)]
        raise click.NoSuchOption(option, problem.message, alike, problem.ctx) from None


def _is_like(option: str, typed: str) -> bool:
    """Whether two options are alike without their dashes, which click compares too."""
    from planner.diagnostics import nearest_word

    return nearest_word(typed.lstrip("-"), [option.lstrip("-")]) is not None


def order_given(ctx: click.Context) -> list[str]:
    """The names of the parameters in the order of the command line, one for each time it was given."""
    order: list[str] = ctx.meta.get(_ORDER, [])
    return order


def words_given(ctx: click.Context) -> list[str]:
    """The words behind the command, as they were given."""
    words: list[str] = ctx.meta.get(_GIVEN, [])
    return words


def long_options(command: click.Command, ctx: click.Context, args: list[str]) -> list[str]:
    """The arguments with `-name` as `--name`, and `--flag=true` and `--flag=false` as click has them."""
    options = {
        name: parameter
        for parameter in command.get_params(ctx)
        if isinstance(parameter, click.Option)
        for name in (*parameter.opts, *parameter.secondary_opts)
    }
    plain: list[str] = []
    for index, word in enumerate(args):
        if word == "--":
            return plain + args[index:]
        match = _LONG.fullmatch(word)
        name = f"--{match[1]}" if match else ""
        if match is None or name not in options:
            known_short = match is None or word[:2] in options
            plain.append(word if known_short or word.startswith("--") else f"-{word}")
        elif options[name].is_flag and match[2] is not None:
            plain += _flag(options[name], name, match[2], ctx)
        else:
            plain.append(name if match[2] is None else f"{name}={match[2]}")
    return plain


def _flag(option: click.Option, name: str, value: str, ctx: click.Context) -> list[str]:
    if value.lower() not in ("true", "false", "1", "0"):
        raise click.BadOptionUsage(name, f"{name} is true or false, not {value!r}", ctx)
    if value.lower() in ("true", "1"):
        return [name]
    return [option.secondary_opts[0]] if option.secondary_opts and name not in option.secondary_opts else []
