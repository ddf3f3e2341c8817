"""The sensitive variables of a saved plan: it holds no value of them, but a hash that says whether they are the same.

All values make one hash. scrypt makes each guess cost 32 MiB and a tenth of a second, and the salt is the plan's own.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from planner.app.project import Project
from planner.app.surroundings import Surroundings
from planner.config.declarations import VariableBlock
from planner.config.variables import collect
from planner.diagnostics import ConfigError, Diagnostic, PlanError
from planner.documents.replan import replan_remedy
from planner.hcl.cty.values import Value, unmark_deep
from planner.plan.outputs import as_json
from planner.remedy import Remedy, cl

if TYPE_CHECKING:
    from planner.documents.plan import PlanDocument, SecretVariables

_OTHER_VALUES = "Plan was made with another value"


def sealed(values: Mapping[str, Value]) -> SecretVariables | None:
    """What a plan says of these values; nothing where there are none."""
    if not values:
        return None
    salt = secrets.token_hex(16)
    return {"names": sorted(values), "salt": salt, "scrypt": _hash(values, salt)}


def _hash(values: Mapping[str, Value], salt: str) -> str:
    written = {name: [value.type_json(), _exact(unmark_deep(value)[0].to_python())] for name, value in values.items()}
    text, salted = (one.encode("utf-8", "surrogatepass") for one in (json.dumps(written, sort_keys=True), salt))
    return hashlib.scrypt(text, salt=salted, n=2**15, r=8, p=1, maxmem=2**26).hex()


def _exact(value: object) -> object:
    """The value as JSON, numbers of any size as exact texts."""
    if isinstance(value, Mapping):
        return {str(key): _exact(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_exact(inner) for inner in value]
    if isinstance(value, Decimal):
        return str(value) if value.is_infinite() else [hex(part) for part in value.as_integer_ratio()]
    return [hex(value), hex(1)] if isinstance(value, int) and not isinstance(value, bool) else value


def secrets_to_give(document: PlanDocument, surroundings: Surroundings) -> list[str]:
    """The sensitive variables of a saved plan that neither the environment nor a file here gives by itself."""
    secret = document.get("secret_variables")
    if not secret:
        return []
    try:
        given = {value.name for value in collect(surroundings.directory, surroundings.environment).given}
    except ConfigError:
        given = set()
    return [name for name in secret["names"] if name not in given]


def refuse_other_values(document: PlanDocument, project: Project, path: Path) -> None:
    """Raises ConfigError or PlanError where a variable has no value, or another one than the plan was made with."""
    again = Remedy.of("Make a new plan with these values: ", cl("plan", "--out", str(path)))
    secret = document.get("secret_variables")
    lacking = project.unasked.missing_variables()
    if new := [variable for variable in lacking if secret is None or variable.name not in secret["names"]]:
        raise PlanError(_unknown_to_the_plan(variable, path) for variable in new)
    if missing := project.evaluation.missing_variables():
        given = [word for variable in missing for word in ("--var", f"{variable.name}=…")]
        remedy = Remedy.of("Give the values that the plan was made with: ", cl("apply", *given, str(path)))
        raise ConfigError(
            Diagnostic(
                "CFG402",
                "No value for required variable",
                f'A plan does not hold the value of a sensitive variable, and "{variable.name}" was not set again.',
                remedy,
                address=f"var.{variable.name}",
                span=variable.span,
            )
            for variable in missing
        )
    if differ := [*_plain(document, project), *_secret(document, project)]:
        raise PlanError(Diagnostic("STA413", _OTHER_VALUES, detail, again) for detail in differ)


def _unknown_to_the_plan(variable: VariableBlock, path: Path) -> Diagnostic:
    detail = (
        f'The plan has no variable "{variable.name}", which this configuration requires: it was made from another '
        "configuration."
    )
    address = f"var.{variable.name}"
    return Diagnostic("STA413", _OTHER_VALUES, detail, replan_remedy(str(path)), address=address, span=variable.span)


def _plain(document: PlanDocument, project: Project) -> Iterator[str]:
    """The variables that the command line gives another value than the plan has, as sentences."""
    if names := project.given_again:
        here = project.evaluation.plain_variables()
        for name in names:
            if as_json(here.get(name)) != document["variables"][name]["value"]:
                yield f'The value of the variable "{name}" differs from the one in the plan.'


def _secret(document: PlanDocument, project: Project) -> Iterator[str]:
    """The sensitive variables, where one of them has another value than the plan was made with, as a sentence."""
    here = project.evaluation.secret_variables()
    there = document.get("secret_variables")
    if not here and there is None:
        return
    if there is None or sorted(here) != there["names"]:
        planned = ", ".join(there["names"]) if there else "none"
        yield f"The plan was made with other sensitive variables: {planned}; here: {', '.join(sorted(here)) or 'none'}."
    elif _hash(here, there["salt"]) != there["scrypt"]:
        those = " or ".join(f'"{name}"' for name in there["names"])
        yield f"The value of the sensitive variable {those} differs from the one that the plan was made with."
