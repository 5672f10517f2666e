"""The flow as data: which event a handler listens to, what each handler, command and job may say and set going.

The worker and the unit of work refuse an event, and a job, that wasn't declared; `deploy.catalogue` prints the
declarations. A job is named by the collection that its documents are in: who starts it, who acts on it and who records
what came of it all name the same.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import FunctionType, ModuleType
from typing import Any, Protocol, TypeVar

from shared.contracts.envelope import Event

F = TypeVar("F", bound=Callable[..., Any])
Needs = Callable[[Any], Iterable[tuple[Any, str]]]

_DECLARATION = "__flow__"
_OF_KIND = " of kind "


class UndeclaredEvent(TypeError):
    """A handler, command or job tried to say an event that it hasn't declared."""


class UndeclaredJob(TypeError):
    """A handler, command or job tried to set going what it hasn't declared; or nobody is declared to act on a job."""


class Kept(Protocol):
    """A collection, of which only the name counts here."""

    @property
    def name(self) -> str:
        """What the database calls it."""


@dataclass(frozen=True, slots=True)
class Some:
    """Those jobs of a collection that are of one kind: declared so, the map tells them from the others of it."""

    of: Kept
    kind: str

    @property
    def name(self) -> str:
        """What the declarations call them: the collection's name, and the kind."""
        return f"{self.of.name}{_OF_KIND}{self.kind}"


@dataclass(frozen=True, slots=True)
class Declaration:
    """What one function listens to (handlers only), what it may say and what it may set going."""

    function: Callable[..., Any]
    kind: str  # "handler", "command", "job" (records) or "actor" (acts outside, or waits)
    emits: frozenset[type[Event]]
    consumes: type[Event] | None = None
    needs: Needs | None = field(
        default=None, compare=False
    )  # event -> [(collection, id)], loaded for a whole batch at once
    starts: frozenset[str] = frozenset()  # the collections whose jobs do the rest later
    of: str | None = None  # the collection whose jobs an actor acts on, or a job records
    after: Needs | None = field(default=None, compare=False)  # as `needs`, and what isn't there yet is waited for
    may_start: frozenset[str] = frozenset()  # the collections in which it may start a job: of `starts`, and of `of`

    @property
    def name(self) -> str:
        """The function's name, a method's with its class: a handler's says the effect."""
        return self.function.__qualname__

    @property
    def meaning(self) -> str:
        """The first line of the function's docstring."""
        return (self.function.__doc__ or "").strip().partition("\n")[0]


def consumes(
    event: type[Event],
    *,
    emits: Sequence[type[Event]] = (),
    needs: Needs | None = None,
    after: Needs | None = None,
    starts: Sequence[Kept] = (),
) -> Callable[[F], F]:
    """Declare a handler `(event, unit) -> None`: one function per event listened to.

    `needs` names what it loads. `after` names what must be there before it is called, because it is told of in another
    story: only events of one key come in order.
    """
    return _declaring("handler", emits=emits, consumes=event, needs=needs, after=after, starts=starts)


def command(*, emits: Sequence[type[Event]] = (), starts: Sequence[Kept] = ()) -> Callable[[F], F]:
    """Declare a command `(unit, *, ...) -> answer`: one function per thing a person can ask."""
    return _declaring("command", emits=emits, starts=starts)


def job(*, of: Kept | None = None, emits: Sequence[type[Event]] = (), starts: Sequence[Kept] = ()) -> Callable[[F], F]:
    """Declare what a job writes: `(unit, *, ...) -> answer`, run in a transaction after the outside has answered.

    `of` is the collection whose jobs it records, if it is of some that were started.
    """
    return _declaring("job", emits=emits, starts=starts, of=of)


def acts(*, of: Kept) -> Callable[[F], F]:
    """Declare who acts on the jobs of a collection, outside of any transaction: the sender of refunds, for one."""
    return _declaring("actor", of=of)


def _declaring(
    kind: str,
    *,
    emits: Sequence[type[Event]] = (),
    consumes: type[Event] | None = None,
    needs: Needs | None = None,
    after: Needs | None = None,
    starts: Sequence[Kept] = (),
    of: Kept | None = None,
) -> Callable[[F], F]:
    def declare(function: F) -> F:
        started = frozenset(each.name for each in starts)
        own = of.name if of is not None else None
        may_start = frozenset(map(collection_of, started | {own} if own is not None else started))
        declared = Declaration(function, kind, frozenset(emits), consumes, needs, started, own, after, may_start)
        setattr(function, _DECLARATION, declared)
        return function

    return declare


def collection_of(jobs: str) -> str:
    """The collection that declared jobs are in, whether all of it was declared or those of one kind."""
    return jobs.partition(_OF_KIND)[0]


def declaration(function: Callable[..., Any]) -> Declaration | None:
    """What a function has declared, if it is part of the flow; of one with some arguments given, what it declared."""
    while isinstance(function, partial):
        function = function.func
    return getattr(function, _DECLARATION, None)


def declarations(module: ModuleType) -> tuple[Declaration, ...]:
    """The declarations made in one module, of functions and of methods, in order of writing."""
    own = [each for each in vars(module).values() if _is_made_in(module, each)]
    functions = [each for member in own for each in (vars(member).values() if isinstance(member, type) else [member])]
    found = (declaration(each) for each in functions if type(each) is FunctionType)
    return tuple(each for each in found if each is not None)


def _is_made_in(module: ModuleType, member: object) -> bool:
    """Whether a function or class was written here; nothing else is asked anything, a proxy least of all."""
    is_asked = type(member) is FunctionType or issubclass(type(member), type)
    return is_asked and getattr(member, "__module__", None) == module.__name__


def handlers_of(*modules: ModuleType) -> dict[type[Event], tuple[Declaration, ...]]:
    """The handlers of one service by the event that they listen to, in the order of their modules.

    Each part of a service may have one of its own for an event; they are called in turn, in the same transaction. Two
    for the same event in one module are refused.
    """
    handlers: dict[type[Event], tuple[Declaration, ...]] = {}
    for module in modules:
        heard: dict[type[Event], Declaration] = {}
        for each in declarations(module):
            if each.consumes is None:
                continue
            if each.consumes in heard:
                raise TypeError(f"{each.name} and {heard[each.consumes].name} both listen to {each.consumes.__name__}")
            heard[each.consumes] = each
        for event, declared in heard.items():
            handlers[event] = (*handlers.get(event, ()), declared)
    return handlers
