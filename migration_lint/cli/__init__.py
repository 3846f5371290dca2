"""The command line. Whatever a command needs is imported when it runs: `--version` has to be quick."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TypeVar

import click

from migration_lint import __version__
from migration_lint.cli import terminal

CLEAN, FINDINGS, USAGE, NOT_CHECKED, INTERRUPTED = 0, 1, 2, 3, 130
OUTPUT_FORMATS = ("full", "concise", "json", "sarif", "github")

_Decorated = TypeVar("_Decorated", bound=Callable[..., Any])
_VERBOSE = "migration_lint.verbose"


class CommandLine(click.Group):
    """A group whose first word, where it is no command, belongs to `check`, and which ends in our exit codes."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `check` in front of what is no command; only `--version` and `--help` are the group's own."""
        if not args or (args[0] not in self.commands and args[0] not in ("--version", "--help", "-h")):
            args.insert(0, "check")
        return super().parse_args(ctx, args)

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> NoReturn:
        """Run the command and exit; only here is the unexpected caught."""
        terminal.prepare_streams()
        extra["standalone_mode"] = False
        try:
            code = super().main(args, "migration-lint", **extra)
        except click.ClickException as error:
            terminal.complain(error.format_message())
            code = USAGE
        except click.Abort:
            code = INTERRUPTED
        sys.exit(code or CLEAN)

    def invoke(self, ctx: click.Context) -> Any:
        """Turn whatever a command raises into one line and an exit code."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, KeyboardInterrupt):
            raise
        except Exception as error:
            if isinstance(error, _usage_errors()):
                raise click.ClickException(str(error)) from None
            if ctx.meta.get(_VERBOSE):
                import traceback

                traceback.print_exc()
            terminal.complain(f"internal error: {type(error).__name__}: {error}")
            if not ctx.meta.get(_VERBOSE):
                terminal.note("run it again with -v for the traceback")
            ctx.exit(NOT_CHECKED)


def _usage_errors() -> tuple[type[Exception], ...]:
    from migration_lint.config.errors import ConfigError
    from migration_lint.git import GitError
    from migration_lint.registry import PluginError

    return (ConfigError, GitError, PluginError)


def _remember_verbose(ctx: click.Context, _parameter: click.Parameter, value: bool) -> bool:
    ctx.meta[_VERBOSE] = value
    return value


_verbose_option = click.option(
    "-v", "--verbose", is_flag=True, callback=_remember_verbose, help="Say more on stderr, such as tracebacks."
)


def _setting_options(command: _Decorated) -> _Decorated:
    """The options that `check` and `config` share: those that change settings."""
    rules = "Rule names, families or ALL, separated by commas; repeatable."
    options = (
        click.option("--select", multiple=True, metavar="RULES", help=f"Run these rules only. {rules}"),
        click.option("--extend-select", multiple=True, metavar="RULES", help="Run these rules too."),
        click.option("--ignore", multiple=True, metavar="RULES", help="Don't run these rules."),
        click.option(
            "--per-file-ignores",
            multiple=True,
            metavar="PATTERN:RULES",
            help="Don't run these rules on the files that match the pattern; repeatable.",
        ),
        click.option("--exclude", multiple=True, metavar="PATTERNS", help="Leave these files and folders out."),
        click.option("--extend-exclude", multiple=True, metavar="PATTERNS", help="Leave these out as well."),
        click.option(
            "--force-exclude/--no-force-exclude", default=None, help="Leave excluded files out even if they are given."
        ),
        click.option(
            "--sqlmigrate",
            metavar="COMMAND",
            help="Take statements from this program, such as 'python manage.py sqlmigrate'; it gets app and name.",
        ),
        click.option(
            "--sqlmigrate-from", metavar="PATH", help="Take statements from its saved output: a folder or file."
        ),
        click.option("--fail-on", metavar="SEVERITY", help="Exit with 1 from this severity on: error, warning, info."),
        click.option(
            "--config", multiple=True, metavar="FILE|KEY=VALUE", help="A config file, or a setting; repeatable."
        ),
        click.option("--isolated", is_flag=True, help="Ignore all config files."),
        _verbose_option,
    )
    for option in options[::-1]:
        command = option(command)
    return command


def _review_options(command: _Decorated) -> _Decorated:
    """The options that say which migrations are under review."""
    options = (
        click.option(
            "--since",
            metavar="REVISION",
            help="Review what has come since this git revision; all older migrations are taken for released.",
        ),
        click.option("--staged/--no-staged", default=None, help="Review what git has staged for the next commit."),
    )
    for option in options[::-1]:
        command = option(command)
    return command


@click.group(
    cls=CommandLine,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="A first word that is no command is a path: `migration-lint shop/migrations` is "
    "`migration-lint check shop/migrations`. `migration-lint check --help` lists the options.",
)
@click.version_option(__version__, message="migration-lint %(version)s")
def cli() -> None:
    """Find database migrations that are unsafe to run on a live database."""


@cli.command(short_help="Check migrations (what runs when no command is named).")
@click.argument("paths", nargs=-1, metavar="[PATHS]...")
@_review_options
@_setting_options
@click.option("--output-format", type=click.Choice(OUTPUT_FORMATS), help="The form of what goes to stdout.")
@click.option("-o", "--output-file", multiple=True, metavar="FORMAT:FILE", help="Write this as well; repeatable.")
@click.option("--show-suppressed/--no-show-suppressed", default=None, help="Show suppressed findings too.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even if there are findings.")
@click.option("--statistics", is_flag=True, help="Count the findings by rule instead of showing them.")
@click.option("-q", "--quiet", is_flag=True, help="Findings only: no summary, no notes.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colours; default: auto.")
@click.option("--stdin-filename", metavar="PATH", help="The path of the file that `-` reads from stdin.")
@click.pass_context
def check(ctx: click.Context, /, **options: Any) -> None:
    """Check migrations: files, folders, or `-` for stdin; without paths, the current folder.

    Exit code: 0 clean, 1 findings, 2 wrong usage or configuration, 3 something could not be checked.
    """
    from migration_lint.cli.checking import run

    ctx.exit(run(options))


@cli.command(short_help="Say what a migration does on the configured database.")
@click.argument("path")
@_setting_options
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", help="Default: text.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colours; default: auto.")
def explain(path: str, output_format: str, color: str, **options: Any) -> None:
    """Explain one migration: what each operation sends, locks and breaks, its risk, and whether it can be undone."""
    from migration_lint.cli.showing import explanation

    terminal.write(explanation(path, {**options, "paths": [path]}, output_format, color))


@cli.command(short_help="Print the page of a rule.")
@click.argument("name")
@_verbose_option
def rule(name: str, verbose: bool) -> None:
    """Print a rule's page: what it finds, why, and what to write instead."""
    from migration_lint.cli.showing import rule_page

    terminal.write(rule_page(name))


@cli.command()
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", help="Default: text.")
@_verbose_option
def rules(output_format: str, verbose: bool) -> None:
    """List all rules."""
    from migration_lint.cli.showing import rule_list

    terminal.write(rule_list(output_format))


@cli.command(short_help="Print the settings in force and their origins.")
@click.argument("paths", nargs=-1, metavar="[PATHS]...")
@_review_options
@_setting_options
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", help="Default: text.")
def config(output_format: str, **options: Any) -> None:
    """Print the settings in force for the paths, and where each came from."""
    from migration_lint.cli.configuring import configuration
    from migration_lint.cli.showing import settings_list

    terminal.write(settings_list(configuration(options), output_format))


def main() -> int:
    """The entry point of the scripts: run the command line, exit."""
    cli.main()
