"""python-hcl2's grammar, as tables that are driven token by token.

python-hcl2 decides what an expression is and what binds to what, so that `cl` needs no grammar of its own. Only the
grammar file is used, which is the same for all who import the package; its lexer is not, because it misreads much valid
HCL. Lark makes the tables, with a lexer class that reads nothing: the parser feeds the scanner's tokens itself.

The names that the parser feeds and the builders look for are checked when the grammar is loaded, so that a version of
python-hcl2 that has others is refused in plain words.

Making the tables takes seconds. Lark keeps them in the user's cache directory, in a file named for the interpreter, and
makes them again when the grammar, Lark or Python change, or each time where no file can be kept.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from lark import Lark
from lark.common import LexerConf
from lark.exceptions import LarkError
from lark.lexer import Lexer
from lark.lexer import Token as LarkToken

from planner.diagnostics import ConfigError, Diagnostic
from planner.hcl.syntax.tokens import Token
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


class FedToken(LarkToken):
    """A token as the tables are fed with it, which remembers what the scanner found. Lark's own positions are unset."""

    scanned: Token
    place: int  # its index among the tokens of its item

    def __new__(cls, kind: str, text: str, scanned: Token, place: int) -> FedToken:
        fed = str.__new__(cls, text)
        fed.type, fed.value = kind, text
        fed.scanned, fed.place = scanned, place
        return fed


class _NoLexer(Lexer):
    """Reads nothing: the parser is fed."""

    def __init__(self, conf: LexerConf) -> None: ...

    def lex(self, lexer_state: Any, parser_state: Any) -> Iterator[LarkToken]:
        return iter(())


@lru_cache(maxsize=1)
def load() -> Lark:
    """The tables. Raises ConfigError where the python-hcl2 that is installed has another grammar."""
    package = find_spec("hcl2")
    folder = Path(next(iter((package and package.submodule_search_locations) or ()), ""))
    try:
        tables = Lark.open(
            str(folder / "hcl2.lark"), parser="lalr", lexer=_NoLexer, cache=_cache_file(), maybe_placeholders=True
        )
    except (OSError, LarkError) as refused:
        raise _incompatible(f"its grammar cannot be loaded: {refused}") from None
    needed = {*_TERMINALS.split(), *_RULES.split(), *map(str.upper, KEYWORDS)}
    known = {terminal.name for terminal in tables.terminals} | {rule.alias or rule.origin.name for rule in tables.rules}
    missing = needed - known
    if missing:
        raise _incompatible(f"its grammar has no {', '.join(sorted(missing))}")
    return tables


def _cache_file() -> str | bool:
    """Where the tables are kept between runs; False where there is no place for them."""
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
