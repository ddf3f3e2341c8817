"""The precondition rules of ClassicLink: one class a rule, one file a family."""
