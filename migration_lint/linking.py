"""Facts of a migration that stand in other files of the tree.

A reader sees one file. Where its facts depend on another (an inherited `atomic`, imported operations, a field class,
SQL read from a file beside it), the migration is read once more with the tree at hand. Files outside of the tree are
never read, and what they hold stays a reference.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from migration_lint.model.migration import Migration, NotAMigration
from migration_lint.model.values import FileReference, Reference

if TYPE_CHECKING:
    import libcst as cst

    from migration_lint.readers.python.interpreter import Imports, Interpreter, Positions
    from migration_lint.readers.python.objects import Object

MAX_SQL_FILE = 10_000_000  # bytes of a file read for its text


class Parsed(NamedTuple):
    """A file of the tree, parsed."""

    text: str
    module: cst.Module
    positions: Positions


class Reader(Protocol):
    """Reads the migrations of one framework."""

    def interpret(self, path: str, module: cst.Module, positions: Positions, imports: Imports) -> Interpreter:
        """A parsed file, run in the abstract."""
        ...

    def read_parsed(self, path: str, text: str, module: cst.Module, positions: Positions) -> Migration | NotAMigration:
        """The migration in a parsed file."""
        ...

    def read_linked(
        self, path: str, text: str, module: cst.Module, positions: Positions, imports: Imports
    ) -> Migration | NotAMigration:
        """The migration in a parsed file, with what `imports` knows of other files."""
        ...


def joined_path(reference: Reference) -> str:
    """The dotted path of a reference; the module `.` already ends in a dot."""
    return reference.module + reference.name if reference.module.endswith(".") else reference.dotted


class Linker:
    """Resolves references into the files below `root`; keeps what it has read for further migrations.

    `parse` gives a file by its path, None if it can't be read or parsed; `reader` is that of the migrations' framework.
    """

    def __init__(self, root: Path, parse: Callable[[str], Parsed | None], reader: Reader) -> None:
        self.root = Path(os.path.abspath(root))
        self.parse = parse
        self._reader = reader
        self._files: dict[str, Interpreter | None] = {}
        self._uses: dict[str, set[str]] = {}
        self._pending: set[tuple[str, str]] = set()
        self._places: dict[tuple[str, str], tuple[str, list[str]] | None] = {}

    def link(self, migration: Migration) -> Migration:
        """The migration with what the tree knows about its references."""
        if not any(self._leads_into_the_tree(reference, migration.path) for reference in migration.references):
            return migration
        parsed = self.parse(migration.path)
        if parsed is None:
            return migration
        self._uses.pop(migration.path, None)
        linked = self._reader.read_linked(migration.path, parsed.text, parsed.module, parsed.positions, self)
        if not isinstance(linked, Migration):
            return migration
        return replace(linked, inputs=self.inputs(migration.path), references=migration.references)

    def inputs(self, path: str) -> tuple[str, ...]:
        """The files that those at `path` has needed so far, directly or through others."""
        found: set[str] = set()
        pending = [path]
        while pending:
            for used in self._uses.get(pending.pop(), ()):
                if used not in found:
                    found.add(used)
                    pending.append(used)
        return tuple(sorted(found - {path}))

    def find(self, path: str, home: Interpreter) -> Object | None:
        """What stands under a dotted path that `home` names, None if no file of the tree defines it."""
        key = (home.path, path)
        if key in self._pending:  # files that import each other
            return None
        self._pending.add(key)
        try:
            place = self._locate(path, home.path)
            return None if place is None else self._look_up(*place, home)
        finally:
            self._pending.discard(key)

    def read(self, path: str, home: Interpreter) -> str | None:
        """The text of a file whose path is relative to the folder of `home`."""
        file = self._beside(path, home.path)
        if file is None or os.path.getsize(file) > MAX_SQL_FILE:
            return None
        try:
            text = Path(file).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError):
            return None
        self._uses.setdefault(home.path, set()).add(file)
        return text

    def _leads_into_the_tree(self, reference: Reference | FileReference, path: str) -> bool:
        if isinstance(reference, FileReference):
            return self._beside(reference.path, path) is not None
        return self._locate(joined_path(reference), path) is not None

    def _beside(self, path: str, home: str) -> str | None:
        """The path of an existing file of the tree, given relative to the folder of another."""
        file = os.path.normpath(os.path.join(os.path.dirname(home), path))
        inside = Path(os.path.realpath(file)).is_relative_to(os.path.realpath(self.root))
        return file if inside and os.path.isfile(file) else None

    def _locate(self, path: str, home: str) -> tuple[str, list[str]] | None:
        """The file that a dotted path leads into, and the names within it."""
        key = (path, os.path.dirname(home))
        if key not in self._places:
            self._places[key] = self._search(path, home)
        return self._places[key]

    def _search(self, path: str, home: str) -> tuple[str, list[str]] | None:
        dots = len(path) - len(path.lstrip("."))
        parts = path[dots:].split(".")
        folder = os.path.dirname(home)
        if dots:
            package = os.path.normpath(os.path.join(folder, *[".."] * (dots - 1)))
            return self._file_of(package, parts) or self._module(os.path.join(package, "__init__.py"), parts)
        while Path(os.path.abspath(folder)).is_relative_to(self.root):
            found = self._file_of(folder, parts)
            if found is not None:
                return found
            if Path(os.path.abspath(folder)) == self.root:
                break
            folder = os.path.normpath(os.path.join(folder, ".."))
        return None

    def _file_of(self, folder: str, parts: list[str]) -> tuple[str, list[str]] | None:
        """The file below `folder` for the longest module that `parts` begin with."""
        for length in range(len(parts) - 1, 0, -1):
            base = os.path.join(folder, *parts[:length])
            found = self._module(f"{base}.py", parts[length:]) or self._module(
                os.path.join(base, "__init__.py"), parts[length:]
            )
            if found is not None:
                return found
        return None

    def _module(self, file: str, names: list[str]) -> tuple[str, list[str]] | None:
        inside = Path(os.path.realpath(file)).is_relative_to(os.path.realpath(self.root))
        return (os.path.normpath(file), names) if inside and os.path.isfile(file) else None

    def _look_up(self, file: str, names: list[str], home: Interpreter) -> Object | None:
        """What a file defines under a name, followed through its own imports and attributes."""
        other = self._interpreter(file)
        if other is None or not names:
            return None
        self._uses.setdefault(home.path, set()).add(file)
        return other.exported(names)

    def _interpreter(self, file: str) -> Interpreter | None:
        if file not in self._files:
            self._files[file] = None  # while it runs, it finds nothing in itself
            parsed = self.parse(file)
            if parsed is not None:
                self._files[file] = self._reader.interpret(file, parsed.module, parsed.positions, self)
        return self._files[file]
