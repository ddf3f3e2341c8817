"""Reading a configuration directory: modules, variables and expansion, up to what is desired."""
