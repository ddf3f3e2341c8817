"""Plans altered at random: what an apply accepts, the simulated cloud carries out. `support.mutations` tries more."""

from __future__ import annotations

from pathlib import Path

from support.mutations import campaign, prepared


def test_a_plan_that_is_accepted_is_carried_out_without_a_refused_call_and_its_state_is_true(tmp_path: Path) -> None:
    tally, wrong = campaign(prepared(tmp_path), 150, seed=1)
    assert wrong == []
    assert tally["refused"] > tally["accepted"] > 0
