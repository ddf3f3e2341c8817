"""The state for people: its objects, its outputs, the list of its addresses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from planner.address import Address
from planner.render.terminal import Style, columns, escape, escape_lines
from planner.render.values import SENSITIVE, block_text
from planner.state.model import State, StateObject, StateOutput


def show_state_text(state: State, style: Style) -> str:
    """Everything that the state remembers, as blocks of HCL."""
    if not state.objects and not state.outputs:
        return "The state is empty.\n"
    parts = [show_resource_text(state.objects[address], style) for address in sorted(state.objects)]
    if state.outputs:
        parts.append(f"{style.bold('Outputs:')}\n\n{outputs_text(state.outputs)}")
    return "\n".join(parts)


def show_resource_text(found: StateObject, style: Style) -> str:
    """One object of the state as a block of HCL, with its computed attributes; it names a provider with an alias."""
    address = found.address
    provider = {"provider": escape(found.provider)} if "." in found.provider else {}
    arguments = provider | {
        name: SENSITIVE if name in found.sensitive else escape_lines(block_text(value, "  "))
        for name, value in sorted(found.attributes.items())
        if value is not None
    }
    rows = columns(((f"  {name}", f"= {value}") for name, value in arguments.items()), gap=1)
    heading = [f"# {address}:", f'resource "{address.type}" "{address.name}" {{']
    return "\n".join([style.dim(escape(heading[0])), style.bold(escape(heading[1])), *rows, "}", ""])


def outputs_text(outputs: Mapping[str, StateOutput]) -> str:
    """The outputs as HCL, a line each; a sensitive value is not shown."""
    rows = (
        (escape(name), f"= {SENSITIVE if output.sensitive else escape_lines(block_text(output.value))}")
        for name, output in sorted(outputs.items())
    )
    return "\n".join([*columns(rows, gap=1), ""])


def state_list(addresses: Iterable[Address]) -> str:
    """The addresses in order, one a line, as other commands take them."""
    return "".join(f"{escape(address)}\n" for address in sorted(addresses))
