"""The signals that end `cl` where nothing was begun: an apply takes them over while its steps run."""

from __future__ import annotations

import signal


def end_on_signals() -> None:
    """Let SIGTERM and the end of the terminal be what Ctrl-C is: KeyboardInterrupt. One that is ignored stays so."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)
