"""`cl init`."""

from __future__ import annotations

from collections.abc import Mapping

import click

from planner.cli import options
from planner.cli.command import Command
from planner.cli.session import Session
from planner.diagnostics import ConfigError, Diagnostic, counted

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
    {"vpc_id": "vpc-shop", "account_id": "1001", "region_id": "cn-hangzhou", "cidr_block": "172.16.0.0/12"}
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


@click.command(cls=Command)
@click.option("--example", is_flag=True, help="Write a starter configuration with a simulated cloud.")
@options.variables
@options.input_
@click.pass_obj
def init(session: Session, example: bool, assignments: options.Assignments, ask: bool) -> None:
    """Check settings, providers and the state's place; write a starter configuration with --example."""
    if example:
        _write_example(session)
    from planner.cli.project import Project

    project = Project(session, assignments, ask=ask)
    with project.providers() as providers:
        names = ", ".join(providers) or "none"
    state = project.prior()
    session.write(
        f"Ready. Providers: {names}. Workspace: {project.workspace}, "
        f"with {counted(len(state.objects), 'object')} in its state.\n\nNext:  {session.cl} plan"
    )


def _write_example(session: Session) -> None:
    present = [name for name in EXAMPLE if (session.directory / name).exists()]
    if present or any(session.directory.glob("*.hcl")):
        raise ConfigError(
            Diagnostic(
                "CFG591",
                "Directory is not empty",
                f"There is a configuration already ({', '.join(present) or 'other *.hcl files'}).",
                "Run it in an empty directory: mkdir try && cl -chdir=try init --example",
            )
        )
    for name, text in EXAMPLE.items():
        try:
            (session.directory / name).write_text(text, encoding="utf-8")
        except OSError as problem:
            raise ConfigError(
                Diagnostic("CFG592", "File cannot be written", f"{name}: {problem.strerror}.", "Give permission.")
            ) from None
        session.say(f"Wrote {name}.")
