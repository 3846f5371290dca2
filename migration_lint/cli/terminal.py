"""Streams: what goes to stdout and stderr, in colour or not, and what happens when nobody reads it."""

from __future__ import annotations

import errno
import io
import os
import sys
import time
from collections.abc import Callable
from typing import TextIO

import click

_NO_READER = (errno.EPIPE, errno.EINVAL)  # the second is what Windows says


def prepare_streams() -> None:
    """Make sure that no character a message holds can make writing it fail."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def write(text: str) -> None:
    """Write to stdout, to the end; a reader that has gone away (`| head`) is no error."""
    if sys.stdout is None:  # the caller has closed it
        return
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        # Python flushes stdout once more as it exits; let that go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if error.errno not in _NO_READER:
            raise click.ClickException(f"stdout: cannot be written: {error.strerror or error}") from None


def write_utf8(text: str) -> None:
    """Write text that is read by programs: as UTF-8 with `\\n`, whatever the terminal's encoding."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    write(text)


def one_line(text: str) -> str:
    """`text` with its line breaks taken out."""
    return " ".join(text.split())


def complain(message: str) -> None:
    """Say on stderr why the run failed."""
    click.echo(f"migration-lint: error: {one_line(message)}", err=True)


def note(message: str) -> None:
    """Say something on stderr that is no error."""
    click.echo(f"migration-lint: {one_line(message)}", err=True)


def wants_colour(choice: str, stream: TextIO | None) -> bool:
    """Whether to write colours: as asked, else as NO_COLOR and FORCE_COLOR say, else if `stream` is a terminal."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"


class Progress:
    """A line on stderr that counts folders; only on a terminal, and only when it takes longer than a second."""

    def __init__(self, stream: TextIO | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream if stream is not None and stream.isatty() else None
        self._clock = clock
        self._next = clock() + 1.0
        self._shown = False

    def __call__(self, done: int, total: int) -> None:
        """Show that `done` of `total` are done, at most ten times a second."""
        now = self._clock()
        if self._stream is None or now < self._next:
            return
        self._next = now + 0.1
        self._shown = True
        self._stream.write(f"\r\x1b[K{done} of {total} folders")
        self._stream.flush()

    def clear(self) -> None:
        """Take the line away."""
        if self._stream is not None and self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
