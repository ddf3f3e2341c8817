"""What `cl validate` found, as a document and as text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from planner.diagnostics import Diagnostic, counted, diagnostics_entries

if TYPE_CHECKING:
    from planner.documents.validation import ValidationDocument
    from planner.entries import DiagnosticEntry
    from planner.render.setting import Sources
    from planner.render.terminal import Style


def validate_document(diagnostics: Iterable[Diagnostic | DiagnosticEntry]) -> ValidationDocument:
    """What `cl validate` found, as one document: every report of it is rendered from this."""
    listed = diagnostics_entries(diagnostics)
    errors = sum(one["severity"] == "error" for one in listed)
    return {
        "format_version": "1.0",
        "valid": errors == 0,
        "error_count": errors,
        "warning_count": len(listed) - errors,
        "diagnostics": listed,
    }


def validate_verdict(document: ValidationDocument) -> str:
    """Whether the configuration is valid, in one line."""
    if document["valid"]:
        warnings = f", with {counted(document['warning_count'], 'warning')}" if document["warning_count"] else ""
        return f"The configuration is valid{warnings}."
    return f"The configuration is not valid: {counted(document['error_count'], 'error')}."


def validate_text(document: ValidationDocument, sources: Sources, style: Style) -> str:
    """The result of `cl validate` for people."""
    paint = style.green if document["valid"] else style.red
    verdict = f"{paint(validate_verdict(document))}\n"
    found = document["diagnostics"]
    if not found:
        return verdict
    from planner.render.diagnostics import diagnostics_text, errors_among, pages_hint

    return f"{diagnostics_text(found, sources, style)}\n{verdict}{pages_hint(errors_among(found), style)}"
