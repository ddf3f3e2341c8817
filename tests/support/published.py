"""Documents that `cl` made, held to the published schemas by a validator that is not the one that `cl` uses."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from planner.cli.schema import schema_named

_MOST = 200_000
"""Larger documents, in characters, take the validator too long; they hold nothing that small ones do not."""
_WRITING = {"apply", "destroy", "refresh", "import"}
"""The commands after which the state and the world are what `cl` wrote."""


def check(arguments: Sequence[str], out: str, directory: Path, *, succeeded: bool) -> None:
    """Fail where a document that this run made does not fit its published schema."""
    for name, document in _made(arguments, out, directory, succeeded=succeeded):
        problem = best_match(_validator(name).iter_errors(document))
        assert problem is None, f"{name} of cl {' '.join(arguments)}: {problem.json_path}: {problem.message}"


@cache
def _validator(name: str) -> Any:
    return Draft202012Validator(schema_named(name))


def _made(arguments: Sequence[str], out: str, directory: Path, *, succeeded: bool) -> Iterator[tuple[str, Any]]:
    command = next((word for word in arguments if not word.startswith("-")), "")
    if {"-json", "--json"} & {*arguments} and len(out) <= _MOST:
        if command in ("plan", "drift"):
            yield from ((command, document) for document in _parsed([out]))
        elif command in _WRITING:
            yield from (("events", document) for document in _parsed(out.splitlines()))
    if command in _WRITING and succeeded:
        for name, file in (("state", "cl.state.json"), ("world", "world.json")):
            path = directory / file
            if path.is_file() and path.stat().st_size <= _MOST:
                written = _parsed([path.read_text("utf-8-sig")])
                yield from ((name, document) for document in written if "cl_encrypted" not in document)


def _parsed(texts: Iterable[str]) -> Iterator[Any]:
    """The objects among these texts: an encrypted state, a question or a line that was cut off is none."""
    for text in texts:
        try:
            document = json.loads(text)
        except ValueError:
            continue
        if isinstance(document, dict):
            yield document
