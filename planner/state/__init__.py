"""The state: its file, its lock and its journal."""
