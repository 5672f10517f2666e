"""Where each service keeps what associations say of themselves: registration what they say, others what they heard."""

from shared.associations import FIRST, UNDESCRIBED, Association
from shared.collection import Collection
from shared.mongo import Database
from shared.reach import CONFERENCES

ASSOCIATIONS = Collection("associations", Association)


def association_of(database: Database, conference: str) -> Association:
    """Whose a conference is, as far as this service knows; one that has said nothing has an id alone."""
    known = database.mongo[CONFERENCES].find_one({"_id": conference}, {"association": 1})
    return association_called(database, known.get("association", FIRST)) if known else UNDESCRIBED


def association_called(database: Database, id_: str) -> Association:
    """What an association says of itself; one that has said nothing has an id alone."""
    found = database.mongo[ASSOCIATIONS.name].find_one({"_id": id_})
    return ASSOCIATIONS.state(found) if found else Association(id=id_)
