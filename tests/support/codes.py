"""The codes that `cl` can print, as its sources name them."""

from __future__ import annotations

import ast
import re
from functools import cache

from sources import modules, tree

_CODE = re.compile(r"(CFG|STA|PRV|CL)\d{3}")


def codes_in_the_sources() -> frozenset[str]:
    """Every text of the sources that is a code and nothing else."""
    return frozenset(filter(_CODE.fullmatch, texts_of_the_sources()))


@cache
def texts_of_the_sources() -> frozenset[str]:
    """Every text that stands in the sources."""
    return frozenset(
        node.value
        for module in modules()
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
