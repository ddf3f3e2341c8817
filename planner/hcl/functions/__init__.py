"""The built-in functions, by name.

Each family has a module; a module is imported when one of its functions is first asked for, and a heavy library when
a function that needs it is first called.

Not here: `try` and `can`, whose arguments may fail, and `convert`, which takes a type, are the evaluator's;
`provider::…` functions are not, since no provider has any, nor are `list` and `map`, which in Terraform only say that
they are gone (write `tolist([…])`, `tomap({…})`). `type` is there for `console` only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from planner.hcl.functions.spec import Function
    from planner.hcl.functions.templates import Render

NAMESPACE: Final = "core::"

_FAMILIES: Final[dict[str, str]] = {
    "strings": (
        "upper lower title strrev substr trim trimprefix trimsuffix trimspace chomp indent split strcontains endswith "
        "startswith join sort"
    ),
    "patterns": "regex regexall replace",
    "formatting": "format formatlist",
    "collections": (
        "length element index contains compact distinct chunklist flatten reverse slice concat range one coalesce "
        "coalescelist alltrue anytrue sum matchkeys"
    ),
    "mappings": "keys values lookup merge zipmap transpose",
    "sets": "setunion setintersection setsubtract setproduct",
    "numbers": "abs ceil floor log pow signum max min parseint",
    "encoding": (
        "base64decode base64encode base64gzip base64gunzip textencodebase64 textdecodebase64 urlencode urldecode"
    ),
    "json_text": "jsonencode jsondecode",
    "yaml_text": "yamldecode yamlencode",
    "csv_text": "csvdecode",
    "time": "timeadd timecmp formatdate",
    "hashing": "md5 sha1 sha256 sha512 base64sha256 base64sha512 bcrypt uuid uuidv5 rsadecrypt",
    "network": "cidrhost cidrnetmask cidrsubnet cidrsubnets cidrcontains",
    "types": "tostring tonumber tobool tolist toset tomap sensitive nonsensitive issensitive ephemeralasnull",
    "filesystem": "basename dirname",
    "assumptions": (
        "assumeequal assumenotnull assumestringprefix assumelistlength assumelistlengthmin assumelistlengthmax "
        "assumesetlength assumesetlengthmin assumesetlengthmax assumemaplength assumemaplengthmin assumemaplengthmax"
    ),
}
_CLOCK: Final = "timestamp plantimestamp"
_FILES: Final = (
    "file filebase64 filemd5 filesha1 filesha256 filesha512 filebase64sha256 filebase64sha512 fileexists fileset "
    "abspath pathexpand"
)
_TEMPLATES: Final = "templatefile templatestring"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What functions need to know of where and when they are called.

    `base_dir` is the root module's directory, `readable` other trees whose files may be read; `plan_time` is the moment
    `plantimestamp` gives; `console` adds `type`.
    """

    base_dir: Path
    readable: tuple[Path, ...] = ()
    render: Render | None = None
    plan_time: datetime | None = None
    now: Callable[[], datetime] = _now
    home: Path | None = None
    console: bool = False


def standard_functions(
    base_dir: str | Path = ".",
    *,
    readable: tuple[Path, ...] = (),
    render: Render | None = None,
    plan_time: datetime | None = None,
    now: Callable[[], datetime] = _now,
    home: Path | None = None,
    console: bool = False,
) -> Mapping[str, Function]:
    """All functions, each also as `core::name`. Without `render` there are no template functions."""
    return _Functions(Surroundings(Path(base_dir), readable, render, plan_time, now, home, console))


class _Functions(Mapping[str, "Function"]):
    """Functions by name, made when they are asked for."""

    def __init__(self, surroundings: Surroundings, depth: int = 0) -> None:
        self._surroundings = surroundings
        self._depth = depth
        self._made: dict[str, Function] = {}
        self._makers = self._find_makers()

    def _find_makers(self) -> dict[str, Callable[[], tuple[Function, ...]]]:
        makers: dict[str, Callable[[], tuple[Function, ...]]] = {}
        for family, names in _FAMILIES.items():
            makers.update(dict.fromkeys(names.split(), lambda family=family: _family(family)))  # type: ignore[misc]
        makers.update(dict.fromkeys(_CLOCK.split(), self._clock))
        makers.update(dict.fromkeys(_FILES.split(), self._files))
        if self._surroundings.render:
            makers.update(dict.fromkeys(_TEMPLATES.split(), self._templates))
        if self._surroundings.console:
            makers["type"] = self._console
        return makers

    def __getitem__(self, name: str) -> Function:
        name = name.removeprefix(NAMESPACE)
        if name not in self._made:
            self._made.update((made.name, made) for made in self._makers[name]())
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.removeprefix(NAMESPACE) in self._makers

    def __iter__(self) -> Iterator[str]:
        yield from self._makers
        yield from (NAMESPACE + name for name in self._makers)

    def __len__(self) -> int:
        return 2 * len(self._makers)

    def _clock(self) -> tuple[Function, ...]:
        from planner.hcl.functions.time import clock_functions

        return clock_functions(self._surroundings.now, self._surroundings.plan_time)

    def _files(self) -> tuple[Function, ...]:
        from planner.hcl.functions.filesystem import Tree, file_functions

        return file_functions(Tree(self._surroundings.base_dir, self._surroundings.readable, self._surroundings.home))

    def _templates(self) -> tuple[Function, ...]:
        from planner.hcl.functions.filesystem import Tree
        from planner.hcl.functions.templates import template_functions

        place = self._surroundings
        assert place.render is not None  # noqa: S101 - there is no maker without it
        tree = Tree(place.base_dir, place.readable, place.home)
        return template_functions(tree, place.render, lambda: _Functions(place, self._depth + 1), self._depth)

    def _console(self) -> tuple[Function, ...]:
        from planner.hcl.functions.types import type_

        return (type_,)


def _family(name: str) -> tuple[Function, ...]:
    found: tuple[Function, ...] = import_module(f"planner.hcl.functions.{name}").FUNCTIONS
    return found
