"""What is said of a state that could not be written."""

from __future__ import annotations

from pathlib import Path

from planner.state.backends.patience import unreachable
from planner.state.backends.refusals import lock_lost
from planner.state.refusals import not_written

RESCUED = Path("errored.cl.state.json")


def test_a_backend_that_is_away_is_waited_for_and_the_journal_completes_the_state() -> None:
    problem = not_written(unreachable("https://gitlab.example/web", "no answer"), RESCUED, has_journal=True)
    assert problem.code == "STA446"
    assert problem.detail.endswith("The new state is in errored.cl.state.json.")
    assert (
        "Once the backend can be reached, push it: cl state push errored.cl.state.json\nOr run cl apply"
        in problem.remedy.text
    )
    assert "Make room" not in problem.remedy.text
    assert "lock" not in problem.detail


def test_a_lock_that_was_removed_leaves_two_states_to_compare() -> None:
    problem = not_written(lock_lost("The lock"), RESCUED, has_journal=True)
    assert "Compare the two" in problem.remedy.text
