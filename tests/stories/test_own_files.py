"""A plan or a report takes the place of no file that the project is made of."""

from __future__ import annotations

import pytest

from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instances, vpc

BACKEND = 'cl {\n  backend "local" {\n    path = "kept/shop.json"\n  }\n}\n'
OWN = {
    "cl.state.json": "where a state is kept",
    "cl.state.json.backup": "where a state is kept",
    "cl.state.json.lock": "where a state is kept",
    "cl.state.json.journal": "where a state is kept",
    "errored.cl.state.json": "where a state is kept",
    "cl.state.d/blue/cl.state.json": "where a state is kept",
    "kept/shop.json": "where the state is kept",
    "kept/shop.json.backup": "where the state is kept",
    "main.hcl": "which is read as configuration",
    "new.hcl": "which is read as configuration",
    "part/main.hcl": "which is read as configuration",
    "linked.txt": "which is read as configuration",
    "more.auto.clvars": "from which variables are read",
    ".cl/environment": "which remembers the workspace in use",
    "world.json": "which provider mock uses",
    "./part/../world.json": "which provider mock uses",
}


@pytest.fixture
def project(desk: Desk) -> Desk:
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(1))
    desk.write(main__hcl=PROVIDER + BACKEND + enable("shop", "vpc-a"))
    desk.cl("apply", "-auto-approve", code=0)
    desk.write(main__hcl=PROVIDER + BACKEND + enable("shop", "vpc-a") + attach("web", "i-0001", "vpc-a"))
    (desk.directory / "part").mkdir()
    (desk.directory / "part" / "main.hcl").touch()
    (desk.directory / "linked.txt").symlink_to("main.hcl")
    return desk


def all_files(desk: Desk) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in desk.directory.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", OWN)
def test_no_plan_and_no_report_is_written_over_it(project: Desk, name: str) -> None:
    before = all_files(project)
    messages = " ".join(project.cl("plan", "-out", name, code=64).err.split())
    assert f"names {name.removeprefix('./')}, {OWN[name]}. It was not changed." in messages
    assert all_files(project) == before


def test_a_report_of_any_command_takes_no_place_either(project: Desk) -> None:
    before = all_files(project)
    for name in ("main.hcl", "kept/shop.json", "world.json"):
        for command in ("plan", "drift"):
            assert OWN[name] in project.cl(command, "-o", f"json={name}", code=64).err.replace("\n", " ")
        assert OWN[name] in project.cl("drift", "-baseline", name, code=64).err.replace("\n", " ")
    assert all_files(project) == before
    project.cl("plan", "-out", "plan.json", code=0)
    project.cl("validate", "-o", "json=main.hcl", code=64)
    project.cl("show", "plan.json", "-o", "json=main.hcl", code=64)
    project.write(main__hcl="broken {")
    project.cl("plan", "-o", "json=main.hcl", code=64)
    project.cl("plan", "-o", "json=report.json", code=1)
    assert (project.directory / "main.hcl").read_text() == "broken {"
    left = all_files(project).keys() - before.keys()
    assert sorted(name.rpartition("/")[2] for name in left) == ["plan.json", "report.json"]


def test_elsewhere_a_file_may_be_called_as_its_owner_likes(project: Desk) -> None:
    (project.directory / "plans").mkdir()
    project.cl("plan", "-out", "plans/main.hcl", code=0)
    project.cl("plan", "-out", "plans/world.json", code=0)
    project.cl("apply", "plans/world.json", code=0)
