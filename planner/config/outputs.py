"""Outputs: what a module gives to its caller, and the root module to its user."""

from __future__ import annotations

from collections.abc import Callable

from planner.address import Address
from planner.config.conditions import judge
from planner.config.declarations import OutputBlock
from planner.config.desired import CheckResult, Output
from planner.config.module_instance import ModuleInstance
from planner.config.surroundings import Surroundings
from planner.config.written import check_output
from planner.diagnostics import ConfigError, Diagnostic
from planner.hcl.cty.values import SENSITIVE, deep_marks
from planner.remedy import Remedy


def evaluate_output(
    output: OutputBlock, instance: ModuleInstance, surroundings: Surroundings, checks: list[CheckResult]
) -> None:
    """Evaluate an output into its module's values. Raises ConfigError and Abandoned."""
    address = instance.text(output.key)
    for condition in output.preconditions:
        verdict = judge((condition,), instance, address, surroundings)
        checks.append(CheckResult(address, "output_precondition", verdict.status, verdict.messages))
        surroundings.problems.extend(verdict.failures)
    value = instance.value(output.value)
    if instance.parent is None and SENSITIVE in deep_marks(value) and not output.sensitive:
        raise ConfigError(_must_be_declared(output))
    if instance.parent is None and (wrong := check_output(value, output)):
        raise ConfigError(wrong)
    marks = frozenset({SENSITIVE}) if output.sensitive else frozenset()
    instance.values[output.key] = value.with_marks(marks)


def root_outputs(root: ModuleInstance, behind: Callable[[OutputBlock], tuple[Address, ...]]) -> dict[str, Output]:
    """The outputs of the root module by name; those that could not be evaluated are left out.

    `behind` gives the resources that an output depends on.
    """
    found: dict[str, Output] = {}
    for name, output in sorted(root.analysis.module.outputs.items()):
        value = root.values.get(output.key)
        if value is not None:
            found[name] = Output(value, output.sensitive, output.span, behind(output))
    return found


def _must_be_declared(output: OutputBlock) -> Diagnostic:
    return Diagnostic(
        "CFG321",
        "Output refers to sensitive values",
        f'The value of the output "{output.name}" comes from a sensitive value, and outputs are shown.',
        Remedy.of("Add sensitive = true to the output, or wrap the value in nonsensitive() if it is not secret."),
        address=output.key,
        span=output.value.span,
    )
