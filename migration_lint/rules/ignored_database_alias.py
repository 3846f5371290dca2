from __future__ import annotations

from collections.abc import Iterator

from migration_lint.model.django import RunPython
from migration_lint.model.functions import Unrouted
from migration_lint.policy.noted import notes
from migration_lint.replay import ReplayedMigration
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings


class IgnoredDatabaseAlias(Rule):
    """A data migration queries the default database, whichever one it runs on.

    `migrate --database=archive` runs every function once more for the other database. A query that does not say
    `using(schema_editor.connection.alias)` goes to the default one all the same, or wherever a router sends it: its
    rows are changed a second time, and the other database's rows never.

    Only projects with several databases need it, so the rule is off until it is selected. A function that looks at the
    alias before it begins is left alone.
    """

    name = "ignored-database-alias"
    family = "data-migration"
    severity = Severity.OFF
    sees = (RunPython,)

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        seen = set()
        for noted in notes(migration, Unrouted, settings):
            note = noted.note
            if noted.function in seen or "alias" in (note.conditional or ""):
                continue
            seen.add(noted.function)
            message = (
                f"{noted.function} does not say which database {note.call} means: run for another database than the "
                "default one, it works on the default one again."
            )
            todo = (
                "db_alias = schema_editor.connection.alias\n"
                "# In each query: Model.objects.using(db_alias), row.save(using=db_alias)"
            )
            yield self.finding(noted.step, message, todo, objects=(note.call,), span=note.span)
