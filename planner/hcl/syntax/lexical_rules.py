"""HCL's lexical rules as tables and patterns; the names of tokens are the terminals of python-hcl2's grammar."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

OPERATORS: Final = {
    "==": "DOUBLE_EQ",
    "!=": "NEQ",
    "<=": "LEQ",
    ">=": "GEQ",
    "<": "LT",
    ">": "GT",
    "&&": "DOUBLE_AMP",
    "||": "DOUBLE_PIPE",
    "+": "PLUS",
    "-": "MINUS",
    "*": "ASTERISK",
    "/": "SLASH",
    "%": "PERCENT",
    "!": "NOT",
    "?": "QMARK",
    ":": "COLON",
    "::": "COLONS",
    "=": "EQ",
    "=>": "FOR_OBJECT_ARROW",
    "...": "ELLIPSIS",
    ".": "DOT",
    ",": "COMMA",
}
_PUNCTUATION: Final = "|".join(re.escape(mark) for mark in sorted(OPERATORS, key=len, reverse=True))

TOKEN: Final = re.compile(
    rf"""
    (?P<space>[ \t]+)
  | (?P<newline>\r?\n)
  | (?P<comment>(?:\#|//)[^\n]*)
  | (?P<inline>/\*(?s:.*?)\*/)
  | (?P<name>[^\W\d](?:[\w-]|[^\x00-\x7f])*+)
  | (?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
  | (?P<heredoc><<(?P<flush>-?)(?P<marker>[^\W\d](?:[\w-]|[^\x00-\x7f])*+)\r?\n)
  | (?P<splat>\[[ \t\r\n]*\*[ \t\r\n]*\])
  | (?P<strip>~\}})
  | (?P<operator>{_PUNCTUATION})
  | (?P<open>[\[({{])
  | (?P<close>[\])}}])
  | (?P<quote>")
    """,
    re.VERBOSE,
)
STAR: Final = re.compile(r"[ \t]*\*")
SPACE: Final = re.compile(r"(?:[ \t\r\n]|(?:#|//)[^\n]*|/\*(?s:.*?)\*/)*")
MORE_NUMBERS: Final = re.compile(r"(?:\.[0-9]+)+(?:/[0-9]+)?")  # what makes a number an address or a version
FOR: Final = re.compile(r"for(?![\w-])")
# What looks ahead is not repeated possessively: there Python before 3.11.5 takes in what it only looked at.
QUOTED_RUN: Final = re.compile(r'(?:(?:[^"\\$%\r\n]++|\\[^\r\n]|\$\$\{|%%\{)++|[$%](?!\{))+')
PLAIN_RUN: Final = re.compile(r"(?:(?:[^$%\n]++|\$\$\{|%%\{)++|[$%](?!\{))*\n?")
LINES: Final = r"(?:{}(?:(?:[^$%\n]++|\$\$\{{|%%\{{)++|[$%](?!\{{))*\n)+"

OPENERS: Final = {"(": "LPAR", "[": "LSQB", "{": "LBRACE"}
CLOSERS: Final = {")": "RPAR", "]": "RSQB", "}": "RBRACE"}


class Bracket(Enum):
    """What a bracket that is open belongs to."""

    BODY = "{ of a block"
    OBJECT = "{ of an object"
    FOR_OBJECT = "{ of a for expression"
    TUPLE = "["
    PARENTHESIS = "("
    SEQUENCE = "${ or %{"


CLOSES: Final = {
    ")": {Bracket.PARENTHESIS},
    "]": {Bracket.TUPLE},
    "}": {Bracket.BODY, Bracket.OBJECT, Bracket.FOR_OBJECT, Bracket.SEQUENCE},
}
