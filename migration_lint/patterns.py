"""Path patterns, as `exclude` and `per-file-ignores` use them.

A pattern without a slash matches a file or folder of that name anywhere (`venv`, `0001_*.py`); one with a slash is
relative to the folder its setting belongs to (`legacy/*/migrations`, `./legacy`). `*` and `?` stop at a slash, `**`
does not, and a pattern that matches a folder covers all that is in it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path


def matches(path: str, patterns: Iterable[str]) -> bool:
    """Whether one of `patterns` covers `path`, or a folder above it; `path` is relative to their folder, with `/`."""
    parts = path.split("/")
    return any(_covers(pattern, parts) for pattern in patterns)


def relative(path: str | Path, root: Path) -> str:
    """`path`, relative to the current folder, as patterns see it: relative to `root`, with `/` between its parts."""
    try:
        return Path(os.path.relpath(path, root)).as_posix()
    except ValueError:  # on another drive: only patterns without a slash can match
        return Path(path).as_posix()


def rebase(pattern: str, base: Path, root: Path) -> str:
    """`pattern`, written relative to the folder `base`, as it has to be written relative to the folder `root`."""
    pattern = pattern.rstrip("/") or pattern
    if "/" not in pattern or pattern.startswith("**/") or base == root:
        return pattern
    rebased = relative(base / pattern, root)
    return rebased if "/" in rebased else f"./{rebased}"


def _covers(pattern: str, parts: list[str]) -> bool:
    expression = _compiled(pattern)
    if "/" not in pattern:
        return any(expression.fullmatch(part) for part in parts)
    return any(expression.fullmatch("/".join(parts[: end + 1])) for end in range(len(parts)))


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    pieces = re.split(r"(\*\*/|\*\*|\*|\?|\[[!^]?\]?[^]]*\])", pattern.removeprefix("./"))
    return re.compile("".join(_translated(piece) for piece in pieces), re.DOTALL)


def _translated(piece: str) -> str:
    match piece:
        case "**/":
            return "(?:.*/)?"
        case "**":
            return ".*"
        case "*":
            return "[^/]*"
        case "?":
            return "[^/]"
    if piece.startswith("[") and piece.endswith("]") and len(piece) > 2:
        body = piece[1:-1].replace("\\", "\\\\").replace("[", "\\[")
        expression = "[^/" + body[1:] + "]" if body[0] in "!^" else f"[{body}]"
        return expression if _compiles(expression) else re.escape(piece)
    return re.escape(piece)


def _compiles(expression: str) -> bool:
    """Whether a set is one: `[z-a]` is none, and stands for itself."""
    try:
        re.compile(expression)
    except re.error:
        return False
    return True
