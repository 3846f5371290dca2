"""Comments that accept findings, applied to all findings of a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from migration_lint import suppressions
from migration_lint.loading import Tree
from migration_lint.model.django import RunSQL, SeparateDatabaseAndState
from migration_lint.model.migration import Migration, Operation
from migration_lint.model.values import Span
from migration_lint.rule import Finding, Rule
from migration_lint.rules.ignore_without_reason import IgnoreWithoutReason
from migration_lint.rules.unknown_rule_in_ignore import UnknownRuleInIgnore
from migration_lint.rules.unused_ignore import UnusedIgnore
from migration_lint.selection import ALWAYS_ON, Selection
from migration_lint.suppressions import Problem, Suppression, Unit

_MARK = "migration"
_REPORTERS = {rule.name: rule for rule in (IgnoreWithoutReason(), UnknownRuleInIgnore(), UnusedIgnore())}


def suppress(
    findings: Iterable[Finding],
    tree: Tree,
    chosen: Selection,
    known: Mapping[str, type[Rule]],
    statements: Mapping[str, Iterable[Span]],
) -> list[Finding]:
    """The findings, those that a comment accepts marked with its reason, and what is wrong with the comments.

    `known` are all rules there are; `statements` the places of SQL statements inside the files' RunSQL.
    """
    migrations = {m.path: m for world in tree.worlds for m in world.history.migrations.values()}
    by_path: dict[str, list[Finding]] = {}
    for finding in findings:
        by_path.setdefault(finding.path, []).append(finding)
    result: list[Finding] = []
    for path in sorted({*by_path, *(path for path, source in tree.sources.items() if _MARK in source.text)}):
        found = by_path.get(path, [])
        if path in tree.sources and path in migrations and _MARK in tree.sources[path].text:
            units = [*_units(migrations[path]), *map(Unit, statements.get(path, ()))]
            found = list(_suppressed(found, migrations[path], tree, chosen, known, units))
        result += found
    return result


def _suppressed(
    findings: Iterable[Finding],
    migration: Migration,
    tree: Tree,
    chosen: Selection,
    known: Mapping[str, type[Rule]],
    units: list[Unit],
) -> Iterator[Finding]:
    comments = suppressions.read(suppressions.remarks(tree.sources[migration.path]), units)
    used: set[tuple[Suppression, str]] = set()
    for finding in findings:
        accepted = None if finding.rule in ALWAYS_ON else comments.match(finding.rule, finding.span)
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
