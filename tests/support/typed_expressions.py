"""Expressions that are made for a type, and so are seldom refused; with variables that are not known yet.

Deep ones, unlike those of `untyped_expressions`: calls in loops in conditionals. Their results say what is known of
what is not known: comparisons, lengths, beginnings.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

_SHAPES: dict[str, tuple[str, ...]] = {
    # {s} a string, {n} a number, {b} a bool, {l} a list, {e} a set, {m} a map; {v} any of them
    "s": (
        '"a"',
        '"a,b"',
        '""',
        '"10"',
        '"é-x"',
        "var.s",
        "var.o.a",
        '"p-${{{s}}}"',
        '"${{{s}}}-${{{n}}}"',
        '"${{{s}}}"',
        "upper({s})",
        'join("-", {l})',
        "({b} ? {s} : {s})",
        "tostring({n})",
        'format("%s-%d", {s}, {n})',
        "element({l}, 0)",
        "{l}[0]",
        'lookup({m}, "a", {s})',
        "jsonencode({v})",
        "coalesce({s}, {s})",
        'replace({s}, "a", "b")',
        "substr({s}, 0, 1)",
        "trimspace({s})",
        '"%{{ if {b} }}x%{{ else }}y%{{ endif }}z"',
        '"%{{ for x in {l} }}${{x}},%{{ endfor }}"',
        '{{ a = {s}, b = {n} }}.a',
        '[{s}, {s}][1]',
        'try({s}, "t")',
    ),
    "n": (
        *("0", "1", "2", "3.5", "-1", "1e3", "var.n"),
        "({n} + {n})",
        "({n} - {n})",
        "({n} * {n})",
        "({n} / 2)",
        "({n} % 3)",
        "-{n}",
        "length({l})",
        "length({m})",
        "length({e})",
        "length({s})",
        "max({n}, {n})",
        "abs({n})",
        "floor({n})",
        "({b} ? {n} : {n})",
        "sum([{n}, {n}])",
        'tonumber("4")',
        "var.o.l[0]",
    ),
    "b": (
        *("true", "false", "var.b"),
        "({n} > {n})",
        "({n} <= {n})",
        "({s} == {s})",
        "({s} != {s})",
        "({v} == {v})",
        "({v} == null)",
        "({v} != null)",
        "!{b}",
        "(true && {b})",  # Terraform 1.11 knows no answer of && and || where a side is unknown; cl does, as 1.12
        "(false || {b})",
        "contains({l}, {s})",
        'startswith({s}, "p")',
        'startswith({s}, "p-a")',
        'strcontains({s}, "a")',
        "can({s})",
        "({l} == {l})",
        "({n} == {n})",
        "({b} ? {b} : {b})",
        "alltrue([true, {b}])",
        "anytrue([false, {b}])",
        "(length({l}) > {n})",
        "(length({m}) == 0)",
    ),
    "l": (
        "tolist([{s}, {s}])",
        "tolist([{s}])",
        'tolist(["a"])',
        "tolist({e})",
        "var.l",
        "keys({m})",
        "values({m})",
        "concat({l}, {l})",
        "concat({l}, [{s}])",
        "tolist([for x in {l} : upper(x)])",
        "tolist([for k, x in {m} : x])",
        "[for x in {l} : x if x != {s}]",
        "[{s}, {n}]",
        "[{s}, {b}, null]",
        "reverse({l})",
        "distinct({l})",
        "compact({l})",
        'split("-", {s})',
        "slice({l}, 0, 1)",
        "({b} ? {l} : {l})",
        "({b} ? {l} : [])",
        "[for o in [{{ a = {s} }}, {{ a = {s} }}] : o.a]",
        "[{{ a = {s} }}, {{ a = {s} }}][*].a",
        "{l}[*]",
        "{s}[*]",
        "flatten([{l}, {l}])",
        "coalescelist({l}, {l})",
        "sort({l})",
        "setproduct({l}, {l})[*][0]",
        "chunklist({l}, 1)[0]",
        "formatlist(\"%s!\", {l})",
    ),
    "e": (
        "toset({l})",
        'toset(["a", "b"])',
        "var.set",
        "setunion({e}, {e})",
        "setintersection({e}, {e})",
        "setsubtract({e}, {e})",
        "toset([for x in {e} : lower(x)])",
        "({b} ? {e} : {e})",
        "toset(keys({m}))",
    ),
    "m": (
        "tomap({{ a = {s}, b = {s} }})",
        "tomap({{ a = {s} }})",
        "var.m",
        "{{ a = {s}, (\"b\") = {n} }}",
        "{{}}",
        "merge({m}, {m})",
        "{{ for k, x in {m} : k => upper(x) }}",
        "{{ for x in {e} : x => length(x) }}",
        "{{ for x in {l} : x => x... }}",
        "zipmap(keys({m}), values({m}))",
        "({b} ? {m} : {m})",
        "({b} ? {m} : {{}})",
        "tomap({{ for k, x in {m} : k => x if x != \"a\" }})",
        "{{ a = {s}, b = null }}",
    ),
}  # fmt: skip


class TypedExpressions:
    """A source of expressions; the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - nothing secret

    def next(self) -> str:
        """An expression of a type that is drawn, too."""
        return self._of(self._random.choice("snbblem"), self._random.randint(1, 4))

    def _of(self, kind: str, depth: int) -> str:
        if kind == "v":
            kind = self._random.choice("snblem")
        shapes = _SHAPES[kind]
        if depth == 0:
            shapes = tuple(shape for shape in shapes if not _has_parts(shape))
        shape = self._random.choice(shapes) if shapes else "null"
        return shape.format_map(_Parts(lambda inner: self._of(inner, max(depth - 1, 0))))


def _has_parts(shape: str) -> bool:
    bare = shape.replace("{{", "").replace("}}", "")
    return "{" in bare


class _Parts(dict[str, str]):
    """What stands for `{s}` and the like: another one each time."""

    def __init__(self, make: Callable[[str], str]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, kind: str) -> str:
        return self._make(kind)
