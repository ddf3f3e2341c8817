"""The precondition rules of ClassicLink: one class a rule, one file a family.

`run.judge` runs them over steps; `catalogue.catalogue` gives their manual pages.
"""
