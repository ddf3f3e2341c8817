"""Source text and values in their canonical written form: `cl fmt`, the console, literals."""
