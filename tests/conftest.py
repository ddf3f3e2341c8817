"""What holds for every test."""

from hypothesis import settings

settings.register_profile("untimed", deadline=None)  # how fast something is, benchmarks tell; machines are noisy
settings.load_profile("untimed")
