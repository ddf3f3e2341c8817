"""python-hcl2's grammar, as tables that are driven token by token.

python-hcl2 decides what an expression is and what binds to what, so that `cl` needs no grammar of its own. Only the
grammar file is used, which is the same for all who import the package; its lexer is not, because it misreads much valid
HCL: the parser feeds the scanner's tokens itself (see `tables`).

The names that the parser feeds and the builders look for are checked when the grammar is loaded, so that a version of
python-hcl2 that has others is refused in plain words.

Making the tables takes seconds. Those of the grammar that is usually installed are part of the package, in
`tables.json`; of any other they are made when they are first needed, with Lark, which keeps its work in the user's
cache directory, in a file named for the interpreter.
"""

from __future__ import annotations

import os
import sys
from functools import lru_cache
from pathlib import Path
from typing import Final

from planner.diagnostics import ConfigError, Diagnostic
from planner.hcl.syntax.installed import fingerprint, grammar_file
from planner.hcl.syntax.tables import Tables, Written, read_tables
from planner.remedy import Remedy

REQUIREMENT: Final = "python-hcl2>=8.1.4,<8.2"

KEYWORDS: Final = frozenset({"if", "in", "for", "for_each", "else", "endif", "endfor", "null", "true", "false"})

_TERMINALS: Final = """
    NAME INT_LITERAL FLOAT_LITERAL DBLQUOTE STRING_CHARS INTERP_START DIRECTIVE_START NL_OR_COMMENT
    LPAR RPAR LSQB RSQB LBRACE RBRACE COMMA DOT COLON EQ QMARK FOR_OBJECT_ARROW ELLIPSIS ATTR_SPLAT FULL_SPLAT_START
    PLUS MINUS ASTERISK SLASH PERCENT NOT DOUBLE_AMP DOUBLE_PIPE DOUBLE_EQ NEQ LT GT LEQ GEQ
"""
_RULES: Final = """
    start body attribute block identifier keyword literal_value new_line_or_comment
    conditional binary_op binary_term binary_operator unary_op expr_term int_lit float_lit
    tuple object object_elem object_elem_key function_call arguments for_tuple_expr for_object_expr for_intro for_cond
    index_expr_term get_attr_expr_term attr_splat_expr_term full_splat_expr_term
    braces_index short_index get_attr attr_splat full_splat
    string string_part interpolation
    template_if_start template_else template_endif template_for_start template_endfor
"""


@lru_cache(maxsize=1)
def load() -> Tables:
    """The tables. Raises ConfigError where the python-hcl2 that is installed has another grammar."""
    try:
        tables = Tables(_written())
    except (OSError, ValueError) as refused:
        raise _incompatible(f"its grammar cannot be loaded: {refused}") from None
    needed = {*_TERMINALS.split(), *_RULES.split(), *map(str.upper, KEYWORDS)}
    missing = needed - {*tables.symbols, *(name for _, _, name, *_ in tables.rules)}
    if missing:
        raise _incompatible(f"its grammar has no {', '.join(sorted(missing))}")
    return tables


def _written() -> Written:
    path = grammar_file()
    installed = fingerprint(path.read_bytes())
    packaged = read_tables(Path(__file__).with_name("tables.json").read_bytes())
    if packaged.grammar == installed:
        return packaged
    from planner.hcl.syntax.tabulating import lark_of, tabulated

    return tabulated(lark_of(path, _cache_file()), installed)


def _cache_file() -> str | bool:
    """Where Lark keeps its work between runs; False where there is no place for it."""
    try:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cl"
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError, ValueError):
        return False
    return str(folder / f"grammar.{sys.implementation.cache_tag}")


def _incompatible(why: str) -> ConfigError:
    return ConfigError(
        Diagnostic(
            "CFG109",
            "Incompatible python-hcl2",
            f"The python-hcl2 that is installed cannot be used: {why}.",
            Remedy.of(f'Install a version that fits: pip install "{REQUIREMENT}"'),
        )
    )
