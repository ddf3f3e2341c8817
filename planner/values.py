"""Plain values with other fields: `replace(step, needs=needs)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import replace  # mypy holds what is given to the fields, of a Struct as well
else:
    from msgspec.structs import replace

__all__ = ["replace"]
