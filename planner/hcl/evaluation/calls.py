"""Function calls: which function, which arguments, and whose fault a failure is."""

from __future__ import annotations

from planner.diagnostics import ConfigError, Diagnostic, counted, did_you_mean
from planner.hcl.cty.conversion import ConversionError
from planner.hcl.cty.types import Dynamic, ListType, SetType, TupleType, with_article
from planner.hcl.cty.values import Value, boolean, deep_marks, is_wholly_known, quoted, unknown
from planner.hcl.evaluation.attempts import Evaluate, attempt, evaluate_all, made
from planner.hcl.evaluation.scope import Scope
from planner.hcl.evaluation.typeexpr import parse_constraint
from planner.hcl.functions.spec import Function, FunctionError, call
from planner.hcl.syntax.nodes import Call, Expression, Node
from planner.remedy import Remedy

_SHORT = 60
_EXPANDED = '"..." must follow a list, set or tuple of arguments'


def evaluate_call(node: Call, scope: Scope, evaluate: Evaluate) -> Value:
    """The value of a call. Raises ConfigError."""
    if scope.functions is None:
        raise _error(node, "Function calls not allowed", f"{node.name}() cannot be called here.")
    name = node.name.removeprefix("core::")
    if name == "try":
        return _try(node, scope, evaluate)
    if name == "can":
        return _can(node, scope, evaluate)
    if name == "convert":
        return _convert(node, scope, evaluate)
    function = None if "::" in name else scope.functions.get(name)
    if function is None:
        raise _unknown_function(node, scope)
    arguments = evaluate_all(node.arguments, scope, evaluate)
    places: list[Expression] = list(node.arguments)
    if node.expands:
        last = arguments.pop()
        expanded = _expanded(node, last)
        if expanded is None:
            return unknown().with_marks(last.marks)
        places[len(arguments) :] = [node.arguments[-1]] * len(expanded)
        arguments.extend(expanded)
    return made(node, _called(node, function, arguments, places, scope), scope)


def _called(node: Call, function: Function, arguments: list[Value], places: list[Expression], scope: Scope) -> Value:
    required = len(function.parameters)
    if len(arguments) < required:
        least = " at least" if function.variadic else ""
        missing = quoted(function.parameters[len(arguments)].name)
        detail = f"{node.name}() takes{least} {counted(required, 'argument')}, and {missing} is missing."
        raise _error(node, "Not enough function arguments", detail)
    if len(arguments) > required and function.variadic is None:
        detail = f"{node.name}() takes {counted(required, 'argument')}, but this is one more."
        raise _error(places[required], "Too many function arguments", detail)
    try:
        return call(function, arguments, scope.budget)
    except FunctionError as failed:
        parameter = function.parameter(failed.argument) if failed.argument is not None else None
        if parameter is None or failed.argument is None or failed.argument >= len(places):
            detail = f"{node.name}() failed: {failed.message}."
            raise _error(node, "Error in function call", detail) from None
        detail = f"Invalid value for {quoted(parameter.name)} of {node.name}(): {failed.message}."
        remedy = (
            _expand(node) if parameter is function.variadic and _holds_arguments(arguments[failed.argument]) else ""
        )
        raise _error(places[failed.argument], "Invalid function argument", detail, remedy) from None


def _error(node: Node, summary: str, detail: str, remedy: str = "") -> ConfigError:
    return ConfigError(Diagnostic("CFG204", summary, detail, Remedy.of(remedy), span=node.span))


def _holds_arguments(value: Value) -> bool:
    return isinstance(value.type, TupleType | ListType | SetType)


def _expand(node: Call) -> str:
    """What to write where the one argument holds all that the function takes."""
    if len(node.arguments) != 1 or node.expands:
        return ""
    text = node.arguments[0].text
    shown = text if len(text) <= _SHORT and "\n" not in text else "…"
    return f"Expand it into arguments: {node.name}({shown}...)"


def _unknown_function(node: Call, scope: Scope) -> ConfigError:
    hint = did_you_mean(node.name, scope.functions or ())
    return ConfigError(
        Diagnostic(
            "CFG205",
            "Call to unknown function",
            f"There is no function named {quoted(node.name)}.{hint}",
            span=node.source.span(node.start, node.name_end),
        )
    )


def _expanded(node: Call, value: Value) -> tuple[Value, ...] | None:
    """The values of the last argument when it is followed by `...`; None where they are not known."""
    summary = "Invalid expanding argument value"
    if value.is_null:
        raise _error(node.arguments[-1], summary, f"{_EXPANDED}, but this is null.")
    if not isinstance(value.type, TupleType | ListType | SetType | Dynamic):
        detail = f"{_EXPANDED}, but this is {with_article(value.type)}."
        raise _error(node.arguments[-1], summary, detail)
    if not value.is_known:
        return None
    return tuple(element.with_marks(value.marks) for element in value.raw)


def _try(node: Call, scope: Scope, evaluate: Evaluate) -> Value:
    """The first argument that can be evaluated."""
    if not node.arguments:
        raise _error(node, "Error in function call", "try() needs an argument.")
    problems: list[Diagnostic] = []
    for argument in node.arguments:
        value, error = attempt(argument, scope, evaluate)
        if error is None:
            return value if is_wholly_known(value) else unknown().with_marks(deep_marks(value))
        problems.extend(error.diagnostics)
    listed = "\n".join(f"- {problem.summary}: {problem.detail}" for problem in problems)
    detail = (
        f"None of the arguments could be evaluated:\n{listed}\n\nAdd a last argument that cannot fail, such as null."
    )
    raise _error(node, "Error in function call", detail)


def _can(node: Call, scope: Scope, evaluate: Evaluate) -> Value:
    """Whether the argument can be evaluated."""
    if len(node.arguments) != 1:
        raise _error(node, "Not enough function arguments", "can() takes 1 argument.")
    value, error = attempt(node.arguments[0], scope, evaluate)
    if error is not None:
        return boolean(False)
    return boolean(True) if is_wholly_known(value) else unknown(boolean(True).type)


def _convert(node: Call, scope: Scope, evaluate: Evaluate) -> Value:
    """The first argument as one of the type that the second writes out."""
    if len(node.arguments) != 2:
        raise _error(node, "Not enough function arguments", "convert() takes a value and a type.")
    constraint = parse_constraint(node.arguments[1], evaluate)
    value = evaluate(node.arguments[0], scope)
    try:
        return constraint.convert(value)
    except ConversionError as refused:
        detail = f'Invalid value for "value" of convert(): {refused}.'
        raise _error(node.arguments[0], "Invalid function argument", detail) from None
