"""Files to findings: the whole pipeline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from migration_lint import git, registry, reversing, reviewing, selection
from migration_lint.databases.selection import database_for
from migration_lint.describing import listed
from migration_lint.loading import load
from migration_lint.model.migration import Migration
from migration_lint.model.sql import files_of
from migration_lint.model.values import Span
from migration_lint.replay import Replay, ReplayedMigration
from migration_lint.reporters.base import Coverage, Replayed, Report, RuleInfo, SourceText
from migration_lint.rule import Finding, Related, Rule, Severity
from migration_lint.rules.internal_error import InternalError
from migration_lint.rules.rule_failed import RuleFailed
from migration_lint.rules.syntax_error import SyntaxErrorRule
from migration_lint.rules.unreadable_file import UnreadableFile
from migration_lint.selection import Selection
from migration_lint.settings import Settings
from migration_lint.suppressing import suppress
from migration_lint.tree import Tree, World

_MOST_NAMED = 5  # files that notes name


def lint(
    paths: Sequence[Path],
    settings: Settings,
    *,
    folder: Path | None = None,
    stdin: tuple[str, bytes] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Check what `paths` name and report on it; findings name their files relative to `folder`, the current one.

    `stdin` is the path and content of a file that is not read from disk; `progress` is told how many folders of how
    many are read.

    Raises:
        discovery.MissingPathError: a given path does not exist.
        registry.PluginError: a plugin's rule cannot be used.
        git.GitError: git cannot say what is under review.
    """
    folder = folder or Path.cwd()
    chosen = selection.select(registry.rules(), settings)
    database, notes = database_for(settings)
    reviewer = reviewing.reviewer(settings)
    tree = load(paths, settings, stdin, progress, reviewer)
    run = _Run(chosen, tree)
    findings = [*run.file_findings()]
    titles = {database.title: None} if not tree.worlds else {}
    for world in tree.worlds:
        own, _ = database_for(world.settings)
        titles[own.title] = None
        findings += run.check(world, Replay(world.history, world.settings, own))
    suppressed = suppress(findings, tree, chosen, registry.rules(), run.statements)
    written = {path: _shown(path, folder) for path in _paths(suppressed)}
    shown = tuple(_for_report(finding, written, chosen.severity_of(finding)) for finding in suppressed)
    return Report(
        findings=shown,
        coverage=Coverage(
            files=len(tree.reported),
            migrations=run.migrations,
            operations=run.operations,
            not_analysed=sum(finding.rule == "not-analysed" for finding in shown),
            skipped=len(tree.skipped),
        ),
        history=Replayed(
            migrations=sum(len(world.history.migrations) for world in tree.worlds),
            operations=sum(len(m.operations) for world in tree.worlds for m in world.history.migrations.values()),
        ),
        rules=tuple(RuleInfo.of(rule, settings.severity.get(name)) for name, rule in chosen.rules.items()),
        sources=_texts(tree, folder),
        database=listed(list(titles)),
        folder=folder,
        root=git.top_level(folder),
        since=reviewer.title if reviewer else None,
        notes=(*notes, *_notes(tree, folder)),
    )


def _paths(findings: Iterable[Finding]) -> set[str]:
    """The files that findings speak of."""
    return {path for found in findings for path in (found.path, *(place.path for place in found.related))}


def _for_report(finding: Finding, written: Mapping[str, str], severity: Severity) -> Finding:
    """The finding with its severity here, and with its paths as the user would write them."""
    related = tuple(replace(place, path=written[place.path]) for place in finding.related)
    return replace(finding, path=written[finding.path], related=related, severity=severity)


def _shown(path: str, folder: Path) -> str:
    whole = Path(path)
    try:
        return whole.relative_to(folder).as_posix()
    except ValueError:
        return whole.as_posix()


def _texts(tree: Tree, folder: Path) -> dict[str, SourceText]:
    return {
        _shown(path, folder): SourceText(source.text, source.encode(source.text))
        for path, source in tree.sources.items()
    }


def _notes(tree: Tree, folder: Path) -> Iterator[str]:
    """What is to be said about files that there are no findings about."""
    lacking = sorted(tree.passed_over.items())
    for path, reason in lacking[:_MOST_NAMED]:
        yield f"{_shown(path, folder)} is missing from the history: {reason}"
    if len(lacking) > _MOST_NAMED:
        yield f"{len(lacking) - _MOST_NAMED} more files are missing from the history"
    for path in sorted(tree.named & tree.skipped.keys()):
        yield f"{_shown(path, folder)} was skipped: {tree.skipped[path]}"
    others = Counter(why for path, why in tree.skipped.items() if not path.endswith(".py") and path not in tree.named)
    for reason, count in sorted(others.items()):
        yield f"{count} file{'s' if count > 1 else ''} skipped: {reason}"


