"""Drift of a project, and the files that say what of it is ignored."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from pathlib import Path

from msgspec import Struct

from planner.app.groups_read import evaluated, with_sources
from planner.app.project import Project
from planner.app.providers import refuse_lost
from planner.app.readings import read_worlds
from planner.diagnostics import ConfigError, Diagnostic, Severity
from planner.documents.drift import DriftDocument
from planner.drift.document import find_drift
from planner.drift.ignore import Ignores, baseline, count_patterns, read_ignores
from planner.reading import not_utf8, read_text
from planner.remedy import Remedy
from planner.rules.run import waiver_problems
from planner.waits import plainly
from planner.writing import Lack, how_to_write, lacking, rewrite
from providers.base import EVERYTHING

IGNORE_FILE = ".clignore"


def drift_of(project: Project, *, strict: bool = False, one_by_one: bool = False) -> DriftDocument:
    """The drift document: the cloud compared with the state and the configuration. Raises ClError.

    `strict` counts as drift what is declared and not applied yet; `one_by_one` leaves every item by itself. Waivers are
    judged as for a plan: an error ends the comparison, a warning is reported.
    """
    today = project.now.date()
    ignores = _ignores(project.surroundings.directory, today)
    with project.surroundings.watch(plainly("Comparing")):
        with project.providers() as providers:
            worlds = read_worlds(providers, project.scope(EVERYTHING))
            prior = project.prior(worlds, providers)
            refuse_lost(prior, project.provider_keys)
            evaluate = partial(project.desired, changing=False)
            desired, worlds = evaluated(project, evaluate, worlds, prior, providers)
            worlds = with_sources(worlds, [*desired.objects, *prior.objects.values()], providers)
        problems = waiver_problems(desired.limits.waivers, today)
        if any(problem.severity is Severity.ERROR for problem in problems):
            raise ConfigError(*desired.warnings, *problems)
        project.surroundings.report((*desired.warnings, *problems))
        return find_drift(desired, prior, worlds, ignores=ignores, today=today, strict=strict, one_by_one=one_by_one)


def _ignores(directory: Path, today: date) -> Ignores:
    """What `.clignore` says, if there is one."""
    text = _text(directory / IGNORE_FILE)
    return Ignores() if text is None else read_ignores(text, IGNORE_FILE, today)


def _text(path: Path) -> str | None:
    """What is in a file of ignores; None where there is no such file."""
    try:
        return read_text(path, "utf-8-sig")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as problem:
        reason = (problem.strerror or problem) if isinstance(problem, OSError) else not_utf8(problem)
        raise ConfigError(
            Diagnostic(
                "CFG594",
                "File cannot be read",
                f"{path}: {reason}.",
                Remedy.of("Name a readable text file."),
                files=(str(path),),
            )
        ) from None


class Baseline(Struct, frozen=True):
    """A file of ignores that was extended: how many patterns it has more, how many it had, and when the new expire.

    `kept` is None where there was no such file, or nothing in it. `warnings` are about the file system.
    """

    added: int
    kept: int | None
    until: date
    warnings: tuple[Diagnostic, ...] = ()


def add_to_baseline(document: DriftDocument, path: Path, today: date, days: int) -> Baseline:
    """Ignore for so many days the drift that the file does not ignore yet.

    Lines are only ever appended. Raises ConfigError.
    """
    until = today + timedelta(days=days)
    old = _text(path)
    added = baseline(document, until, read_ignores(old, path.name, today) if old else None)
    lack = Lack.NOTHING
    if added or old is None:
        head = f"# What cl drift found on {today.isoformat()}, to be reported again after {until.isoformat()}."
        start = "\n" if old and not old.endswith("\n") else ""
        try:
            lack = rewrite(path, (old or "") + start + "".join(f"{line}\n" for line in (head, *added)))
        except OSError as problem:
            raise ConfigError(
                Diagnostic(
                    "CFG592",
                    "File cannot be written",
                    f"{path}: {problem.strerror or problem}.",
                    how_to_write(problem, "Name a file in a directory that exists and is writable."),
                )
            ) from None
    return Baseline(len(added), count_patterns(old) if old else None, until, tuple(lacking(lack, path)))
