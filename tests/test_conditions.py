from __future__ import annotations

import pytest

from migration_lint.conditions import holds


@pytest.mark.parametrize(
    ("condition", "engine", "expected"),
    [
        ('connection.vendor == "postgresql"', "postgresql", True),
        ('connection.vendor == "postgresql"', "sqlite", False),
        ('schema_editor.connection.vendor != "postgresql"', "mysql", True),
        ('"mysql" == connection.vendor', "mariadb", True),
        ('connection.vendor == "mysql" and connection.mysql_is_mariadb', "mariadb", True),
        ('connection.vendor == "mysql" and not connection.mysql_is_mariadb', "mariadb", False),
        ('not (connection.vendor == "postgresql") and not (connection.vendor == "sqlite")', "sqlite", False),
        ('connection.vendor in ("postgresql", "oracle")', "oracle", True),
        ('connection.vendor not in ["postgresql"]', "postgresql", False),
        ("connection.vendor in VENDORS", "postgresql", None),
        ("'mysql' in settings.DATABASES['default']['ENGINE']", "postgresql", False),
        ("'mysql' not in settings.DATABASES['default']['ENGINE']", "postgresql", True),
        ("'mysql' in settings.DATABASES['default']['ENGINE']", "mariadb", None),
        ("'postgresql' in settings.DATABASES['default']['ENGINE']", "postgresql", None),
        ('settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"', "mysql", False),
        ('settings.DATABASES["default"]["ENGINE"] != "django.db.backends.sqlite3"', "mysql", True),
        ('settings.DATABASES["default"]["ENGINE"] == ENGINE', "mysql", None),
        ('settings.DATABASES["default"]["NAME"] == "mysql"', "postgresql", None),
        ("IS_SQLITE", "postgresql", None),
        ('IS_SQLITE or connection.vendor == "postgresql"', "postgresql", True),
        ('IS_SQLITE and connection.vendor == "mysql"', "postgresql", False),
        ('IS_SQLITE and connection.vendor == "postgresql"', "postgresql", None),
        ("True", "postgresql", True),
        ("this is no Python", "postgresql", None),
        ("(" * 5000 + ")" * 5000, "postgresql", None),
        ("not " * 5000 + "x", "postgresql", None),
    ],
)
def test_a_condition_is_judged_for_the_engine(condition: str, engine: str, expected: bool | None) -> None:
    assert holds(condition, engine) is expected
