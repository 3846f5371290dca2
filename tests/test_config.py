"""Where settings come from, which one wins, and what is said of one that cannot be used."""

from __future__ import annotations

import os
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migration_lint import cli, reporters
from migration_lint.config import ConfigError, load, settings_by_key
from migration_lint.config.keys import KEYS
from migration_lint.rule import Severity
from migration_lint.settings import EXCLUDED, Settings

_TEXTS = st.text(alphabet="aé=.*/[\n\"'", max_size=5)
_NUMBERS = st.integers() | st.sampled_from([Decimal("8.0"), Decimal("1e9"), Decimal("nan"), Decimal("-inf")])
_LEAVES = st.one_of(st.none(), st.booleans(), _NUMBERS, _TEXTS, st.dates())
_WORDS = st.sampled_from(["ALL", "locking", "error", "off", "mysql", "16", "a/**", "../b", ""])
_VALUES = st.one_of(
    _LEAVES,
    _WORDS,
    st.lists(_LEAVES | _WORDS, max_size=3),
    st.dictionaries(_WORDS, _LEAVES | _WORDS | st.lists(_WORDS, max_size=2), max_size=3),
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git repository with an application, and the current folder."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "shop/migrations").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def pyproject(folder: Path, body: str) -> Path:
    file = folder / "pyproject.toml"
    file.write_text(f"[tool.migration-lint]\n{body}", encoding="utf-8")
    return file


def message_of(**arguments: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        load(**arguments)
    text = str(caught.value)
    assert "\n" not in text
    return text


class TestFinding:
    def test_without_a_file_everything_is_default(self, project: Path) -> None:
        configuration = load()
        assert configuration.settings == Settings(root=project)
        assert configuration.file is None
        assert set(configuration.origins.values()) == {"default"}
        assert list(configuration.origins) == list(KEYS)

    def test_the_nearest_file_with_the_table_wins(self, project: Path) -> None:
        pyproject(project, 'tenant-fields = ["far"]')
        (project / "shop/pyproject.toml").write_text("[tool.other]\nx = 1\n")
        assert load([project / "shop/migrations"]).settings.tenant_fields == ("far",)
        pyproject(project / "shop", 'hot-tables = ["near"]')
        settings = load([project / "shop/migrations"]).settings
        assert (settings.tenant_fields, settings.hot_tables) == ((), ("near",))
        assert settings.root == project / "shop"

    def test_own_file_wins_over_pyproject_beside_it(self, project: Path) -> None:
        pyproject(project, 'deployment = "stopped"')
        own = project / "migration-lint.toml"
        own.write_text('hot-tables = ["a"]')
        configuration = load()
        assert configuration.file == own
        assert configuration.settings.deployment == "rolling"
        assert configuration.origins["hot-tables"] == "migration-lint.toml"

    def test_the_search_starts_at_the_common_folder_of_all_paths(self, project: Path) -> None:
        (project / "blog").mkdir()
        pyproject(project / "shop", 'hot-tables = ["near"]')
        first = project / "shop/migrations/0001_initial.py"
        assert load([first]).settings.hot_tables == ("near",)
        assert load([first, project / "blog"]).settings.hot_tables == ()

    def test_the_search_ends_at_the_git_top(self, project: Path) -> None:
        pyproject(project, 'hot-tables = ["outside"]')
        (project / "shop/.git").write_text("gitdir: elsewhere\n")
        configuration = load([project / "shop/migrations"])
        assert configuration.file is None
        assert configuration.settings.root == project / "shop"

    def test_without_git_the_current_folder_is_the_root(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "project/shop/migrations").mkdir(parents=True)
        monkeypatch.chdir(tmp_path / "project")
        assert load([Path("shop/migrations")]).settings.root == tmp_path / "project"

    def test_the_root_elsewhere_is_where_the_packages_lie(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        migrations = tmp_path / "project/apps/shop/migrations"
        migrations.mkdir(parents=True)
        for folder in (migrations, migrations.parent):
            (folder / "__init__.py").touch()
        (tmp_path / "here").mkdir()
        for elsewhere in (tmp_path / "here", Path(tmp_path.anchor)):
            monkeypatch.chdir(elsewhere)
            assert load([migrations / "0001_initial.py"]).settings.root == tmp_path / "project/apps"

    def test_isolated_ignores_files(self, project: Path) -> None:
        pyproject(project, 'deployment = "stopped"')
        assert load(isolated=True).settings.deployment == "rolling"

    def test_a_named_file_replaces_the_nearest(self, project: Path) -> None:
        pyproject(project, 'deployment = "stopped"')
        (project / "strict.toml").write_text('fail-on = "info"')
        configuration = load(overrides=["strict.toml"])
        assert configuration.settings.fail_on is Severity.INFO
        assert configuration.settings.deployment == "rolling"
        assert configuration.origins["fail-on"] == "strict.toml"

    def test_root_is_not_the_folder_of_a_named_file_elsewhere(self, project: Path, tmp_path: Path) -> None:
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        (elsewhere / "shared.toml").write_text('exclude = ["old/**", "vendored"]')
        configuration = load([project / "shop"], overrides=[str(elsewhere / "shared.toml")])
        assert configuration.settings.root == project
        assert configuration.settings.exclude == ("elsewhere/old/**", "vendored")


class TestOverrides:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("deployment=stopped", {"deployment": "stopped"}),
            ("deployment = 'stopped'", {"deployment": "stopped"}),
            ("max-file-size=1_000", {"max_file_size": 1000}),
            ('tenant-fields=["tenant", "org"]', {"tenant_fields": ("tenant", "org")}),
            ("show-suppressed=true", {"show_suppressed": True}),
            ("auth-user-model=accounts.User", {"auth_user_model": "accounts.User"}),
            ("app-labels.shop/store=shop", None),
            ('app-labels."shop/store"=shop', {"app_labels": {"shop/store": "shop"}}),
            ("severity.locking=warning", {"severity": {"locking": Severity.WARNING}}),
        ],
    )
    def test_key_value(self, project: Path, text: str, expected: dict[str, Any] | None) -> None:
        if expected is None:
            assert message_of(overrides=[text]) == f"--config: {text} is neither a file nor KEY=VALUE with a TOML value"
        else:
            assert load(overrides=[text]).settings == Settings(root=project, **expected)

    def test_command_line_wins_over_file_and_option_over_override(self, project: Path) -> None:
        pyproject(project, 'fail-on = "info"\ndeployment = "stopped"')
        configuration = load(overrides=["fail-on=warning"], options={"fail-on": "error"})
        assert configuration.settings.fail_on is Severity.ERROR
        assert configuration.origins["fail-on"] == "command line"
        assert configuration.origins["deployment"] == "pyproject.toml"

    def test_tables_are_merged_key_by_key(self, project: Path) -> None:
        pyproject(project, 'severity = { locking = "info", schema = "info" }')
        configuration = load(overrides=["severity.locking=error"])
        assert configuration.settings.severity == {"locking": Severity.ERROR, "schema": Severity.INFO}
        assert configuration.origins["severity"] == "pyproject.toml + command line"

    def test_select_starts_afresh(self, project: Path) -> None:
        pyproject(project, 'select = ["locking"]\nextend-select = ["schema"]\nignore = ["drop-column"]')
        settings = load(options={"select": ["drop-column"]}).settings
        assert (settings.select, settings.extend_select, settings.ignore) == (("drop-column",), (), ())

    def test_later_extend_select_and_ignore_take_back_earlier_ones(self, project: Path) -> None:
        pyproject(project, 'extend-select = ["schema"]\nignore = ["drop-column", "history"]')
        settings = load(options={"extend-select": ["drop-column"], "ignore": ["schema"]}).settings
        assert settings.extend_select == ("drop-column",)
        assert settings.ignore == ("history", "schema")

    def test_extend_exclude_adds_and_exclude_replaces(self, project: Path) -> None:
        pyproject(project, 'exclude = ["a"]\nextend-exclude = ["b"]')
        settings = load(options={"exclude": ["c"], "extend-exclude": ["d"]}).settings
        assert (settings.exclude, settings.extend_exclude) == (("c",), ("b", "d"))
        assert load().settings.exclude == ("a",)
        assert load(isolated=True).settings.exclude == EXCLUDED

    def test_patterns_of_the_command_line_are_relative_to_the_current_folder(
        self, project: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pyproject(project, 'extend-exclude = ["shop/old", "./legacy/"]')
        monkeypatch.chdir(project / "shop")
        settings = load(options={"extend-exclude": ["migrations/0001*.py", "../blog/x", "tmp"]}).settings
        assert settings.extend_exclude == ("shop/old", "./legacy", "shop/migrations/0001*.py", "blog/x", "tmp")

    def test_another_engine_forgets_the_version_of_the_first(self, project: Path) -> None:
        pyproject(project, 'database = "postgresql"\ndatabase-version = 18')
        assert load().settings.database_version == (18,)
        assert load(overrides=["database=mysql"]).settings.database_version == (8, 4)
        assert load(overrides=["database=mysql", "database-version=9.7"]).settings.database_version == (9, 7)


class TestValues:
    @pytest.mark.parametrize(
        ("text", "version"),
        [("16", (16,)), ("'16.2'", (16, 2)), ("10.10", (10, 10)), ("8.0", (8, 0)), ('"8.0.35"', (8, 0, 35))],
    )
    def test_database_version(self, project: Path, text: str, version: tuple[int, ...]) -> None:
        assert load(overrides=[f"database-version={text}"]).settings.database_version == version

    @pytest.mark.parametrize(("text", "version"), [("5.2", (5, 2)), ('"4.10.3"', (4, 10)), ("6", (6, 0))])
    def test_django_version(self, project: Path, text: str, version: tuple[int, int]) -> None:
        assert load(overrides=[f"django-version={text}"]).settings.django_version == version

    @pytest.mark.parametrize(
        ("name", "engine"),
        [
            ("postgresql", "postgresql"),
            ("mariadb", "mariadb"),
            ("django.db.backends.mysql", "mysql"),
            ("django.contrib.gis.db.backends.postgis", "postgresql"),
            ("ours.db", "sqlite"),
        ],
    )
    def test_database_backends(self, project: Path, name: str, engine: str) -> None:
        overrides = ['database-backends={"ours.db" = "sqlite"}', f'database="{name}"']
        assert load(overrides=overrides).settings.database == engine

    def test_the_oldest_postgresql_that_upstream_supports_is_the_default(self, project: Path) -> None:
        assert Settings().database_version == (15,)
        assert load(overrides=["database=mariadb"]).settings.database_version == (10, 11)

    def test_each_setting_has_a_key_and_each_key_a_setting(self) -> None:
        names = [field.name for field in fields(Settings) if field.name not in ("root", "database_named")]
        assert [name.replace("_", "-") for name in names] == list(KEYS)
        assert list(settings_by_key(Settings())) == list(KEYS)

    def test_output_formats_are_those_of_the_reporters(self) -> None:
        """The command line has a copy, so that `--version` need not import them."""
        assert cli.OUTPUT_FORMATS == reporters.FORMATS


class TestErrors:
    @pytest.mark.parametrize(
        ("body", "message"),
        [
            ("tenant-field = []", ": unknown key 'tenant-field'; did you mean 'tenant-fields'?"),
            ("tenant_fields = []", ": unknown key 'tenant_fields'; did you mean 'tenant-fields'?"),
            ("zzz = 1", ": unknown key 'zzz'"),
            ('tenant-fields = "tenant"', " tenant-fields: expected a list of strings, got 'tenant'"),
            ("tenant-fields = ['a', 3]", " tenant-fields: expected a list of strings, got 3"),
            ("hot-tables = ['']", " hot-tables: expected a list of strings, got ''"),
            ("force-exclude = 1", " force-exclude: expected true or false, got 1"),
            ("max-file-size = true", " max-file-size: expected a whole number above 0, got true"),
            ("max-file-size = 0", " max-file-size: expected a whole number above 0, got 0"),
            ("app-labels = []", " app-labels: expected a table, got a list"),
            ("app-labels = { shop = 1 }", " app-labels.shop: expected a string, got 1"),
            ("auth-user-model = {}", " auth-user-model: expected a string, got a table"),
            ("database-version = 'new'", ' database-version: expected a version such as "16" or "8.0.35", got \'new\''),
            ("django-version = 2026-11-21", ' django-version: expected a version such as "16" or "8.0.35", got a date'),
            ("database = 'postgres1'", " database: unknown database 'postgres1'; did you mean 'postgresql'?"),
            (
                "database = 'ours.db'",
                " database: unknown database 'ours.db'; map your own backend to its engine in database-backends",
            ),
            (
                "deployment = 'stoped'",
                " deployment: expected 'rolling' or 'stopped', got 'stoped'; did you mean 'stopped'?",
            ),
            ("fail-on = 'off'", " fail-on: expected 'error', 'warning' or 'info', got 'off'"),
            (
                "severity.drop-column = 'warn'",
                (
                    " severity.drop-column: expected 'error', 'warning', 'info' or 'off', got 'warn'; "
                    "did you mean 'warning'?"
                ),
            ),
            (
                "severity.drop-colum = 'off'",
                " severity: unknown rule or family 'drop-colum'; did you mean 'drop-column'?",
            ),
            ("select = ['lockin']", " select: unknown rule or family 'lockin'; did you mean 'locking'?"),
            ("ignore = ['all']", " ignore: unknown rule or family 'all'; did you mean 'ALL'?"),
            (
                "per-file-ignores = { 'a.py' = ['drop_table'] }",
                " per-file-ignores.a.py: unknown rule or family 'drop_table'; did you mean 'drop-table'?",
            ),
            ("rules.drop-colum.x = 1", " rules: unknown rule 'drop-colum'; did you mean 'drop-column'?"),
            ("rules.drop-column.x = 1", " rules.drop-column: unknown option 'x': the rule has no options"),
            ("rules.drop-column = 1", " rules.drop-column: expected a table, got 1"),
        ],
    )
    def test_what_is_wrong_in_a_file(self, project: Path, body: str, message: str) -> None:
        pyproject(project, body)
        assert message_of() == f"pyproject.toml: [tool.migration-lint]{message}"

    def test_what_is_wrong_in_an_own_file(self, project: Path) -> None:
        own = project / "shop/migration-lint.toml"
        own.write_text("deployment = 3")
        assert message_of(paths=[project / "shop"]) == (
            "shop/migration-lint.toml: deployment: expected 'rolling' or 'stopped', got 3"
        )
        own.write_text("[tool.migration-lint]\ndeployment = 'stopped'")
        assert message_of(paths=[project / "shop"]) == (
            "shop/migration-lint.toml: settings stand at the top level here, without [tool.migration-lint]"
        )

    @pytest.mark.parametrize(
        ("options", "overrides", "message"),
        [
            (
                {"select": ["drop-colum"]},
                [],
                "--select: unknown rule or family 'drop-colum'; did you mean 'drop-column'?",
            ),
            ({"fail-on": "none"}, [], "--fail-on: expected 'error', 'warning' or 'info', got 'none'"),
            ({}, ["selekt=x"], "--config: unknown key 'selekt'; did you mean 'select'?"),
            ({}, ["select=locking"], "--config select: expected a list of strings, got 'locking'"),
            ({}, ["deployment=[x"], "--config: deployment=[x is neither a file nor KEY=VALUE with a TOML value"),
            ({}, ["none.toml"], "none.toml: cannot be read: No such file or directory"),
            ({}, ["a.toml", "b.toml"], "--config: two config files, a.toml and b.toml"),
        ],
    )
    def test_what_is_wrong_on_the_command_line(
        self, project: Path, options: dict[str, object], overrides: list[str], message: str
    ) -> None:
        assert message_of(options=options, overrides=overrides) == message

    def test_isolated_and_a_named_file_exclude_each_other(self, project: Path) -> None:
        expected = "--isolated ignores config files, so it cannot go with --config FILE"
        assert message_of(overrides=["a.toml"], isolated=True) == expected

    @pytest.mark.parametrize(
        ("data", "message"),
        [
            (
                b"[tool.migration-lint\n",
                "is not valid TOML: Expected ']' at the end of a table declaration (at line 1, column 21)",
            ),
            (b"# caf\xe9\n", "is not UTF-8: invalid continuation byte at byte 5"),
            (b"tool.migration-lint = 3\n", "tool.migration-lint has to be a table"),
            (b"a = " + b"[" * 100_000, "is nested too deeply"),
        ],
    )
    def test_a_file_that_is_broken(self, project: Path, data: bytes, message: str) -> None:
        (project / "pyproject.toml").write_bytes(data)
        assert message_of() == f"pyproject.toml: {message}"

    def test_a_byte_order_mark_does_no_harm(self, project: Path) -> None:
        (project / "pyproject.toml").write_bytes(b"\xef\xbb\xbf[tool.migration-lint]\ndeployment = 'stopped'\n")
        assert load().settings.deployment == "stopped"

    def test_a_named_pyproject_without_the_table(self, project: Path) -> None:
        (project / "pyproject.toml").write_text("[tool.x]\n")
        assert message_of(overrides=["pyproject.toml"]) == "pyproject.toml: there is no [tool.migration-lint] in it"

    @pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read every file")
    def test_a_file_that_may_not_be_read(self, project: Path) -> None:
        pyproject(project, "").chmod(0)
        assert message_of() == "pyproject.toml: cannot be read: Permission denied"

    @given(st.dictionaries(st.sampled_from(list(KEYS)), _VALUES, max_size=4))
    def test_no_value_gets_past_or_crashes(self, options: dict[str, object]) -> None:
        """Whatever a file may hold ends in settings or in one line."""
        message = ""
        try:
            assert set(load(options=options, isolated=True).origins) == set(KEYS)
        except ConfigError as error:
            message = str(error)
        assert "\n" not in message
