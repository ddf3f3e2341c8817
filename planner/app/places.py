"""Where a plan is made: which clouds, which state, which directory. It is applied nowhere else."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import TYPE_CHECKING

from planner.app.project import Project
from planner.app.providers import placed
from planner.config.desired import ProviderConfig
from planner.config.evaluation import Evaluation
from planner.diagnostics import ConfigError, Diagnostic, PlanError, ProviderError
from planner.documents.replan import replan_remedy
from planner.paths import seen_from
from planner.remedy import Remedy, cl
from planner.state.opening import open_backend
from planner.state.workspace import in_workspace
from providers.base import Provider

if TYPE_CHECKING:
    from planner.documents.plan import MadeIn, PlanDocument

_CLOUD_FILES: Mapping[str, tuple[str, ...]] = {"mock": ("world",)}
"""The settings of each provider that name the file which is its cloud."""


def made_in(
    project: Project, open_providers: Mapping[str, Provider], to_answer: AbstractSet[str] = frozenset()
) -> MadeIn:
    """Where a plan of this project is made now. A provider that is not open cannot say which cloud it is, nor can one
    of several whose cloud does not answer: reading it says why.

    Raises ProviderError, at the block, where the only one does not answer, or any of those that have `to_answer`.

    A path in the configuration's directory is relative to it, so that a plan can be applied in another checkout of the
    same repository. Then the directory counts, too: without a checkout nothing says that two are the same.
    """
    place = _place(project, project.evaluation)
    clouds = dict(place["providers"])
    for config in project.evaluation.providers():
        if (provider := open_providers.get(config.key)) is None:
            continue
        try:
            clouds[config.key] = {**clouds[config.key], **provider.cloud}
        except ProviderError as error:
            if config.key in to_answer or len(open_providers) == 1:
                raise ProviderError(placed(error.diagnostics, config)) from None
    return {**place, "providers": clouds}


def _place(project: Project, evaluation: Evaluation) -> MadeIn:
    """What the configuration says of it, evaluated so. Raises ConfigError where that needs a value that is missing."""
    directory = project.surroundings.directory
    _, block = evaluation.settings()
    state = open_backend(block, directory, project.surroundings.environment).fingerprint
    files = {config.key: _cloud_files(directory, config) for config in evaluation.providers()}
    paths = [path for place in files.values() for path in place.values()]
    if state["type"] == "local":
        paths += [path for name, path in state.items() if name != "type"]
    is_relative = any(not Path(path).is_absolute() for path in paths)
    return {
        "directory": _in_checkout(directory) if is_relative else None,
        "backend": dict(state),
        "providers": files,
    }


def cloud_files(project: Project, workspace: str) -> dict[str, dict[str, str]]:
    """By provider, the files that are its cloud where the configuration is used in this workspace.

    Raises ConfigError where it cannot be evaluated there.
    """
    directory = project.surroundings.directory
    configs = project.evaluation.in_workspace(workspace).providers()
    return {config.key: _cloud_files(directory, config) for config in configs}


def _cloud_files(directory: Path, config: ProviderConfig) -> dict[str, str]:
    files = _CLOUD_FILES.get(config.name, ())
    return {name: seen_from(directory, str(config.settings.get(name) or "")) for name in files}


def _in_checkout(directory: Path) -> str:
    """The path of the directory in its git checkout; outside of one, its whole path. Links are followed."""
    here = Path(os.path.realpath(directory))
    for root in (here, *here.parents):
        with contextlib.suppress(PermissionError):
            if (root / ".git").exists():
                return here.relative_to(root).as_posix()
    return here.as_posix()


def refuse_other_place(document: PlanDocument, project: Project, path: Path) -> None:
    """Raises PlanError where the plan was made in another workspace or place than this project's.

    Its state does not always show it: a first plan has none yet. This looks at what is known before a cloud is read and
    before the user is asked for a variable; `refuse_other_cloud` checks the rest.
    """
    planned, workspace = document.get("workspace", project.workspace), project.workspace
    if planned != workspace:
        detail = (
            f'{path} was made in the workspace "{planned}"; the workspace in use is "{workspace}". Nothing was done.'
        )
        remedy = Remedy.of(
            "Apply it in its own workspace: ",
            in_workspace(planned, cl("apply", str(path))),
            "\nOr make a plan for the workspace in use: ",
            cl("plan", "--out", str(path)),
        )
        raise PlanError(Diagnostic("STA410", "Plan belongs to another workspace", detail, remedy))
    there = document.get("made_in")
    if there is None:
        raise _elsewhere(path, ["It does not say where it was made."])
    try:
        here = _place(project, project.unasked)
    except ConfigError:  # the directory is known anyway; what is wrong is reported by the code that needs it
        name = _in_checkout(project.surroundings.directory)
        differ = [_differs("The directory", there["directory"], name)] if there["directory"] not in (None, name) else []
    else:
        differ = list(_differences(there, here, known={key: set(files) for key, files in here["providers"].items()}))
    if differ:
        raise _elsewhere(path, differ)


def refuse_other_cloud(
    document: PlanDocument, project: Project, path: Path, open_providers: Mapping[str, Provider]
) -> None:
    """Raises PlanError where the plan was made in another place than this project's, its clouds looked at."""
    there = document.get("made_in")
    if not there:
        return
    acting = {step["provider"] for step in document["steps"]}
    to_answer = acting | {key for key, place in there["providers"].items() if "account_id" in place}
    if differ := list(_differences(there, made_in(project, open_providers, to_answer), acting)):
        raise _elsewhere(path, differ)


