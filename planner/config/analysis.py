"""What each expression of a module refers to, found once for each directory."""

from __future__ import annotations

from planner.config.declarations import Declaration, ModuleCall, ObjectBlock
from planner.config.module import Module
from planner.config.problems import Problems
from planner.config.references import Subject, references
from planner.config.repeated_objects import RepeatedObject
from planner.config.uses import Use
from planner.hcl.syntax.nodes import Expression
from planner.values import replace


class Analysis:
    """What the expressions of a module refer to.

    `subjects` are those of each expression, None if it refers to something that is not there. `uses` are those of
    each declaration. Equal tuples of subjects are one object.
    """

    def __init__(self, module: Module) -> None:
        self.module = module
        self.subjects: dict[Expression, tuple[Subject, ...] | None] = {}
        self.uses: dict[Declaration, tuple[Subject, ...]] = {}
        self._shared: dict[tuple[Subject, ...], tuple[Subject, ...]] = {}

    def look_into(self, declaration: Declaration, problems: Problems) -> bool:
        """Find what the expressions of a declaration refer to. Whether all references lead somewhere."""
        found = [self._subjects_of(use, problems) for use in declaration.uses()]
        self.uses[declaration] = self._one(tuple(dict.fromkeys(each for subjects in found for each in subjects or ())))
        if isinstance(declaration, ModuleCall):
            found += [self._subjects_of(use, problems) for use in declaration.input_uses()]
        return None not in found

    def _subjects_of(self, use: Use, problems: Problems) -> tuple[Subject, ...] | None:
        found = references(use.expression, self.module, use.visible, problems)
        self.subjects[use.expression] = found = found if found is None else self._one(found)
        return tuple(map(_everything_in, found)) if use.everything and found else found

    def _one(self, subjects: tuple[Subject, ...]) -> tuple[Subject, ...]:
        return self._shared.setdefault(subjects, subjects)


def analyse(module: Module, problems: Problems) -> Analysis:
    """The references of a module; those that lead nowhere are reported.

    A resource block that is like another refers to what that one refers to. Its expressions are looked into only where
    they are needed.
    """
    analysis = Analysis(module)
    sound: set[ObjectBlock] = set()
    for declaration in module.declarations:
        if isinstance(declaration, RepeatedObject) and declaration.model in sound:
            analysis.uses[declaration] = analysis.uses[declaration.model]
            continue
        found = Problems()
        is_sound = analysis.look_into(declaration, found)
        if is_sound and isinstance(declaration, ObjectBlock):
            sound.add(declaration)
        problems.extend(found, declaration.key)
    return analysis


def _everything_in(subject: Subject) -> Subject:
    """What `depends_on` means by a module: not its outputs, but all that is in it."""
    return replace(subject, kind="everything") if subject.kind == "module" else subject
