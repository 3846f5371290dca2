from __future__ import annotations

from collections.abc import Iterator

from migration_lint.model.django import RunPython
from migration_lint.model.functions import SideEffect as Call
from migration_lint.policy.noted import notes
from migration_lint.replay import ReplayedMigration
from migration_lint.rule import Finding, Rule, Severity
from migration_lint.settings import Settings

_HAPPENS = {
    "network": "talks to another server: while that is slow or down the migration waits or fails, its transaction open",
    "mail": "sends mail, and sends it again on every database that is migrated, for a test or a new developer too",
    "task": "queues a task, which may run before the migration's transaction commits and then finds none of its rows",
    "sleep": "waits, and the transaction with all its locks waits with it",
    "command": "runs a management command, which works with the models of today and not with those of this migration",
    "process": "starts another program, which has to be there on every machine that migrates",
    "file": "changes files, which no rollback brings back and other machines do not have",
    "cache": "changes the cache, which no rollback undoes and which may be another one where the migration runs",
    "input": "asks somebody to type, and waits for it wherever nobody can",
}
_INSTEAD = {
    "network": "Fetch it before, by a management command, and let the migration work with what is there.",
    "mail": "Send it by a management command once the release is out.",
    "task": "Queue it once the release is out, or at least when the transaction has committed:",
    "sleep": "Between batches a transaction of each batch's own (atomic = False) is what lets others through.",
    "command": "Write what the command does with apps.get_model, or run the command itself when deploying.",
    "process": "Run it when deploying, before or after the migrations.",
    "file": "Do it by a management command once the release is out.",
    "cache": "Clear it when deploying, after the migrations.",
    "input": "Take it from a setting, and fail if that is missing.",
}


class SideEffect(Rule):
    """A data migration does something outside of the database.

    A request, a mail, a queued task, a deleted file: nothing of it is undone when the migration fails and is rolled
    back, and all of it happens again on the next try and on every other database, those of tests and new developers
    included. Meanwhile the transaction and its locks wait for the network. A management command that `migrate` calls
    works with the models of today on the tables of this migration.

    What is only read, such as a file that comes with the code, is left alone, and so is a function of another package
    whose name does not say what it does.
    """

    name = "side-effect"
    family = "data-migration"
    severity = Severity.WARNING
    sees = (RunPython,)

    def check_migration(self, migration: ReplayedMigration, settings: Settings) -> Iterator[Finding]:
        seen = set()
        for noted in notes(migration, Call, settings):
            call = noted.note
            if (noted.function, call.kind, call.call) in seen:
                continue
            seen.add((noted.function, call.kind, call.call))
            message = f"{call.call}() in {noted.function} {_HAPPENS[call.kind]}."
            todo = f"# {_INSTEAD[call.kind]}"
            if call.kind == "task":
                todo += "\nfrom functools import partial\n\nfrom django.db import transaction\n\n"
                todo += f"transaction.on_commit(partial({call.call}, ...), using=schema_editor.connection.alias)"
            yield self.finding(noted.step, message, todo, objects=(call.kind, call.call), span=call.span)
