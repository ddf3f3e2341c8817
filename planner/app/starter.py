"""The starter configuration of `cl init --example`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from planner.app.directory import check_directory
from planner.config.load import is_configuration
from planner.diagnostics import ConfigError, Diagnostic
from planner.remedy import AND, Remedy, cl, shell
from planner.writing import how_to_write, write_new

EXAMPLE: Mapping[str, str] = {
    "main.hcl": """\
# A classic instance, linked to a VPC. Try: cl plan, cl apply, cl drift.

provider "mock" {
  world = "world.json" # a simulated cloud
}

resource "classiclink_vpc" "shop" {
  vpc_id = "vpc-shop"
}

resource "classiclink_attachment" "web" {
  for_each = toset(["i-web-1", "i-web-2"])

  instance_id = each.key
  vpc_id      = classiclink_vpc.shop.vpc_id
}
""",
    "world.json": """\
{
  "format_version": "1.0",
  "account_id": "1001",
  "vpcs": [
    {"vpc_id": "vpc-shop", "account_id": "1001", "region_id": "cn-hangzhou", "cidr_block": "172.16.0.0/16"},
    {"vpc_id": "vpc-blue", "account_id": "1001", "region_id": "cn-hangzhou", "cidr_block": "172.17.0.0/16"}
  ],
  "instances": [
    {"instance_id": "i-web-1", "account_id": "1001", "region_id": "cn-hangzhou", "network_type": "classic",
     "private_ip": "10.1.2.3"},
    {"instance_id": "i-web-2", "account_id": "1001", "region_id": "cn-hangzhou", "network_type": "classic",
     "private_ip": "10.1.2.4"}
  ]
}
""",
}
"""Its files, by name."""
GIT_IGNORE = """\
# The state: its backup, lock, journal and history, its workspaces, what was rescued or migrated
cl.state.json*
cl.state.d*/
errored.cl.state.json*

# The workspace and the backend of this checkout
.cl/

# Saved plans
plan.json
"""
"""What git should ignore in the directory of a configuration."""


def write_example(directory: Path) -> Iterator[str]:
    """Write the files and give the name of each. Raises ConfigError where there is a configuration already.

    A `.gitignore` that is there is left as it is.
    """
    check_directory(directory)
    present = [name for name in EXAMPLE if os.path.lexists(directory / name)]
    if present or any(is_configuration(path.name) for path in directory.iterdir()):
        raise ConfigError(
            Diagnostic(
                "CFG591",
                "Directory is not empty",
                f"There is a configuration already ({', '.join(present) or 'other configuration files'}).",
                Remedy.of(
                    "Run it in an empty directory: ",
                    shell("mkdir", "try"),
                    AND,
                    cl("-chdir=try", "init", "--example"),
                ),
            )
        )
    ignored = {} if os.path.lexists(directory / ".gitignore") else {".gitignore": GIT_IGNORE}
    for name, text in {**EXAMPLE, **ignored}.items():
        try:
            write_new(directory / name, text)
        except OSError as problem:
            detail = f"{name}: {problem.strerror or problem}."
            remedy = how_to_write(problem, "Run it in an empty, writable directory.")
            raise ConfigError(Diagnostic("CFG592", "File cannot be written", detail, remedy)) from None
        yield name
