"""Writing HCL: names and strings as source text."""

from __future__ import annotations

import json
import re


def string_literal(text: str) -> str:
    """`text` as a quoted string in which no template begins."""
    return json.dumps(text, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")


def block_label(text: str) -> str:
    """A name for a block, as near to `text` as a name can be."""
    name = re.sub(r"[^\w-]+", "-", text, flags=re.ASCII)
    return name if re.match(r"[A-Za-z_]", name) else f"_{name}"
