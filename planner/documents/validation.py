"""What `cl validate` found, as a document."""

from __future__ import annotations

from typing import TypedDict

from planner.entries import DiagnosticEntry


class ValidationDocument(TypedDict):
    """Whether a configuration is valid, and what is wrong with it."""

    format_version: str
    valid: bool
    error_count: int
    warning_count: int
    diagnostics: list[DiagnosticEntry]
