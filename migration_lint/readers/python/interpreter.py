"""Runs a Python file in the abstract: names, imports, constants, and the lists and calls built from them.

Only what the text alone decides is carried out: constants, list building, local functions over constants. Everything
else becomes a reference, a call that is not carried out, or opaque with a reason. Nothing is imported or executed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import libcst as cst

from migration_lint.model.values import Call as CallValue
from migration_lint.model.values import Dict, Function, List, Reference, Span, Unknown, Value
from migration_lint.readers.python.calls import run
from migration_lint.readers.python.expressions import HANDLERS
from migration_lint.readers.python.inspecting import MAX_DEPTH, MAX_ELEMENTS, relocated
from migration_lint.readers.python.objects import (
    ClassObject,
    Constant,
    FilePath,
    FunctionObject,
    Invocation,
    Method,
    Object,
    Opaque,
    Outside,
    Scope,
    Sequence,
)
from migration_lint.readers.python.objects import Mapping as MappingObject
from migration_lint.readers.python.statements import execute
from migration_lint.readers.python.tracing import Trace

NEVER_IN_THE_TREE = (
    "<",  # names given to the parameters of a function that is traced
    *("builtins.", "copy.", "datetime.", "decimal.", "django.", "functools.", "itertools.", "json.", "operator."),
    *("os.", "pathlib.", "re.", "sys.", "textwrap.", "typing.", "uuid."),
    *("alembic.context", "alembic.op", "sqlalchemy."),
)


MAX_CALLS = 5_000  # calls and loop rounds carried out in one file


class Positions(Protocol):
    """Where the nodes of one file stand."""

    def of(self, node: cst.CSTNode) -> Span:
        """The span of a node."""
        ...

    def text_of(self, node: cst.CSTNode) -> str:
        """The source text of a node."""
        ...


class Imports(Protocol):
    """What other files of the tree hold."""

    def find(self, path: str, home: Interpreter) -> Object | None:
        """What stands under a dotted path that `home` names, if a file of the tree defines it."""
        ...

    def read(self, path: str, home: Interpreter) -> str | None:
        """The text of a file whose path is relative to the folder of `home`."""
        ...


@dataclass(frozen=True, slots=True)
class Libraries:
    """What is known of libraries.

    `public` maps modules to the modules their names are known by, but for the paths in `private`. `versions` maps
    version tuples to the lowest and highest value they can have. `functions` can be carried out on constants.
    """

    public: Mapping[str, str] = field(default_factory=dict)
    private: frozenset[str] = frozenset()
    versions: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]] = field(default_factory=dict)
    functions: Mapping[str, Callable[..., object]] = field(default_factory=dict)


class Interpreter:
    """One file being run."""

    def __init__(
        self,
        module: cst.Module,
        positions: Positions,
        imports: Imports,
        libraries: Libraries,
        path: str,
    ) -> None:
        self.module = module
        self.positions = positions
        self.imports = imports
        self.public = libraries.public
        self.private = libraries.private
        self.versions = libraries.versions
        self.functions = libraries.functions
        self.path = path
        self.stars: list[str] = []
        self.depth = 0
        self.calls = 0
        self.branches = 0
        self.trace: Trace | None = None
        self.freezing: set[int] = set()
        self.frozen = 0
        self.globals = Scope({})
        execute(self, module.body, self.globals)

    def evaluate(self, node: cst.CSTNode, scope: Scope) -> Object:
        """What an expression gives."""
        handler = HANDLERS.get(type(node))
        if handler is None:
            return self.opaque(node, "this kind of expression is not followed")
        if self.depth >= MAX_DEPTH:
            return self.opaque(node, "it is nested too deeply")
        self.depth += 1
        try:
            return handler(self, node, scope)
        finally:
            self.depth -= 1

    def opaque(self, node: cst.CSTNode, reason: str) -> Opaque:
        """Something unresolved."""
        return Opaque(node, self, reason)

    def outside(self, path: str, node: cst.CSTNode) -> Object:
        """A name of another file, under the path it is publicly known by."""
        module, _, name = path.rpartition(".")
        public = self.public.get(module)
        if public is not None and path not in self.public and path not in self.private:  # modules keep their path
            path = f"{public}.{name}"
        if path in ("typing.TYPE_CHECKING", "typing_extensions.TYPE_CHECKING"):
            return Constant(node, self, False)
        return Outside(node, self, path)

    def resolve(self, value: Object) -> Object:
        """What stands in another file of the tree, where `value` is a name of one or the call of a function of one;
        else `value` itself."""
        if isinstance(value, Invocation):
            return self.resolve_call(value)
        if not isinstance(value, Outside) or value.path.startswith(NEVER_IN_THE_TREE):
            return value
        found = value.home.imports.find(value.path, value.home)
        return value if found is None else relocated(found, value.node, self)

    def resolve_call(self, value: Invocation) -> Object:
        """The result of a call of another file's function, else the call with the reason."""
        if not isinstance(value.function, Outside):
            return value
        function = self.resolve(value.function)
        return run(self, function, value) if isinstance(function, FunctionObject) else value

    def exported(self, names: list[str]) -> Object | None:
        """What this file defines under a name and attributes of it, followed through its imports; None if nothing."""
        first, *rest = names
        value = self.globals.names.get(first)
        if value is None:
            outside = (self.outside(f"{star.removesuffix('.')}.{first}", self.module) for star in self.stars)
            value = next((found for o in outside if (found := self.resolve(o)) is not o), None)
        if value is None:
            return None
        for name in rest:
            value = self.attribute(self.resolve(value), name, value.node)
        return self.resolve(value)

    def spend(self) -> bool:
        """Take one from the calls and loop rounds that may be carried out."""
        self.calls += 1
        return self.calls <= MAX_CALLS

    def attribute(self, receiver: Object, name: str, node: cst.CSTNode) -> Object:
        """`receiver.name`."""
        match receiver:
            case Outside():
                path = receiver.path
                return self.outside(path + name if path.endswith(".") else f"{path}.{name}", node)
            case ClassObject():
                found = self.class_attribute(receiver, name)
                return self.opaque(node, f"{receiver.name} defines no {name}") if found is None else found
            case Opaque():
                return self.opaque(node, receiver.reason)
            case FilePath() if name == "parent":
                return FilePath(node, self, parent_folder(receiver.path))
            case FunctionObject():
                return self.opaque(node, f"{name} is an attribute of a function")
            case _:
                return Method(node, self, receiver, name)

    def class_attribute(self, owner: ClassObject, name: str) -> Object | None:
        """A class's own attribute, else its bases'; None if those that are known define none."""
        for base in self.ancestry(owner):
            if isinstance(base, ClassObject):
                found = self.class_body(base).names.get(name)
                if found is not None:
                    return found
            elif isinstance(base, Outside):
                return self.outside(f"{base.path}.{name}", base.node)
        return None

    def class_body(self, owner: ClassObject) -> Scope:
        """The names a class body defines."""
        if owner.body is None:
            owner.body = Scope({}, parent=owner.scope, owner=owner, is_class=True)
            definition = owner.node
            assert isinstance(definition, cst.ClassDef)
            execute(owner.home, definition.body.body, owner.body)
        return owner.body

    def ancestry(self, owner: ClassObject) -> list[Object]:
        """The class and its bases, nearest first, each once, resolved as far as the tree reaches."""
        found: list[Object] = []
        pending: list[Object] = [owner]
        seen: set[object] = set()
        while pending:
            current = self.resolve(pending.pop(0))
            key = current.path if isinstance(current, Outside) else id(current)
            if key in seen:
                continue
            seen.add(key)
            found.append(current)
            if isinstance(current, ClassObject):
                pending = [*current.bases, *pending]
        return found

    def freeze(self, value: Object) -> Value:
        """The plain value of an object."""
        outermost = not self.freezing
        self.frozen = 0 if outermost else self.frozen + 1
        if id(value) in self.freezing or self.frozen > MAX_ELEMENTS or len(self.freezing) >= MAX_DEPTH:
            return self.unknown(value, "it is too large, or contains itself")
        self.freezing.add(id(value))
        try:
            return self._freeze(value)
        finally:
            self.freezing.discard(id(value))

    def _freeze(self, value: Object) -> Value:
        match value:
            case Constant():
                return value.value
            case Sequence():
                items = tuple(
                    self.freeze(e.item) if e.condition is None else self.unknown(e.item, f"only if {e.condition}")
                    for e in value.entries
                )
                return List(items) if value.mutable else items
            case MappingObject():
                return Dict(tuple((self.freeze(k), self.freeze(v)) for k, v in value.items))
            case Outside() | ClassObject():
                return self.reference(value)
            case FunctionObject() if value.home is self:
                return Function(value.name, self.positions.of(value.node))
            case Invocation():
                return self.freeze_call(value)
            case Opaque():
                return self.unknown(value, value.reason)
            case Method():
                if isinstance(value.receiver, Invocation):
                    return CallValue(Reference("operator", "attrgetter"), (self.freeze(value.receiver), value.name))
        return self.unknown(value, "only running it tells its value")

    def freeze_call(self, value: Invocation) -> Value:
        """The plain form of a call that was not carried out."""
        args = tuple(self.freeze(a) for a in value.args)
        kwargs = tuple((k, self.freeze(v)) for k, v in value.kwargs)
        match value.function:
            case Outside() | ClassObject() | FunctionObject():
                return CallValue(self.reference(value.function), args, kwargs)
            case Method() as method:
                receiver = self.freeze(method.receiver)
                return CallValue(Reference("operator", "methodcaller"), (receiver, method.name, *args), kwargs)
        return self.unknown(value, "only running it tells its value")

    def reference(self, value: Object) -> Reference:
        """The name of a class, a function, or something outside of the file."""
        if isinstance(value, Outside):
            return self.split(value.path)
        assert isinstance(value, (ClassObject, FunctionObject))
        return Reference("", value.name)

    def split(self, path: str) -> Reference:
        """A dotted path as a name of a module; `from . import x` is the name x of the module `.`."""
        module, _, name = path.rpartition(".")
        return Reference(module if module.strip(".") else path[: len(path) - len(name)], name)

    def unknown(self, value: Object, reason: str) -> Unknown:
        """An unresolved value with its source text."""
        return Unknown(value.home.positions.text_of(value.node), reason)


def parent_folder(path: str) -> str:
    """The folder of a relative path; the folder of `./` (the file itself) is the file's folder, spelled empty."""
    if path == "./":
        return ""
    if not path or path.endswith(".."):
        return f"{path}/.." if path else ".."
    return path.rpartition("/")[0]
