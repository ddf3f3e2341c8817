"""Nodes to values, in a scope of variables and functions."""
