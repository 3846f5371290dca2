"""Reads database migrations without running them and says what would hurt in production."""

__version__ = "0.1.0"

HOME = "https://github.com/migration-lint/migration-lint"
"""The project's address, as in `[project.urls]`."""
