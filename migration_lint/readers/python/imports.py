"""What a file needs from others, while it is read alone."""

from __future__ import annotations

from migration_lint.model.values import FileReference, Reference
from migration_lint.readers.python.interpreter import Interpreter
from migration_lint.readers.python.objects import Object


class Alone:
    """Finds nothing, and remembers what was looked for."""

    def __init__(self) -> None:
        self.wanted: dict[Reference | FileReference, None] = {}

    def find(self, path: str, home: Interpreter) -> Object | None:
        """Nothing."""
        self.wanted[home.split(path)] = None
        return None

    def read(self, path: str, home: Interpreter) -> str | None:
        """Nothing."""
        self.wanted[FileReference(path)] = None
        return None
