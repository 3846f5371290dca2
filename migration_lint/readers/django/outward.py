"""Calls that do something outside of the database, by the names of what is called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from migration_lint.readers.django.things import MAX_LINKS
from migration_lint.readers.python.objects import Constant, Element, FilePath, Invocation, Method, Object, Outside
from migration_lint.readers.python.words import words

Kind = Literal["network", "mail", "task", "sleep", "command", "process", "file", "cache", "input"]

MODULES: Mapping[str, Kind] = {
    **dict.fromkeys(
        words(
            "requests httpx urllib.request urllib3 aiohttp http.client ftplib socket xmlrpc.client telnetlib paramiko "
            "boto3 botocore stripe slack_sdk ldap elasticsearch grpc pika kafka"
        ),
        "network",
    ),
    **dict.fromkeys(words("smtplib django.core.mail anymail"), "mail"),
    **dict.fromkeys(words("subprocess pty"), "process"),
    **dict.fromkeys(words("django.core.cache redis django_redis memcache pymemcache"), "cache"),
    "django.core.files.storage": "file",
}
"""Modules whose calls leave the process."""

FUNCTIONS: Mapping[str, Kind] = {
    **dict.fromkeys(words("time.sleep asyncio.sleep"), "sleep"),
    **dict.fromkeys(words("call_command execute_from_command_line"), "command"),
    **{f"django.core.management.{name}": "command" for name in words("call_command execute_from_command_line")},
    **dict.fromkeys(words("os.system os.popen os.fork os.kill os.startfile"), "process"),
    **{
        f"os.{name}": "file"
        for name in words(
            "remove unlink rename renames replace rmdir mkdir makedirs removedirs symlink link chmod chown truncate"
        )
    },
    **{
        f"shutil.{name}": "file"
        for name in words("copy copy2 copyfile copytree copyfileobj copymode copystat move rmtree chown")
    },
    "builtins.input": "input",
    "getpass.getpass": "input",
}

HARMLESS = frozenset(
    words(
        "socket.gethostname socket.getfqdn subprocess.list2cmdline requests.codes "
        "django.core.cache.utils.make_template_fragment_key django.core.files.storage.get_storage_class"
    )
)
# What is only looked up, or made without a connection; what is then called on it counts.
READS = re.compile(
    r"(?:^|\.)(?:get|get_many|get_or_set|has_key|ttl|keys|url|path|exists|size|open|listdir|get_\w+_time|is_valid_name|"
    r"get_valid_name|get_available_name|generate_filename|make_key|close)$"
)
MAKES = re.compile(r"\.(?:[A-Z]\w*|client|resource|get_connection|connect_to)$")
TASK_METHODS = frozenset(words("delay apply_async send_task delay_on_commit enqueue"))
PATH_WRITES = frozenset(
    words("write_text write_bytes unlink mkdir rename replace rmdir touch symlink_to hardlink_to chmod")
)
OPENERS = frozenset(words("builtins.open io.open codecs.open os.open gzip.open bz2.open lzma.open"))


def kind_of(call: Invocation) -> Kind | None:
    """What a call does outside of the database; None for nothing, or if that can't be told.

    What is done with the answer of such a call does nothing more.
    """
    match call.function:
        case Method(receiver=Invocation() as answer) if _kind(answer) is not None:
            return None
    return _kind(call)


def _kind(call: Invocation) -> Kind | None:
    dotted = dotted_path(call.function)
    if dotted is None:
        return "file" if on_file(call) else None
    last = dotted.rpartition(".")[2]
    if last in TASK_METHODS and "." in dotted.strip(".") and not dotted.startswith(("<", "builtins.", "django.db.")):
        return "task"
    if dotted in FUNCTIONS:
        return FUNCTIONS[dotted]
    if dotted in OPENERS:
        return "file" if writes(call, 1) else None
    if dotted.startswith("pathlib.") and (last in PATH_WRITES or (last == "open" and writes(call, 0))):
        return "file"
    kind = next((k for module, k in MODULES.items() if dotted.startswith(f"{module}.")), None)
    if kind is None or dotted in HARMLESS or ".exceptions." in dotted:
        return None
    if kind in ("cache", "file") and READS.search(dotted):
        return None
    if kind == "process":
        return None if last.endswith(("Error", "Expired")) else kind
    return None if MAKES.search(dotted) else kind


def dotted_path(function: Object) -> str | None:
    """The name that a chain of attributes and calls begins with, and its attributes: `requests.Session.get`."""
    names: list[str] = []
    for _ in range(MAX_LINKS):
        match function:
            case Method(receiver=receiver, name=name):
                names.append(name)
                function = receiver
            case Invocation(function=called):
                function = called
            case Element(source=source):
                function = source
            case Outside(path=path):
                return ".".join([path, *reversed(names)])
            case _:
                return None
    return None


def on_file(call: Invocation) -> bool:
    """Whether a call changes a file beside the migration."""
    match call.function:
        case Method(receiver=FilePath(), name=name):
            return name in PATH_WRITES or (name == "open" and writes(call, 0))
    return False


def writes(call: Invocation, position: int) -> bool:
    """Whether a call of `open` is given a mode that writes."""
    given = call.args[position] if len(call.args) > position else dict(call.kwargs).get("mode")
    return isinstance(given, Constant) and isinstance(given.value, str) and not {*"wax+"}.isdisjoint(given.value)
