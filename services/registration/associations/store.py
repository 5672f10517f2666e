"""Where associations are kept."""

from flask import g

from shared.associations import Association
from shared.described import ASSOCIATIONS
from shared.mongo import Database

COLLECTIONS = (ASSOCIATIONS,)


def association_with_version(database: Database, id_: str) -> tuple[Association, int] | None:
    """An association, and how often it was described."""
    document = database.mongo[ASSOCIATIONS.name].find_one({"_id": id_})
    return (ASSOCIATIONS.state(document), document["version"]) if document else None


def is_own_association(_: Database, id_: str) -> bool:
    """Whether this is the association of whoever came to the desk."""
    return bool(g.reach.association == id_)
