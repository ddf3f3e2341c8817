"""Numbers: binary floats of 512 bits, as Terraform computes with them. The results here are Terraform's."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.diagnostics import ConfigError
from planner.hcl import evaluate
from planner.hcl.cty import arithmetic
from planner.hcl.cty.arithmetic import exact, normal, number_text
from planner.hcl.writing.console_format import format_value

SHOWN = {
    "0.1 + 0.2": "0.3",
    "0.1 + 0.2 == 0.3": "true",
    "1 / 3": f"0.{'3' * 154}5",
    "1 / 3 * 3 == 1": "true",
    "1 - 0.9 == 0.1": "false",
    "1.1 * 1.1 == 1.21": "false",
    "3 * 1.1 == 3.3": "false",
    "1 - 0.9": f"0.1{'0' * 153}3",
    "1.15 + 2.30": f"3.44{'9' * 151}8",
    "0.7 % 0.2": f"0.0{'9' * 153}55",
    "-7.5 % 2": "-1.5",
    "[5 % 0, 7 % -3, -7 % 3]": "[\n  5,\n  1,\n  -1,\n]",
    "1e154 + 1": f"1{'0' * 153}1",
    "1e155 + 1 == 1e155": "true",
    "10860125750550549613025927999521124163728160227922437699845e182 * 10 == "
    "10860125750550549613025927999521124163728160227922437699845e183": "false",
    "[1 / 0, -1 / 0, 5 / (1 / 0), 1 / 0 > 1e300]": "[\n  +Inf,\n  -Inf,\n  0,\n  true,\n]",
    "toset([1 / 0, 1, -1 / 0, 0])": "toset([\n  -Inf,\n  0,\n  1,\n  +Inf,\n])",
    '"<${1 / 0}>"': '"<+Inf>"',
}
REFUSED = ["0 / 0", "1 / 0 - 1 / 0", "1 / 0 * 0", "(1 / 0) / (1 / 0)", "5 % (1 / 0)", "(1 / 0) % 5", "[1][1 / 0]"]

DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9)


@pytest.mark.parametrize(("expression", "shown"), SHOWN.items(), ids=list(SHOWN))
def test_arithmetic_gives(expression: str, shown: str) -> None:
    assert format_value(evaluate(expression)) == shown


@pytest.mark.parametrize("expression", REFUSED)
def test_what_has_no_number_as_its_result_is_refused(expression: str) -> None:
    with pytest.raises(ConfigError):
        evaluate(expression)


@given(st.one_of(DECIMALS, st.integers(-(2**600), 2**600)), st.one_of(DECIMALS, st.integers(1, 2**600)))
def test_a_number_is_the_shortest_decimal_of_its_float(one: Decimal | int, other: Decimal | int) -> None:
    for compute in (arithmetic.add, arithmetic.subtract, arithmetic.multiply):
        found = compute(normal(one), normal(other))
        assert normal(exact(found)) == found
        assert normal(Decimal(number_text(found))) == found


@given(DECIMALS, DECIMALS)
def test_a_result_is_within_half_a_bit_of_the_exact_one(one: Decimal, other: Decimal) -> None:
    found = Fraction(exact(arithmetic.multiply(normal(one), normal(other))))
    expected = Fraction(exact(normal(one))) * Fraction(exact(normal(other)))
    assert abs(found - expected) * 2**512 <= abs(expected)
