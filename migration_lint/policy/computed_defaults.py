"""Functions that people write as a default, by what they return from one call to the next."""

from __future__ import annotations

import re

from migration_lint.model.values import Call, Function, Reference, Value

_CLOCKS = frozenset(
    (
        *("datetime.datetime.now", "datetime.datetime.today", "datetime.datetime.utcnow", "datetime.date.today"),
        *("django.utils.timezone.now", "django.utils.timezone.localtime", "django.utils.timezone.localdate"),
        *("time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.ctime", "time.monotonic"),
    )
)
_RANDOM = re.compile(r"(uuid\.uuid\d|random\.\w+|secrets\.\w+|os\.urandom|django\.utils\.crypto\.get_random_string)$")
# What a project calls such a function of its own.
_RANDOM_WORDS = frozenset(
    (
        *("uuid", "uuid1", "uuid4", "uuid6", "uuid7", "guid", "ulid", "nanoid", "shortuuid", "token", "random", "rand"),
        *("secret", "nonce", "salt", "unique", "counter", "sequence", "serial"),
    )
)


def reads_clock(name: str) -> bool:
    """Whether the function of that dotted name returns the present time or day."""
    return name in _CLOCKS


def is_random(name: str) -> bool:
    """Whether the function of that dotted name returns a value meant to be another one each time."""
    last = name.rpartition(".")[2]
    # A class, such as uuid.UUID, makes its objects of what it is given.
    named_so = last[:1].islower() and not _RANDOM_WORDS.isdisjoint(re.split(r"_|(?<=[a-z0-9])(?=[A-Z])", last))
    return named_so or bool(_RANDOM.match(name))


def called_each_time(default: Value) -> str | None:
    """The dotted name of a default that Django calls for each new object; None for one that is a value."""
    match default:
        case Reference():
            return default.dotted
        case Function(name=name):
            return name
        case Call(function=Reference(module="functools", name="partial"), args=(Reference() as wrapped, *_)):
            return wrapped.dotted
        case _:
            return None
