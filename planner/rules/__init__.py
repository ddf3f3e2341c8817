"""The precondition rules of ClassicLink: one class for each rule, one file for each family.

`run.judge` checks steps with them; `catalogue.catalogue` returns their manual pages.
"""
