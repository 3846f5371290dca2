"""Findings to bytes: one module an output format."""
