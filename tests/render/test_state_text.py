from __future__ import annotations

from decimal import Decimal

from planner.address import Address
from planner.hcl.cty.types import STRING
from planner.hcl.cty.values import number, object_of, string, tuple_of, unknown
from planner.network.identity import Enablement, Link
from planner.render.state import outputs_text, show_resource_text, show_state_text, state_list
from planner.render.terminal import PLAIN, Style
from planner.render.values import block_text, plain_json, value_text
from planner.state.model import State, StateObject, StateOutput

SHOP = Address("classiclink_vpc", "shop")
WEB = Address("classiclink_attachment", "web", "i-1", (("a", None),))
OBJECTS = {
    WEB: StateObject(
        WEB,
        Link("i-1", "vpc-a"),
        {"instance_id": "i-1", "vpc_id": "vpc-a", "vswitch_ids": ["vsw-1"], "region_id": None},
        "mock",
    ),
    SHOP: StateObject(SHOP, Enablement("vpc-a"), {"vpc_id": "vpc-\x1b"}, "mock", sensitive=frozenset({"token"})),
}


def test_a_block_names_a_provider_with_an_alias() -> None:
    found = StateObject(SHOP, Enablement("vpc-a"), {"vpc_id": "vpc-a"}, "mock.lab")
    assert show_resource_text(found, PLAIN) == (
        '# classiclink_vpc.shop:\nresource "classiclink_vpc" "shop" {\n  provider = mock.lab\n  vpc_id   = "vpc-a"\n}\n'
    )


def test_the_state_is_shown_as_blocks_in_the_order_of_addresses() -> None:
    state = State("l", 1, OBJECTS, {"ids": StateOutput(["i-1"], ["list", "string"])})
    assert show_state_text(state, PLAIN) == (
        "# classiclink_vpc.shop:\n"
        'resource "classiclink_vpc" "shop" {\n'
        '  vpc_id = "vpc-\\u001b"\n'
        "}\n"
        "\n"
        '# module.a.classiclink_attachment.web["i-1"]:\n'
        'resource "classiclink_attachment" "web" {\n'
        '  instance_id = "i-1"\n'
        '  vpc_id      = "vpc-a"\n'
        "  vswitch_ids = [\n"
        '    "vsw-1",\n'
        "  ]\n"
        "}\n"
        "\n"
        "Outputs:\n"
        "\n"
        "ids = [\n"
        '  "i-1",\n'
        "]\n"
    )


def test_an_empty_state_says_so() -> None:
    assert show_state_text(State(), PLAIN) == "The state is empty.\n"


def test_a_sensitive_attribute_and_a_sensitive_output_are_not_shown() -> None:
    hidden = StateObject(SHOP, Enablement("vpc-a"), {"token": "secret"}, "mock", sensitive=frozenset({"token"}))
    assert "token = (sensitive value)" in show_resource_text(hidden, Style(color=True))
    assert outputs_text({"token": StateOutput("secret", "string", sensitive=True)}) == "token = (sensitive value)\n"


def test_outputs_stand_below_each_other_in_name_order() -> None:
    outputs = {"zones": StateOutput(2, "number"), "a": StateOutput("x\n\x1b", "string")}
    assert outputs_text(outputs) == 'a     = "x\\n\\u001b"\nzones = 2\n'


def test_addresses_are_listed_whole_and_harmless() -> None:
    long = Address("classiclink_attachment", "web", "x" * 500)
    bidi = Address("classiclink_attachment", "web", "\u202e")
    assert state_list([long, bidi, SHOP]) == (
        f'classiclink_attachment.web["{"x" * 500}"]\nclassiclink_attachment.web["\\u202e"]\nclassiclink_vpc.shop\n'
    )


def test_values_are_written_in_the_notation_of_the_language() -> None:
    assert value_text({"a": [1, None, True], "b c": "x"}) == '{ a = [1, null, true], "b c" = "x" }'
    assert value_text([{}, []]) == "[{}, []]"
    assert block_text({"a": {"b": []}}) == "{\n  a = {\n    b = []\n  }\n}"


def test_a_value_of_the_language_becomes_json_with_null_for_what_is_not_known() -> None:
    value = object_of({"a": tuple_of([number(Decimal("0.1")), unknown(STRING)]), "b": string("x")})
    assert plain_json(value) == {"a": [Decimal("0.1"), None], "b": "x"}
