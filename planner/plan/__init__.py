"""Comparing what is desired with what is there, and putting the steps in order."""
