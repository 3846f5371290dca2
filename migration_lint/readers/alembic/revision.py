"""A file of a `versions` folder: which revision it is, what it stands on, and what it does and undoes."""

from __future__ import annotations

import libcst as cst

from migration_lint.model.alembic import AlembicMigration
from migration_lint.model.migration import Dependency, NotAMigration
from migration_lint.model.values import Span, Unknown
from migration_lint.readers.alembic.calls import operations_of
from migration_lint.readers.python.inspecting import plain, why
from migration_lint.readers.python.interpreter import Interpreter
from migration_lint.readers.python.objects import FunctionObject, Object
from migration_lint.readers.python.walking import walk


def read_revision(home: Interpreter) -> AlembicMigration | NotAMigration:
    """The revision in a file that was run in the abstract."""
    names = home.globals.names
    revision = names.get("revision")
    if revision is None:
        return NotAMigration("it has no revision identifier")
    problems: list[tuple[Span, Unknown]] = []
    identifier = plain(home.resolve(revision))
    if not isinstance(identifier, str):
        return NotAMigration("its revision identifier is only known when it runs")
    down, branch_labels, depends_on = (
        _identifiers(home, names.get(name), problems) for name in ("down_revision", "branch_labels", "depends_on")
    )
    upgrade = _function(home, "upgrade", problems)
    downgrade = _function(home, "downgrade", problems)
    refuses = downgrade is not None and _refuses(downgrade)
    return AlembicMigration(
        path=home.path,
        framework="alembic",
        app="",
        name=identifier,
        span=_span(home, revision),
        dependencies=tuple(Dependency("", name) for name in dict.fromkeys((*down, *depends_on))),
        initial=False,
        operations=operations_of(home, upgrade) if upgrade is not None else (),
        operations_span=home.positions.of(upgrade.node) if upgrade is not None else None,
        problems=tuple(problems),
        down_revisions=down,
        branch_labels=branch_labels,
        title=_title(home),
        downgrade=operations_of(home, downgrade) if downgrade is not None and not refuses else None,
        downgrade_span=home.positions.of(downgrade.node) if downgrade is not None else None,
        refuses=refuses,
    )


def _span(home: Interpreter, revision: Object) -> Span:
    """Where the identifier stands; the file's beginning if another file has it."""
    return home.positions.of(revision.node) if revision.home is home else Span(1, 1, 1, 1)


def _identifiers(home: Interpreter, value: Object | None, problems: list[tuple[Span, Unknown]]) -> tuple[str, ...]:
    """One identifier, several, or none."""
    if value is None:
        return ()
    value = home.resolve(value)
    match plain(value):
        case None:
            return ()
        case str() as one:
            return (one,)
        case tuple() as several if all(isinstance(each, str) for each in several):
            return several
    problems.append((_span(home, value), home.unknown(value, why(value))))
    return ()


def _function(home: Interpreter, name: str, problems: list[tuple[Span, Unknown]]) -> FunctionObject | None:
    """A function of the file, or one that it imports from the tree."""
    value = home.globals.names.get(name)
    if value is None:
        found = home.exported([name]) if home.stars else None
        return found if isinstance(found, FunctionObject) else None
    value = home.resolve(value)
    if isinstance(value, FunctionObject):
        return value
    problems.append((_span(home, value), Unknown(name, why(value))))
    return None


def _refuses(function: FunctionObject) -> bool:
    """Whether all that a function does is to raise an exception, whatever it says before."""
    definition = function.node
    if not isinstance(definition, cst.FunctionDef):
        return False
    body = definition.body.body
    last = body[-1] if body else None
    if isinstance(last, cst.SimpleStatementLine):
        last = last.body[-1]
    if not isinstance(last, cst.Raise):
        return False
    return not any(isinstance(node, (cst.If, cst.For, cst.Try, cst.With)) for node in walk(definition))


def _title(home: Interpreter) -> str:
    """The first line of the docstring, which is the message that the revision was made with."""
    docstring = home.module.get_docstring(clean=True)
    if docstring is None:
        return ""
    return docstring.strip().partition("\n")[0].strip()
