"""`check` blocks: assertions about the whole, whose failures are warnings."""

from __future__ import annotations

from planner.address import Address
from planner.config.conditions import judge
from planner.config.data_sources import DataReader
from planner.config.declarations import CheckBlock
from planner.config.desired import CheckResult
from planner.config.expand import expand
from planner.config.module_instance import ModuleInstance, whole_value
from planner.config.problems import Abandoned, Problems
from planner.config.providers import ProviderTable
from planner.config.surroundings import Surroundings
from planner.diagnostics import Severity
from planner.hcl.cty.values import unknown
from planner.values import replace


def evaluate_check(
    check: CheckBlock,
    instance: ModuleInstance,
    surroundings: Surroundings,
    providers: ProviderTable,
    waits_for: Address | None = None,
) -> CheckResult:
    """The result of a check. Its failures and errors are warnings: a check never stops a plan.

    Where its data source `waits_for` an object that the plan changes, the result is not known yet.
    """
    address = instance.text(check.key)
    problems = Problems()
    own = replace(surroundings, problems=problems)
    with problems.collecting(address):
        _read_own_data(check, instance, own, providers, waits_for)
    verdict = judge(check.asserts, instance, address, own)
    status = "error" if problems.errors else verdict.status
    problems.extend(verdict.failures)
    surroundings.problems.extend(replace(problem, severity=Severity.WARNING) for problem in problems)
    return CheckResult(address, "check", status, verdict.messages)


def _read_own_data(
    check: CheckBlock,
    instance: ModuleInstance,
    surroundings: Surroundings,
    providers: ProviderTable,
    waits_for: Address | None,
) -> None:
    block = check.data
    if block is None:
        return
    expansion = expand(block.repetition, instance.value, planning=surroundings.needs_all_known)
    values = DataReader(block, instance, surroundings, providers, waits_for).read(expansion)
    if len(values) < len(expansion.instances):
        raise Abandoned
    instance.values[block.key] = unknown() if expansion.unknown else whole_value(expansion.argument, values)
