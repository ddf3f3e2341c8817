"""What `cl` does, without the command line: the project, planning, applying, importing."""
