"""The state file: JSON of Terraform's shape, one line an instance, with a checksum of its content.

The same state always gives the same text. The checksum is the sha256 of the document without it, in canonical JSON
(sorted keys, no spaces, UTF-8), so that a file may be laid out differently but not altered.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import PurePath
from typing import TYPE_CHECKING, Final, NoReturn

from planner import __version__
from planner.address import in_address_order
from planner.collector import without_collector
from planner.diagnostics import Diagnostic, Position, Span, StateError
from planner.documents.checksum import checksum as canonical_checksum
from planner.network.identity import Subject
from planner.remedy import Remedy, cl, shell
from planner.state.backends.refusals import RESTORE
from planner.state.model import State, StateObject
from planner.state.read import read_state
from planner.wrong_files import NotJson, not_json, seems_to_be

if TYPE_CHECKING:
    from planner.documents.state import InstanceEntry, ResourceEntry, StateDocument

FORMAT_VERSION: Final = 1


def checksum(document: Mapping[str, object]) -> str:
    """The checksum of a state."""
    return canonical_checksum(document, default=_plain)


@without_collector()
def dumps(state: State) -> str:
    """The text of a state file."""
    document = document_of(state)
    document["checksum"] = checksum(document)
    return "".join(_laid_out(document))


@without_collector()
def loads(text: str, filename: str) -> State:
    """The state that a file holds. Raises StateError with every problem that is known at once."""
    document = parse_json(text, filename)
    try:
        if isinstance(document, dict):
            _refuse_terraform(document, filename)
            _check_version(document, filename)
            _check_checksum(document, filename)
        return read_state(document, filename)
    except RecursionError:
        detail = f"{filename} is nested too deeply."
        raise StateError(Diagnostic("STA106", "State is malformed", detail, Remedy.of(RESTORE))) from None


def document_of(state: State) -> StateDocument:
    """The state as plain JSON, without a checksum."""
    document: StateDocument = {
        "version": FORMAT_VERSION,
        "cl_version": __version__,
        "serial": state.serial,
        "lineage": state.lineage,
        "outputs": {
            name: {"value": output.value, "type": output.type, "sensitive": output.sensitive}
            for name, output in sorted(state.outputs.items())
        },
        "resources": _resources(state),
        "check_results": [dict(check) for check in state.checks],
        "applied_plans": list(state.applied_plans),
    }
    if state.cut_short:
        document["moves_cut_short"] = [instance_id for _, instance_id in state.cut_short]
        document["moves_cut_short_of"] = _by_provider(state.cut_short)
    if state.written is not None:
        document["written"] = {
            "by": state.written.by,
            "at": state.written.at,
            "operation": state.written.operation,
        }
    return document


def _resources(state: State) -> list[ResourceEntry]:
    groups: dict[tuple[object, ...], ResourceEntry] = {}
    for found in in_address_order(state.objects.values()):
        address = found.address
        resource = (address.resource_key, found.provider)
        group = groups.get(resource)
        if group is None:
            group = {"mode": "managed", "type": address.type, "name": address.name, "provider": found.provider}
            if address.module:
                group = {"module": address.module_address, **group}
            group["instances"] = []
            groups[resource] = group
        group["instances"].append(_instance(found))
    return list(groups.values())


def _instance(found: StateObject) -> InstanceEntry:
    instance: InstanceEntry = {
        "schema_version": 0,
        "attributes": dict(sorted(found.attributes.items())),
        "sensitive_attributes": sorted(found.sensitive),
        "dependencies": [str(address) for address in found.dependencies],
    }
    if found.prevent_destroy:
        instance["prevent_destroy"] = True
    return instance if found.address.key is None else {"index_key": found.address.key, **instance}


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no place in a state")


_ENCODER = json.JSONEncoder(ensure_ascii=False, default=_plain)


def _laid_out(document: StateDocument) -> Iterator[str]:
    """The document with a line for each key, each resource and each instance; long lists stay quick to write."""
    opening = "{\n"
    for key, value in document.items():
        yield f"{opening}  {json.dumps(key)}: "
        resources = document["resources"] if key == "resources" else []
        yield from _resource_lines(resources) if resources else [_spaced(value)]
        opening = ",\n"
    yield "\n}\n"


def _resource_lines(resources: Sequence[ResourceEntry]) -> Iterator[str]:
    separator = "[\n"
    for resource in resources:
        head = _spaced({key: value for key, value in resource.items() if key != "instances"})
        instances = ",\n".join(f"      {_spaced(instance)}" for instance in resource["instances"])
        yield f'{separator}    {head[:-1]}, "instances": [\n{instances}\n    ]}}'
        separator = ",\n"
    yield "\n  ]"


def _spaced(value: object) -> str:
    return _ENCODER.encode(value)


def parse_json(text: str, filename: str) -> object:
    """The JSON of a file that `cl` wrote. Raises StateError with the line and column where it is none."""
    try:
        document: object = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as problem:
        raise StateError(_not_json(filename, text, not_json(problem, text))) from None
    return document


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _not_json(filename: str, text: str, found: NotJson) -> Diagnostic:
    at = Position(found.line, found.column) if found.line else None
    span = Span(filename, at, at) if at else None
    if found.is_cut or not text.strip():
        where = f"line {found.line}, column {found.column}"
        detail = (
            f"{filename} ends at {where}, in the middle of the document." if text.strip() else f"{filename} is empty."
        )
        return Diagnostic("STA103", "State is truncated", detail, Remedy.of(RESTORE), span=span, files=(filename,))
    detail = f"{filename} is not JSON: {found.words}. {seems_to_be(text)}".rstrip()
    return Diagnostic("STA102", "State is not JSON", detail, Remedy.of(RESTORE), span=span, files=(filename,))


def _refuse_terraform(document: Mapping[str, object], filename: str) -> None:
    if "terraform_version" in document:
        by = f"Terraform or OpenTofu {document['terraform_version']}"
        away = shell("mv", PurePath(filename), PurePath(f"{filename}.terraform"))
        raise StateError(
            Diagnostic(
                "STA112",
                "State is Terraform's",
                f"{filename} was written by {by}. cl has its own state, and cannot use this one.",
                Remedy.of(f"Move it away. {FROM_TERRAFORM}\n  ", away, "\n  ", IMPORT_ALL),
                files=(filename,),
            )
        )


FROM_TERRAFORM = (
    "What it stands for is adopted from the cloud, and declared in a new file where it is not declared yet:"
)
IMPORT_ALL = cl("import", "--all", "--write", "imported.hcl")


def _check_version(document: Mapping[str, object], filename: str) -> None:
    version = document.get("version")
    if isinstance(version, int) and not isinstance(version, bool) and version > FORMAT_VERSION:
        raise StateError(
            Diagnostic(
                "STA105",
                "State has a newer format",
                f"{filename} has format version {version}; this cl {__version__} knows up to {FORMAT_VERSION}.",
                Remedy.of(
                    f"Use the release of cl that wrote it{_release(document)}, or a newer one. In the directory of its "
                    "source:\n  ",
                    shell("pip", "install", "."),
                ),
                files=(filename,),
            )
        )


def _release(document: Mapping[str, object]) -> str:
    wrote = document.get("cl_version")
    return f" ({wrote})" if isinstance(wrote, str) else ""


def _check_checksum(document: Mapping[str, object], filename: str) -> None:
    expected = document.get("checksum")
    try:
        found = checksum(document)
    except UnicodeEncodeError as problem:
        half = problem.object[problem.start]
        detail = f"{filename} holds text that is not Unicode: \\u{ord(half):04x} is one half of a character."
        raise StateError(
            Diagnostic("STA102", "State is not JSON", detail, Remedy.of(RESTORE), files=(filename,))
        ) from None
    if expected is not None and expected != found:
        raise StateError(
            Diagnostic(
                "STA104",
                "State was altered",
                f"{filename} says that its checksum is {expected}; its content has {found}.",
                Remedy.of(f'{RESTORE} If the change was meant, set its "checksum" to null and read it again.'),
                files=(filename,),
            )
        )


def _by_provider(subjects: Iterable[Subject]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for provider, subject_id in subjects:
        found.setdefault(provider, []).append(subject_id)
    return found
