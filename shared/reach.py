"""What of a service somebody at a desk sees: what belongs to conferences of their association, and nothing else.

A view behind `shared.auth.desk` reads through a database that is narrowed to that, whatever it asks for, and ids in its
address are looked at before it is called. So no list, count, search or file has to think of it. Who is trusted with an
action for single conferences sees those alone, and nothing that belongs to none. What belongs to others is not found,
in the same words as what doesn't exist. Commands, jobs and handlers read all of it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, cast

from flask import g

from shared.associations import FIRST, HOUSE
from shared.collection import Collection
from shared.mongo import Database
from shared.parts import Manifest, current
from shared.principals import On, Principal
from shared.problem import NotFound

CONFERENCES = "conferences"  # each service keeps those that it knows there, with their `association`
OF_NO_CONFERENCE = ""  # what the first association has for the whole installation
_NOT_HERE = (
    "There is nothing under this address that belongs to {}. Nothing was changed. If it is very new, "
    "please try again in a minute."
)

IsWithin = Callable[[Database, str], bool]


class NotWithinReach(NotFound):
    """It doesn't exist, or belongs to another association; which of the two is not told."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The conferences of an association, as one service knows them."""

    association: str
    conferences: frozenset[str]
    is_single: bool = False  # of those that somebody is trusted with one by one

    def holds(self, conference: str) -> bool:
        """Whether what belongs to this conference, or to none, is the association's."""
        return conference in self.conferences

    @property
    def refusal(self) -> NotWithinReach:
        """The same for what doesn't exist and for what belongs to others."""
        whose = "the conferences that you work for" if self.is_single else "your association"
        return NotWithinReach(_NOT_HERE.format(whose))


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """By which names addresses of a service carry ids, and of what; `others` are those of no conference's things."""

    collections: tuple[Collection[Any], ...]
    others: Mapping[str, IsWithin] = field(default_factory=dict)

    @classmethod
    def of(cls, manifest: Manifest, **others: IsWithin) -> "Whereabouts":
        """From what the stores declare."""
        return cls(manifest.collections, others)

    @property
    def names(self) -> frozenset[str]:
        """The names that are looked at."""
        return frozenset({"conference", *self.others, *(name for each in self.collections for name in each.routes)})

    def holds(self, narrowed: Database, reach: Reach, address: Mapping[str, Any]) -> bool:
        """Whether all that an address names is within reach, and exists."""
        for name, value in address.items():
            if name == "conference" and not reach.holds(str(value)):
                return False
            if name in self.others and not self.others[name](narrowed, str(value)):
                return False
            kept = [each for each in self.collections if name in each.routes]
            if kept and not any(is_there(narrowed, each, str(value)) for each in kept):
                return False
        return True


class Narrowed(Database):
    """A database of which only what is within reach can be read outside of transactions; those see all of it."""

    def __init__(self, whole: Database, reach: Reach, collections: Iterable[Collection[Any]]) -> None:
        vars(self).update(vars(whole))
        self.whole = whole
        self.reach = reach
        self.mongo = cast(Any, _Collections(whole, reach, {each.name: where_kept(each) for each in collections}))

    def attempt(self, *arguments: Any, **options: Any) -> Any:
        """A transaction on the whole database."""
        return self.whole.attempt(*arguments, **options)


@dataclass(frozen=True, slots=True)
class _Collections:
    whole: Database
    reach: Reach
    kept: Mapping[str, str]

    def __getitem__(self, name: str) -> Any:
        at = self.kept.get(name, "")
        return _Readable(self.whole.mongo[name], _only(self.reach, at)) if at else self.whole.mongo[name]


@dataclass(frozen=True, slots=True)
class _Readable:
    """What can be asked of a collection: what reads only; each answers of what is within reach."""

    whole: Any
    only: Mapping[str, Any]

    def find(self, where: Mapping[str, Any] | None = None, *rest: Any, **options: Any) -> Any:
        return self.whole.find(self._narrow(where), *rest, **options)

    def find_one(self, where: Mapping[str, Any] | None = None, *rest: Any, **options: Any) -> Any:
        return self.whole.find_one(self._narrow(where), *rest, **options)

    def count_documents(self, where: Mapping[str, Any], **options: Any) -> int:
        return cast(int, self.whole.count_documents(self._narrow(where), **options))

    def distinct(self, key: str, where: Mapping[str, Any] | None = None, **options: Any) -> list[Any]:
        return cast(list[Any], self.whole.distinct(key, self._narrow(where), **options))

    def aggregate(self, stages: Sequence[Mapping[str, Any]], **options: Any) -> Any:
        return self.whole.aggregate([{"$match": self.only}, *stages], **options)

    def _narrow(self, where: Mapping[str, Any] | None) -> Mapping[str, Any]:
        return {"$and": [self.only, where]} if where else self.only


