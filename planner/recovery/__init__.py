"""The prior state, as it is known: what the state file says, and what an apply that was cut short has done since."""
