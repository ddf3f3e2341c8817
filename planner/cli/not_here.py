"""What to type instead of commands and options that users of Terraform know, and `cl` does not have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click

from planner.remedy import cl

_NOTHING_TO_DOWNLOAD = "Nothing is downloaded: providers are part of cl, and modules are local directories."
_SECRETS = "There is nothing to log in to: credentials come from the provider block or the environment (cl providers)."

_COMMANDS: Mapping[str, str] = {
    "help": "For the list of commands: cl --help",
    "env": "Use: cl workspace",
    "get": _NOTHING_TO_DOWNLOAD,
    "modules": _NOTHING_TO_DOWNLOAD,
    "login": _SECRETS,
    "logout": _SECRETS,
    "metadata": "For the JSON Schemas of documents: cl schema",
    "push": "Use: cl state push",
    "stacks": "Use one directory for each configuration, and cl workspace for several states of one.",
    "taint": "To recreate an object: cl apply -replace=ADDR",
    "untaint": "Objects are never marked for recreation: cl plan -replace=ADDR recreates one in that plan alone.",
    "test": 'Try a configuration on a simulated cloud (provider "mock"); check blocks test what must be true.',
    "query": "To list what exists and is not declared: cl drift. To import it: cl import --all --write FILE.hcl",
    "state identities": "For the ids of objects: cl show --json",
    "state replace-provider": "Change the provider argument in the configuration; the next plan follows it.",
}
"""By the words behind `cl`."""

_OPTIONS: Mapping[str, str] = {
    "--allow-missing-config": "Declare the object first, or let cl write the block: cl import --all --write FILE.hcl",
    "--auto-approve": "Leave it out: it is for cl apply and cl destroy, which ask for approval.",
    "--backend": "cl init checks the backend; cl validate needs neither it nor cl init.",
    "--backup": "The backup is always written. Older versions: cl state history",
    "--compact-warnings": "Leave it out: a warning that several objects share is shown once. --summary shortens plans.",
    "--config": "Work in another directory: cl -chdir=DIR import ADDR ID",
    "--force": "Leave it out; --auto-approve applies without asking.",
    "--from-module": "Copy the directory instead.",
    "--generate-config-out": "To write what exists as configuration: cl import --all --write FILE.hcl",
    "--get": _NOTHING_TO_DOWNLOAD,
    "--lockfile": _NOTHING_TO_DOWNLOAD,
    "--out": "To save a plan: cl plan --out FILE. To apply it: cl apply FILE",
    "--plugin-dir": _NOTHING_TO_DOWNLOAD,
    "--state": 'Name the file in the configuration: cl { backend "local" { path = "FILE" } }',
    "--state-out": 'Name the file in the configuration: cl { backend "local" { path = "FILE" } }',
    "--upgrade": _NOTHING_TO_DOWNLOAD,
}


def instead_of_command(ctx: click.Context, words: list[str]) -> str:
    """What to use instead of a command that there is not, or an empty text."""
    name = " ".join((*ctx.command_path.split()[1:], words[0]))
    if name == "help" and len(words) > 1 and words[1] in _commands(ctx):
        return f" For the options of a command: cl {' '.join(words[1:])} --help"
    return f" {_COMMANDS[name]}" if name in _COMMANDS else ""


def _commands(ctx: click.Context) -> Sequence[str]:
    """The commands of this group."""
    return ctx.command.list_commands(ctx) if isinstance(ctx.command, click.Group) else ()


def instead_of_option(ctx: click.Context, option: str, words: Sequence[str]) -> str:
    """What to use instead of an option that there is not, or an empty text. `words` are all behind the command."""
    if option == "--chdir":
        directory, others = _without_chdir(words)
        return f"It comes before the command: {cl(f'-chdir={directory}', *ctx.command_path.split()[1:], *others)}"
    return _OPTIONS.get(option, "")


def _without_chdir(words: Sequence[str]) -> tuple[str, list[str]]:
    """The directory that `--chdir` names, and the other words, without the values of variables: one may be a secret."""
    directory, others = "DIR", []
    left = iter(words)
    for word in left:
        name, equals, value = word.partition("=")
        if name == "--chdir":
            directory = value if equals else next(left, directory)
        elif name == "--var":
            others += ["--var", f"{(value if equals else next(left, '')).partition('=')[0]}=…"]
        else:
            others.append(word)
    return directory, others
