"""The providers of a configuration, with the account that each works on and where its credentials come from."""

from __future__ import annotations

from msgspec import Struct

from planner.app.project import Project
from planner.app.providers import open_provider, placed
from planner.config.desired import ProviderConfig
from planner.diagnostics import Diagnostic, ProviderError


class Listed(Struct, frozen=True):
    """A provider. What is not known is empty: a simulated cloud has neither account nor credentials of its own."""

    config: ProviderConfig
    account_id: str = ""
    region_id: str = ""
    credentials: str = ""
    problems: tuple[Diagnostic, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()


def list_providers(project: Project) -> list[Listed]:
    """Every provider of the configuration. Asks each cloud whose the credentials are; a problem stops only its own."""
    return [_listed(config, project) for config in project.evaluation.providers()]


def _listed(config: ProviderConfig, project: Project) -> Listed:
    credentials, warnings = "", tuple[Diagnostic, ...]()
    try:
        provider = open_provider(config, project.surroundings.directory, project.surroundings.environment)
        credentials, warnings = provider.credentials, tuple(placed(provider.warnings, config))
        try:
            cloud = provider.cloud
        finally:
            provider.close()
    except ProviderError as error:
        problems = tuple(placed(error.diagnostics, config))
        return Listed(config, credentials=credentials, problems=problems, warnings=warnings)
    return Listed(config, cloud.get("account_id", ""), cloud.get("region_id", ""), credentials, warnings=warnings)
