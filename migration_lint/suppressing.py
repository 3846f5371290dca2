"""Comments that accept findings, applied to all findings of a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from migration_lint import suppressions
from migration_lint.model.alembic import AlembicMigration, AlembicSql
from migration_lint.model.django import RunSQL, SeparateDatabaseAndState, SqlText
from migration_lint.model.migration import Migration, Operation
from migration_lint.model.sql import SqlMigration
from migration_lint.model.values import Span
from migration_lint.rule import Finding, Rule
from migration_lint.rules.ignore_without_reason import IgnoreWithoutReason
from migration_lint.rules.not_analysed import NotAnalysed
from migration_lint.rules.unknown_rule_in_ignore import UnknownRuleInIgnore
from migration_lint.rules.unused_ignore import UnusedIgnore
from migration_lint.selection import ALWAYS_ON, Selection
from migration_lint.source import Source, placed
from migration_lint.suppressions import Problem, Remark, Suppression, Suppressions, Unit
from migration_lint.tree import Tree

_MARK = "migration"
_REPORTERS = {rule.name: rule for rule in (IgnoreWithoutReason(), UnknownRuleInIgnore(), UnusedIgnore())}


@dataclass(frozen=True, slots=True)
class _Part:
    """What of a migration stands in one file. `undoing` is where the file undoes something, not does it."""

    migration: Migration
    dialect: str
    undoing: tuple[Span, ...]


def suppress(
    findings: Iterable[Finding],
    tree: Tree,
    chosen: Selection,
    known: Mapping[str, type[Rule]],
    statements: Mapping[str, Mapping[Span, Sequence[Span]]],
) -> list[Finding]:
    """The findings, those that a comment accepts marked with its reason, and what is wrong with the comments.

    `known` are all rules there are; `statements` the places of SQL statements in the files, those that undo something
    included, each with those of the operations that run it.
    """
    parts: dict[str, list[_Part]] = {}
    for world in tree.worlds:
        for migration in world.history.migrations.values():
            for part in _parts(migration, tree, world.settings.database):
                parts.setdefault(part.migration.path, []).append(part)
    by_path: dict[str, list[Finding]] = {}
    for finding in findings:
        by_path.setdefault(finding.path, []).append(finding)
    result: list[Finding] = []
    for path in sorted({*by_path, *(path for path, source in tree.sources.items() if _MARK in source.text)}):
        found = by_path.get(path, [])
        if path in tree.sources and path in parts and _MARK in tree.sources[path].text:
            owners = statements.get(path, {})
            units = [*(unit for part in parts[path] for unit in _units(part.migration)), *map(Unit, owners)]
            comments = suppressions.read(_remarks(tree.sources[path], parts[path]), units)
            found = list(_suppressed(found, parts[path], comments, chosen, known, owners))
        result += found
    return result


def _parts(migration: Migration, tree: Tree, dialect: str) -> Iterator[_Part]:
    """The migration file by file: one of SQL may have a second, which undoes it."""
    if not isinstance(migration, SqlMigration):
        texts = _sql_texts(migration.operations, undoing=True)
        yield _Part(migration, dialect, tuple(text.span for text in texts))
        return
    down = migration.down or ()
    if migration.down_path is None:
        yield _Part(migration, dialect, tuple(operation.span for operation in down))
        return
    yield _Part(replace(migration, down=None), dialect, ())
    source = tree.sources.get(migration.down_path)
    if source is not None:
        whole = source.span(0, len(source.text))
        yield _Part(replace(migration, path=source.path, span=whole, operations=down, down=None), dialect, (whole,))


def _remarks(source: Source, parts: Sequence[_Part]) -> list[Remark]:
    """The comments of a file that speak to us: of a Python file those in its SQL too, each read in its dialect."""
    migration, dialect = parts[0].migration, parts[0].dialect
    if migration.framework == "sql":
        return suppressions.sql_remarks(source.text, dialect, source.span)
    found = suppressions.remarks(source)
    texts = (text for undoing in (False, True) for text in _sql_texts(migration.operations, undoing=undoing))
    for text in dict.fromkeys(texts):
        found += suppressions.sql_remarks(text.text, dialect, placed(text.text, text.span))
    return found


def _sql_texts(operations: Iterable[Operation], *, undoing: bool) -> Iterator[SqlText]:
    """The SQL that stands in the file as it is sent, to do something or to undo it."""
    for operation in operations:
        if isinstance(operation, RunSQL):
            texts = (operation.reverse_sql or ()) if undoing else operation.sql
            yield from (part for part in texts if isinstance(part, SqlText) and part.exact)
        elif isinstance(operation, AlembicSql):
            if not undoing and isinstance(operation.sql, SqlText) and operation.sql.exact:
                yield operation.sql
        elif isinstance(operation, SeparateDatabaseAndState):
            yield from _sql_texts(operation.database_operations, undoing=undoing)


def _suppressed(
    findings: Iterable[Finding],
    parts: Sequence[_Part],
    comments: Suppressions,
    chosen: Selection,
    known: Mapping[str, type[Rule]],
    owners: Mapping[Span, Sequence[Span]],
) -> Iterator[Finding]:
    migration = parts[0].migration
    used: set[tuple[Suppression, str]] = set()
    for finding in findings:
        accepted = None
        if finding.rule not in ALWAYS_ON:
            places = (finding.span, *owners.get(finding.span, ()))
            accepted = next((a for place in places if (a := comments.match(finding.rule, place)) is not None), None)
        if accepted is not None:
            used.add((accepted, finding.rule))
            finding = replace(finding, suppressed=accepted.reason)
        yield finding
    ran = [name for name in chosen.rules if chosen.runs_on(name, migration.path)]
    undoing = [span for part in parts for span in part.undoing]

    def idle(entry: Suppression, rule: str) -> str | None:
        if _judges_ways_back(known[rule]) or not any(_within(entry.scope or entry.span, span) for span in undoing):
            return None
        return f"{rule} does not look at what undoes a migration"

    for problem in comments.problems(used, ran, known, idle):
        if problem.rule in ran:
            yield _finding(problem, migration)


def _judges_ways_back(rule: type[Rule]) -> bool:
    return rule.family in ("reversibility", "meta") or rule.name == NotAnalysed.name


def _within(inner: Span, outer: Span) -> bool:
    begins_inside = (outer.line, outer.column) <= (inner.line, inner.column)
    return begins_inside and (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)


def _finding(problem: Problem, migration: Migration) -> Finding:
    return _REPORTERS[problem.rule].report(migration, problem.span, problem.message)


def _units(migration: Migration) -> Iterator[Unit]:
    """What a comment in the file can belong to."""
    yield Unit(migration.span, container=True)
    if migration.operations_span is not None:
        yield Unit(migration.operations_span, container=True)
    for operation in migration.operations:
        yield from _operation_units(operation)
    if isinstance(migration, SqlMigration):
        yield from (Unit(operation.span) for operation in migration.down or ())
    if isinstance(migration, AlembicMigration) and migration.downgrade_span is not None:
        yield Unit(migration.downgrade_span, container=bool(migration.downgrade))
        yield from (Unit(operation.span) for operation in migration.downgrade or ())
    for function in migration.functions:
        yield Unit(function.span)


def _operation_units(operation: Operation) -> Iterator[Unit]:
    yield Unit(operation.span)
    inner: tuple[Operation, ...] = ()
    if isinstance(operation, SeparateDatabaseAndState):
        inner = (*operation.database_operations, *operation.state_operations)
    elif isinstance(operation, RunSQL):
        inner = operation.state_operations
    for each in inner:
        yield from _operation_units(each)
