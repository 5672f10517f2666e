"""Who sets a change going, so that it can be stamped with them: set once for a request, followed by what it causes.

Owns who acts in this thread. Leaves to `shared.mongo` where it is kept (beside each document, and in each event's row),
to `shared.web.acts` how a page says it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acts: an id that travels with events, and the words that stay with what they changed.

    The id is an account's, or `key:committee` for a key of the installation. Whoever follows something up, a run of
    many steps for one, has no words: what it changes was not changed by that person's hand.
    """

    id: str
    words: str = ""


_acting: ContextVar[Callable[[], Actor | None] | None] = ContextVar("acting", default=None)


def actor() -> Actor | None:
    """Who acts here; None for the public, for a registrant with a link, and for the system itself."""
    who = _acting.get()
    return who() if who else None


@contextmanager
def acting(who: Callable[[], Actor | None]) -> Iterator[None]:
    """Let somebody act; asked for only when something is changed."""
    reset = _acting.set(who)
    try:
        yield
    finally:
        _acting.reset(reset)


@contextmanager
def following(id_: str) -> Iterator[None]:
    """Carry on what this actor has set going; nobody's where that is empty."""
    with acting(lambda: Actor(id_) if id_ else None):
        yield
