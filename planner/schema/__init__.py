"""JSON Schema: made from Python types, and checked against documents. Knows none of the documents of `cl`."""
