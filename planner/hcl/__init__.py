"""The language: text to values. Knows nothing of ClassicLink."""
