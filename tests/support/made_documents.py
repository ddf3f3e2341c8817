"""Every document that the tests make is held to its published schema, in whatever process it is made.

The functions of `cl` that make documents are wrapped when their modules are imported, here and in the processes that
tests start; makers of documents by hand say `@makes("plan")`. A document that does not fit is written down, and the
test in which it was made fails (tests/conftest.py).
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import cache, wraps
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from jsonschema_rs import Validator

MAKERS: Mapping[str, Mapping[str, str]] = {
    "planner.plan.make": {"make_plan": "plan"},
    "planner.app.planning": {"make": "plan", "failed_plan": "plan"},
    "planner.drift.document": {"find_drift": "drift", "nothing_compared": "drift"},
    "planner.state.format": {"dumps": "state"},
    "planner.app.history": {"history": "history"},
    "planner.apply.events": {"Event": "events"},
    "providers.mock.world_file": {"write_document": "world"},
}
"""By module, what makes a document there, and which schema it has: functions, and the class of what becomes one."""

IN_CHILDREN = Path(__file__).with_name("in_children")
"""The folder that makes `hold_makers` part of the start of Python, where it is on PYTHONPATH."""
NOTES = "MADE_DOCUMENTS_NOTES"
"""The variable that names the folder in which documents that do not fit are written down."""

_MOST = 10
"""So many problems of one document are written down."""

_P = ParamSpec("_P")
_R = TypeVar("_R")


def makes(kind: str) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """The same function; what it makes, a document or its text, is held to the schema of this name."""

    def holding(function: Callable[_P, _R]) -> Callable[_P, _R]:
        @wraps(function)
        def made(*arguments: _P.args, **named: _P.kwargs) -> _R:
            document = function(*arguments, **named)
            hold(kind, document, f"{function.__module__}.{function.__qualname__}")
            return document

        return made

    return holding


def _hold_instances(kind: str, family: Any) -> None:
    """Hold what each instance of a class that derives from this one becomes in JSON."""
    for derived in family.__subclasses__():
        _hold_instances(kind, derived)
    if "to_json" in vars(family):
        make: Callable[..., None] = family.__init__

        def made(self: Any, *arguments: Any, **named: Any) -> None:
            make(self, *arguments, **named)
            hold(kind, self.to_json(), family.__name__)

        family.__init__ = made


def hold(kind: str, document: object, maker: str) -> None:
    """Write down what is wrong with a document of this kind, or with its text."""
    document = json.loads(document) if isinstance(document, str) else document
    try:
        found = list(islice(_validator(kind).iter_errors(document), _MOST))
    except UnicodeEncodeError:  # half of a surrogate pair, which is in no text
        text = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
        found = list(islice(_validator(kind).iter_errors(json.loads(text)), _MOST))
    problems = [
        f"{''.join(f'[{key!r}]' for key in problem.instance_path)}: {problem.message[:300]}" for problem in found
    ]
    if problems:
        handle, _ = tempfile.mkstemp(dir=os.environ[NOTES])
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as note:
            note.write("\n    ".join([f"{maker} made what is not by the schema of {kind}:", *problems]))


def refuse_noted(notes: Path) -> None:
    """Raises AssertionError with what is noted in this folder, which is empty then."""
    found = [(note, note.read_text("utf-8")) for note in notes.iterdir()]
    for note, _ in found:
        note.unlink()
    assert not found, "\n".join(text for _, text in found)


@cache
def _validator(kind: str) -> Validator:
    from jsonschema_rs import validator_for

    from planner.cli.schema import schema_named

    return validator_for(schema_named(kind))


def hold_makers() -> None:
    """From now on, in this process and in those that it starts, hold what the makers of `cl` make.

    Comes before any module of `cl` is imported.
    """
    sys.meta_path.insert(0, _Makers())


def _hold(kind: str, module: ModuleType, name: str) -> None:
    maker = getattr(module, name)
    if isinstance(maker, type):
        _hold_instances(kind, maker)
    else:
        setattr(module, name, makes(kind)(maker))


class _Makers(MetaPathFinder):
    """Finds the modules of makers, and has their functions wrapped before another module imports them from there."""

    def find_spec(self, fullname: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path, target) if fullname in MAKERS else None
        if spec is not None and spec.loader is not None:
            run = spec.loader.exec_module

            def run_and_wrap(module: ModuleType) -> None:
                run(module)
                for name, kind in MAKERS[fullname].items():
                    _hold(kind, module, name)

            spec.loader.exec_module = run_and_wrap  # type: ignore[method-assign]
        return spec
