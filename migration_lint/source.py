"""One file: its text, and where its lines and columns are."""

from __future__ import annotations

import codecs
import os
import re
import stat
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from migration_lint.model.values import Span
from migration_lint.scanning import Scan, scan

_COOKIE = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")  # as PEP 263 has it
_NO_CODE = re.compile(rb"[ \t\f]*(?:#.*)?")
_FIRST_LINES = re.compile(rb"([^\r\n]*)(?:\r\n|\r|\n)?([^\r\n]*)")
_LINE_END = re.compile(r"\r\n|\r|\n")
# Codecs for host names: Python would take them for a file, and their time grows with the square of its size.
_HOST_NAME_CODECS = frozenset({"idna", "punycode"})
_OTHER_MARKS = ((codecs.BOM_UTF32_LE, "UTF-32"), (codecs.BOM_UTF16_LE, "UTF-16"), (codecs.BOM_UTF16_BE, "UTF-16"))


class UnreadableError(Exception):
    """A file whose text cannot be had. `reason` completes the sentence "it …" or "because it …"."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


@dataclass(frozen=True)
class Source:
    """The text of a file, its line ends as they are, without a byte order mark.

    `path` is what the user would call the file. Offsets count code points from 0, lines and columns from 1. A line
    ends with LF, CRLF or CR; a form feed ends none.
    """

    path: str
    text: str
    encoding: str = "utf-8"
    mark: bool = field(default=False, kw_only=True)

    @classmethod
    def read(cls, path: str | os.PathLike[str], *, shown: str | None = None, max_size: int | None = None) -> Source:
        """Read a file. `shown` is what to call it, `max_size` the limit for Python files in bytes.

        Raises:
            UnreadableError: it is no regular file, too large, not to be opened, or not text in its encoding.
        """
        name = os.fspath(path) if shown is None else shown
        try:
            status = os.stat(path)
            if not stat.S_ISREG(status.st_mode):
                raise UnreadableError(name, _what_else(path, status.st_mode))
            if max_size is not None and status.st_size > max_size and not _is_sql(name):
                raise UnreadableError(name, _too_large(status.st_size, max_size))
            with open(path, "rb") as file:
                data = file.read()
        except OSError as error:
            raise UnreadableError(name, _why(path, error)) from error
        except ValueError as error:  # a NUL in the name
            raise UnreadableError(name, "has a name that no file can have") from error
        return cls.from_bytes(name, data, max_size=max_size)

    @classmethod
    def from_bytes(cls, path: str, data: bytes, *, max_size: int | None = None) -> Source:
        """The source that a file at `path` with this content would give.

        Raises:
            UnreadableError: it is too large, or not text in its encoding.
        """
        if max_size is not None and len(data) > max_size and not _is_sql(path):
            raise UnreadableError(path, _too_large(len(data), max_size))
        encoding, mark = _encoding(path, data)
        try:
            text = data.removeprefix(codecs.BOM_UTF8).decode(encoding) if mark else data.decode(encoding)
        except UnicodeDecodeError as error:
            line = len(re.findall(rb"\r\n|\r|\n", error.object[: error.start])) + 1
            what = f"byte 0x{error.object[error.start]:02x} in line {line}"
            raise UnreadableError(path, f"is not {_title(encoding)}: {what}") from error
        except Exception as error:  # a codec may raise whatever it likes
            raise UnreadableError(path, f"is not {_title(encoding)}: {error}") from error
        if "\0" in text:
            line = len(_LINE_END.findall(text, 0, text.index("\0"))) + 1
            raise UnreadableError(path, f"contains a NUL character in line {line}")
        return cls(path, text, encoding, mark=mark)

    def encode(self, text: str) -> bytes:
        """`text` as the file would hold it."""
        return (codecs.BOM_UTF8 if self.mark else b"") + text.encode(self.encoding)

    @cached_property
    def line_starts(self) -> list[int]:
        """The offset at which each line begins."""
        return [0, *(match.end() for match in _LINE_END.finditer(self.text))]

    @cached_property
    def scan(self) -> Scan:
        """The tokens and comments of a Python file."""
        return scan(self.text)

    def position(self, offset: int) -> tuple[int, int]:
        """The line and column of an offset."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def offset(self, line: int, column: int = 1) -> int:
        """The offset of a line and column; the nearest there is if the file has no such place."""
        if line > len(self.line_starts):
            return len(self.text)
        return min(self.line_starts[max(line, 1) - 1] + max(column, 1) - 1, len(self.text))

    def span(self, start: int, end: int) -> Span:
        """The region from one offset to another, the end exclusive."""
        return Span(*self.position(start), *self.position(end))

    def line(self, number: int) -> str:
        """A line without its end; empty if there is none of that number."""
        if not 1 <= number <= len(self.line_starts):
            return ""
        end = self.line_starts[number] if number < len(self.line_starts) else len(self.text)
        return self.text[self.line_starts[number - 1] : end].rstrip("\r\n")


