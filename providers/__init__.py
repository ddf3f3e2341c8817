"""Providers: what reads a cloud and carries steps out."""
