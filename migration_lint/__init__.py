"""Reads database migrations without running them and says what would hurt in production."""

__version__ = "0.1.0"
