"""What backends that keep objects in a bucket have in common: the lock with its lease, the versions of a state."""
