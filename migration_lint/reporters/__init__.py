"""Findings to text: one module an output format, each with a pure function `render(report, options) -> str`."""

from __future__ import annotations

from importlib import import_module

from migration_lint.reporters.base import Options, Report

FORMATS = ("full", "concise", "json", "sarif", "github")


def render(output_format: str, report: Report, options: Options) -> str:
    """`report` in one of FORMATS, or as `statistics`; it ends with a newline and can always be encoded as UTF-8.

    Only the module of the format asked for is imported.
    """
    text: str = import_module(f"migration_lint.reporters.{output_format}").render(report, options)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
