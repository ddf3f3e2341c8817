"""A document that does not fit its published schema fails the test in which it is made, in whatever process."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from planner.documents.drift import DriftDocument
from support.made_documents import MAKERS, NOTES, hold, makes, refuse_noted
from support.watching import PATIENCE

WRONG: DriftDocument = {"in_sync": "perhaps"}  # type: ignore[typeddict-item]
IN_A_CHILD = """
from planner.drift import document
document.FORMAT_VERSION = 7
document.nothing_compared([])
"""


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another folder for the notes, so that those of this test do not fail it."""
    monkeypatch.setenv(NOTES, str(tmp_path))
    return tmp_path


def noted(notes: Path) -> list[str]:
    return [note.read_text() for note in notes.iterdir()]


def test_what_does_not_fit_is_noted_with_its_maker_and_path(notes: Path) -> None:
    @makes("drift")
    def report() -> DriftDocument:
        return WRONG

    assert report() is WRONG
    (note,) = noted(notes)
    assert "report made what is not by the schema of drift" in note
    assert "['in_sync']: \"perhaps\" is not of type" in note


def test_a_document_of_another_process_is_noted_too(notes: Path) -> None:
    subprocess.run([sys.executable, "-c", IN_A_CHILD], check=True, timeout=PATIENCE)
    assert all("planner.drift.document" in note and "['format_version']" in note for note in noted(notes))
    assert noted(notes)


def test_an_event_is_noted_when_it_happens(notes: Path) -> None:
    from planner.apply.events import Version

    Version(cl_version=7)  # type: ignore[arg-type]
    (note,) = noted(notes)
    assert "Version made what is not by the schema of events" in note


def test_what_is_noted_fails_the_test_and_no_later_one(notes: Path) -> None:
    hold("drift", WRONG, "somebody")
    with pytest.raises(AssertionError, match="not by the schema of drift"):
        refuse_noted(notes)
    refuse_noted(notes)


@pytest.mark.parametrize("name", MAKERS)
def test_every_importer_of_a_maker_has_the_one_that_is_held(name: str) -> None:
    """What was imported before the makers were wrapped would go unseen."""
    for maker in MAKERS[name]:
        held = getattr(import_module(name), maker)
        raw = getattr(held, "__wrapped__", None)
        for module in list(sys.modules.values()):
            assert raw is None or all(found is not raw for found in vars(module).values()), module.__name__
