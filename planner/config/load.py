"""Reads a configuration directory and the modules that it calls."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct, field

from planner.collector import without_collector
from planner.config.declarations import ImportBlock, ModuleCall, ProviderBlock, SettingsBlock
from planner.config.decode import ModuleDecoder
from planner.config.module import Module
from planner.config.overrides import is_override, merged
from planner.config.problems import Problems
from planner.config.schema import TOP_LEVEL
from planner.diagnostics import ConfigError, Diagnostic, Related
from planner.hcl.syntax.nodes import Body
from planner.hcl.syntax.parser import no_shapes, parse_file
from planner.reading import not_utf8, read_regular
from planner.remedy import Remedy, cl, shell
from planner.values import replace


class Configuration(Struct, frozen=True):
    """A root module with all modules below it.

    `sources` are the texts that were read, by the name that spans give. `directories` are those of all modules that
    hold a configuration file, with links followed: files may be read there. `problems` are those of single blocks: the
    rest is still evaluated, so that all problems are reported at once.
    """

    directory: Path
    root: Module
    sources: dict[str, str] = field(default_factory=dict)
    directories: tuple[Path, ...] = ()
    problems: tuple[Diagnostic, ...] = ()


@without_collector()
def load(directory: Path) -> Configuration:
    """The configuration of a directory.

    Raises ConfigError if a file cannot be read or parsed, with the problems of all files.
    """
    return _Loader(directory).load()


def configuration_files(directory: Path) -> list[Path]:
    """The files of a module in name order: *.hcl and *.hcl.json, but not .x, x~ and #x#. Raises OSError.

    Only directories are skipped. A file that cannot be read is listed too: leaving out what it declares would
    detach links.
    """
    return sorted(
        (path for path in directory.iterdir() if is_configuration(path.name) and not path.is_dir()),
        key=lambda path: path.name,
    )


def is_configuration(name: str) -> bool:
    """Whether a file of this name is part of the module in whose directory it is."""
    ignored = name.startswith(".") or name.endswith("~") or (name.startswith("#") and name.endswith("#"))
    return not ignored and name.endswith((".hcl", ".hcl.json"))


class _Loader:
    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._sources: dict[str, str] = {}
        self._syntax = Problems()
        self._problems = Problems()
        self._modules: dict[Path, Module] = {}
        self._directories: list[Path] = []
        self._shapes = no_shapes()

    def load(self) -> Configuration:
        files = _listed(self._directory, None)
        if not files:
            raise ConfigError(_empty(self._directory))
        root = self._module(self._directory, "", files, ())
        self._syntax.raise_errors()
        return Configuration(self._directory, root, self._sources, tuple(self._directories), tuple(self._problems))

    def _module(self, directory: Path, prefix: str, files: list[Path], above: tuple[Path, ...]) -> Module:
        """A module, once for each directory however often it is called; `above` are those that lead to it."""
        place = directory.resolve()
        if place not in self._modules:
            if files:
                self._directories.append(place)
            decoder = ModuleDecoder(prefix, self._problems)
            bodies = self._bodies([path for path in files if not is_override(path.name)], prefix)
            overrides = self._bodies([path for path in files if is_override(path.name)], prefix)
            for body in merged(bodies, overrides, self._problems):
                decoder.add(body)
            module = decoder.module()
            if prefix:
                self._check_child(module)
            children = dict(self._children(module, directory, prefix, (*above, place)))
            self._modules[place] = replace(module, children=children)
        return self._modules[place]

    def _check_child(self, module: Module) -> None:
        """Report blocks that belong to the root module only."""
        for found in module.declarations:
            if isinstance(found, SettingsBlock | ProviderBlock | ImportBlock):
                kind = found.block.type
                detail = f'A "{kind}" block is allowed only in the root module, and this module is called by another.'
                self._problems.add(Diagnostic("CFG412", "Block belongs to the root module", detail, span=found.span))

    def _children(
        self, module: Module, directory: Path, prefix: str, above: tuple[Path, ...]
    ) -> Iterator[tuple[str, Module]]:
        for call in module.calls.values():
            with self._problems.collecting(f"module.{call.name}"):
                _check_source(call)
                child = directory / call.source
                files = _listed(child, call)
                if child.resolve() in above:
                    raise ConfigError(_cycle(call, module, above, child.resolve()))
                below = os.path.normpath(f"{prefix}{call.source}").replace(os.sep, "/") + "/"
                yield call.name, self._module(child, below, files, above)

    def _bodies(self, files: Iterable[Path], prefix: str) -> list[Body]:
        bodies = []
        for path in files:
            with self._syntax.collecting():
                bodies.append(self._body(path, prefix + path.name))
        return bodies

    def _body(self, path: Path, name: str) -> Body:
        try:
            data = read_regular(path)
        except OSError as problem:
            raise ConfigError(_unreadable(name, problem, path)) from None
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as problem:
            detail = f"{name}: {not_utf8(problem)}."
            raise ConfigError(
                Diagnostic(
                    "CFG104", "Invalid character encoding", detail, Remedy.of("Save it as UTF-8."), files=(name,)
                )
            ) from None
        self._sources[name] = text
        if name.endswith(".json"):
            from planner.hcl.syntax.json_syntax import parse_json

            return parse_json(text, name, TOP_LEVEL)
        return parse_file(text, name, self._shapes)


def _listed(directory: Path, call: ModuleCall | None) -> list[Path]:
    span = call.block.body.attributes["source"].expression.span if call else None
    try:
        return configuration_files(directory)
    except FileNotFoundError:
        detail = f"There is no directory {directory}."
        remedy = "Create it, or correct the source." if call else "Check the path, or the directory given with -chdir."
    except NotADirectoryError:
        detail, remedy = f"{directory} is a file; a module is a directory.", "Name the directory instead."
    except OSError as problem:
        raise ConfigError(replace(_unreadable(str(directory), problem, directory), span=span)) from None
    named = (str(directory),)
    raise ConfigError(
        Diagnostic("CFG407", "Directory of a module does not exist", detail, Remedy.of(remedy), span=span, files=named)
    )


def _unreadable(name: str, problem: OSError, path: Path) -> Diagnostic:
    detail = f"{name} cannot be read: {problem.strerror or problem}."
    remedy = "Check the file and its permissions."
    if os.path.islink(path):  # noqa: PTH114 - `is_symlink` would raise the problem once more
        detail = f"{name} is a link to {path.readlink()}, which cannot be read: {problem.strerror or problem}."
        remedy = "Restore what it points to, or remove the link."
    return Diagnostic("CFG105", "Configuration cannot be read", detail, Remedy.of(remedy), files=(name,))


def _empty(directory: Path) -> Diagnostic:
    named = "configuration directory" if directory == Path() else f"directory {directory}"  # "." is not the caller's
    detail = f"The {named} has no *.hcl or *.hcl.json file."
    remedy = Remedy.of("Write a starter configuration with: ", cl("init", "--example"))
    named_otherwise = sorted(path.name for path in directory.iterdir() if path.name.endswith((".tf", ".tf.json")))
    if named_otherwise:
        first = named_otherwise[0]
        more = f" and {len(named_otherwise) - 1} more" if len(named_otherwise) > 1 else ""
        detail += f" There is {first}{more}, but cl reads only files named *.hcl and *.hcl.json."
        stem, _, kind = first.partition(".tf")
        renamed = shell("mv", directory / first, directory / f"{stem}.hcl{kind}")
        remedy = Remedy.of("Rename it: ", renamed)
    return Diagnostic("CFG106", "No configuration files", detail, remedy)


def _check_source(call: ModuleCall) -> None:
    source = call.source
    if (source in (".", "..") or source.startswith(("./", "../"))) and "\0" not in source:
        return
    detail = f'"{source}" is not the path of a local directory: a module\'s source begins with ./ or ../.'
    remedy = f'If it is a directory beside this file, write source = "./{source}".'
    span = call.block.body.attributes["source"].expression.span
    raise ConfigError(Diagnostic("CFG406", "Unsupported module source", detail, Remedy.of(remedy), span=span))


def _cycle(call: ModuleCall, module: Module, above: tuple[Path, ...], child: Path) -> Diagnostic:
    names = [path.name for path in above[above.index(child) :]] + [child.name]
    detail = f"This module would contain itself: {' → '.join(names)}."
    return Diagnostic(
        "CFG408",
        "Module contains itself",
        detail,
        Remedy.of("Remove the call that leads back."),
        span=call.block.body.attributes["source"].expression.span,
        related=(Related("called here", call.span),),
    )
