"""`check` blocks: what is asserted of the whole, told as warnings."""

from __future__ import annotations

from dataclasses import replace

from planner.config.conditions import failure, holds, message
from planner.config.data_sources import DataReader
from planner.config.declarations import CheckBlock
from planner.config.desired import CheckResult
from planner.config.expand import expand
from planner.config.module_instance import ModuleInstance, whole_value
from planner.config.problems import Abandoned, Problems
from planner.config.resources import Surroundings
from planner.diagnostics import Severity


def evaluate_check(check: CheckBlock, instance: ModuleInstance, surroundings: Surroundings) -> CheckResult:
    """The result of a check. Its failures and errors are warnings: a check never stops a plan."""
    address = instance.text(f"check.{check.name}")
    problems = Problems()
    status, told = "pass", []
    with problems.collecting(address):
        _read_own_data(check, instance, replace(surroundings, problems=problems))
    for condition in check.asserts:
        with problems.collecting(address):
            found = holds(condition, instance)
            if found is None and status == "pass":
                status = "unknown"
            if found is False:
                status = "fail"
                told.append(message(condition, instance))
                problems.add(failure(condition, told[-1], address))
    if problems.errors:
        status = "error"
    surroundings.problems.extend(replace(problem, severity=Severity.WARNING) for problem in problems)
    return CheckResult(address, "check", status, tuple(told))


def _read_own_data(check: CheckBlock, instance: ModuleInstance, surroundings: Surroundings) -> None:
    block = check.data
    if block is None:
        return
    expansion = expand(block.repetition, instance.value, planning=surroundings.planning)
    values = DataReader(block, instance, surroundings).read(expansion)
    if len(values) < len(expansion.instances):
        raise Abandoned
    instance.values["object", block.key] = whole_value(expansion.argument, values)
