"""The local backend: the state in a file; its backup, its history, its lock and its journal beside it."""
