"""What tests of several rooms share: worlds, estates, strategies, models of the cloud, and `cl` as a process."""
