"""`data "cl_state"` and `data "terraform_state"`: the outputs of another state file."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

from planner.config.schema import CL_STATE
from planner.diagnostics import ConfigError, Diagnostic, Span
from planner.hcl.cty.conversion import ConversionError
from planner.hcl.cty.python_values import from_python
from planner.hcl.cty.types import type_from_json
from planner.hcl.cty.values import SENSITIVE, Value, object_of
from planner.reading import read_text
from planner.remedy import Remedy
from planner.state.format import loads
from planner.state.model import StateOutput

_TERRAFORM_FORMAT = 4


def read_outputs(source: str, path: str, directory: Path, span: Span) -> Value:
    """The outputs of the state file at `path` (from the configuration directory) as an object. Raises ConfigError."""
    try:
        text = read_text(directory / path)
    except (OSError, ValueError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else "its name or its content is no text"
        raise _unusable(f"The state file {path} cannot be read: {reason}.", span) from None
    outputs = loads(text, path).outputs if source == CL_STATE else _terraform_outputs(text, path, span)
    return object_of({name: _value(name, output, path, span) for name, output in outputs.items()})


def _terraform_outputs(text: str, path: str, span: Span) -> dict[str, StateOutput]:
    try:
        document = json.loads(text, parse_float=Decimal)
    except ValueError as problem:
        raise _unusable(f"{path} is not JSON: {problem}.", span) from None
    version = document.get("version") if isinstance(document, dict) else None
    if version != _TERRAFORM_FORMAT:
        raise _unusable(
            f"{path} is not a Terraform state of format {_TERRAFORM_FORMAT}: its version is {version}.", span
        )
    outputs = document.get("outputs", {})
    if not isinstance(outputs, dict):
        raise _unusable(f"{path} is damaged: its outputs are no object.", span)
    return {name: _terraform_output(name, output, path, span) for name, output in outputs.items()}


def _terraform_output(name: str, output: object, path: str, span: Span) -> StateOutput:
    if isinstance(output, dict) and {"value", "type"} <= output.keys():
        return StateOutput(output["value"], output["type"], bool(output.get("sensitive")))
    raise _unusable(f'The output "{name}" in {path} is damaged: it has no value with a type.', span)


def _value(name: str, output: StateOutput, path: str, span: Span) -> Value:
    try:
        value = from_python(output.value, type_from_json(output.type))
    except (TypeError, ValueError, ConversionError) as problem:
        raise _unusable(f'The output "{name}" in {path} is damaged: {problem}.', span) from None
    return value.with_marks(frozenset({SENSITIVE})) if output.sensitive else value


def _unusable(detail: str, span: Span) -> ConfigError:
    return ConfigError(
        Diagnostic(
            "CFG324", "Cannot read state", detail, Remedy.of("Check the path and who may read the file."), span=span
        )
    )
