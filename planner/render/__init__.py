"""Showing documents: everything here reads a document and nothing else."""
