"""What is in a directory for Terraform and not for `cl`: its files and its variables, which are not read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from planner.config.variables import ENVIRONMENT_PREFIX
from planner.diagnostics import ConfigError, Diagnostic, Severity
from planner.remedy import Remedy, shell

_PREFIX = "TF_VAR_"
_VALUES = ("terraform.tfvars", "terraform.tfvars.json")
_AUTOMATIC = (".auto.tfvars", ".auto.tfvars.json")


def unread_values(directory: Path, environment: Mapping[str, str], unset: Collection[str]) -> Iterator[Diagnostic]:
    """Warn of each place where Terraform would find values for variables that `cl` finds `unset`."""
    for path in sorted(path for path in directory.iterdir() if path.name in _VALUES or path.name.endswith(_AUTOMATIC)):
        if names := [name for name in _names_in(path) if name in unset]:
            renamed = path.name.replace("terraform.tfvars", "cl.clvars").replace(".tfvars", ".clvars")
            remedy = Remedy.of("Add its lines to ", renamed, ".")
            if not (directory / renamed).exists():
                remedy = Remedy.of("Rename it: ", shell("mv", Path(path.name), Path(renamed)))
            yield _unread(f"{path.name} gives {_variables(names)} a value", remedy)
    if names := sorted(name for name in unset if f"{_PREFIX}{name}" in environment):
        theirs = ", ".join(f"{_PREFIX}{name}" for name in names)
        ours = ", ".join(f"{ENVIRONMENT_PREFIX}{name}" for name in names)
        yield _unread(f"{theirs} in the environment gives {_variables(names)} a value", Remedy.of(f"Set {ours}."))


def unread_configuration(directory: Path) -> Iterator[Diagnostic]:
    """Warn of configuration files of Terraform beside those of `cl`."""
    names = sorted(path.name for path in directory.iterdir() if path.name.endswith((".tf", ".tf.json")))
    if names:
        remedy = (
            "Move the resources for cl into a *.hcl file, and leave the rest: Terraform and cl can share a directory."
        )
        yield _unread(f"This directory has {', '.join(names)}", Remedy.of(remedy))


def _names_in(path: Path) -> list[str]:
    """The names that a file of values sets; none where it cannot be read, which is for Terraform to say."""
    from planner.config.value_files import VARIABLES, text_of, values_in

    try:
        text = text_of(path, path.name, VARIABLES, may_be_pipe=False)
        return [value.name for value in values_in(text, path.name, VARIABLES)]
    except ConfigError:
        return []


def _variables(names: Collection[str]) -> str:
    return ("the variable " if len(names) == 1 else "the variables ") + ", ".join(f'"{name}"' for name in names)


def _unread(what: str, remedy: Remedy) -> Diagnostic:
    detail = f"{what}, but cl does not read files and variables of Terraform."
    return Diagnostic("CFG413", "Terraform's names are not read", detail, remedy, severity=Severity.WARNING)
