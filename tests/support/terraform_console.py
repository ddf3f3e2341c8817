"""The console of a real Terraform, which shows many expressions in one process."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from support.watching import PATIENCE

_ENTRY = re.compile(r'^  "(e\d+)" = ', re.MULTILINE)
_ERROR = re.compile(r"^Error: .*?(?=^Error: |^Warning: |\Z)", re.MULTILINE | re.DOTALL)
_PLACE = re.compile(r"^  on (e\d+)\.tf line (\d+)", re.MULTILINE)

NAME = "e0"
"""The name of the only entry in what `entries` reads."""


class Crashed(Exception):
    """Terraform ended without an answer and without saying which expression it refuses."""


def entries(shown: str) -> dict[str, str]:
    """The entries of an object as the console shows it."""
    starts = [(match.group(1), match.start(), match.end()) for match in _ENTRY.finditer(shown)]
    ends = [start for _, start, _ in starts[1:]] + [len(shown) - 1]
    return {name: shown[after:end].rstrip("\n") for (name, _, after), end in zip(starts, ends, strict=True)}


@dataclass(frozen=True, slots=True)
class Form:
    """The file that a text goes into, and what to show of it."""

    file: str
    shown: str

    def __call__(self, text: str, name: str) -> str:
        return self.file.replace("<text>", text).replace("<name>", name)


EXPRESSION = Form("locals {\n<name> = <text>\n}\n", "local.<name>")
VARIABLE = Form('variable "<name>" {\n<text>\n}\n', "var.<name>")


class TerraformConsole:
    """Each expression, or block, is in a file of its own, so that each error names the one it is of."""

    def __init__(self, program: str, directory: Path, declarations: str = "", form: Form = EXPRESSION) -> None:
        self._program = program
        self._directory = directory
        self._form = form
        (directory / "main.tf").write_text(declarations, encoding="utf-8")
        self.refusals: dict[str, str] = {}

    def shown(self, expressions: Sequence[str]) -> dict[str, str | None]:
        """What the console shows of each; None where Terraform refuses it, and `refusals` says why."""
        named = {f"e{index}": each for index, each in enumerate(expressions)}
        try:
            found = self._all_shown(named)
        except Crashed as crashed:
            if len(expressions) == 1:
                self.refusals[expressions[0]] = str(crashed)
                return {expressions[0]: None}
            middle = len(expressions) // 2
            return {**self.shown(expressions[:middle]), **self.shown(expressions[middle:])}
        return {each: found.get(name) for name, each in named.items()}

    def _all_shown(self, named: Mapping[str, str]) -> dict[str, str]:
        remaining = dict(named)
        while remaining:
            output, errors = self._run(remaining)
            if not errors:
                return entries(output)
            for name, message in errors.items():
                self.refusals[named[name]] = message
            for name in errors:
                remaining.pop(name)
        return {}

    def _run(self, named: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        """The output, or the errors by the names of what they are in. Raises Crashed."""
        for old in self._directory.glob("e*.tf"):
            old.unlink()
        for name, each in named.items():
            (self._directory / f"{name}.tf").write_text(self._form(each, name), encoding="utf-8")
        listed = ", ".join(f"{name} = {self._form.shown.replace('<name>', name)}" for name in named)
        environment = {**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"}
        ended = subprocess.run(
            [self._program, "console", "-no-color"],
            input=f"{{{listed}}}\n".encode(),
            capture_output=True,
            cwd=self._directory,
            env=environment,
            check=False,
            timeout=PATIENCE,
        )
        said = ended.stderr.decode()
        errors: dict[str, str] = {}
        for error in _ERROR.findall(said):
            place = _PLACE.search(error)
            if place is None:
                raise Crashed(said)
            errors.setdefault(place.group(1), error)
        if ended.returncode and not errors:
            raise Crashed(said)
        return ended.stdout.decode().rstrip("\n"), errors
