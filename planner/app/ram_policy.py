"""The policy that RAM needs for `cl`."""

from __future__ import annotations

from planner.app.project import ABOUT_GROUPS, Project
from planner.config.load import is_configuration


def ram_policy_text(project: Project, *, read_only: bool, security_groups: bool) -> str:
    """The smallest policy, as JSON for the console; with `read_only` what plans and drift reports need.

    It allows calls about security groups on demand, and where the configuration is about any. Raises ConfigError.
    """
    from providers.alicloud.ram import policy

    return policy(read_only=read_only, security_rules=security_groups or _is_about_groups(project))


def _is_about_groups(project: Project) -> bool:
    directory = project.surroundings.directory
    if not any(is_configuration(path.name) for path in directory.iterdir()):
        return False
    return bool(project.evaluation.declared_types & ABOUT_GROUPS)
