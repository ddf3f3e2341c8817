"""The built-in functions, by name.

Each family has a module; a module is imported when one of its functions is first asked for, and a heavy library when
a function that needs it is first called.

Not here: `try` and `can`, whose arguments may fail, and `convert`, which takes a type, are the evaluator's;
`provider::…` functions are not, since no provider has any, nor are `list` and `map`, which in Terraform only say that
they are gone (write `tolist([…])`, `tomap({…})`). `type` is there for `console` only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

    from planner.hcl.functions.spec import Function
    from planner.hcl.functions.templates import Render

    Made = tuple[Function, ...]

NAMESPACE: Final = "core::"

_FAMILIES: Final[dict[str, str]] = {
    "strings": (
        "upper lower title strrev substr trim trimprefix trimsuffix trimspace chomp indent split strcontains endswith "
        "startswith join sort"
    ),
    "patterns": "regex regexall replace",
    "formatting": "format formatlist",
    "collections": ("length element index contains one coalesce coalescelist alltrue anytrue sum matchkeys"),
    "sequences": "compact distinct chunklist flatten reverse slice concat range",
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
    from datetime import UTC, datetime

    return datetime.now(UTC)


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
    """All functions, each also as `core::name`.

    `base_dir` is the root module's directory, where relative paths start; files may be read there and in the `readable`
    directories. `render` renders templates; without it there are no template functions. `plan_time` is the moment that
    `plantimestamp` gives, unknown without it; `now` is the clock of `timestamp`; `home` stands for `~`. `console` adds
    `type`.
    """
    base = Path(base_dir)

    def clock() -> Made:
        from planner.hcl.functions.time import clock_functions

        return clock_functions(now, plan_time)

    def files() -> Made:
        from planner.hcl.functions.filesystem import Tree, file_functions

        return file_functions(Tree(base, readable, home))

    def templates(render: Render, depth: int) -> Made:
        from planner.hcl.functions.filesystem import Tree
        from planner.hcl.functions.templates import template_functions

        return template_functions(Tree(base, readable, home), render, lambda: table(depth + 1), depth)

    def table(depth: int) -> FunctionTable:
        """The functions for templates that are rendered so deep inside other templates."""
        makers: dict[str, Callable[[], Made]] = {names: partial(_family, family) for family, names in _FAMILIES.items()}
        makers[_CLOCK] = clock
        makers[_FILES] = files
        if render:
            makers[_TEMPLATES] = partial(templates, render, depth)
        if console:
            makers["type"] = _console
        return FunctionTable(makers)

    return table(depth=0)


def _family(name: str) -> Made:
    made: Made = import_module(f"planner.hcl.functions.{name}").FUNCTIONS
    return made


def _console() -> Made:
    from planner.hcl.functions.types import type_

    return (type_,)


class FunctionTable(Mapping[str, "Function"]):
    """Functions by name, made when one of their family is first asked for.

    `makers` are by the names of what they make, with spaces between them.
    """

    def __init__(self, makers: Mapping[str, Callable[[], Made]]) -> None:
        self._makers = {name: make for names, make in makers.items() for name in names.split()}
        self._made: dict[str, Function] = {}

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
