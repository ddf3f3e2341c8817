"""The documents of `cl`: what each one holds as types, the JSON Schema made of them, their checksums and loading."""
