"""The grammar of the python-hcl2 that is installed."""

from __future__ import annotations

import zlib
from importlib.util import find_spec
from pathlib import Path


def grammar_file() -> Path:
    """Where it is. The file may not exist."""
    package = find_spec("hcl2")
    return Path(next(iter((package and package.submodule_search_locations) or ()), "")) / "hcl2.lark"


def fingerprint(grammar: bytes) -> int:
    """What distinguishes one version of a grammar file from another."""
    return zlib.crc32(grammar)
