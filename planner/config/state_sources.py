"""`data "terraform_state"`: what is taken from a state of Terraform; and outputs as values, for `cl_state` too."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

from planner.diagnostics import ConfigError, Diagnostic, Span
from planner.hcl.cty.conversion import ConversionError
from planner.hcl.cty.python_values import from_python
from planner.hcl.cty.types import STRING, type_from_json
from planner.hcl.cty.values import SENSITIVE, Value, list_of, object_of, string
from planner.reading import read_text
from planner.remedy import Remedy
from planner.state.model import StateOutput
from planner.wrong_files import not_json, seems_to_be

_TERRAFORM_FORMAT = 4


def read_terraform_state(path: str, directory: Path, span: Span) -> dict[str, Value]:
    """What the state file at `path` (from the configuration directory) gives: `outputs`, an object, and `vpc_ids`, the

    VPCs whose ClassicLink it manages as enabled. Raises ConfigError.
    """
    document = _terraform_state(text_of(path, directory, span), path, span)
    vpc_ids = sorted(set(_linked_vpcs(document, path, span)))
    return {
        "outputs": outputs_object(_terraform_outputs(document, path, span), path, span),
        "vpc_ids": list_of(STRING, (string(vpc_id) for vpc_id in vpc_ids)),
    }


def text_of(path: str, directory: Path, span: Span) -> str:
    """The text of the state file at `path`, from the configuration directory. Raises ConfigError."""
    try:
        return read_text(directory / path)
    except (OSError, ValueError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else "its name or its content is not text"
        raise unusable(f"The state file {path} cannot be read: {reason}.", span) from None


def outputs_object(outputs: Mapping[str, StateOutput], path: str, span: Span) -> Value:
    """The outputs of a state as one value; `path` is what messages call the state. Raises ConfigError."""
    return object_of({name: _value(name, output, path, span) for name, output in outputs.items()})


def _terraform_state(text: str, path: str, span: Span) -> dict[str, object]:
    try:
        document = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as problem:
        why = f"{not_json(problem, text).words}. {seems_to_be(text)}".rstrip()
        raise unusable(f"{path} is not JSON: {why}", span) from None
    version = document.get("version") if isinstance(document, dict) else None
    if not isinstance(document, dict) or version != _TERRAFORM_FORMAT:
        raise unusable(
            f"{path} is not a Terraform state of format {_TERRAFORM_FORMAT}: its version is {version}.", span
        )
    return document


def _linked_vpcs(document: dict[str, object], path: str, span: Span) -> Iterator[str]:
    """The ids of the `alicloud_vpc` objects that Terraform manages with `classic_link_enabled`, in every module."""
    for resource in _objects(document.get("resources", []), "resources", path, span):
        if resource.get("mode") != "managed" or resource.get("type") != "alicloud_vpc":
            continue
        for instance in _objects(resource.get("instances", []), "instances of a VPC", path, span):
            attributes = instance.get("attributes")
            if not isinstance(attributes, dict):
                raise unusable(f"{path} is damaged: a VPC in it has no attributes.", span)
            if attributes.get("classic_link_enabled") is True and isinstance(vpc_id := attributes.get("id"), str):
                yield vpc_id


def _objects(found: object, what: str, path: str, span: Span) -> list[dict[str, object]]:
    if isinstance(found, list) and all(isinstance(each, dict) for each in found):
        return found
    raise unusable(f"{path} is damaged: its {what} are not a list of objects.", span)


def _terraform_outputs(document: dict[str, object], path: str, span: Span) -> dict[str, StateOutput]:
    outputs = document.get("outputs", {})
    if not isinstance(outputs, dict):
        raise unusable(f"{path} is damaged: its outputs are not an object.", span)
    return {name: _terraform_output(name, output, path, span) for name, output in outputs.items()}


def _terraform_output(name: str, output: object, path: str, span: Span) -> StateOutput:
    if isinstance(output, dict) and {"value", "type"} <= output.keys():
        return StateOutput(output["value"], output["type"], bool(output.get("sensitive")))
    raise unusable(f'The output "{name}" in {path} is damaged: it has no value with a type.', span)


def _value(name: str, output: StateOutput, path: str, span: Span) -> Value:
    try:
        value = from_python(output.value, type_from_json(output.type))
    except (TypeError, ValueError, ConversionError) as problem:
        raise unusable(f'The output "{name}" in {path} is damaged: {problem}.', span) from None
    return value.with_marks(frozenset({SENSITIVE})) if output.sensitive else value


def unusable(detail: str, span: Span, remedy: str = "Check the path and who may read the file.") -> ConfigError:
    """CFG324: a state that cannot be read, or holds something else."""
    return ConfigError(Diagnostic("CFG324", "Cannot read state", detail, Remedy.of(remedy), span=span))
