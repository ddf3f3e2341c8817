"""The page of each code that `cl` prints: what it means, an example, what to do."""