class _Run:
    """The rules on their way over the histories, and what was covered."""

    def __init__(self, chosen: Selection, tree: Tree) -> None:
        self._chosen = chosen
        self._tree = tree
        self._rules: list[Rule] = [rule() for rule in chosen.rules.values()]
        self._asked: dict[frozenset[type], list[Rule]] = {}  # by what is in a migration, which is often the same
        self.migrations = 0
        self.operations = 0
        self.statements: dict[str, dict[Span, list[Span]]] = {}

    def file_findings(self) -> Iterator[Finding]:
        """What could not be read or parsed."""
        for error in self._tree.unreadable:
            yield UnreadableFile().report(error.path, error.reason)
        for unparsed in self._tree.unparsed:
            yield SyntaxErrorRule().report(unparsed.path, unparsed.span, unparsed.reason)
        for failed in self._tree.failed:
            yield InternalError().report(failed.path, Span(1, 1, 1, 1), failed.error)

    def check(self, world: World, replay: Replay) -> Iterator[Finding]:
        """All that the rules find in one history, on the files that are reported on."""
        history, settings = world.history, world.settings
        migrations = history.migrations.values()
        first = next(filter(world.reports, migrations), next(iter(migrations)))
        found = _guarded(self._rules, first, lambda rule: rule.check_history(history, settings))
        yield from self._asked_for(found, world)
        for replayed in replay.run(world.reports):
            self.migrations += 1
            self.operations += len(replayed.steps)
            self._note_statements(replayed, settings)
            yield from self._asked_for(self._on_migration(replayed, settings), world)
        for failure in replay.failures:
            if world.reports(failure.migration):
                yield InternalError().report(failure.migration.path, failure.span, failure.error)
            else:
                self._tree.passed_over[failure.migration.path] = f"{type(failure.error).__name__}: {failure.error}"

    def _on_migration(self, replayed: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        """What the rules find that run on one of the migration's files."""
        files, kinds = files_of(replayed.migration), replayed.kinds()
        asked = self._asked.get(kinds)
        if asked is None:
            asked = [rule for rule in self._rules if not rule.sees or not kinds.isdisjoint(rule.sees)]
            self._asked[kinds] = asked
        if settings.per_file_ignores:
            asked = [rule for rule in asked if any(self._chosen.runs_on(rule.name, path) for path in files)]
        return _guarded(asked, replayed.migration, lambda rule: rule.check_migration(replayed, settings))

    def _asked_for(self, findings: Iterable[Finding], world: World) -> Iterator[Finding]:
        """The findings on files that are reported on, where their rules run; those that say what failed always."""
        for each in findings:
            finding = _seen_from(each, world.reported)
            asked_for = finding.path in world.reported and self._chosen.runs_on(finding.rule, finding.path)
            if asked_for or finding.rule in selection.ALWAYS_ON:
                yield finding

    def _note_statements(self, replayed: ReplayedMigration, settings: Settings) -> None:
        places = self.statements.setdefault(replayed.migration.path, {})
        for step in replayed.steps:
            undone = reversing.way_back(step, settings.database) or ()
            for command in (*(executed.command for executed in step.executed), *undone):
                if command.span is not None:
                    places.setdefault(command.span, []).append(step.operation.span)


def _seen_from(finding: Finding, reported: Collection[str]) -> Finding:
    """A finding on several files, at one of those that are reported on."""
    if finding.path in reported:
        return finding
    place = next((place for place in finding.related if place.path in reported), None)
    if place is None:
        return finding
    others = (Related(finding.path, finding.span, "the other side"), *(r for r in finding.related if r is not place))
    return replace(finding, path=place.path, span=place.span, related=others)


def _guarded(
    rules: Iterable[Rule], migration: Migration, check: Callable[[Rule], Iterable[Finding]]
) -> Iterator[Finding]:
    """What the rules find; where one raises, that is a finding of its own and the others go on."""
    for rule in rules:
        try:
            for finding in check(rule):
                if not isinstance(finding, Finding) or finding.rule != rule.name:
                    raise TypeError(f"it yielded {finding!r:.60}, which is no finding of its own")
                yield finding
        except Exception as error:
            yield RuleFailed().report(migration.path, migration.span, rule.name, error)
