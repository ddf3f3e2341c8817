"""Properties of functions that go together."""

from decimal import Decimal
from ipaddress import ip_network
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from planner.hcl.cty.arithmetic import exact, normal
from planner.hcl.cty.python_values import from_python
from planner.hcl.cty.types import MapType
from planner.hcl.cty.values import Value, string
from planner.hcl.functions import standard_functions
from planner.hcl.functions.spec import FunctionError, call

FUNCTIONS = standard_functions()

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
NUMBERS = st.integers(-(10**30), 10**30) | st.decimals(-1000, 1000, places=3).map(lambda n: n.normalize())
PLAIN = st.none() | st.booleans() | TEXTS | NUMBERS
DATA = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=8
)


def run(name: str, *arguments: Any) -> Value:
    return call(FUNCTIONS[name], [from_python(argument) for argument in arguments])


def attempt(name: str, *arguments: Any) -> Value | None:
    """The result, or None where the call is refused; nothing else may be raised."""
    try:
        return run(name, *arguments)
    except FunctionError:
        return None


@given(DATA)
def test_json_reads_back_what_it_wrote(data: Any) -> None:
    value = from_python(data)
    assert run("jsondecode", run("jsonencode", value)).to_python() == value.to_python()


@given(DATA)
@settings(deadline=None)
def test_yaml_reads_back_what_it_wrote(data: Any) -> None:
    value = from_python(data)
    assert run("yamldecode", run("yamlencode", value)).to_python() == value.to_python()


@given(TEXTS)
def test_encodings_read_back_what_they_wrote(text: str) -> None:
    expected = string(text).raw
    assert run("base64decode", run("base64encode", text)).raw == expected
    assert run("base64gunzip", run("base64gzip", text)).raw == expected
    assert run("urldecode", run("urlencode", text)).raw == expected
    assert run("textdecodebase64", run("textencodebase64", text, "UTF-16LE"), "UTF-16LE").raw == expected


@given(st.lists(st.lists(TEXTS.filter(lambda text: "\r" not in text), min_size=2, max_size=2), max_size=4))
def test_csv_is_read_as_it_was_written(rows: list[list[str]]) -> None:
    def field(text: str) -> str:
        return '"' + text.replace('"', '""') + '"'

    text = "\n".join(",".join(map(field, row)) for row in [["a", "b"], *rows])
    expected = [{"a": string(first).raw, "b": string(second).raw} for first, second in rows]
    assert run("csvdecode", text).to_python() == expected


@given(TEXTS)
def test_a_text_is_its_characters_one_after_the_other(text: str) -> None:
    characters = [run("substr", text, index, 1).raw for index in range(run("length", text).raw)]
    assert "".join(characters) == string(text).raw


@given(st.lists(TEXTS, max_size=6), TEXTS.filter(bool))
def test_split_undoes_join(parts: list[str], separator: str) -> None:
    separator = string(separator).raw
    joined = run("join", separator, parts)
    if parts and not any(separator in string(part).raw for part in parts):
        found = run("split", separator, joined).to_python()
        assert "".join(found).replace(separator, "") in joined.raw.replace(separator, "")
        assert run("join", separator, found).raw == joined.raw


@given(st.lists(PLAIN, max_size=4), st.lists(PLAIN, max_size=4))
def test_a_product_has_a_row_for_each_pair_of_elements(left: list[Any], right: list[Any]) -> None:
    found = attempt("setproduct", left, right)
    assert found is None or len(found.raw) == len(left) * len(right)


@given(st.lists(TEXTS, max_size=6), st.lists(TEXTS, max_size=6))
def test_sets_follow_set_algebra(left: list[str], right: list[str]) -> None:
    one, other = ({string(text).raw for text in texts} for texts in (left, right))
    assert set(run("setunion", left, right).to_python()) == one | other
    assert set(run("setintersection", left, right).to_python()) == one & other
    assert set(run("setsubtract", left, right).to_python()) == one - other


@given(st.lists(TEXTS, max_size=8))
def test_distinct_sort_and_reverse_keep_the_elements(texts: list[str]) -> None:
    held = [string(text).raw for text in texts]
    assert run("distinct", texts).to_python() == list(dict.fromkeys(held))
    assert run("sort", texts).to_python() == sorted(held)
    assert run("reverse", texts).to_python() == held[::-1]


@given(st.dictionaries(TEXTS, PLAIN, max_size=5))
def test_a_map_is_its_keys_zipped_with_its_values(entries: dict[str, Any]) -> None:
    value = from_python(entries)
    assert not isinstance(value.type, MapType)
    assert run("zipmap", run("keys", value), run("values", value)).to_python() == value.to_python()
    assert run("merge", value, value).to_python() == value.to_python()


@given(st.ip_addresses(v=4), st.integers(0, 24), st.integers(1, 8), st.data())
def test_subnets_are_those_of_the_standard_library(
    address: Any, prefix: int, newbits: int, data: st.DataObject
) -> None:
    network = ip_network(f"{address}/{prefix}", strict=False)
    number = data.draw(st.integers(0, 2**newbits - 1))
    subnet = run("cidrsubnet", str(network), newbits, number).raw
    size = network.num_addresses >> newbits
    assert ip_network(subnet)[0] == network[number * size]
    assert run("cidrcontains", str(network), subnet).raw is True
    assert run("cidrhost", str(network), number * size).raw == str(ip_network(subnet)[0])


@given(st.decimals(-(10**6), 10**6, places=4), st.integers(0, 6))
def test_fractions_are_rounded_half_to_even_on_exact_amounts(amount: Decimal, places: int) -> None:
    held = exact(normal(amount))  # 0.35 is a little less, in binary
    assert Decimal(run("format", f"%.{places}f", amount).raw) == Decimal(f"{held:.{places}f}")


@given(st.text("%sdvqfeg0-+# .[]123x", max_size=12), st.lists(PLAIN, max_size=3))
def test_any_format_string_gives_text_or_a_refusal(template: str, arguments: list[Any]) -> None:
    found = attempt("format", template, *arguments)
    assert found is None or isinstance(found.raw, str)


@given(
    st.sampled_from(sorted(name for name in FUNCTIONS if "::" not in name and name != "bcrypt")),
    st.lists(DATA, max_size=4),
)
@settings(max_examples=600, deadline=None)
def test_any_call_gives_a_value_or_a_refusal(name: str, arguments: list[Any]) -> None:
    found = attempt(name, *arguments)
    assert found is None or isinstance(found, Value)


@given(st.text(max_size=30))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    for name in ("jsondecode", "yamldecode", "csvdecode", "base64decode", "urldecode"):
        found = attempt(name, text)
        assert found is None or found.is_known
