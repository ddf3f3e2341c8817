"""Drift: where cloud, state and configuration have come apart, which one moved, and the ways out.

`document.find_drift` makes the drift document, `ignore` reads and writes `.clignore`.
"""
