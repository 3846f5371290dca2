"""Reads Alembic's revisions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from migration_lint.model.alembic import AlembicMigration
from migration_lint.model.migration import NotAMigration
from migration_lint.readers.alembic.names import PUBLIC_MODULES
from migration_lint.readers.alembic.revision import read_revision
from migration_lint.readers.python.imports import Alone
from migration_lint.readers.python.interpreter import Imports, Interpreter, Libraries, Positions

if TYPE_CHECKING:
    import libcst as cst

    from migration_lint.source import Source

LIBRARIES = Libraries(PUBLIC_MODULES)


def interpret(path: str, module: cst.Module, positions: Positions, imports: Imports) -> Interpreter:
    """A parsed file, run in the abstract as Alembic's revisions need it."""
    return Interpreter(module, positions, imports, LIBRARIES, path)


def read_parsed(path: str, text: str, module: cst.Module, positions: Positions) -> AlembicMigration | NotAMigration:
    """The revision in a parsed file."""
    imports = Alone()
    migration = read_linked(path, text, module, positions, imports)
    if isinstance(migration, AlembicMigration):
        return replace(migration, references=tuple(imports.wanted))
    return migration


def read_linked(
    path: str, text: str, module: cst.Module, positions: Positions, imports: Imports
) -> AlembicMigration | NotAMigration:
    """The revision in a parsed file, with what `imports` knows of other files."""
    return read_revision(interpret(path, module, positions, imports))


def read(source: Source) -> AlembicMigration | NotAMigration:
    """The revision in a file, from its text alone.

    Raises:
        ParseError: the file has no syntax tree.
    """
    from migration_lint.readers.parsing import parse
    from migration_lint.readers.spans import Spans

    module = parse(source)
    return read_parsed(source.path, source.text, module, Spans(source, module))
