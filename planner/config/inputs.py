"""The value of each input variable, converted to its type and checked against its declaration."""

from __future__ import annotations

from planner.config.constants import in_brackets
from planner.config.declarations import ModuleCall, VariableBlock
from planner.config.module import Module
from planner.config.module_instance import ModuleInstance
from planner.config.problems import Abandoned, Problems
from planner.config.variables import ENVIRONMENT_PREFIX, Given, Origin, Values
from planner.diagnostics import ConfigError, Diagnostic, Related, Severity, Span, did_you_mean, mistyped
from planner.hcl.cty.conversion import ConversionError
from planner.hcl.cty.types import DYNAMIC, Primitive, without_optional
from planner.hcl.cty.values import Value, string, unknown
from planner.hcl.evaluation.evaluator import evaluate_expression
from planner.hcl.evaluation.scope import Scope
from planner.hcl.evaluation.typeexpr import type_string
from planner.hcl.syntax.parser import parse_expression
from planner.remedy import Remedy
from planner.values import replace


class RootInputs:
    """What the root module's variables are given."""

    def __init__(self, values: Values) -> None:
        self._values = values
        self._given: dict[str, Given] = {given.name: given for given in values.given}

    def missing(self, module: Module) -> tuple[VariableBlock, ...]:
        """The variables that must be given a value and are not."""
        return tuple(
            variable
            for name, variable in module.variables.items()
            if variable.default is None and name not in self._given
        )

    def check_undeclared(self, module: Module, problems: Problems) -> None:
        """Report values for variables that are not declared, except those from the environment."""
        for given in self._values.given:
            known = given.name in module.variables or f"var.{given.name}" in module.broken
            if not known and given.origin is not Origin.ENVIRONMENT:
                problems.add(_undeclared(given, module))

    def value(self, variable: VariableBlock, *, checking: bool) -> Value:
        """The value of a root variable; when only checking, unknown if it is missing. Raises ConfigError."""
        given = self._given.get(variable.name)
        if given is None:
            if variable.default is not None:
                return variable.default
            if checking:
                return unknown(without_optional(variable.constraint.type))
            raise ConfigError(_missing(variable))
        value = _as_value(given, variable)
        return _fitted(value, variable, given.span, given.source)

    def from_call(self, variable: VariableBlock, instance: ModuleInstance) -> Value:
        """The value that a module call gives to a variable of this instance of the module.

        Raises ConfigError and Abandoned.
        """
        call, parent = instance.call, instance.parent
        if call is None or parent is None:
            raise Abandoned
        attribute = call.inputs.get(variable.name)
        if attribute is None:
            if variable.default is None and variable.name in _mistyped(call, instance.analysis.module).values():
                raise Abandoned
            if variable.default is None:
                raise ConfigError(_missing_input(variable, call))
            return variable.default
        value = parent.value(attribute.expression, instance.call_roots)
        return _fitted(value, variable, attribute.expression.span, f"the call of module.{call.name}")

    def check_call(self, call: ModuleCall, child: Module, problems: Problems) -> None:
        """Report arguments of a module call that the module has no variable for."""
        meant = _mistyped(call, child)
        for name, attribute in call.inputs.items():
            if name not in child.variables and f"var.{name}" not in child.broken:
                known = f" It has {', '.join(sorted(child.variables))}." if child.variables else ""
                hint = did_you_mean(name, [meant[name]] if name in meant else child.names(VariableBlock)) or known
                detail = f'The module has no variable named "{name}".{hint}'
                address = f"module.{call.name}"
                problems.add(
                    Diagnostic("CFG302", "Unsupported argument", detail, address=address, span=attribute.name_span)
                )

    def placed(self, failure: Diagnostic, variable: VariableBlock, instance: ModuleInstance) -> Diagnostic:
        """The diagnostic of a failed validation, moved to where the value was given, with the condition as related."""
        if instance.call is not None:
            attribute = instance.call.inputs.get(variable.name)
            span = attribute.expression.span if attribute else None
            source = f"the call of module.{instance.call.name}"
        else:
            given = self._given.get(variable.name)
            span, source = (given.span, given.source) if given else (None, "its default")
        related = (Related("the condition that it must meet", failure.span),)
        detail = f"{failure.detail}\nThe value comes from {source}."
        return replace(failure, detail=detail, span=span or variable.span, related=related)


