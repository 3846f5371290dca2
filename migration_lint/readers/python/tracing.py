"""The calls that a function makes while it is run in the abstract, in order, and the loops in which it makes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from migration_lint.readers.python.objects import Invocation, Object, Scope, join_conditions

if TYPE_CHECKING:
    import libcst as cst

    from migration_lint.readers.python.interpreter import Interpreter


@dataclass(frozen=True, slots=True, eq=False)
class Loop:
    """A loop or comprehension of the file `home`: what it runs over (None for `while`), what its target is bound to.

    `known` says that every round is carried out, so that nothing in it is repeated an unknown number of times.
    """

    node: cst.CSTNode
    home: Interpreter
    source: Object | None
    target: Object | None = None
    known: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """What was met. `site` is the call in the traced file through which it was reached.

    `condition` is the source of the condition under which alone it happens; `loops` are those around it, outermost
    first; `caught` names the exceptions that the function handles if they are raised there; `within` is what the `with`
    statements around it manage.
    """

    site: Object
    condition: str | None
    loops: tuple[Loop, ...]
    caught: frozenset[str]
    within: tuple[Object, ...]

    @property
    def repeated(self) -> bool:
        """Whether it stands in a loop of which nobody knows how often it runs."""
        return any(not loop.known for loop in self.loops)


@dataclass(frozen=True, slots=True)
class TracedCall(Event):
    """A call. `entered` says that the body of the function called was run, so that what it does was traced too."""

    invocation: Invocation
    entered: bool


@dataclass(frozen=True, slots=True)
class TracedAssignment(Event):
    """`owner.name = value`."""

    owner: Object
    name: str
    value: Object


@dataclass(frozen=True, slots=True)
class TracedLoop(Event):
    """The beginning of a loop over something; `loops` has the loop itself last."""

    @property
    def loop(self) -> Loop:
        """The loop that begins."""
        return self.loops[-1]


AnyEvent = TracedCall | TracedAssignment | TracedLoop


@dataclass(slots=True)
class Trace:
    """What was met so far; `exhausted` says that more was to come than is followed."""

    events: list[AnyEvent] = field(default_factory=list)
    exhausted: bool = False
    _loops: tuple[Loop, ...] = ()
    _caught: frozenset[str] = frozenset()
    _within: tuple[Object, ...] = ()
    _entered: list[Invocation] = field(default_factory=list)

    def call(self, invocation: Invocation, scope: Scope, carry_out: Callable[[], Object]) -> Object:
        """Carry a call out and note it behind what it led to."""
        start = len(self.events)
        result = carry_out()
        condition = scope.condition()
        for index in range(start, len(self.events)):
            event = self.events[index]
            site = event.site if event.site.home is invocation.home else invocation
            joined = join_conditions(condition, event.condition)
            self.events[index] = replace(event, site=site, condition=joined)
        entered = any(each is invocation for each in self._entered)
        around = (invocation, condition, self._loops, self._caught, self._within)
        self.events.append(TracedCall(*around, invocation=invocation, entered=entered))
        return result

    def enter(self, invocation: Invocation) -> None:
        """The body of the function that a call names is about to be run."""
        self._entered.append(invocation)

    def assign(self, owner: Object, name: str, value: Object, scope: Scope) -> None:
        """Note the assignment of an attribute."""
        around = (owner, scope.condition(), self._loops, self._caught, self._within)
        self.events.append(TracedAssignment(*around, owner=owner, name=name, value=value))

    @contextmanager
    def loop(self, loop: Loop, scope: Scope) -> Iterator[None]:
        """What is met meanwhile stands in the loop."""
        outer, self._loops = self._loops, (*self._loops, loop)
        if loop.source is not None:
            self.events.append(TracedLoop(loop.source, scope.condition(), self._loops, self._caught, self._within))
        try:
            yield
        finally:
            self._loops = outer

    @contextmanager
    def catch(self, exceptions: Iterable[str]) -> Iterator[None]:
        """The exceptions of these names are handled if they are raised meanwhile."""
        outer, self._caught = self._caught, self._caught.union(exceptions)
        try:
            yield
        finally:
            self._caught = outer

    @contextmanager
    def manage(self, managers: tuple[Object, ...]) -> Iterator[None]:
        """What is met meanwhile stands in a `with` statement."""
        outer, self._within = self._within, (*self._within, *managers)
        try:
            yield
        finally:
            self._within = outer
