"""The flow as data: which event a handler listens to, and what each handler, command and job may say.

The worker and the unit of work refuse an event that wasn't declared; `deploy.catalogue` prints the declarations.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from types import FunctionType, ModuleType
from typing import Any, TypeVar

from shared.contracts.envelope import Event

F = TypeVar("F", bound=Callable[..., Any])
Needs = Callable[[Any], Iterable[tuple[Any, str]]]

_DECLARATION = "__flow__"


class UndeclaredEvent(TypeError):
    """A handler, command or job tried to say an event that it hasn't declared."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """What one function listens to (handlers only) and what it may say."""

    function: Callable[..., Any]
    kind: str  # "handler", "command" or "job"
    emits: frozenset[type[Event]]
    consumes: type[Event] | None = None
    needs: Needs | None = field(
        default=None, compare=False
    )  # event -> [(collection, id)], loaded for a whole batch at once
    starts: tuple[str, ...] = ()  # the jobs of the same service that do the rest later, by name

    @property
    def name(self) -> str:
        """The function's name: a handler's says the effect."""
        return self.function.__name__

    @property
    def meaning(self) -> str:
        """The first line of the function's docstring."""
        return (self.function.__doc__ or "").strip().partition("\n")[0]


def consumes(
    event: type[Event], *, emits: Sequence[type[Event]] = (), needs: Needs | None = None, starts: Sequence[str] = ()
) -> Callable[[F], F]:
    """Declare a handler `(event, unit) -> None`: one function per event listened to."""

    def declare(function: F) -> F:
        setattr(function, _DECLARATION, Declaration(function, "handler", frozenset(emits), event, needs, tuple(starts)))
        return function

    return declare


def command(*, emits: Sequence[type[Event]] = (), starts: Sequence[str] = ()) -> Callable[[F], F]:
    """Declare a command `(unit, *, ...) -> answer`: one function per thing a person can ask."""
    return _speaking("command", emits, starts)


def job(*, emits: Sequence[type[Event]] = (), starts: Sequence[str] = ()) -> Callable[[F], F]:
    """Declare what a job writes: `(unit, *, ...) -> answer`, run in a transaction after the outside has answered."""
    return _speaking("job", emits, starts)


def _speaking(kind: str, emits: Sequence[type[Event]], starts: Sequence[str]) -> Callable[[F], F]:
    def declare(function: F) -> F:
        setattr(function, _DECLARATION, Declaration(function, kind, frozenset(emits), starts=tuple(starts)))
        return function

    return declare


def declaration(function: Callable[..., Any]) -> Declaration | None:
    """What a function has declared, if it is part of the flow."""
    return getattr(function, _DECLARATION, None)


def declarations(module: ModuleType) -> tuple[Declaration, ...]:
    """The declarations made in one module, in order of writing."""
    found = (declaration(member) for member in vars(module).values() if type(member) is FunctionType)
    return tuple(each for each in found if each is not None and each.function.__module__ == module.__name__)


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
