"""What holds for every test."""

import os
import shutil
import signal
import sys
import tempfile

import pytest
from hypothesis import HealthCheck, settings

# How fast something is, benchmarks tell; machines are noisy.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_configure(config: pytest.Config) -> None:
    """Let hang-ups be felt also under nohup; and let no process of the thousands compile the planner anew where nothing
    may be kept beside the sources.
    """
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    if sys.dont_write_bytecode and not hasattr(config, "workerinput"):
        kept = tempfile.mkdtemp(prefix="cl-tests-compiled-")
        config.add_cleanup(lambda: shutil.rmtree(kept, ignore_errors=True))
        os.environ["PYTHONPYCACHEPREFIX"] = kept
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
