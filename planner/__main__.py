"""The command `cl`, and `python -m planner`: so small that it minds an interrupt while the rest is being loaded."""

import gc
import os
import sys

from planner import VERSION_LINE

_VERSION = (["version"], ["--version"], ["-version"])
"""The command lines that ask for the version and nothing else."""

_CHANGES_VERSION = ("CL_CLI_ARGS", "CL_LOG", "_CL_COMPLETE")
"""How the environment variables begin that make more than the version of these command lines."""

_NEW_OBJECTS = 100_000
"""How many new objects let the cyclic collector look for garbage: more than a short command makes, nearly all to stay.

With its default of 700, it would take a tenth of the time of such a command.
"""


def start() -> None:
    """Run one command. Whenever it is interrupted, it ends with 130."""
    try:
        if not _version_alone():
            _run()
    except KeyboardInterrupt:
        sys.exit(130)


def _version_alone() -> bool:
    """Print the version, where that is all there is to do: loading the command line would take four times as long.

    False, with nothing printed, where there is more to do, or where stdout takes nothing: the command says why.
    """
    if sys.argv[1:] not in _VERSION or any(name.startswith(_CHANGES_VERSION) for name in os.environ):
        return False
    try:
        os.write(1, f"{VERSION_LINE}\n".encode())
    except OSError:
        return False
    return True


def _run() -> None:
    gc.set_threshold(_NEW_OBJECTS)
    try:
        from planner.cli.main import main

        main()
    finally:
        import signal

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # the work is over: what is left is to go
        gc.freeze()  # and not to look for garbage in what goes with the process


if __name__ == "__main__":
    start()
