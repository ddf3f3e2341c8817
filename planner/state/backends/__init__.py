"""Where states are kept. What they say is known above: here they are text, journals are bytes."""
