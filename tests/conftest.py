"""What holds for every test."""

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from support.made_documents import IN_CHILDREN, NOTES, hold_makers, refuse_noted
from support.no_network import refuse_network

# How fast something is, benchmarks tell; machines are noisy. The same commit has the same examples each time: a change
# is not refused for what another one did. CL_SEARCH=random tries others.
settings.register_profile(
    "everywhere",
    deadline=None,
    derandomize=os.environ.get("CL_SEARCH") != "random",
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("everywhere")

SLOW_FOLDERS = ("stories",)
SLOW_MODULES = (
    "altered_plans",
    "browser",
    "command",
    "concurrency",
    "depth",
    "fuzz",
    "kills",
    "on_servers",
    "on_the_mock",
    "properties",
    "random_faults",
)
"""What `pytest -m fast` leaves out: folders whose tests start `cl` as a process, and modules whose names end so."""


hold_makers()  # before any module of `cl` is imported


def pytest_configure(config: pytest.Config) -> None:
    """Let hang-ups be felt also under nohup, and Ctrl-C in the background of a script; and let no process of the
    thousands compile the planner again where nothing may be kept beside the sources. What children note of documents
    that do not fit has a folder.
    """
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    refuse_network()
    os.environ[NOTES] = _folder(config, "cl-tests-notes-")
    Path(os.environ[NOTES]).chmod(0o777)  # some tests become another user
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(IN_CHILDREN), os.environ.get("PYTHONPATH"))))
    if sys.dont_write_bytecode and not hasattr(config, "workerinput"):
        os.environ["PYTHONPYCACHEPREFIX"] = _folder(config, "cl-tests-compiled-")
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def _folder(config: pytest.Config, prefix: str) -> str:
    """A new folder that is gone when the tests have ended."""
    folder = tempfile.mkdtemp(prefix=prefix)
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    return folder


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the fast tests."""
    for item in items:
        if _is_fast(item.path.relative_to(Path(__file__).parent)):
            item.add_marker(pytest.mark.fast)


def _is_fast(module: Path) -> bool:
    return not (module.parts[0] in SLOW_FOLDERS or module.stem.endswith(SLOW_MODULES))


@pytest.fixture(autouse=True)
def _every_document_fits_its_schema() -> Iterator[None]:
    """Of what is made while tests are collected, the first test tells."""
    yield
    refuse_noted(Path(os.environ[NOTES]))
