"""Being here lets the tests of the folders below import `language_tables`."""
