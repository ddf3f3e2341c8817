"""The entry point: finds the command, and turns every ending into words and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from io import StringIO
from typing import TYPE_CHECKING

import click

from planner import VERSION_LINE
from planner.cli.command import Group
from planner.cli.lazy import load
from planner.cli.session import OutputLost, Session
from planner.cli.signals import end_on_signals
from planner.cli.streams import set_up_streams
from planner.exit_codes import ExitCode

if TYPE_CHECKING:
    from planner.diagnostics import ClError

COMMANDS: Mapping[str, tuple[str, str]] = {
    "init": ("init:init", "Check settings, providers and state; write a starter configuration"),
    "validate": ("validate:validate", "Check the configuration, without provider or state"),
    "plan": ("plan:plan", "Show what would change, in order"),
    "apply": ("apply:apply", "Apply a plan"),
    "destroy": ("apply:destroy", "Destroy everything that is managed"),
    "refresh": ("apply:refresh", "Update the state to match the cloud"),
    "drift": ("drift:drift", "Compare cloud, state and configuration"),
    "show": ("show:show", "Show the state or a saved plan"),
    "output": ("output:output", "Show the outputs"),
    "import": ("imports:import_", "Start to manage something that exists already"),
    "state": ("state:state", "Inspect and repair the state"),
    "workspace": ("workspace:workspace", "Keep several states for one configuration"),
    "force-unlock": ("force_unlock:force_unlock", "Remove a lock that was left behind"),
    "fmt": ("fmt:fmt", "Rewrite the configuration in the canonical style"),
    "console": ("console:console", "Try expressions"),
    "graph": ("graph:graph", "Draw what depends on what"),
    "providers": ("providers:providers", "List the providers that the configuration uses"),
    "rules": ("rules:rules", "List the rules that a plan must pass, or show the page of one"),
    "explain": ("explain:explain", "Explain what a code means, and what to do"),
    "reach": ("reach:reach", "Show whether one address can reach another, and why"),
    "advise": ("advise:advise", "Show how to connect two networks"),
    "addresses": ("addresses:addresses", "Show which addresses can talk to the classic network"),
    "emulate": ("emulate:emulate", "Serve a world file as the API of Alibaba Cloud, for tests"),
    "schema": ("schema:schema", "Print the JSON Schema of a document"),
    "completion": ("completion:completion", "Print the completion script for a shell"),
    "version": ("version:version", "Show the version"),
}
"""Each command in the order of the help: where it is in this package, and a line on it.

A command's module is imported when it runs, so that the help and the version come at once.
"""

_STARVED = "Error: cl has run out of memory.\n  To fix: raise its limit (ulimit -v shows it), or free memory."


class Commands(Group):
    """All commands, each imported only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = load(COMMANDS[cmd_name][0])
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])


def _show_version(ctx: click.Context, _parameter: click.Parameter, asked: bool) -> None:
    if asked and not ctx.resilient_parsing:
        ctx.obj.write(VERSION_LINE)
        ctx.exit()


@click.command(cls=Commands, context_settings={"max_content_width": 110, "help_option_names": ["-h", "--help"]})
@click.option(
    "--chdir",
    type=click.Path(file_okay=False, readable=False),
    metavar="DIR",
    help="Work in DIR; comes before the command.",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and exit.",
)
@click.pass_context
def cl(ctx: click.Context, chdir: str | None) -> None:
    """Plan and apply ClassicLink links between classic ECS instances and VPCs, declared in HCL.

    Exit codes: 0 done; 1 error; 2 changes or drift; 3 incomplete; 64 wrong command line; 130 interrupted.
    """
    session: Session = ctx.obj
    if chdir is not None:
        session.chdir = chdir
        from pathlib import Path

        with suppress(OSError):
            session.called_in = Path.cwd()
        _change_directory(chdir)
    try:
        session.start_logging()
    except OSError as problem:
        raise click.UsageError(f"CL_LOG_PATH in the environment cannot be written to: {problem.strerror}.") from None


