"""Where mails to the people at the desks are kept, a month long."""

from typing import Any

from pymongo import ASCENDING
from pymongo.operations import IndexModel

from services.notifications.colleagues.domain import ColleagueMail, Occasion, State
from shared.clock import host_now
from shared.collection import Collection
from shared.described import ASSOCIATIONS
from shared.jobs import DUE_INDEX
from shared.mongo import Database

KEPT_SECONDS = 30 * 24 * 3600

COLLEAGUE_MAILS = Collection(
    "colleague_mails",
    ColleagueMail,
    (
        DUE_INDEX,
        IndexModel([("planned_at", ASCENDING)], name="kept", expireAfterSeconds=KEPT_SECONDS),
    ),
)
COLLECTIONS: tuple[Collection[Any], ...] = (COLLEAGUE_MAILS,)


def came_back_count(database: Database, association: str) -> int:
    """How many invitations that still hold did not arrive at colleagues of an association; of all where that is empty.

    Who was invited anew since is counted no more, unless that mail came back too.
    """
    whose = {"association": association} if association else {}
    newest = {"_id": "$account", "state": {"$last": "$state"}}
    counted = database.mongo[COLLEAGUE_MAILS.name].aggregate(
        [
            {"$match": {**whose, "occasion": Occasion.INVITED, "until": {"$gt": host_now()}}},
            {"$sort": {"planned_at": ASCENDING}},
            {"$group": newest},
            {"$match": {"state": {"$in": [State.REFUSED, State.IN_DOUBT]}}},
            {"$count": "count"},
        ]
    )
    return next((int(each["count"]) for each in counted), 0)


def sender_address(database: Database, association: str) -> str:
    """Where answers to an association's mails go; empty where it hasn't said."""
    found = database.mongo[ASSOCIATIONS.name].find_one({"_id": association}, {"sender_address": 1})
    return str(found.get("sender_address", "")) if found else ""
