"""What is wrong with a configuration."""

from __future__ import annotations

from collections.abc import Iterable


class ConfigError(Exception):
    """A setting or config file that cannot be used; the message is one line that names the place."""


def nearest(word: str, valid: Iterable[str]) -> str:
    """`; did you mean 'x'?` with the valid word nearest to `word`, or nothing where none is near."""
    import difflib  # only ever needed on the way out

    by_lower = {candidate.lower(): candidate for candidate in valid}
    found = difflib.get_close_matches(word.lower().replace("_", "-"), by_lower, n=1)
    return f"; did you mean {by_lower[found[0]]!r}?" if found else ""
