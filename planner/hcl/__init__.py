"""The language: text to values. Knows nothing of ClassicLink."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from planner.hcl.cty.values import Value


def evaluate(
    source: str,
    variables: Mapping[str, object] | None = None,
    *,
    mode: Literal["expression", "template"] = "expression",
    base_dir: str | Path = ".",
    functions: bool = True,
) -> Value:
    """The value of an expression or template in HCL.

    `variables` are root names with Python values or `Value`s. Functions are those of the console, `type` with them;
    the ones that read files read from `base_dir`; with `functions=False` none may be called. Raises
    planner.diagnostics.ConfigError, also where a variable is nothing that the language can hold.
    """
    from planner.hcl.cty.python_values import values_given
    from planner.hcl.evaluation.evaluator import evaluate_expression, render_template
    from planner.hcl.evaluation.scope import Scope
    from planner.hcl.syntax.parser import parse_expression, parse_template

    parse = parse_template if mode == "template" else parse_expression
    node = parse(source, "<expression>")
    table = None
    if functions:
        from planner.hcl.functions import standard_functions

        table = standard_functions(base_dir, render=render_template, console=True)
    return evaluate_expression(node, Scope(values_given(variables or {}), table))
