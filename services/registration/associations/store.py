"""Where associations are kept."""

from flask import g

from services.registration.associations.domain import Association
from shared.mongo import Collection, Database

ASSOCIATIONS = Collection("associations", Association)

COLLECTIONS = (ASSOCIATIONS,)


def association_with_version(database: Database, id_: str) -> tuple[Association, int] | None:
    """An association, and how often it was described."""
    document = database.mongo[ASSOCIATIONS.name].find_one({"_id": id_})
    return (ASSOCIATIONS.state(document), document["version"]) if document else None


def is_own_association(_: Database, id_: str) -> bool:
    """Whether this is the association of whoever came to the desk."""
    return bool(g.reach.association == id_)