def _only(reach: Reach, at: str) -> dict[str, Any]:
    if at == HOUSE:
        return {} if reach.holds(OF_NO_CONFERENCE) else {"_id": {"$in": []}}
    return {at: {"$in": sorted(reach.conferences)}}


def where_kept(collection: Collection[Any]) -> str:
    """The field of its documents that names their conference; empty where they belong to none, as people do."""
    has_one = is_dataclass(collection.kind) and "conference" in {each.name for each in fields(collection.kind)}
    return collection.conference or ("conference" if has_one else "")


def enter(who: Principal, address: Mapping[str, Any], *, within: frozenset[str] | None) -> None:
    """Somebody comes to a desk: from here on they read what is theirs; raises `NotWithinReach` by what it names.

    `within` are the single conferences that they come for; None is all. A key of the installation, or an account of no
    association, reaches all.
    """
    if not who.association and within is None:
        return
    whole, whereabouts = current(Database), current(Whereabouts)
    reach = reach_of(whole, who.association) if who.association else Reach("", within or frozenset())
    if within is not None:
        reach = Reach(reach.association, reach.conferences & within, is_single=True)
    g.reach, g.narrowed = reach, Narrowed(whole, reach, whereabouts.collections)
    if not whereabouts.holds(g.narrowed, reach, address):
        raise reach.refusal


@contextmanager
def only(within: frozenset[str] | None) -> Iterator[None]:
    """Meanwhile what is read is of these conferences alone; None is all that whoever came to the desk sees."""
    if within is None:
        yield
        return
    before = {name: g.get(name) for name in ("reach", "narrowed")}
    whole, reach = current(Database), cast("Reach | None", before["reach"]) or Reach("", within)
    g.reach = Reach(reach.association, reach.conferences & within, is_single=True)
    g.narrowed = Narrowed(whole, g.reach, current(Whereabouts).collections)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(g, name, value)


def names_something(address: Mapping[str, Any]) -> bool:
    """Whether an address is about something of a conference, or of people."""
    return not current(Whereabouts).names.isdisjoint(address)


def is_within(address: Mapping[str, Any], within: frozenset[str]) -> bool:
    """Whether what an address names is of these conferences, as far as whoever came to the desk sees."""
    with only(within):
        return current(Whereabouts).holds(g.narrowed, g.reach, address)


def database() -> Database:
    """This service's database, as far as it is within reach of who sent this request to a desk."""
    return cast("Database | None", g.get("narrowed")) or current(Database)


def sees(conference: str) -> bool:
    """Whether who came to a desk may see what belongs to this conference, or to none."""
    reach = cast("Reach | None", g.get("reach"))
    return reach is None or reach.holds(conference)


def sees_no_more_than(within: frozenset[str]) -> bool:
    """Whether all that who came to a desk sees belongs to these conferences."""
    reach = cast("Reach | None", g.get("reach"))
    return reach is not None and reach.is_single and reach.conferences <= within


def sees_parked(conference: str) -> bool:
    """Whether they may see an event that could not be handled: where it names no conference it may be about people of
    any association, so it is for whoever keeps the installation."""
    return g.get("reach") is None or (bool(conference) and sees(conference))


def must_reach(collection: Collection[Any], ids: Iterable[str]) -> None:
    """What a form or a body names is theirs as what an address names; raises `NotWithinReach`."""
    reach = cast("Reach | None", g.get("reach"))
    if reach is not None and not all(is_there(database(), collection, each) for each in ids):
        raise reach.refusal


def is_there(narrowed: Database, collection: Collection[Any], id_: str) -> bool:
    """Whether there is something under this id, as far as one sees."""
    return narrowed.mongo[collection.name].find_one({"_id": id_}, {"_id": 1}) is not None


def reach_of(whole: Database, association: str) -> Reach:
    """The conferences of an association; those that say none, and what belongs to none, are the first's."""
    found = {each["_id"] for each in whole.mongo[CONFERENCES].find(of(association), {"_id": 1})}
    return Reach(association, frozenset(found | ({OF_NO_CONFERENCE} if association == FIRST else set())))


def of(association: str) -> dict[str, Any]:
    """Which conferences are an association's; older documents say none, and are the first's."""
    return {"association": {"$in": [association, *([None] if association == FIRST else [])]}}


def about(conference: str) -> On:
    """What an action is about that is about this conference, whosever that is, wherever it is asked for."""
    kept = current(Database).mongo[CONFERENCES].find_one({"_id": conference}, {"association": 1})
    return On(association=kept.get("association", FIRST) if kept else "", conference=conference)
