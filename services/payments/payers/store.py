"""Where it is kept who pays."""

from collections.abc import Iterable

from services.payments.payers.domain import Payer
from shared.collection import Collection
from shared.contracts.envelope import ERASED
from shared.mongo import Database
from shared.personal import OfOne

PAYERS = Collection(
    "payers",
    Payer,
    personal=OfOne("_id", {"name": ERASED, "postal_address": [], "reference": ""}),
)
COLLECTIONS = (PAYERS,)


def payers_of(database: Database, ids: Iterable[str]) -> dict[str, Payer]:
    """Those of these who are known, by id."""
    found = database.mongo[PAYERS.name].find({"_id": {"$in": list(set(ids))}})
    return {each.id: each for each in map(PAYERS.state, found)}
