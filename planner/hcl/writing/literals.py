"""Writing HCL: names and strings as source text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping


def string_literal(text: str) -> str:
    """`text` as a quoted string in which no template begins, and nothing is invisible."""
    from json import dumps

    quoted = dumps(text, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")
    return quoted if quoted.isprintable() else "".join(map(_visible, quoted))


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def block_label(text: str) -> str:
    """A name for a block, as near to `text` as a name can be."""
    name = re.sub(r"[^\w-]+", "-", text, flags=re.ASCII)
    return name if re.match(r"[A-Za-z_]", name) else f"_{name}"


def resource_block(type_: str, label: str, arguments: Mapping[str, str], provider: str | None = None) -> str:
    """A resource block as `cl fmt` writes it, from the source text of its arguments. No provider: the default one."""
    written = {**({"provider": provider} if provider is not None else {}), **arguments}
    width = max(map(len, written), default=0)
    lines = [f"  {name:<{width}} = {value}" for name, value in written.items()]
    return "\n".join([f'resource "{type_}" "{label}" {{', *lines, "}"])


_LIST_WIDTH = 100
"""Up to how many columns a list of keys takes."""


def repeated_block(
    type_: str, label: str, keys: Iterable[str], arguments: Mapping[str, str], provider: str | None = None
) -> str:
    """As `resource_block`, for many objects: one for each key, which `arguments` names as `each.key`."""
    from textwrap import wrap

    listed = ", ".join(string_literal(key).replace(" ", "\0") for key in keys) + ","
    lines = wrap(
        listed,
        _LIST_WIDTH,
        initial_indent="    ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    width = max(map(len, arguments), default=0)
    return "\n".join(
        [
            f'resource "{type_}" "{label}" {{',
            *([f"  provider = {provider}"] if provider is not None else []),
            "  for_each = toset([",
            *(line.replace("\0", " ") for line in lines),
            "  ])",
            "",
            *(f"  {name:<{width}} = {value}" for name, value in arguments.items()),
            "}",
        ]
    )
