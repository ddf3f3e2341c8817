"""`templatefile` and `templatestring`. What a template means is the evaluator's: it is given as a callback."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

from planner.diagnostics import ConfigError, Diagnostic
from planner.hcl.cty.types import DYNAMIC, STRING, MapType, ObjectType, Type, friendly_name
from planner.hcl.cty.values import Value
from planner.hcl.functions.budget import Budget
from planner.hcl.functions.filesystem import Tree, read_text
from planner.hcl.functions.spec import Arguments, Body, Function, FunctionError, Parameter

MAX_TEMPLATE_DEPTH: Final = 16
"""How deep templates may render other templates."""

Render = Callable[[str, str, Mapping[str, Value], Mapping[str, Function], Budget], Value]
"""Renders a template: its text, file name, variables, functions, and what it may spend. Raises ConfigError."""

_VARIABLES: Final = Parameter("vars")


def template_functions(
    tree: Tree, render: Render, nested: Callable[[], Mapping[str, Function]], depth: int
) -> tuple[Function, ...]:
    """The functions at a depth; `nested` gives the functions that a template can call."""
    nested = cache(nested)

    def templatefile(budget: Budget) -> Body:
        def body(args: Arguments, result: Type) -> Value:
            path, variables = args
            return _rendered(read_text(tree, path), path.raw, variables, budget).with_marks(path.marks)

        return body

    def templatestring(budget: Budget) -> Body:
        def body(args: Arguments, result: Type) -> Value:
            template, variables = args
            return _rendered(template.raw, "<templatestring>", variables, budget)

        return body

    def _rendered(text: str, name: str, variables: Value, budget: Budget) -> Value:
        if not isinstance(variables.type, MapType | ObjectType):
            raise FunctionError(f"a map or object of variables is required, not {friendly_name(variables.type)}", 1)
        for key in variables.raw:
            if key.startswith("-") or not key.replace("-", "_").isidentifier():
                raise FunctionError(
                    f'"{key}" is not a variable name; one is made of letters, digits, "_" and "-", a letter first', 1
                )
        if depth >= MAX_TEMPLATE_DEPTH:
            raise FunctionError(f"templates use each other more than {MAX_TEMPLATE_DEPTH} deep; does one use itself?")
        try:
            return render(text, name, variables.raw, nested(), budget)
        except ConfigError as problem:
            raise FunctionError("; ".join(map(_sentence, problem.diagnostics))) from problem

    path, template = Parameter("path", STRING, allow_marked=True), Parameter("template", STRING)
    return (
        _function("templatefile", path, templatefile, "What a template in a file makes of some variables."),
        _function("templatestring", template, templatestring, "What a template in a string makes of some variables."),
    )


def _function(name: str, text: Parameter, make: Callable[[Budget], Body], description: str) -> Function:
    def alone(args: Arguments, result: Type) -> Value:
        return make(Budget())(args, result)

    return Function(name, (text, _VARIABLES), DYNAMIC, alone, description=description, body_within=make)


def _sentence(problem: Diagnostic) -> str:
    where = f"{problem.span.filename}:{problem.span.start.line},{problem.span.start.column}: " if problem.span else ""
    return f"{where}{problem.summary}{f'; {problem.detail}' if problem.detail else ''}"
