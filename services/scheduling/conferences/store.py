"""Where scheduling keeps conferences."""

from dataclasses import dataclass
from typing import Any

from pymongo import ASCENDING
from pymongo.operations import IndexModel

from services.scheduling.conferences.domain.conference import Conference, ConferenceUnknown
from shared.collection import Collection
from shared.described import ASSOCIATIONS
from shared.idempotency import REQUESTS
from shared.mongo import Database
from shared.principals import Principal
from shared.reach import of
from shared.sentences import marked

CONFERENCES = Collection(
    "conferences",
    Conference,
    (IndexModel([("key", ASCENDING)], unique=True), IndexModel([("starts", ASCENDING)])),
    conference="_id",
)

COLLECTIONS: tuple[Collection[Any], ...] = (CONFERENCES, ASSOCIATIONS, REQUESTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafts:
    """Which drafts somebody sees: an association's (empty: everybody's; None: nobody's), or single ones of it."""

    association: str | None = None
    single: frozenset[str] = frozenset()

    @classmethod
    def seen_by(cls, who: Principal) -> "Drafts":
        """All of an association for who has a role for all of it, else those for which they have one."""
        single = frozenset(held.conference for held in who.roles if held.conference)
        is_for_all = any(not held.conference for held in who.roles)
        return cls(association=who.association if is_for_all else None, single=single)

    def show(self, conference: Conference) -> bool:
        """Whether this conference is seen: it is public, or one of the drafts."""
        is_among = self.association in ("", conference.association) or conference.id in self.single
        return conference.is_public or is_among

    @property
    def where(self) -> dict[str, Any]:
        """The condition for what is seen."""
        if self.association == "":
            return {}
        public, single = {"life": {"$ne": "draft"}}, {"_id": {"$in": sorted(self.single)}}
        return {"$or": [public, single, *([] if self.association is None else [of(self.association)])]}


EVERY, NONE = Drafts(association=""), Drafts()


def conference_with_version(database: Database, id_: str) -> tuple[Conference, int] | None:
    """A conference and how often it was changed."""
    document = database.mongo[CONFERENCES.name].find_one({"_id": id_})
    return (CONFERENCES.state(document), document["version"]) if document else None


def conference_of(database: Database, id_: str, *, drafts: Drafts = EVERY) -> Conference:
    """A conference; raises `ConferenceUnknown`, also for a draft that isn't among those."""
    found = conference_with_version(database, id_)
    if found is None or not drafts.show(found[0]):
        raise ConferenceUnknown(marked("There is no conference under this address. Nothing was changed."))
    return found[0]


def conferences(
    database: Database,
    *,
    after: str | None = None,
    key: str | None = None,
    limit: int = 200,
    drafts: Drafts = NONE,
) -> list[Conference]:
    """Conferences in the order they were created, those after one of them, with these drafts."""
    where = [drafts.where, {"_id": {"$gt": after}} if after else {}, {"key": key} if key else {}]
    found = database.mongo[CONFERENCES.name].find({"$and": where}).sort("_id", ASCENDING).limit(limit)
    return [CONFERENCES.state(each) for each in found]


def zone_of(database: Database, conference: str) -> str:
    """A conference's time zone; that of nowhere, UTC, when there is no such conference."""
    found = conference_with_version(database, conference)
    return found[0].zone if found else "UTC"
