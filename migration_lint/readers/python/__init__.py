"""Names, imports and constants of a Python file, resolved without running it."""
