"""Files of the user's that `cl` rewrites are whole at any moment, and keep their mode and their links."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from support.desk import Desk
from support.story_estates import PROVIDER, enable, vpc
from support.watching import PATIENCE

UGLY = "locals {\n" + "".join(f"  a{n}=1\n" for n in range(2000)) + "}\n"


def on_a_full_disk(desk: Desk, *arguments: str) -> int:
    """Run where no file can grow beyond 8 KiB."""
    return subprocess.run(
        [sys.executable, "-m", "planner.cli.main", *arguments],
        cwd=desk.directory,
        env={**desk.environment, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        timeout=PATIENCE,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192)),
    ).returncode


def test_a_full_disk_does_not_cut_a_configuration_short(desk: Desk) -> None:
    desk.write(main__hcl=UGLY)
    assert on_a_full_disk(desk, "fmt") == 1
    assert [path.name for path in desk.directory.iterdir()] == ["main.hcl"]
    assert (desk.directory / "main.hcl").read_text() == UGLY


def test_fmt_keeps_the_mode_and_the_link(desk: Desk) -> None:
    real = desk.directory / "real.txt"
    real.write_text("a=1\n")
    real.chmod(0o640)
    (desk.directory / "main.hcl").symlink_to("real.txt")
    desk.cl("fmt", code=0)
    assert (desk.directory / "main.hcl").is_symlink()
    assert real.read_text() == "a = 1\n"
    assert real.stat().st_mode & 0o777 == 0o640


def test_a_report_and_a_baseline_are_replaced_whole(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a", classic_link_enabled=True)])
    desk.write(main__hcl=PROVIDER, plan__md="old\n" * 3000, base="# old\n" * 3000)
    before: dict[str, os.stat_result] = {name: (desk.directory / name).stat() for name in ("plan.md", "base")}
    desk.cl("plan", "-o", "markdown=plan.md", code=0)
    desk.cl("drift", "-baseline=base")
    for name, old in before.items():
        new = (desk.directory / name).stat()
        assert new.st_ino != old.st_ino
        assert new.st_mode == old.st_mode
    assert (desk.directory / "base").read_text().startswith("# old\n" * 3000)


def test_a_report_goes_into_a_device(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a")])
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-a"))
    desk.cl("plan", "-o", "markdown=/dev/null", code=0)
    assert Path("/dev/null").is_char_device()
    assert desk.cl("plan", "-o", "markdown=/dev/stdout", code=0).out.startswith("<!-- cl-plan -->")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_that_may_not_be_written_is_not_replaced(desk: Desk) -> None:
    desk.write(main__hcl="a=1\n")
    (desk.directory / "main.hcl").chmod(0o400)
    desk.cl("fmt", code=1)
    assert (desk.directory / "main.hcl").read_text() == "a=1\n"
