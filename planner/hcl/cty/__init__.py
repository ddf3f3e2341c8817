"""Types and values, as in cty: arithmetic, conversion, unification, equality. Knows nothing of syntax."""