def placed(text: str, span: Span) -> Callable[[int, int], Span]:
    """The spans that parts of a text have in a file that holds it, letter by letter, from the start of `span` on."""
    inner = Source("", text)

    def position(offset: int) -> tuple[int, int]:
        line, column = inner.position(offset)
        return span.line + line - 1, column + (span.column - 1 if line == 1 else 0)

    return lambda start, end: Span(*position(start), *position(end))


def _is_sql(path: str) -> bool:
    return path.lower().endswith(".sql")


def _too_large(size: int, limit: int) -> str:
    return f"is larger than max-file-size: {size:,} bytes, the limit is {limit:,}"


def _what_else(path: str | os.PathLike[str], mode: int) -> str:
    if not stat.S_ISDIR(mode):
        return "is no regular file"
    return "is a directory" if os.access(path, os.R_OK | os.X_OK) else "is a directory that may not be listed"


def _why(path: str | os.PathLike[str], error: OSError) -> str:
    if isinstance(error, FileNotFoundError) and os.path.islink(path):
        return "is a symbolic link to a file that does not exist"
    if isinstance(error, FileNotFoundError):
        return "does not exist"
    if isinstance(error, PermissionError):
        return "may not be read: permission denied"
    if os.path.islink(path) and not os.path.exists(path):
        return "is a symbolic link that leads back to itself"
    return f"can't be read: {error.strerror or error}"


def _title(encoding: str) -> str:
    return "UTF-8" if encoding == "utf-8" else encoding


def _encoding(path: str, data: bytes) -> tuple[str, bool]:
    """The encoding by byte order mark and PEP 263 cookie, and whether there is a UTF-8 mark."""
    for other, name in _OTHER_MARKS:
        if data.startswith(other):
            raise UnreadableError(path, f"is {name}, not UTF-8")
    mark = data.startswith(codecs.BOM_UTF8)
    named = None if _is_sql(path) else _cookie(data.removeprefix(codecs.BOM_UTF8))
    if named is None:
        return "utf-8", mark
    try:
        codec = codecs.lookup(named)
    except LookupError:
        raise UnreadableError(path, f"names an encoding that Python does not know: {named}") from None
    if not getattr(codec, "_is_text_encoding", True) or codec.name in _HOST_NAME_CODECS:
        raise UnreadableError(path, f"names an encoding that is not for text: {named}")
    if codec.name in ("utf-8", "utf-8-sig"):
        return "utf-8", mark
    if mark:
        raise UnreadableError(path, f"has a UTF-8 byte order mark, but names the encoding {named}")
    return codec.name, False


def _cookie(data: bytes) -> str | None:
    lines = _FIRST_LINES.match(data)
    assert lines is not None
    for line in lines.groups():
        found = _COOKIE.match(line)
        if found is not None:
            return found[1].decode("ascii")
        if not _NO_CODE.fullmatch(line):
            return None
    return None
