"""The settings of a backend with their values, and where these come from.

What `cl init --backend-config` stored goes before the block, the block before the environment, and the defaults come
last. A setting that is null counts as left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field

from planner.diagnostics import Diagnostic, Span, StateError, did_you_mean, mistyped
from planner.remedy import NO_REMEDY, Remedy, cl, shell
from planner.state.backends.declared import BackendBlock
from planner.state.backends.setting_values import Plain, as_string, converted
from planner.state.backends.settings import TABLES, Kind, Secrecy, Setting, setting_of

_USERINFO = r"(?<=//)[^/?#]*@"
_USER_ALONE = r"(?<=^postgres://)[^:/?#@]+@|(?<=^postgresql://)[^:/?#@]+@"
_PARAMETER = r"(?i)([?&][^=&#]*(?:token|secret|passw|key|sig)[^=&#]*=)[^&#]*"
_OF_CONNECTION = r"(?i)\b((?:ssl)?password)\s*=\s*(?:'(?:[^'\\]|\\.)*'|[^\s&]*)"


class Origin(Struct, frozen=True):
    """Where the value of a setting is from: what messages call it, and its place in the configuration, if it has one.

    `again` is how the user gives another one there; empty where it is written in a block.
    """

    owner: str
    span: Span | None = None
    again: Remedy = NO_REMEDY


class Settings(Struct, frozen=True):
    """A backend and the values of its settings, defaults included. Its representation shows no value.

    `_origins` says of those whose place is not that of the block where they are from.
    """

    type: str
    _values: Mapping[str, Plain]
    span: Span | None = None
    _origins: Mapping[str, Origin] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Settings({self.type!r}, {self.span!r})"

    def text(self, name: str) -> str:
        """A string or path; empty where it has no value."""
        value = self._values.get(name, "")
        assert isinstance(value, str)  # noqa: S101 - the table says what it is
        return value

    def number(self, name: str) -> int:
        value = self._values[name]
        assert isinstance(value, int)  # noqa: S101 - the table says what it is
        return value

    def flag(self, name: str) -> bool:
        return self._values[name] is True

    def seconds(self, name: str) -> float:
        """A duration in seconds."""
        value = self._values[name]
        assert isinstance(value, float)  # noqa: S101 - the table says what it is
        return value

    def strings(self, name: str) -> Mapping[str, str]:
        """An object; empty where it has no value."""
        value = self._values.get(name, {})
        assert isinstance(value, Mapping)  # noqa: S101 - the table says what it is
        return value

    def wrong(self, name: str, expected: str, remedy: str = "") -> Diagnostic:
        """The value of a setting, or of a part `OBJECT.PART`, is not what is expected."""
        origin = self._origins.get(name) or self._origins.get(name.partition(".")[0])
        origin = origin or Origin(_owner(name, self.type), self.span)
        return _wrong_value(origin, expected, remedy or f"Write {expected}.")

    @property
    def plain(self) -> Mapping[str, Plain]:
        """All values but secrets: with them and the secrets of the environment the backend can be opened again."""
        found: dict[str, Plain] = {}
        for setting in TABLES[self.type]:
            value = self._values.get(setting.name)
            if isinstance(value, Mapping) and setting.parts:
                value = {part.name: value[part.name] for part in setting.parts if _may_be_seen(part, value)}
            if value is not None and not _hides(setting, value):
                found[setting.name] = value
        return found

    @property
    def place(self) -> Mapping[str, str]:
        """Where the states are, by setting, without any secret. A part of an object is named `OBJECT.PART`."""
        return dict(self._places())

    def _places(self) -> Iterator[tuple[str, str]]:
        for setting in TABLES[self.type]:
            if not setting.place:
                continue
            for part in setting.parts:
                if part.place and (value := self.strings(setting.name).get(part.name)):
                    yield f"{setting.name}.{part.name}", without_password(value)
            if not setting.parts and (value := self.text(setting.name)):
                yield setting.name, without_password(value)


def resolve(
    backend: BackendBlock, environment: Mapping[str, str], stored: Mapping[str, object] | None = None
) -> Settings:
    """The values of all settings: those of `cl init --backend-config`, the block's, the environment's, the defaults.

    Raises StateError where there is no such backend or setting, a value does not fit, or a required one is missing.
    """
    if backend.type not in TABLES:
        raise StateError(_no_backend(backend))
    stored = stored or {}
    table = TABLES[backend.type]
    names = [setting.name for setting in table]
    given = dict.fromkeys((*backend.settings, *stored))
    problems = [
        _unknown(name, f"The {backend.type} backend", table, _given_by(name, stored, backend))
        for name in given
        if name not in names
    ]
    meant = mistyped((name for name in given if name not in names), (name for name in names if name not in given))
    values: dict[str, Plain] = {}
    origins: dict[str, Origin] = {}
    for setting in table:
        try:
            value = _value(setting, stored, environment, backend, origins)
        except StateError as error:
            problems += error.diagnostics
            continue
        if value is not None:
            values[setting.name] = value
        elif (
            setting.required
            and setting.name not in meant.values()
            and not any(environment.get(name) for name in setting.stand_ins)
        ):
            problems.append(_missing(setting, backend))
    if problems:
        raise StateError(problems)
    return Settings(backend.type, values, backend.span, origins)


def is_secret(backend: str, name: str) -> bool:
    """Whether a block may give this setting a sensitive value."""
    setting = setting_of(backend, name)
    return setting is not None and _is_secret(setting)


def _is_secret(setting: Setting) -> bool:
    return setting.secrecy is not Secrecy.NONE or any(map(_is_secret, setting.parts))


def secrets_in(backend: str, given: Mapping[str, object]) -> list[Diagnostic]:
    """What is secret among settings that are to be stored in a file: each is refused."""
    return [
        _secret(backend, setting)
        for name, value in given.items()
        if (setting := setting_of(backend, name)) is not None and _hides(setting, value)
    ]


def _hides(setting: Setting, value: object) -> bool:
    match setting.secrecy:
        case Secrecy.ALL:
            return True
        case Secrecy.PASSWORD:
            # A user of a database is no secret; one in a web address may be a token.
            rest = re.sub(_USER_ALONE, "", value) if isinstance(value, str) else ""
            return without_password(rest) != rest
    parts = value if isinstance(value, Mapping) else {}
    return any(_hides(part, parts[part.name]) for part in setting.parts if part.name in parts)


def _may_be_seen(part: Setting, of: Mapping[str, str]) -> bool:
    return part.name in of and not _hides(part, of[part.name])


def without_password(text: str) -> str:
    """An address or connection string as it may be shown: without user and password in it."""
    return re.sub(_OF_CONNECTION, r"\1=…", re.sub(_PARAMETER, r"\1…", re.sub(_USERINFO, "", text)))


def missing_library(backend: str) -> Diagnostic:
    """The library of a backend is not installed."""
    detail = f"The {backend} backend needs a library that is not installed."
    install = shell("pip", "install", f"classiclink-planner[{backend}]")
    return Diagnostic("STA445", "Library is missing", detail, Remedy.of("Install it: ", install))


def _value(
    setting: Setting,
    stored: Mapping[str, object],
    environment: Mapping[str, str],
    backend: BackendBlock,
    origins: dict[str, Origin],
) -> Plain | None:
    """The value of a setting; None where it has none. Where it is from is added to `origins`. Raises StateError."""
    origin = _given_by(setting.name, stored, backend)
    found = stored.get(setting.name)
    if found is None:
        found = backend.settings.get(setting.name)
    if found is not None and setting.refused:
        raise StateError(_refused(setting, origin, backend.type))
    if found is None:
        variable = next((name for name in setting.environment if environment.get(name)), None)
        found = setting.default if variable is None else environment[variable]
        origin = origin if variable is None else _of_variable(variable)
    if found is not None and origin != Origin(_owner(setting.name, backend.type), backend.span):
        origins[setting.name] = origin
    try:
        if setting.kind is Kind.STRINGS:
            written = _strings(setting, found, backend, origin)
            for path in (f"{setting.name}.{name}" for name in written):
                if path in backend.setting_spans and origin.span:
                    origins[path] = _of_part(path, backend, origin)
            return written | _of_environment(setting, written, environment, origins)
        return None if found is None else converted(setting, found)
    except (TypeError, ValueError):
        raise StateError(_wrong(setting, origin)) from None


def _given_by(name: str, stored: Mapping[str, object], backend: BackendBlock) -> Origin:
    """Where a setting is given: by `--backend-config`, which goes before, or else in the block."""
    if stored.get(name) is None:
        return Origin(_owner(name, backend.type), backend.place(name))
    again = Remedy.of("Give another one: ", cl("init", f"--backend-config={name}=…"))
    return Origin(f"{_owner(name, backend.type)}, given by --backend-config,", None, again)


def _of_variable(name: str) -> Origin:
    return Origin(f"The environment variable {name}")


def _owner(name: str, backend: str) -> str:
    return f'The setting "{name}" of the {backend} backend'


def _strings(setting: Setting, given: object, backend: BackendBlock, origin: Origin) -> dict[str, str]:
    """An object of strings. Raises TypeError or ValueError where it is none, StateError for an unknown part."""
    found = json.loads(given) if isinstance(given, str) else given or {}
    if not isinstance(found, Mapping):
        raise TypeError
    written = {str(name): as_string(value) for name, value in found.items() if value is not None}
    names = [part.name for part in setting.parts]
    if names and (unknown := [name for name in written if name not in names]):
        owner = f'"{setting.name}" of the {backend.type} backend'
        raise StateError(
            _unknown(name, owner, setting.parts, _of_part(f"{setting.name}.{name}", backend, origin))
            for name in unknown
        )
    return written


def _of_part(path: str, backend: BackendBlock, origin: Origin) -> Origin:
    """Where a part `OBJECT.PART` is given, where that is more than is known of the object."""
    span = backend.setting_spans.get(path)
    return Origin(_owner(path, backend.type), span) if origin.span and span else origin


def _of_environment(
    setting: Setting, written: Mapping[str, str], environment: Mapping[str, str], origins: dict[str, Origin]
) -> dict[str, str]:
    """The parts of an object that are left out, from the environment."""
    found = {}
    for part in setting.parts:
        variable = next((name for name in part.environment if environment.get(name)), None)
        if variable is not None and part.name not in written:
            found[part.name] = environment[variable]
            origins[f"{setting.name}.{part.name}"] = _of_variable(variable)
    return found


def _no_backend(backend: BackendBlock) -> Diagnostic:
    detail = f'There is no backend "{backend.type}"{did_you_mean(backend.type, list(TABLES)) or "."}'
    local = 'backend "local" { path = "cl.state.json" }' if backend.is_own else 'backend = "local"'
    remedy = Remedy.of(f"Backends: {', '.join(TABLES)}. local keeps the state in a file: {local}")
    return Diagnostic("STA440", "Unknown backend", detail, remedy, span=backend.span)


def _unknown(name: str, owner: str, table: Sequence[Setting], origin: Origin) -> Diagnostic:
    """`owner` has no such setting; `origin` is where it is given, and `table` which there are."""
    names = [setting.name for setting in table if not setting.refused]
    given = ", which --backend-config gave" if origin.again else ""
    detail = f'{owner} has no setting "{name}"{given}.{did_you_mean(name, names)}'
    remedy = Remedy.of(f"Settings: {', '.join(names)}.")
    return Diagnostic("STA441", "Unknown backend setting", detail, remedy, span=origin.span)


def _refused(setting: Setting, origin: Origin, backend: str) -> Diagnostic:
    detail = f'The {backend} backend does not use "{setting.name}".'
    return Diagnostic("STA441", "Unknown backend setting", detail, Remedy.of(setting.refused), span=origin.span)


def _wrong(setting: Setting, origin: Origin) -> Diagnostic:
    expected = _expected(setting)
    example = setting.default if setting.allowed == () else setting.allowed[0]
    remedy = f"Write {expected}."
    if example is not None:
        remedy = f"Write {expected}: {setting.name} = {json.dumps(example)}"
    return _wrong_value(origin, expected, remedy)


def _wrong_value(origin: Origin, expected: str, remedy: str) -> Diagnostic:
    """A value is not what is expected. It is not shown: it may be a secret in the wrong place."""
    way = Remedy.of(remedy, "\n" if origin.again else "", origin.again)
    detail = f"{origin.owner} is not {expected}."
    return Diagnostic("STA442", "Backend setting has a wrong value", detail, way, span=origin.span)


def _expected(setting: Setting) -> str:
    return " or ".join(json.dumps(value) for value in setting.allowed) or setting.kind.value


def _missing(setting: Setting, backend: BackendBlock) -> Diagnostic:
    detail = f'The {backend.type} backend needs the setting "{setting.name}".'
    if backend.is_recorded:
        detail = (
            f'The states are at the {backend.type} backend that is recorded. To open it, the setting "{setting.name}" '
            "is needed, which is not recorded: secrets never are."
        )
    block = f'backend "{backend.type}" {{ {setting.name} = "…" }}'
    stored = cl("init", f"--backend-config={setting.name}=…")
    way = Remedy.of(f"Write it: {block}\nOr store it: ", stored)
    if backend.is_recorded:
        way = NO_REMEDY
    elif not backend.is_own:
        way = Remedy.of(f'Write it: config = {{ {setting.name} = "…" }}')
    if setting.environment:
        variables = " or ".join((*setting.environment, *setting.stand_ins[:1]))
        way = Remedy.of(f"Set the environment variable {variables}.", "" if backend.is_recorded else "\n", way)
    return Diagnostic("STA443", "Backend setting is missing", detail, way, span=backend.span)


def _secret(backend: str, setting: Setting) -> Diagnostic:
    what = "has a password in it" if setting.secrecy is Secrecy.PASSWORD else "is secret"
    detail = (
        f'The setting "{setting.name}" of the {backend} backend {what}, and --backend-config would store it in a file. '
        "Nothing was stored."
    )
    secret = [one for one in (setting, *setting.parts) if one.secrecy is not Secrecy.NONE]
    names = [name for one in secret for name in one.environment or one.stand_ins]
    remedy = f"Set the environment variable {names[0]} instead." if names else "Leave it out."
    return Diagnostic("STA444", "Secret is not stored", detail, Remedy.of(remedy))