def _change_directory(path: str) -> None:
    if not path:
        raise click.UsageError("--chdir takes the name of a directory, not an empty text.")
    try:
        os.chdir(path)
    except (FileNotFoundError, NotADirectoryError):
        raise click.UsageError(f"--chdir: there is no directory {path}") from None
    except OSError as problem:
        raise click.UsageError(f"--chdir: {path} cannot be used: {problem.strerror}") from None


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and end the process with its exit code."""
    set_up_streams()
    end_on_signals()
    session = Session(os.environ)
    try:
        code = run(session, list(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()
    except KeyboardInterrupt:  # another one, while the first was reported or the last words went out
        code = ExitCode.INTERRUPTED
    except OSError as problem:
        if not isinstance(problem, BrokenPipeError):
            session.say(load("messages:output_lost")(problem))
        # Without this the interpreter would complain once more as it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = ExitCode.INTERRUPTED if isinstance(problem, TimeoutError) else ExitCode.ERROR
    sys.exit(code)


def run(session: Session, arguments: list[str]) -> int:
    """Run one command and give its exit code; every error has become words on stderr."""
    try:
        if asked := session.environment.get("_CL_COMPLETE"):
            answered: ExitCode = load("completion:answer")(cl, session, asked)
            return answered
        result = cl.main(with_environment(arguments, session.environment), "cl", obj=session, standalone_mode=False)
    except click.ClickException as problem:
        session.mention(_shown(problem))
        return ExitCode.USAGE if isinstance(problem, click.UsageError) else ExitCode.ERROR
    except (click.Abort, KeyboardInterrupt):
        session.interrupted = lambda: True
        session.say("\nInterrupted.")
        return ExitCode.INTERRUPTED
    except OutputLost as lost:
        raise lost.problem from None
    except RecursionError:
        session.say("Error: something is nested too deeply.\n  To fix: break the deepest expression into locals.")
        return ExitCode.ERROR
    except MemoryError:
        session.say(_STARVED)
        return ExitCode.ERROR
    except _own_error() as error:
        load("messages:show_errors")(session, error.diagnostics)
        return error.exit_code
    except Exception as bug:  # noqa: BLE001 (the one place where nothing may pass)
        session.say(f"Error: this is a bug in cl ({type(bug).__name__}). {_write_down(bug)}")
        return ExitCode.ERROR
    return result if isinstance(result, int) else ExitCode.DONE


def _shown(problem: click.ClickException) -> str:
    """A refusal of the command line in words."""
    words = StringIO()
    problem.show(words)
    return words.getvalue()


def _own_error() -> type[ClError]:
    """What ends the work with words of its own. It is loaded where something did: a version has no errors."""
    from planner.diagnostics import ClError

    return ClError


def with_environment(arguments: list[str], environment: Mapping[str, str]) -> list[str]:
    """The arguments with those of `CL_CLI_ARGS` and `CL_CLI_ARGS_<command>` put in just behind the command."""
    at = next((index for index, word in enumerate(arguments) if not word.startswith("-")), None)
    if at is None:
        return arguments
    words = [arguments[at]]
    if words[0] in ("state", "workspace") and len(arguments) > at + 1 and not arguments[at + 1].startswith("-"):
        words.append(arguments[at + 1])
    suffix = "_".join(words).replace("-", "_")
    added = [*_split(environment, f"CL_CLI_ARGS_{suffix}"), *_split(environment, "CL_CLI_ARGS")]
    end = at + len(words)
    return arguments[:end] + added + arguments[end:]


def _split(environment: Mapping[str, str], name: str) -> list[str]:
    if name not in environment:
        return []
    import shlex

    try:
        return shlex.split(environment[name])
    except ValueError as problem:
        raise click.UsageError(f"{name} in the environment cannot be read: {problem}") from None


def _write_down(bug: Exception) -> str:
    """Put the details of a bug into a file, and say where."""
    import logging
    import tempfile
    import traceback

    details = "".join(traceback.format_exception(bug))
    logging.getLogger("cl").debug("%s", details)
    try:
        fd, path = tempfile.mkstemp(prefix="cl-bug-", suffix=".txt", text=True)
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            file.write(details)
    except OSError as problem:
        return f"Its details could not be written: {problem.strerror}."
    return f"Its details are in {path}; please send them to the makers of cl."


if __name__ == "__main__":
    main()
