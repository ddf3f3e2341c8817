"""Saved plans: written whole and for their owner alone, read with suspicion."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from planner.diagnostics import Diagnostic, PlanError, StateError
from planner.documents.replan import NAME_A_PLAN, replan_remedy
from planner.reading import read_named, what_to_do
from planner.remedy import NO_REMEDY, Remedy, cl
from planner.state.encryption import READ_WITH_ITS_KEY, Seal, cipher_from
from planner.values import replace
from planner.writing import how_to_write, lacking, write_whole
from planner.wrong_files import seems_to_be

if TYPE_CHECKING:
    from planner.documents.plan import PlanDocument


def read_saved_plan(path: Path, environment: Mapping[str, str], called_in: Path | None = None) -> PlanDocument:
    """The document of a saved plan. `called_in` is where `cl` was called, if `-chdir` names another directory.

    Raises StateError where it is none, altered or of an unknown format, or plaintext although a key is set.
    """
    try:
        data = read_named(path)
    except OSError as problem:
        remedy = NAME_A_PLAN
        if isinstance(problem, FileNotFoundError):
            remedy = _in_other_directory(path, called_in) or replan_remedy(str(path))
        elif isinstance(problem, PermissionError):
            remedy = what_to_do(path, problem)
        detail = f"{path}: {problem.strerror}."
        raise StateError(Diagnostic("STA420", "Plan cannot be read", detail, remedy)) from None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        detail = f"{path} is not a saved plan. {seems_to_be(data) or 'It is not text.'}"
        raise StateError(Diagnostic("STA421", "Plan is not text", detail, NAME_A_PLAN)) from None
    cipher = cipher_from(environment)
    try:
        opened, seal = cipher.open(text, str(path))
    except StateError as error:
        raise StateError(_not_opened(problem, path) for problem in error.diagnostics) from None
    if seal is Seal.NONE:
        detail = f"{path} is plaintext although a key is set, so anyone may have written it."
        raise StateError(Diagnostic("STA423", "Plan is not encrypted", detail, replan_remedy(str(path))))
    from planner.documents.plan_loading import load_plan

    try:
        return load_plan(opened, str(path))
    except RecursionError:
        raise StateError(
            Diagnostic(
                "STA402",
                "Not a plan",
                f"{path} is nested too deeply.",
                Remedy.of(cl("plan", "--out", "FILE"), " makes a plan."),
            )
        ) from None


def _in_other_directory(path: Path, called_in: Path | None) -> Remedy:
    """How to name a plan whose path was given from where `cl` was called; empty if it is not there either."""
    if called_in is None or not (called_in / path).is_file():
        return NO_REMEDY
    name = os.path.relpath(called_in / path)
    return Remedy.of(f"Paths are relative to the directory that -chdir names. Name this plan {name}.")


def is_authentic(environment: Mapping[str, str]) -> bool:
    """Whether a saved plan that can be read was written with the key."""
    return cipher_from(environment).encrypts


def refuse_unproven(document: PlanDocument, path: Path) -> None:
    """Raises PlanError where the proof of a saved plan does not hold, or where there is none."""
    from planner.apply.preflight import refuse_errored  # with all rules, which a plan that is only shown does not need
    from planner.proof import verify
    from planner.proof.messages import unproven

    try:
        refuse_errored(document)
        if problems := verify(document):
            raise PlanError(unproven(problems))
    except PlanError as error:
        raise error.again(cl("plan", "--out", str(path))) from None


def _not_opened(problem: Diagnostic, path: Path) -> Diagnostic:
    """Unlike a state, a plan is not rewritten under another key, and has no backup: plan again."""
    again = replan_remedy(str(path))
    if problem.code in ("STA140", "STA141"):
        return replace(problem, remedy=Remedy.of(f"{READ_WITH_ITS_KEY}\n", again))
    return replace(problem, remedy=again)


def save_plan(pieces: Iterable[str], path: Path, environment: Mapping[str, str]) -> list[Diagnostic]:
    """Write the pieces of a plan's JSON text, encrypted where the state is. Raises StateError where that fails.

    A device or a pipe is written into; a file is replaced. Gives a warning where the file system does less than it was
    asked for.
    """
    cipher = cipher_from(environment)
    text = [cipher.seal("".join(pieces))] if cipher.encrypts else pieces
    try:
        if path.exists() and not path.is_file():
            with path.open("w", encoding="utf-8") as file:
                file.writelines(text)
            return []
        return lacking(write_whole(path, text), path)
    except OSError as problem:
        detail = f"{path}: {problem.strerror or problem}."
        remedy = how_to_write(problem, "Name a file in a directory that exists and is writable.")
        raise StateError(Diagnostic("STA422", "Plan cannot be written", detail, remedy)) from None
