"""Which resource of a configuration needs which, as DOT and as Mermaid."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

Needs = Mapping[str, Iterable[str]]


def resources_dot(needs: Needs) -> str:
    """The graph in the DOT language of Graphviz; an arrow leads to what is needed."""
    nodes = [f"  {json.dumps(address)}" for address in sorted(needs)]
    arrows = [
        f"  {json.dumps(address)} -> {json.dumps(needed)}"
        for address in sorted(needs)
        for needed in sorted(needs[address])
    ]
    return "\n".join(["digraph configuration {", '  rankdir = "RL"', "  node [shape = rect]", *nodes, *arrows, "}", ""])


def resources_mermaid(needs: Needs) -> str:
    """The graph as a Mermaid flowchart. Addresses are letters, digits, dots and underscores: safe as labels."""
    number = {address: index for index, address in enumerate(sorted(needs))}
    nodes = [f'  r{number[address]}["{address}"]' for address in sorted(needs)]
    arrows = [f"  r{number[address]} --> r{number[one]}" for address in sorted(needs) for one in sorted(needs[address])]
    return "\n".join(["flowchart RL", *nodes, *arrows, ""])
