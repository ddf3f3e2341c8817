"""The simulated cloud: a world in a file, with the cloud's own refusals, faults on demand, and a log of calls."""
