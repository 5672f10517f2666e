"""Where associations are kept."""

from flask import g

from shared.associations import Association
from shared.described import ASSOCIATIONS, association_of
from shared.mongo import Database
from shared.web.languages import ENGLISH

COLLECTIONS = (ASSOCIATIONS,)


def association_with_version(database: Database, id_: str) -> tuple[Association, int] | None:
    """An association, and how often it was described."""
    document = database.mongo[ASSOCIATIONS.name].find_one({"_id": id_})
    return (ASSOCIATIONS.state(document), document["version"]) if document else None


def is_own_association(_: Database, id_: str) -> bool:
    """Whether this is the association of whoever came to the desk."""
    return bool(g.reach.association == id_)


def spoken(database: Database, said: str, *, conference: str) -> str:
    """In which language somebody is written to: what was said, else the first of the association's, else English."""
    return said or next(iter(association_of(database, conference).languages), ENGLISH)
