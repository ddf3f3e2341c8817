"""A module: the declarations of one directory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TypeVar, cast

from msgspec import Struct, field

from planner.config.declarations import (
    CheckBlock,
    Declaration,
    ImportBlock,
    LocalValue,
    ModuleCall,
    MovedBlock,
    NamedDeclaration,
    ObjectBlock,
    OutputBlock,
    ProviderBlock,
    RemovedBlock,
    SettingsBlock,
    Validations,
    VariableBlock,
)

ModulePath = tuple[str, ...]
"""Names of module calls from the root module down, without keys."""

KINDS: tuple[type[Declaration], ...] = (
    VariableBlock,
    Validations,
    LocalValue,
    ObjectBlock,
    ModuleCall,
    OutputBlock,
    ProviderBlock,
    SettingsBlock,
    ImportBlock,
    MovedBlock,
    RemovedBlock,
    CheckBlock,
)
"""The kinds of declaration, in the order in which those that do not need one another are evaluated."""

_Kind = TypeVar("_Kind", bound=Declaration)
_Named = TypeVar("_Named", bound=NamedDeclaration)


class Module(Struct, frozen=True, eq=False, dict=True):
    """The declarations of one directory. `children` are the modules that it calls, by the call's name.

    `broken` are the keys of what is declared but wrong: that is reported already.
    """

    directory: str
    declarations: tuple[Declaration, ...] = ()
    broken: frozenset[str] = frozenset()
    children: Mapping[str, Module] = field(default_factory=dict)

    def of(self, kind: type[_Kind]) -> Iterator[_Kind]:
        """The declarations of one kind, in the order of the files."""
        return iter(cast("list[_Kind]", self._by_kind[kind]))

    @cached_property
    def _by_kind(self) -> Mapping[type[Declaration], list[Declaration]]:
        found: dict[type[Declaration], list[Declaration]] = {kind: [] for kind in KINDS}
        of_class: dict[type[Declaration], list[Declaration]] = {}
        for declaration in self.declarations:
            of_its_own = of_class.get(type(declaration))
            if of_its_own is None:
                of_its_own = found[next(kind for kind in KINDS if isinstance(declaration, kind))]
                of_class[type(declaration)] = of_its_own
            of_its_own.append(declaration)
        return found

    def names(self, kind: type[NamedDeclaration]) -> list[str]:
        """The names of one kind that are declared, rightly or wrongly: those that a mistyped name may mean."""
        prefix = kind.key_of("")
        wrong = (key.removeprefix(prefix) for key in sorted(self.broken) if key.startswith(prefix) and key != prefix)
        return [*dict.fromkeys((*(found.name for found in self.of(kind)), *wrong))]

    def _by_name(self, kind: type[_Named]) -> dict[str, _Named]:
        return {found.name: found for found in self.of(kind)}

    @cached_property
    def variables(self) -> Mapping[str, VariableBlock]:
        return self._by_name(VariableBlock)

    @cached_property
    def locals(self) -> Mapping[str, LocalValue]:
        return self._by_name(LocalValue)

    @cached_property
    def outputs(self) -> Mapping[str, OutputBlock]:
        return self._by_name(OutputBlock)

    @cached_property
    def providers(self) -> Mapping[str, ProviderBlock]:
        return self._by_name(ProviderBlock)

    @cached_property
    def calls(self) -> Mapping[str, ModuleCall]:
        return self._by_name(ModuleCall)

    @cached_property
    def checks(self) -> Mapping[str, CheckBlock]:
        return self._by_name(CheckBlock)

    @cached_property
    def objects(self) -> Mapping[str, ObjectBlock]:
        """Resources and data sources, by key."""
        return {found.key: found for found in self.of(ObjectBlock)}
