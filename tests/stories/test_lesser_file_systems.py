"""File systems that do less than a local disk: all is done, and one warning says what is missing, and where."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from support.failing_calls import failing, is_directory
from support.killing import APPLY, Desk

Prepare = Callable[[], object]


def without_modes() -> None:
    """As FUSE and 9p without `chmod`."""
    failing(pytest.MonkeyPatch(), "fchmod", errno.ENOSYS, lambda _fd: True)


def open_to_all() -> None:
    """As FAT and SMB, where every file has one mode and `chmod` does nothing."""
    real, patch = os.open, pytest.MonkeyPatch()
    patch.setattr(os, "fchmod", lambda _fd, _mode: None)

    def open_for_all(path: str, flags: int, mode: int = 0o777, **named: int) -> int:
        fd = real(path, flags, mode, **named)
        if flags & os.O_EXCL:
            Path(path).chmod(0o755)
        return fd

    patch.setattr(os, "open", open_for_all)


def without_durable_names() -> None:
    """As vboxsf and SMB."""
    failing(pytest.MonkeyPatch(), "fsync", errno.EINVAL, is_directory)


def without_either() -> None:
    without_modes()
    without_durable_names()


LESS: list[tuple[Prepare, bool, bool]] = [
    (without_modes, True, False),
    (open_to_all, True, False),
    (without_durable_names, False, True),
    (without_either, True, True),
]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk(tmp_path_factory.mktemp("estate"))
    desk.prepare()
    return desk


def assert_warned_once(desk: Desk, name: str, *, modes: bool, names: bool) -> None:
    said = " ".join(desk.said.split())
    assert said.count("STA113") == 1, said
    assert f"{name} is written and complete." in said
    assert ("keep it from other users" in said, "survive a power cut" in said) == (modes, names)


@pytest.mark.parametrize(("less", "modes", "names"), LESS)
def test_an_apply_ends_well_and_warns_once_of_state_journal_and_backup(
    prepared: Desk, tmp_path: Path, less: Prepare, modes: bool, names: bool
) -> None:
    desk = prepared.copy(tmp_path / "copy")
    assert desk.cl(*APPLY, first=less) == 0, desk.said
    assert_warned_once(desk, "cl.state.json", modes=modes, names=names)
    desk.assert_all_is_as_declared()


@pytest.mark.parametrize(("less", "modes", "names"), LESS)
@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("plan", "--out", "new.json"), "new.json"),
        (("drift", "--exit-zero", "--baseline", "known"), "known"),
        (("state", "mv", "classiclink_vpc.shop", "classiclink_vpc.moved"), "cl.state.json"),
    ],
)
def test_what_else_is_written_is_there_and_warned_of_once(
    prepared: Desk, tmp_path: Path, less: Prepare, modes: bool, names: bool, arguments: tuple[str, ...], name: str
) -> None:
    desk = prepared.copy(tmp_path / "copy")
    (desk.directory / "known").touch(mode=0o600)
    assert desk.cl(*arguments, first=less) in (0, 2), desk.said
    assert_warned_once(desk, name, modes=modes, names=names)
    assert (desk.directory / name).stat().st_size


def test_a_command_that_writes_nothing_does_not_warn(prepared: Desk, tmp_path: Path) -> None:
    desk = prepared.copy(tmp_path / "copy")
    assert desk.cl("plan", first=without_either) == 0
    assert "STA113" not in desk.said
