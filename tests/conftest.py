"""What holds for every test."""

import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from support.no_network import refuse_network

# How fast something is, benchmarks tell; machines are noisy.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

SLOW_FOLDERS = ("stories",)
SLOW_MODULES = (
    "altered_plans",
    "browser",
    "command",
    "concurrency",
    "depth",
    "fuzz",
    "kills",
    "on_the_mock",
    "properties",
    "random_faults",
)
"""What `pytest -m fast` leaves out: folders whose tests start `cl` as a process, and modules whose names end so."""


def pytest_configure(config: pytest.Config) -> None:
    """Let hang-ups be felt also under nohup; and let no process of the thousands compile the planner anew where nothing
    may be kept beside the sources.
    """
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    refuse_network()
    if sys.dont_write_bytecode and not hasattr(config, "workerinput"):
        kept = tempfile.mkdtemp(prefix="cl-tests-compiled-")
        config.add_cleanup(lambda: shutil.rmtree(kept, ignore_errors=True))
        os.environ["PYTHONPYCACHEPREFIX"] = kept
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the fast tests."""
    for item in items:
        if _is_fast(item.path.relative_to(Path(__file__).parent)):
            item.add_marker(pytest.mark.fast)


def _is_fast(module: Path) -> bool:
    return not (module.parts[0] in SLOW_FOLDERS or module.stem.endswith(SLOW_MODULES))
