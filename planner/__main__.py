"""The command `cl`, and `python -m planner`: so small that it minds an interrupt while the rest is being loaded."""

import sys


def start() -> None:
    """Run one command. Whenever it is interrupted, it ends with 130."""
    try:
        from planner.cli.main import main

        main()
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        import signal

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # the work is over: what is left is to go


if __name__ == "__main__":
    start()
