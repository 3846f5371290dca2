"""Comments that accept findings, applied to all findings of a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from migration_lint import suppressions
from migration_lint.loading import Tree
from migration_lint.model.django import RunSQL, SeparateDatabaseAndState, SqlText
from migration_lint.model.migration import Migration, Operation
from migration_lint.model.values import Span
from migration_lint.rule import Finding, Rule
from migration_lint.rules.ignore_without_reason import IgnoreWithoutReason
from migration_lint.rules.unknown_rule_in_ignore import UnknownRuleInIgnore
from migration_lint.rules.unused_ignore import UnusedIgnore
from migration_lint.selection import ALWAYS_ON, Selection
from migration_lint.source import Source, placed
from migration_lint.suppressions import Problem, Remark, Suppression, Suppressions, Unit

_MARK = "migration"
_REPORTERS = {rule.name: rule for rule in (IgnoreWithoutReason(), UnknownRuleInIgnore(), UnusedIgnore())}


def suppress(
    findings: Iterable[Finding],
    tree: Tree,
    chosen: Selection,
    known: Mapping[str, type[Rule]],
    statements: Mapping[str, Mapping[Span, Sequence[Span]]],
) -> list[Finding]:
    """The findings, those that a comment accepts marked with its reason, and what is wrong with the comments.

    `known` are all rules there are; `statements` the places of SQL statements in the files, each with those of the
    operations that run it.
    """
    migrations: dict[str, list[tuple[Migration, str]]] = {}
    for world in tree.worlds:
        for migration in world.history.migrations.values():
            migrations.setdefault(migration.path, []).append((migration, world.settings.database))
    by_path: dict[str, list[Finding]] = {}
    for finding in findings:
        by_path.setdefault(finding.path, []).append(finding)
    result: list[Finding] = []
    for path in sorted({*by_path, *(path for path, source in tree.sources.items() if _MARK in source.text)}):
        found = by_path.get(path, [])
        if path in tree.sources and path in migrations and _MARK in tree.sources[path].text:
            owners = statements.get(path, {})
            units = [*(unit for migration, _ in migrations[path] for unit in _units(migration)), *map(Unit, owners)]
            comments = suppressions.read(_remarks(tree.sources[path], migrations[path]), units)
            found = list(_suppressed(found, migrations[path][0][0], comments, chosen, known, owners))
        result += found
    return result


def _remarks(source: Source, migrations: Sequence[tuple[Migration, str]]) -> list[Remark]:
    """The comments of a file that speak to us: of a Python file those in its SQL too, each read in its dialect."""
    migration, dialect = migrations[0]
    if migration.framework == "sql":
        return suppressions.sql_remarks(source.text, dialect, source.span)
    found = suppressions.remarks(source)
    for text in dict.fromkeys(_sql_texts(migration.operations)):
        found += suppressions.sql_remarks(text.text, dialect, placed(text.text, text.span))
    return found


def _sql_texts(operations: Iterable[Operation]) -> Iterator[SqlText]:
    """The SQL that stands in the file as it is sent."""
    for operation in operations:
        if isinstance(operation, RunSQL):
            yield from (part for part in operation.sql if isinstance(part, SqlText) and part.exact)
        elif isinstance(operation, SeparateDatabaseAndState):
            yield from _sql_texts(operation.database_operations)


def _suppressed(
    findings: Iterable[Finding],
    migration: Migration,
    comments: Suppressions,
    chosen: Selection,
    known: Mapping[str, type[Rule]],
    owners: Mapping[Span, Sequence[Span]],
) -> Iterator[Finding]:
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
    for problem in comments.problems(used, ran, known):
        if problem.rule in ran:
            yield _finding(problem, migration)


def _finding(problem: Problem, migration: Migration) -> Finding:
    return _REPORTERS[problem.rule].report(migration, problem.span, problem.message)


def _units(migration: Migration) -> Iterator[Unit]:
    """What a comment in the file can belong to."""
    yield Unit(migration.span, container=True)
    if migration.operations_span is not None:
        yield Unit(migration.operations_span, container=True)
    for operation in migration.operations:
        yield from _operation_units(operation)
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
