"""The calls that a function makes while it is run in the abstract, in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from migration_lint.readers.python.objects import Invocation, Object, Scope, join_conditions


@dataclass(frozen=True, slots=True)
class Event:
    """A call or an assignment that was met. `site` is the call in the traced file through which it was reached.

    `condition` is the source of the condition under which alone it happens; `repeated` says that it stands in a loop
    of which nobody knows how often it runs.
    """

    site: Object
    condition: str | None
    repeated: bool


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


@dataclass(slots=True)
class Trace:
    """What was met so far."""

    events: list[TracedCall | TracedAssignment] = field(default_factory=list)
    loops: int = 0
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
        self.events.append(TracedCall(invocation, condition, self.loops > 0, invocation, entered))
        return result

    def enter(self, invocation: Invocation) -> None:
        """The body of the function that a call names is about to be run."""
        self._entered.append(invocation)

    def assign(self, owner: Object, name: str, value: Object, scope: Scope) -> None:
        """Note the assignment of an attribute."""
        self.events.append(TracedAssignment(owner, scope.condition(), self.loops > 0, owner, name, value))