def _elsewhere(path: Path, differ: Sequence[str]) -> PlanError:
    detail = " ".join([f"{path} was made elsewhere, so nothing was done.", *differ])
    remedy = Remedy.of("Apply it where it was made. ", replan_remedy(str(path)))
    return PlanError(Diagnostic("STA412", "Plan was made elsewhere", detail, remedy))


def _differences(
    there: MadeIn,
    here: MadeIn,
    acting: AbstractSet[str] = frozenset(),
    known: Mapping[str, AbstractSet[str]] | None = None,
) -> Iterator[str]:
    """What differs between two places, both sides named, as sentences.

    `acting` are the providers that have steps; `known` are the settings of each provider that are known by now.
    """
    if there["directory"] != here["directory"]:
        yield _differs("The directory", there["directory"], here["directory"])
    yield from _settings_that_differ("backend", there["backend"], here["backend"])
    for key in sorted(acting - there["providers"].keys()):
        yield f"The plan does not say which cloud its provider {key} is."
    for key in dict.fromkeys((*there["providers"], *here["providers"])):
        if key not in here["providers"]:
            yield f"The plan has a provider {key}, which is not declared here."
        elif key in there["providers"]:
            planned = there["providers"][key]  # without its account where the plan was made without reading the cloud
            if known is not None:
                planned = {name: value for name, value in planned.items() if name in known[key]}
            found = {name: value for name, value in here["providers"][key].items() if name in planned}
            yield from _settings_that_differ(f"provider {key}", planned, found)


def _settings_that_differ(owner: str, there: Mapping[str, str], here: Mapping[str, str]) -> Iterator[str]:
    for name in dict.fromkeys((*there, *here)):
        if there.get(name) != here.get(name):
            yield _differs(f"The {name} of the {owner}", there.get(name), here.get(name))


def _differs(what: str, there: str | None, here: str | None) -> str:
    there, here = _without_common_parents(there, here)
    return f"{what} is {_named(there)} in the plan, and {_named(here)} here."


def _without_common_parents(there: str | None, here: str | None) -> tuple[str | None, str | None]:
    """Two whole paths from where they differ: `…/prod/main` and `…/test/main`."""
    if there is None or here is None or not (Path(there).is_absolute() and Path(here).is_absolute()):
        return there, here
    common = os.path.commonpath([there, here])
    if common in ("/", there, here):
        return there, here
    return f"…{there.removeprefix(common)}", f"…{here.removeprefix(common)}"


def _named(value: str | None) -> str:
    return "not set" if value is None else f'"{value}"'
