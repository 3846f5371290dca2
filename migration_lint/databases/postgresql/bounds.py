"""Whether a table's CHECK constraints prove that its rows lie within a partition's bounds."""

from __future__ import annotations

import re

from migration_lint.model.tables import Check, Table

_RANGE = re.compile(r"for values from \((?P<low>[^,()]+)\) to \((?P<high>[^,()]+)\)")
_LIST = re.compile(r"for values in \((?P<values>[^()]+)\)")
_CAST = re.compile(r"::[a-z_0-9]+( varying| precision| with(out)? time zone)?(\(\d+\))?(\[\])?")
_UNBOUNDED = ("minvalue", "maxvalue")


def proves_bounds(partition: Table, bounds: str) -> bool:
    """Whether some column is NOT NULL and valid CHECKs, as they are commonly written, imply the bounds for it.

    The partition key's column is not known here; a CHECK with the very values of the bounds tells it.
    """
    checks = [c for c in partition.constraints.values() if isinstance(c, Check) and c.validated and c.enforced]
    terms = {term for check in checks for term in _terms(check.sql)}
    proven = {column for check in checks for column in check.not_null}
    for column in partition.columns.values():
        if (not column.nullable or column.name in proven) and _implied(column.name, terms, bounds):
            return True
    return False


def _terms(sql: str) -> list[str]:
    """The parts of a conjunction, without casts, quotes around names and needless blanks and parentheses."""
    return [part.strip("() ") for part in re.split(r"\)?\s+and\s+\(?", _plain(sql))]


def _plain(sql: str) -> str:
    text = _CAST.sub("", sql.lower().replace('"', ""))
    return re.sub(r"\s*(>=|<=|<>|=|<|>|,)\s*", r"\1", text)


def _implied(column: str, terms: set[str], bounds: str) -> bool:
    name = column.lower()
    bounds = _plain(bounds)
    if match := _RANGE.search(bounds):
        low, high = match["low"].strip(), match["high"].strip()
        return (low in _UNBOUNDED or f"{name}>={low}" in terms) and (high in _UNBOUNDED or f"{name}<{high}" in terms)
    if match := _LIST.search(bounds):
        values = match["values"].strip()
        return f"{name} in ({values}" in terms or f"{name}={values}" in terms
    return False
