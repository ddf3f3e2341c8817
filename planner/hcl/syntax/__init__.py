"""Text to nodes with places in the source. The only home of python-hcl2."""
