"""The line that says what the user waits for."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from threading import enumerate as enumerate_threads

import pytest

from planner.render.terminal import CLEAR, live_line
from planner.render.waiting import Waiting, duration, logged
from planner.waits import plainly


class Line:
    """What is drawn, in order, with a clock that the test moves."""

    def __init__(self, patience: float = 0.0) -> None:
        self.drawn: list[tuple[str, str]] = []
        self.now = 100.0
        self._news = Event()
        self.waiting = Waiting(self._show, patience, lambda: self.now)

    def _show(self, text: str, end: str) -> None:
        self.drawn.append((text, end))
        self._news.set()

    def until(self, holds: Callable[[tuple[str, str]], bool]) -> None:
        """Wait until such a line is drawn, from now on."""
        self.drawn.clear()
        while not any(holds(line) for line in list(self.drawn)):
            self._news.clear()
            self._news.wait(0.1)


def test_what_is_over_at_once_is_not_shown() -> None:
    line = Line(patience=60.0)
    with line.waiting(plainly("Planning")):
        pass
    assert line.drawn == []


def test_what_takes_longer_is_shown_with_how_long_it_takes_and_cleared() -> None:
    line = Line()
    with line.waiting(plainly("Planning")):
        line.until(lambda drawn: drawn == ("Planning", " … 0 s"))
        line.now += 12
        line.until(lambda drawn: drawn == ("Planning", " … 12 s"))
    assert line.drawn[-1] == ("", "")


def test_of_several_the_last_to_begin_is_shown_and_then_the_one_around_it() -> None:
    line = Line()
    with line.waiting(plainly("Planning")):
        line.now += 5
        with line.waiting(plainly("Reading the cloud")):
            line.until(lambda drawn: drawn == ("Reading the cloud", " … 0 s"))
        line.until(lambda drawn: drawn == ("Planning", " … 5 s"))


def test_what_began_just_now_does_not_take_the_line_of_what_has_lasted() -> None:
    line = Line(patience=0.01)
    with line.waiting(plainly("Planning")):
        line.now += 5
        with line.waiting(plainly("Waiting for the server")):
            line.until(lambda drawn: drawn == ("Planning", " … 5 s"))
            assert all(text == "Planning" for text, _ in line.drawn)


def test_words_that_change_are_asked_for_again() -> None:
    line, calls = Line(), [3]
    with line.waiting(lambda: f"Reading the cloud: {calls[0]} calls"):
        line.until(lambda drawn: drawn[0] == "Reading the cloud: 3 calls")
        calls[0] = 5
        line.until(lambda drawn: drawn[0] == "Reading the cloud: 5 calls")


def test_a_failure_clears_the_line_too() -> None:
    line = Line()

    def fail() -> None:
        with line.waiting(plainly("Planning")):
            line.until(lambda drawn: drawn[0] == "Planning")
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert line.drawn[-1] == ("", "")


def test_nothing_is_drawn_while_the_line_is_for_something_else() -> None:
    line = Line()
    with line.waiting(plainly("Planning")):
        line.until(lambda drawn: drawn[0] == "Planning")
        with line.waiting.quiet():
            assert line.drawn[-1] == ("", "")
            line.drawn.clear()
            for _ in range(3):  # the words are asked for no more, so no line is made of them
                Event().wait(0.05)
            assert line.drawn == []
        line.until(lambda drawn: drawn[0] == "Planning")


def test_no_thread_is_started_while_nothing_is_drawn() -> None:
    line = Line()
    with line.waiting.quiet(), line.waiting(plainly("Waiting for the server")):
        assert "waiting" not in [thread.name for thread in enumerate_threads()]
    with line.waiting(plainly("Planning")):
        line.until(lambda drawn: drawn[0] == "Planning")


def test_threads_may_wait_at_once_and_end_in_any_order() -> None:
    line, ended = Line(), Event()

    def elsewhere() -> None:
        with line.waiting(plainly("Waiting for the server")):
            ended.wait()

    with line.waiting(plainly("Planning")):
        other = Thread(target=elsewhere)
        other.start()
        line.until(lambda drawn: drawn[0] == "Waiting for the server")
    line.until(lambda drawn: drawn[0] == "Waiting for the server")
    ended.set()
    other.join()
    assert line.drawn[-1] == ("", "")


def test_a_log_gets_a_whole_line_now_and_then_and_nothing_at_the_end() -> None:
    written: list[str] = []
    twice = Event()

    def write(text: str) -> None:
        written.append(text)
        if len(written) == 2:
            twice.set()

    with logged(write, 0.01)(plainly("Reading the cloud: waiting for ecs.example.com")):
        twice.wait()
    assert set(written) == {"Reading the cloud: waiting for ecs.example.com … 0 s\n"}
    written.clear()
    with logged(write)(plainly("Planning")):
        pass
    assert written == []


@pytest.mark.parametrize(
    ("width", "text"),
    [(80, "Reading the cloud … 12 s"), (20, "Reading the… … 12 s"), (10, "R… … 12 s"), (7, "Readi…"), (1, "…")],
)
def test_a_live_line_keeps_its_end_where_there_is_no_room(width: int, text: str) -> None:
    assert live_line("Reading the cloud", " … 12 s", width) == f"{CLEAR}{text}\r"


def test_durations_are_in_the_unit_that_fits() -> None:
    assert [duration(seconds) for seconds in (0.4, 45.2, 89.4, 89.6, 240, 7_500)] == [
        "0 s",
        "45 s",
        "89 s",
        "1 min",
        "4 min",
        "2 h 5 min",
    ]
