"""A rule's page: its text, and the small projects on it that show when the rule speaks and when it does not.

The page starts with `# <name>`, the rule's docstring and its facts. Each `##` heading that begins with Bad, Good or
Fixed holds one project: every fenced block below it whose first line is a comment with a path is a file of it.
A block whose info string is `python base` (or `sql base`) is a file of the base revision and still there unless
another block replaces it; a `python gone` one is no longer there. Where there is one, what differs from the base
revision is under review.
A trailing `# error: [rule]` (or warning, info; `--` in SQL) marks the first line of a finding and is no part of the
file; several rules on one line are separated by commas.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, field

from migration_lint.rule import Rule, Severity

_HEADING = re.compile(r"##\s+(.*)")
_FENCE = re.compile(r"(`{3,}|~{3,})\s*(.*)")
_PATH = re.compile(r"(?:#|--)\s*([\w./-]+\.(?:py|sql|toml))(?:\s|$)")
_MARK = re.compile(r"\s*(?:#|--)\s*(error|warning|info):\s*\[([a-z0-9/, -]+)\]\s*$")
_KINDS = ("bad", "good", "fixed")


@dataclass(frozen=True, slots=True, order=True)
class Expectation:
    """A finding that a page marks: where its first line is, how bad it is, which rule finds it."""

    path: str
    line: int
    severity: str
    rule: str


@dataclass(slots=True)
class Section:
    """One project of a page. `kind` is `bad`, `good` or `fixed`; `files` map paths to texts without marks, `base` and
    `gone` those of the base revision."""

    title: str
    line: int
    files: dict[str, str] = field(default_factory=dict)
    base: dict[str, str] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)
    expected: list[Expectation] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """The first word of the heading, lower case."""
        return re.split(r"\W", self.title, maxsplit=1)[0].lower()


@dataclass(frozen=True, slots=True)
class Page:
    """A page: the text before its first section, and the sections that hold files."""

    head: str
    sections: tuple[Section, ...]


class PageError(Exception):
    """A page that cannot be read as one; the message says where and why."""


def head_of(rule: type[Rule]) -> str:
    """The head that a rule's page must have, word for word."""
    severity = "off until it is selected" if rule.severity is Severity.OFF else rule.severity.label
    return f"# {rule.name}\n\n{inspect.cleandoc(rule.__doc__ or '')}\n\nFamily: {rule.family}. Severity: {severity}."


def parse(text: str) -> Page:
    """The page that `text` holds.

    Raises:
        PageError: a fence is not closed, or a section of a kind nobody knows has files.
    """
    lines = text.splitlines()
    head: list[str] = []
    sections: list[Section] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        if fence := _FENCE.match(line):
            end = _end_of_fence(lines, index, fence[1])
            if sections:
                _take_file(sections[-1], lines[index + 1 : end], fence[2].split()[1:])
            index = end
        elif heading := _HEADING.match(line):
            sections.append(Section(heading[1].strip(), index + 1))
        elif not sections:
            head.append(line)
        index += 1
    projects = tuple(section for section in sections if section.files or section.base or section.gone)
    for section in projects:
        if section.kind not in _KINDS:
            raise PageError(f"line {section.line}: '{section.title}' has files but begins with no Bad, Good or Fixed")
    return Page("\n".join(head).strip(), projects)


def _end_of_fence(lines: list[str], start: int, fence: str) -> int:
    for index in range(start + 1, len(lines)):
        if lines[index].rstrip() == fence:
            return index
    raise PageError(f"line {start + 1}: the fenced block is not closed")


def _take_file(section: Section, block: list[str], words: list[str]) -> None:
    """Add a block to the section's files if its first line says that it is one; `words` follow the language's name."""
    path = _PATH.match(block[0]) if block else None
    if path is None:
        return
    lines = []
    for number, line in enumerate(block, start=1):
        if mark := _MARK.search(line):
            line = line[: mark.start()]
            marks = (Expectation(path[1], number, mark[1], rule.strip()) for rule in mark[2].split(","))
            section.expected.extend(marks)
        lines.append(line)
    text = "\n".join(lines) + "\n"
    if words == ["base"]:
        section.base[path[1]] = text
    elif words == ["gone"]:
        section.gone[path[1]] = text
    else:
        section.files[path[1]] = text
