"""Addresses: where an object is declared, such as `module.shop["a"].classiclink_attachment.web["i-1"]`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Protocol, TypeVar

from msgspec import Struct
from msgspec.structs import force_setattr

from planner.remedy import Command, cl

Key = str | int | None
"""The instance key: an index for `count`, a string for `for_each`, None for neither."""

_STEP = r'(?P<name>[^\W\d][\w-]*)(?:\[(?P<key>\d+|"(?:[^"\\]|\\.)*")\])?(?:\.|$)'
_MOSTLY = re.compile(r'(?!module\.|data\.)([^\W\d][\w-]*)\.([^\W\d][\w-]*)(?:\["([^"\\{\x00-\x1f]*)"\])?')
"""What most addresses of a large estate look like: in the root module, with no key or a plain string."""


_PREFIXED = r'((?:module\.[^\W\d][\w-]*(?:\[(?:[*?\d]+|"(?:[^"\\]|\\.)*")\])?\.)*)resource\.(?=[^.\[]+\.)'


def plain_address(text: str) -> str:
    """The address without the optional word `resource` in front of the type: `resource.classiclink_vpc.a`."""
    found = re.match(_PREFIXED, text)
    return f"{found[1]}{text[found.end() :]}" if found else text


def format_key(key: Key) -> str:
    """`[0]`, `["a"]` or nothing, as in an address. A string is quoted as in HCL: no template begins in it."""
    if key is None:
        return ""
    if isinstance(key, int):
        return f"[{key}]"
    quoted = f'"{key}"' if key.isprintable() and '"' not in key and "\\" not in key else _quoted(key)
    if "{" in key:
        quoted = quoted.replace("${", "$${").replace("%{", "%%{")
    return f"[{quoted}]"


def _quoted(key: str) -> str:
    """The key in quotes, with what few keys need: escapes."""
    from json import dumps

    return dumps(key, ensure_ascii=False)


def _parse_key(text: str | None) -> Key:
    """The key that stands in brackets. A `${` that is not escaped stands for itself."""
    from json import loads

    found: Key = None if text is None else loads(text)
    if isinstance(found, str) and "{" in found:
        return found.replace("$${", "${").replace("%%{", "%{")
    return found


class Address(Struct, frozen=True, cache_hash=True, gc=False):
    """Where one object of a configuration is declared. Sorts by module, type, name and key (numbers by size).

    Its text is worked out once: a plan looks an address up some thirty times.
    """

    type: str
    name: str
    key: Key = None
    module: tuple[tuple[str, Key], ...] = ()
    mode: str = "managed"
    _text: str = ""

    def __post_init__(self) -> None:
        text = f"{self.type}.{self.name}{format_key(self.key)}"
        if self.mode == "data":
            text = f"data.{text}"
        if self.module:
            text = f"{self.module_address}.{text}"
        force_setattr(self, "_text", text)

    def __str__(self) -> str:
        return self._text

    @property
    def resource_name(self) -> str:
        return f"{self.type}.{self.name}"

    @property
    def module_address(self) -> str:
        """`module.a["x"].module.b`, or an empty string in the root module."""
        return ".".join(f"module.{name}{format_key(key)}" for name, key in self.module)

    @property
    def resource(self) -> Address:
        """The address of the resource block instance set, without the last key."""
        return Address(self.type, self.name, None, self.module, self.mode)

    @property
    def resource_key(self) -> tuple[object, ...]:
        """What all instances of a resource block share. To group addresses by: cheaper to make than `resource`."""
        return (self.module, self.mode, self.type, self.name)

    def prefixes(self) -> Iterator[str]:
        """Every text that stands for a set of addresses with this one in it, the narrowest first."""
        yield self._text
        if self.key is not None:
            yield str(self.resource)
        path = ""
        modules: list[str] = []
        for name, key in self.module:
            path += f"{'.' if path else ''}module.{name}"
            modules.append(path)
            if key is not None:
                path += format_key(key)
                modules.append(path)
        yield from reversed(modules)

    @property
    def sort_key(self) -> tuple[object, ...]:
        modules = tuple([(name, _key_order(key)) for name, key in self.module]) if self.module else ()
        return (modules, self.mode != "data", self.type, self.name, _key_order(self.key))

    def __lt__(self, other: Address) -> bool:
        if isinstance(self.key, str) and isinstance(other.key, str) and self.resource_key == other.resource_key:
            return self.key < other.key  # two instances of one resource, as most are
        return self.sort_key < other.sort_key


class _Addressed(Protocol):
    @property
    def address(self) -> Address: ...


_Thing = TypeVar("_Thing", bound=_Addressed)


def in_address_order(things: Iterable[_Thing]) -> list[_Thing]:
    """The things by address. Those that come in that order, as most do, are only looked through: no keys are kept."""
    listed = list(things)
    if any(after.address < before.address for before, after in pairwise(listed)):
        listed.sort(key=lambda thing: thing.address.sort_key)
    return listed


def _key_order(key: Key) -> tuple[int, int, str]:
    if key is None:
        return (0, 0, "")
    return (1, key, "") if isinstance(key, int) else (2, 0, key)


def parse_address(text: str) -> Address:
    """The address written as `text`.

    Raises ValueError with a sentence that says what an address looks like.
    """
    if match := _MOSTLY.fullmatch(text):
        type_, name, key = match.groups()
        return Address(type_, name, key)
    steps: list[tuple[str, Key]] = []
    step, position = re.compile(_STEP), 0
    while position < len(text):
        match = step.match(text, position)
        if match is None or (match.end() == len(text) and text.endswith(".")):
            raise ValueError(_malformed(text))
        steps.append((match["name"], _parse_key(match["key"])))
        position = match.end()
    modules: list[tuple[str, Key]] = []
    while len(steps) >= 2 and steps[0] == ("module", None):
        modules.append(steps[1])
        steps = steps[2:]
    mode = "managed"
    if steps and steps[0] == ("data", None):
        mode, steps = "data", steps[1:]
    if len(steps) != 2 or steps[0][1] is not None:
        raise ValueError(_malformed(text))
    return Address(steps[0][0], steps[1][0], steps[1][1], tuple(modules), mode)


def is_address(text: str) -> bool:
    """Whether the text is written as an address."""
    try:
        parse_address(text)
    except ValueError:
        return False
    return True


def import_command(address: Address | str | None, object_id: str) -> Command:
    """What adopts an existing object at this address."""
    return cl("import", str(address), object_id)


def _malformed(text: str) -> str:
    return (
        f'"{text}" is not an address. An address is a type and a name, such as classiclink_attachment.web, '
        'with a key where there are several: classiclink_attachment.web["i-1"] or classiclink_attachment.web[0].'
    )
