"""Reads Django migrations."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from migration_lint.model.migration import Migration, NotAMigration
from migration_lint.readers.django.migration import read_migration
from migration_lint.readers.django.names import PRIVATE_NAMES, PUBLIC_MODULES, VERSIONS
from migration_lint.readers.django.third_party import FUNCTIONS
from migration_lint.readers.python.imports import Alone
from migration_lint.readers.python.interpreter import Imports, Interpreter, Libraries, Positions

if TYPE_CHECKING:
    import libcst as cst

    from migration_lint.source import Source

LIBRARIES = Libraries(PUBLIC_MODULES, PRIVATE_NAMES, VERSIONS, FUNCTIONS)


def interpret(path: str, module: cst.Module, positions: Positions, imports: Imports) -> Interpreter:
    """A parsed file, run in the abstract as Django migrations need it."""
    return Interpreter(module, positions, imports, LIBRARIES, path)


def read_parsed(path: str, text: str, module: cst.Module, positions: Positions) -> Migration | NotAMigration:
    """The migration in a parsed file."""
    imports = Alone()
    migration = read_migration(interpret(path, module, positions, imports), text)
    return replace(migration, references=tuple(imports.wanted)) if isinstance(migration, Migration) else migration


def read_linked(
    path: str, text: str, module: cst.Module, positions: Positions, imports: Imports
) -> Migration | NotAMigration:
    """The migration in a parsed file, with what `imports` knows of other files."""
    return read_migration(interpret(path, module, positions, imports), text)


def read(source: Source) -> Migration | NotAMigration:
    """The migration in a file, from its text alone.

    Raises:
        ParseError: the file has no syntax tree.
    """
    from migration_lint.readers.parsing import parse
    from migration_lint.readers.spans import Spans

    module = parse(source)
    return read_parsed(source.path, source.text, module, Spans(source, module))