def _as_value(given: Given, variable: VariableBlock) -> Value:
    """A text as a value: as it stands for a string, number or bool, else read as an expression. Raises ConfigError."""
    if isinstance(given.value, Value):
        return given.value
    expected = variable.constraint.type
    typed = "type" in variable.block.body.attributes
    if isinstance(expected, Primitive) or (expected == DYNAMIC and not typed):
        return string(given.value)
    try:
        return evaluate_expression(parse_expression(given.value, f"<{given.source}>"), Scope({}))
    except ConfigError as problem:
        first = problem.diagnostics[0]
        detail = (
            f'The value of "{variable.name}" from {given.source} is not an expression of type '
            f"{type_string(expected)}: {first.detail or first.summary}"
        )
        remedy = f"Write it as HCL, such as {_example(given)} for a list of strings."
        raise ConfigError(_invalid(variable, detail, remedy, None)) from None


def _example(given: Given) -> str:
    """A list of strings, given the way that this value was."""
    match given.origin:
        case Origin.OPTION:
            return f'--var \'{given.name}=["a", "b"]\''
        case Origin.ENVIRONMENT:
            return f'{ENVIRONMENT_PREFIX}{given.name}=\'["a", "b"]\''
    return '["a", "b"]'


def _fitted(value: Value, variable: VariableBlock, span: Span | None, source: str) -> Value:
    """The value by the variable's type and nullability. Raises ConfigError."""
    if value.is_null and not variable.nullable:
        if variable.default is not None:
            return variable.default
        detail = f'The value of "{variable.name}" from {source} is null, but the variable is declared nullable = false.'
        raise ConfigError(_invalid(variable, detail, "", span))
    try:
        return variable.constraint.convert(value)
    except ConversionError as problem:
        expected = type_string(variable.constraint.type)
        detail = f'The value of "{variable.name}" from {source} does not fit its type {expected}: {problem}.'
        remedy = in_brackets(value, variable.constraint.type)
        raise ConfigError(_invalid(variable, detail, remedy, span)) from None


def _invalid(variable: VariableBlock, detail: str, remedy: str, span: Span | None) -> Diagnostic:
    return Diagnostic(
        "CFG403",
        "Invalid value for variable",
        detail,
        Remedy.of(remedy),
        address=f"var.{variable.name}",
        span=span or variable.span,
        related=(Related("declared here", variable.span),) if span else (),
    )


def _mistyped(call: ModuleCall, module: Module) -> dict[str, str]:
    """The variables that a call of a module probably means by names that the module has no variable for."""
    unknown = [each for each in call.inputs if each not in module.variables and f"var.{each}" not in module.broken]
    return mistyped(unknown, (name for name in module.variables if name not in call.inputs)) if unknown else {}


def _missing(variable: VariableBlock) -> Diagnostic:
    name = variable.name
    return Diagnostic(
        "CFG402",
        "No value for required variable",
        f'The variable "{name}" has no default, and no value was given for it.',
        Remedy.of(
            f"Give one: --var '{name}=…' on the command line, {ENVIRONMENT_PREFIX}{name}=… in the "
            f"environment, or a line {name} = … in cl.clvars."
        ),
        address=f"var.{name}",
        span=variable.span,
    )


def _missing_input(variable: VariableBlock, call: ModuleCall) -> Diagnostic:
    return Diagnostic(
        "CFG303",
        "Missing required argument",
        f'The call does not set "{variable.name}", which the module requires.',
        Remedy.of(f"Add {variable.name} = … to the block."),
        address=f"module.{call.name}",
        span=call.span,
        related=(Related("declared here, without a default", variable.span),),
    )


def _undeclared(given: Given, module: Module) -> Diagnostic:
    hint = did_you_mean(given.name, module.names(VariableBlock))
    option = given.origin in (Origin.OPTION, Origin.PROMPT)
    return Diagnostic(
        "CFG411",
        "Value for an undeclared variable",
        f'There is no variable named "{given.name}", but {given.source} gives it a value.{hint}',
        Remedy.of("" if hint else f'Declare it: variable "{given.name}" {{}}. Or remove the value.'),
        severity=Severity.ERROR if option else Severity.WARNING,
        # A saved plan keeps this, and what shows it cannot distinguish a file of values named *.hcl from configuration.
        span=None if given.origin is Origin.NAMED_FILE else given.name_span,
    )
