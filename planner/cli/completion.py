"""Shell completion: `cl completion SHELL` prints a script, which asks `cl` itself what may come next."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import click
from click.shell_completion import BashComplete, CompletionItem, FishComplete, ShellComplete, ZshComplete

from planner.cli.command import Command
from planner.cli.session import Session
from planner.exit_codes import ExitCode

VARIABLE = "_CL_COMPLETE"
"""What the scripts set to ask, such as `bash_complete`; `bash_source` prints the script."""

_ONE_DASH = re.compile(r"-[a-z][a-z0-9-]+(=.*)?", re.DOTALL)


class _Words(ShellComplete):
    """What may come next, where long options take one dash as well, and a shell may have cut `-chdir=DIR` in three."""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        one_dash = incomplete.startswith("-") and not incomplete.startswith("--") and len(incomplete) > 1
        words = _two_dashes(_rejoined([*args, incomplete]))
        found = super().get_completions(words[:-1], words[-1])
        return [_with_one_dash(item) for item in found] if one_dash else found


class _Bash(_Words, BashComplete):
    # Not click's script: that one lets bash expand what comes back, so that no address with a key in it survives.
    source_template = """\
%(complete_func)s() {
    local type value
    COMPREPLY=()
    while IFS=, read -r type value; do
        case $type in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain)
                [[ ${COMP_WORDS[COMP_CWORD]} == [\\'\\"]* ]] || printf -v value %%q "$value"
                COMPREPLY+=("$value")
                ;;
        esac
    done < <(env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD="$COMP_CWORD" %(complete_var)s=bash_complete "$1")
}

complete -o nosort -F %(complete_func)s %(prog_name)s 2>/dev/null || complete -F %(complete_func)s %(prog_name)s
"""

    def source(self) -> str:
        """The script, without click's look for a bash on this machine: it may be meant for another."""
        return self.source_template % self.source_vars()


class _Zsh(_Words, ZshComplete):
    pass


class _Fish(_Words, FishComplete):
    # Click's script cuts its input at every comma, also in a description: only the first one separates.
    source_template = FishComplete.source_template.replace('string split ","', 'string split --max 1 ","')


SHELLS: dict[str, type[ShellComplete]] = {"bash": _Bash, "zsh": _Zsh, "fish": _Fish}


@click.command(cls=Command)
@click.argument("shell", type=click.Choice(list(SHELLS)))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print a script that lets a shell complete commands, options and addresses of cl.

    \b
    bash, in ~/.bashrc:  eval "$(cl completion bash)"
    zsh, in ~/.zshrc:    eval "$(cl completion zsh)"
    fish:                cl completion fish > ~/.config/fish/completions/cl.fish
    """
    session: Session = ctx.obj
    session.raw(SHELLS[shell](ctx.find_root().command, {}, "cl", VARIABLE).source())


def answer(cl: click.Command, session: Session, instruction: str) -> ExitCode:
    """What a script asks for by `instruction`: `SHELL_complete`, or `SHELL_source` for the script itself."""
    shell, _, what = instruction.partition("_")
    if shell not in SHELLS or what not in ("complete", "source"):
        return ExitCode.ERROR
    asked = SHELLS[shell](cl, {"obj": session}, "cl", VARIABLE)
    session.write(asked.source() if what == "source" else asked.complete())
    return ExitCode.DONE


def _rejoined(words: Iterable[str]) -> list[str]:
    """Bash takes `=` for a word of its own; a name with its value is one word again."""
    joined: list[str] = []
    for word in words:
        if joined and (word == "=" or joined[-1].endswith("=")):
            joined[-1] += word
        else:
            joined.append(word)
    return joined


def _two_dashes(words: Iterable[str]) -> list[str]:
    return [f"-{word}" if _ONE_DASH.fullmatch(word) else word for word in words]


def _with_one_dash(item: CompletionItem[Any]) -> CompletionItem[Any]:
    value = item.value[1:] if item.value.startswith("--") else item.value
    return CompletionItem(value, item.type, item.help)
