"""Every command in a directory that cannot be listed, cannot be searched, or is gone: a diagnostic, and never a bug."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from planner.app.starter import EXAMPLE
from support.somebody_else import NOBODY, cl_as_nobody, load_everything

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")

IN_A_DIRECTORY = """
init; init --example; validate; validate -o sarif=r; plan; plan --out p; plan -o html=r; apply -auto-approve
destroy -auto-approve; refresh; drift; drift --baseline b; show; output; output x
import classiclink_vpc.shop vpc-shop; import --all; import --all --write new.hcl; state list; state show a.b
state mv a.b a.c; state rm a.b; state pull; workspace list; workspace select x; workspace new x
workspace delete x; workspace show; force-unlock 1; console; graph; providers; reach i-web-1 i-web-2
advise i-web-1 vpc-shop
"""
OTHERWISE = """
fmt; fmt -; fmt --check .; rules; rules CL101; schema plan; completion bash; version; show saved/plan; apply saved/plan
state push saved/state; graph --plan saved/plan; reach i-web-1 i-web-2 --plan saved/plan; -chdir=. plan; -chdir=. output
"""
NAMED_IN_IT = """
plan --out locked/p; plan -o html=locked/r; plan --var-file locked/v; drift --baseline locked/b; show locked/plan
apply locked/plan; state push locked/state; fmt locked; fmt locked/x.hcl
graph --plan locked/plan; reach i-web-1 i-web-2 --plan locked/plan
"""


def commands(text: str) -> list[list[str]]:
    return [command.split() for command in text.replace("\n", ";").split(";") if command.strip()]


@pytest.fixture(scope="module", autouse=True)
def loaded() -> None:
    load_everything()


@pytest.fixture
def owned() -> Iterator[Path]:
    """A project of a user who is not root, below directories that every user may search."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        desk = Path(folder) / "desk"
        (desk / "saved").mkdir(parents=True)
        (desk / "locked").mkdir()
        for name, text in EXAMPLE.items():
            (desk / name).write_text(text)
        for path in (desk, *desk.iterdir()):
            os.chown(path, NOBODY, NOBODY)
        yield desk


def changing_mode(mode: int) -> Callable[[], object]:
    return lambda: Path().chmod(mode)


def delete() -> None:
    shutil.rmtree(Path.cwd())


@pytest.mark.parametrize(
    ("arrange", "why"),
    [
        (changing_mode(0o300), "Permission denied"),
        (changing_mode(0o600), "Permission denied"),
        (changing_mode(0), "Permission denied"),
        (delete, "was deleted"),
    ],
)
def test_a_directory_that_cannot_be_read_is_reported_by_every_command_that_needs_it(
    owned: Path, arrange: Callable[[], object], why: str
) -> None:
    for arguments in commands(IN_A_DIRECTORY):
        owned.mkdir(exist_ok=True)
        code, said = cl_as_nobody(arguments, owned, arrange)
        assert (code, "CFG105" in said, why in said) == (1, True, True), (arguments, said)
    for arguments in commands(OTHERWISE):
        owned.mkdir(exist_ok=True)
        code, said = cl_as_nobody(arguments, owned, arrange)
        assert code in (0, 1, 64), (arguments, said)
        assert "bug in cl" not in said, arguments


def test_a_place_that_may_not_be_searched_is_reported_wherever_it_is_named(owned: Path) -> None:
    (owned / "locked").chmod(0)
    for arguments in commands(NAMED_IN_IT):
        code, said = cl_as_nobody(arguments, owned)
        assert code in (1, 64), (arguments, said)
        assert "bug in cl" not in said, arguments
        assert "Permission denied" in said, (arguments, said)


def test_a_project_below_a_directory_that_may_not_be_searched_is_no_bug(owned: Path) -> None:
    for arguments in (["plan"], ["-chdir=.", "plan"], ["-chdir=locked/..", "plan"]):
        code, said = cl_as_nobody(arguments, owned, lambda: owned.parent.chmod(0o700))
        assert (code, "Permission denied" in said, "bug in cl" in said) == (1, True, False), (arguments, said)


def test_a_project_that_may_only_be_read_is_planned_and_not_applied(owned: Path) -> None:
    owned.chmod(0o500)
    assert cl_as_nobody(["plan"], owned)[0] == 0
    for arguments in (["apply", "-auto-approve"], ["plan", "--out", "p"], ["drift", "--baseline", "b"]):
        code, said = cl_as_nobody(arguments, owned)
        assert (code, "Permission denied" in said) == (1, True), said
    assert sorted(path.name for path in owned.iterdir()) == sorted([*EXAMPLE, "locked", "saved"])
