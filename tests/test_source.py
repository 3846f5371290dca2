from __future__ import annotations

import codecs
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migration_lint.model.values import Span
from migration_lint.source import Source, UnreadableError


def reason_of(path: Path, **options: int) -> str:
    with pytest.raises(UnreadableError) as caught:
        Source.read(path, **options)
    assert caught.value.path == str(path)
    return caught.value.reason


def reason_for(data: bytes, path: str = "0001.py") -> str:
    with pytest.raises(UnreadableError) as caught:
        Source.from_bytes(path, data)
    return caught.value.reason


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("x = 'ä'".encode(), "x = 'ä'"),
        (codecs.BOM_UTF8 + b"x = 1", "x = 1"),
        (codecs.BOM_UTF8 + b"# coding: utf-8\nx = 1", "# coding: utf-8\nx = 1"),
        (b"# -*- coding: latin-1 -*-\nx = '\xe4'", "# -*- coding: latin-1 -*-\nx = 'ä'"),
        (
            b"#!/bin/python\n# vim: set fileencoding=cp1252 :\n'\x80'",
            "#!/bin/python\n# vim: set fileencoding=cp1252 :\n'€'",
        ),
        (b"\r# coding: latin-1\r'\xe4'", "\r# coding: latin-1\r'ä'"),
        (b"", ""),
    ],
)
def test_decodes_as_python_does(data: bytes, text: str) -> None:
    source = Source.from_bytes("0001.py", data)
    assert source.text == text
    assert source.encode(source.text) == data


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"x = 1\r\ny = '\xe4'\n", "is not UTF-8: byte 0xe4 in line 2"),
        (b"x = 1\n\n# coding: latin-1\n'\xe4'", "is not UTF-8: byte 0xe4 in line 4"),
        (b"x = 1\n# coding: latin-1\n'\xe4'", "is not UTF-8: byte 0xe4 in line 3"),
        (b"# coding: ascii\n'\xe4'", "is not ascii: byte 0xe4 in line 2"),
        (b"# coding: klingon\n", "names an encoding that Python does not know: klingon"),
        (b"# coding: rot13\n", "names an encoding that is not for text: rot13"),
        (b"# coding: punycode\n", "names an encoding that is not for text: punycode"),
        (codecs.BOM_UTF8 + b"# coding: latin-1\n", "has a UTF-8 byte order mark, but names the encoding latin-1"),
        ("x = 1".encode("utf-16"), "is UTF-16, not UTF-8"),
        (b"x = 1\ny\0 = 2", "contains a NUL character in line 2"),
    ],
)
def test_says_why_text_cannot_be_had(data: bytes, reason: str) -> None:
    assert reason_for(data) == reason


def test_a_cookie_means_nothing_in_sql() -> None:
    assert reason_for(b"# coding: latin-1\n'\xe4'", "V1.sql") == "is not UTF-8: byte 0xe4 in line 2"


def test_says_what_is_no_file(tmp_path: Path) -> None:
    folder = tmp_path / "x.py"
    folder.mkdir()
    broken, loop, fifo = tmp_path / "broken.py", tmp_path / "loop.py", tmp_path / "fifo.py"
    broken.symlink_to("gone.py")
    loop.symlink_to("loop.py")
    os.mkfifo(fifo)
    assert reason_of(folder) == "is a directory"
    assert reason_of(broken) == "is a symbolic link to a file that does not exist"
    assert reason_of(loop) == "is a symbolic link that leads back to itself"
    assert reason_of(fifo) == "is no regular file"
    assert reason_of(tmp_path / "none.py") == "does not exist"
    assert reason_of(tmp_path / "nul\0.py") == "has a name that no file can have"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_says_that_a_file_may_not_be_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.py"
    secret.write_text("x = 1")
    secret.chmod(0)
    assert reason_of(secret) == "may not be read: permission denied"


def test_names_the_limit_of_size_for_python_only(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    (tmp_path / "a.sql").write_text("select 1;\n")
    reason = "is larger than max-file-size: 6 bytes, the limit is 5"
    assert reason_of(tmp_path / "a.py", max_size=5) == reason
    assert Source.read(tmp_path / "a.py", max_size=6).text == "x = 1\n"
    assert Source.read(tmp_path / "a.sql", max_size=5).text == "select 1;\n"
    with pytest.raises(UnreadableError, match=reason):
        Source.from_bytes("-", b"x = 1\n", max_size=5)


def test_lines_end_with_any_line_end_and_not_with_a_form_feed() -> None:
    source = Source("a.py", "a\r\n\x0cbc\rd\n\n\u2028e")
    assert [source.line(number) for number in range(7)] == ["", "a", "\x0cbc", "d", "", "\u2028e", ""]
    assert source.position(source.text.index("c")) == (2, 3)


def test_columns_count_code_points() -> None:
    source = Source("a.py", "'🐍ä' + x")
    assert source.span(source.text.index("x"), len(source.text)) == Span(1, 8, 1, 9)


@given(st.text(alphabet="a🐍\r\n\x0c"))
def test_offsets_and_positions_are_the_same_places(text: str) -> None:
    source = Source("a.py", text)
    for offset in range(len(text) + 1):
        assert source.offset(*source.position(offset)) == offset
    assert (
        "".join(source.text[a:b] for a, b in zip(source.line_starts, [*source.line_starts[1:], len(text)], strict=True))
        == text
    )


def test_places_outside_of_the_text_are_moved_into_it() -> None:
    source = Source("a.py", "ab\nc")
    assert (source.offset(9), source.offset(2, 9), source.offset(0, 0)) == (4, 4, 0)
