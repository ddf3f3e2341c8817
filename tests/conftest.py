"""What holds for every test."""

from hypothesis import HealthCheck, settings

# How fast something is, benchmarks tell; machines are noisy.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
