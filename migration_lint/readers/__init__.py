"""Text to Migration: one reader a framework, each a pure function of one file."""
