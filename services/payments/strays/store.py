"""Where money is listed that fits nothing of ours."""

from services.payments.strays.domain import Stray
from shared.associations import HOUSE
from shared.collection import Collection
from shared.mongo import Database
from shared.states import index, list_states

STRAYS = Collection(
    "strays",
    Stray,
    (index("looked_at", "_id", name="looked_at"), index("looked_at", "found_at", name="looked_at_age")),
    conference=HOUSE,
    routes=("stray",),
)


def find_strays(database: Database, *, is_open: bool, after: str = "", limit: int) -> list[Stray]:
    """Payments that fit no order: those that nobody has looked at, or the others."""
    where = {"looked_at": None if is_open else {"$type": "date"}}
    return list_states(database, STRAYS, where, after=after, limit=limit)


def open_stray_count(database: Database) -> int:
    """How many payments fit no order, and nobody has looked at them."""
    return database.mongo[STRAYS.name].count_documents({"looked_at": None})


COLLECTIONS = (STRAYS,)
