"""Where the extra of this provider is not installed."""

from __future__ import annotations

from planner.diagnostics import Diagnostic
from planner.remedy import Remedy, shell


def library_missing() -> Diagnostic:
    """Names the command that installs it."""
    install = shell("pip", "install", "classiclink-planner[alicloud]")
    detail = 'The provider "alicloud" needs libraries that are not installed.'
    return Diagnostic("PRV419", "Library is missing", detail, Remedy.of("Install them: ", install))
