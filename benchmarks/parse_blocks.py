"""How fast configurations are parsed and evaluated: `python benchmarks/parse_blocks.py [BLOCKS]`.

The nodes of a block whose shape repeats are built when they are first looked at: here when its arguments are evaluated.

Measured on two busy, shared cores (2026), blocks of about 200 bytes, MB of source text per second of processor time:

    shapes repeat         parse 28.9    parse and evaluate 3.2     (10,000 blocks)
    no shape repeats      parse  0.5    parse and evaluate 0.5     (1,000 blocks, each through the grammar)
"""

from __future__ import annotations

import sys
import time

from planner.hcl.cty.python_values import from_python
from planner.hcl.evaluation.evaluator import evaluate_expression
from planner.hcl.evaluation.scope import Scope
from planner.hcl.functions import standard_functions
from planner.hcl.syntax.nodes import Body
from planner.hcl.syntax.parser import parse_file

_BLOCK = """resource "classiclink_attachment" "web_{number}" {{
  instance_id = "i-{number:07d}"
  vpc_id      = classiclink_vpc.shop.vpc_id
  vswitch_ids = ["vsw-{vswitch}", "vsw-{number}"]
{extra}
  lifecycle {{
    prevent_destroy = true
  }}
}}
"""


def configuration(blocks: int, *, repeats: bool) -> str:
    """That many blocks; without `repeats` each has an argument of its own name."""
    return "\n".join(
        _BLOCK.format(number=number, vswitch=number % 7, extra="" if repeats else f"  note_{number} = {number}")
        for number in range(blocks)
    )


def evaluate(body: Body, scope: Scope) -> None:
    """Evaluate every argument of a body and the blocks in it."""
    for attribute in body.attributes.values():
        evaluate_expression(attribute.expression, scope)
    for block in body.blocks:
        evaluate(block.body, scope)


def main() -> None:
    blocks = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    scope = Scope({"classiclink_vpc": from_python({"shop": {"vpc_id": "vpc-1"}})}, standard_functions())
    parse_file("warm = up\n", "warm.hcl")
    for label, repeats, count in (("shapes repeat", True, blocks), ("no shape repeats", False, blocks // 10)):
        text = configuration(count, repeats=repeats)
        size = len(text.encode()) / 1e6
        started = time.process_time()
        body = parse_file(text, "main.hcl")
        parsed = time.process_time()
        evaluate(body, scope)
        ended = time.process_time()
        rates = size / (parsed - started), size / (ended - started)
        sys.stdout.write(
            f"{label:18} {count:7,} blocks  parse {rates[0]:5.2f} MB/s  parse and evaluate {rates[1]:5.2f} MB/s\n"
        )


if __name__ == "__main__":
    main()
