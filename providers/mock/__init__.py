"""The simulated cloud: a world in a file, with the cloud's own refusals, faults to order, and a log of calls."""
