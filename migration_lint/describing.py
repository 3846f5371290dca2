"""The words for what a statement does: one sentence a table, naming the lock, the work and what waits."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from migration_lint.effects import Break, Effect, Failure, LockMode, Work

_NOTHING: Collection[str] = frozenset()


def describe(
    effect: Effect, *, held: Mapping[str, LockMode] | None = None, new_tables: Collection[str] = _NOTHING
) -> tuple[str, ...]:
    """Sentences without a full stop, the most important table first.

    `held` are the locks that the transaction held before: work under one of those is said to be so. Of tables that
    nobody uses yet, nothing is said.
    """
    tables = dict.fromkeys([work.table for work in effect.work] + [lock.table for lock in effect.locks])
    described = [
        (_weight(effect, table), describe_table(effect, table, held=held))
        for table in tables
        if table not in new_tables
    ]
    ranked = sorted(described, key=lambda each: each[0], reverse=True)
    return tuple(sentence for _, sentence in ranked if sentence is not None)


def describe_table(effect: Effect, table: str, *, held: Mapping[str, LockMode] | None = None) -> str | None:
    """What happens to one table, such as `takes ACCESS EXCLUSIVE on shop_book and scans it to check that no x is
    NULL: reads and writes wait until the scan ends`; None where nothing does."""
    taken = next((lock.mode for lock in effect.locks if lock.table == table), None)
    work = [each for each in effect.work if each.table == table]
    earlier = (held or {}).get(table)
    if not work:
        return _lock_alone(table, taken) if taken is not None else None
    under = max((each.under for each in work), key=lambda mode: mode.strength)
    if taken is None or (earlier is not None and earlier.strength > taken.strength):
        start = f"{_doing(work, table)} under the {under.name} lock that the transaction already holds"
    else:
        start = f"takes {taken.name} on {table} and {_doing(work, 'it')}"
    end = f"until {_end(work)}" if under.blocks_reads or under.blocks_writes else "meanwhile"
    return f"{start}: {waiting(under)} {end}"


def waiting(mode: LockMode) -> str:
    """What waits for a lock of this mode: `reads and writes wait`."""
    if mode.blocks_reads and mode.blocks_writes:
        return "reads and writes wait"
    if mode.blocks_writes:
        return "writes wait"
    return "reads wait" if mode.blocks_reads else "reads and writes go on"


def describe_failure(failure: Failure) -> str:
    """`fails if x is NULL in some row`, or `fails: cannot …` where it always does."""
    return f"fails if {failure.rows}" if failure.rows is not None else f"fails: {failure.message}"


def describe_break(found: Break) -> str:
    """`the running release can no longer insert into shop_book, because …`."""
    some = " some rows" if found.edge else ""
    verbs = {
        "select": f"read{some} from" if found.edge else "read",
        "insert": f"insert{some} into",
        "save": f"update{some} in" if found.edge else "update",
        "delete": f"delete{some} from",
    }
    calls = [verb for call, verb in verbs.items() if call in found.calls]
    listed = calls[0] if len(calls) == 1 else f"{', '.join(calls[:-1])} or {calls[-1]}"
    return f"the running release can no longer {listed} {found.table}, because {found.why}"


def _lock_alone(table: str, mode: LockMode) -> str:
    if not (mode.blocks_reads or mode.blocks_writes):
        return f"takes {mode.name} on {table}: reads and writes go on"
    return f"takes {mode.name} on {table} for a moment: {waiting(mode)} until the transaction ends"


def _doing(work: list[Work], it: str) -> str:
    """`scans it to check that no x is NULL and builds the index i on it`."""
    phrases = []
    for kind in dict.fromkeys(each.kind for each in work):
        same = [each for each in work if each.kind == kind]
        phrases.append(_builds(same, it) if kind == "index build" else f"{_VERBS[kind].format(it)}{_reasons(same)}")
        it = "it"
    return listed(phrases)


_VERBS = {"scan": "scans {}", "rewrite": "rewrites {} with all its indexes", "update": "writes rows of {}"}


def _builds(work: list[Work], it: str) -> str:
    if any(each.object is None for each in work):
        return f"builds all indexes of {it}{_reasons(work)}"
    names = [str(each.object) for each in work]
    return f"builds the {'index' if len(names) == 1 else 'indexes'} {listed(names)} on {it}{_reasons(work)}"


def _reasons(work: list[Work]) -> str:
    reasons = dict.fromkeys(each.why for each in work if each.why)
    return f" {listed(list(reasons))}" if reasons else ""


def _end(work: list[Work]) -> str:
    ends = {"scan": "the scan ends", "rewrite": "that is done", "update": "the transaction ends"}
    kinds = list(dict.fromkeys(each.kind for each in work))
    if kinds == ["index build"]:
        one = len(work) == 1 and work[0].object is not None
        return "the index is built" if one else "the indexes are built"
    return ends[kinds[0]] if len(kinds) == 1 else "all of that is done"


def listed(parts: Sequence[str]) -> str:
    """`a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def _weight(effect: Effect, table: str) -> tuple[int, int]:
    work = [each.under.strength for each in effect.work if each.table == table]
    locks = [lock.mode.strength for lock in effect.locks if lock.table == table]
    return max(work, default=0), max(locks, default=0)
