"""Names in SQL, quoted where PostgreSQL or MySQL needs it."""

from __future__ import annotations

from collections.abc import Iterable

from migration_lint.advice import sql_text
from migration_lint.readers.python.words import words

# https://dev.mysql.com/doc/refman/8.4/en/keywords.html: what is reserved there, is no reserved word of PostgreSQL's
# and serves as a name of a column or table.
_RESERVED = frozenset(
    words(
        "accessible add alter before between bigint binary blob by call cascade change char character condition "
        "continue convert cube cursor database databases databases dec decimal declare default delayed delete "
        "describe div double drop dual each elseif empty enclosed escaped exists exit explain float force function "
        "generated get groups high_priority ignore index infile inout insensitive insert int integer interval "
        "iterate key keys kill lag last_value lead leave lines linear load lock long loop match mod modifies "
        "nth_value of optimize optionally out outfile over partition percent_rank precision procedure purge range "
        "rank read reads real recursive regexp release rename repeat replace require resignal restrict return "
        "revoke rlike row row_number rows schema schemas sensitive separator set show signal smallint spatial "
        "specific sql ssl starting stored straight_join system terminated tinyint trigger undo unlock unsigned "
        "update usage use utc_date values varchar varying virtual while write xor year_month zerofill"
    )
)


def quoted(name: str) -> str:
    """A name with quotes where it needs them; a schema in front is a name of its own."""
    return ".".join(f'"{part}"' if part in _RESERVED else sql_text.quoted(part) for part in name.split("."))


def listed(names: Iterable[str]) -> str:
    """Names between commas."""
    return ", ".join(map(quoted, names))
