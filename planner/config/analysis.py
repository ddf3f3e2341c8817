"""What each expression of a module refers to, found once for each directory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from planner.config.declarations import Declaration, ModuleCall
from planner.config.module import Module
from planner.config.problems import Problems
from planner.config.references import Subject, references
from planner.config.uses import Use
from planner.hcl.syntax.nodes import Expression


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the expressions of a module refer to.

    `subjects` are those of each expression, None where it refers to something that is not there; expressions that
    refer to the same subjects share one tuple. `uses` are those of each declaration.
    """

    module: Module
    subjects: Mapping[Expression, tuple[Subject, ...] | None]
    uses: Mapping[Declaration, tuple[Subject, ...]]


def analyse(module: Module, problems: Problems) -> Analysis:
    """The references of a module; those that lead nowhere are reported."""
    analyst = _Analyst(module)
    uses: dict[Declaration, tuple[Subject, ...]] = {}
    for declaration in module.declarations:
        found = Problems()
        subjects = (analyst.subjects_of(use, found) for use in declaration.uses())
        uses[declaration] = tuple(dict.fromkeys(subject for all_of_one in subjects for subject in all_of_one))
        if isinstance(declaration, ModuleCall):
            for use in declaration.input_uses():
                analyst.subjects_of(use, found)
        problems.extend(found, declaration.key)
    return Analysis(module, analyst.subjects, uses)


@dataclass(slots=True)
class _Analyst:
    module: Module
    subjects: dict[Expression, tuple[Subject, ...] | None] = field(default_factory=dict)
    _shared: dict[tuple[Subject, ...], tuple[Subject, ...]] = field(default_factory=dict)

    def subjects_of(self, use: Use, problems: Problems) -> tuple[Subject, ...]:
        found = references(use.expression, self.module, use.visible, problems)
        if found is not None:
            found = self._shared.setdefault(found, found)
        self.subjects[use.expression] = found
        return tuple(map(_everything_in, found or ())) if use.everything else found or ()


def _everything_in(subject: Subject) -> Subject:
    """What `depends_on` means by a module: not its outputs, but all that is in it."""
    return replace(subject, kind="everything") if subject.kind == "module" else subject
