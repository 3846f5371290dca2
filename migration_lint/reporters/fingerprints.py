"""What makes a finding the same one in the next run: GitHub's hash of its line, and our own of what it is about."""

from __future__ import annotations

import hashlib
import re
import sys
from array import array
from collections import Counter
from collections.abc import Iterable
from operator import mul

from migration_lint.rule import Finding

_BLOCK = 100
_MODULUS = 2**64
_POWERS = [pow(37, exponent, _MODULUS) for exponent in reversed(range(_BLOCK))]
_LINE_FEED, _END_OF_FILE = 0x0A, 0xFFFF


def line_hashes(data: bytes) -> list[str]:
    """`primaryLocationLineHash` of each line of a file, the one after its last line break included.

    GitHub's upload action computes it again and warns of each one that differs, so the algorithm is its own
    (github/codeql-action, `src/fingerprints.ts`): UTF-16 code units without spaces and tabs, CR and CRLF as LF, 0xFFFF
    at the end; for each line the polynomial of base 37 modulo 2^64 over the 100 units from its start, in hexadecimal,
    then `:n` for the n-th equal value in the file.
    """
    text = re.sub(r"\r\n?", "\n", data.decode("utf-8", "replace")).replace(" ", "").replace("\t", "")
    units = array("H", text.encode("utf-16-le"))
    if sys.byteorder == "big":
        units.byteswap()
    units.append(_END_OF_FILE)
    starts = [0, *(position for position, unit in enumerate(units, start=1) if unit == _LINE_FEED)]
    # The action pads the end of the file with zeros, which add nothing: `map` may stop where the units do.
    values = (sum(map(mul, _POWERS, units[start : start + _BLOCK])) % _MODULUS for start in starts)
    return numbered(f"{value:x}" for value in values)


def identities(findings: Iterable[Finding]) -> list[str]:
    """A fingerprint of each finding that stays when lines move: a hash of its rule and identity, and `:n` for the n-th
    equal one in this order."""
    return numbered(_hash((finding.rule, *(finding.identity or (finding.path,)))) for finding in findings)


def numbered(values: Iterable[str]) -> list[str]:
    """Each value with `:n` behind it, which says that it is the n-th equal one."""
    seen: Counter[str] = Counter()
    result = []
    for value in values:
        seen[value] += 1
        result.append(f"{value}:{seen[value]}")
    return result


def _hash(parts: tuple[str, ...]) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()[:16]
