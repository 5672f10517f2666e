"""Where accounts and their sessions are kept."""

from pymongo import ASCENDING, DESCENDING
from pymongo.operations import IndexModel

from services.registration.accounts.domain import Account, Session
from shared.collection import Collection
from shared.mongo import Database
from shared.principals import Role
from shared.reach import CONFERENCES
from shared.unit import Unit

ACCOUNTS = Collection(
    "accounts",
    Account,
    (
        IndexModel([("mail", ASCENDING)], name="mail", unique=True),
        IndexModel(
            [("identity", ASCENDING)],
            name="identity",
            unique=True,
            partialFilterExpression={"identity": {"$gt": ""}},
        ),
    ),
)
SESSIONS = Collection(
    "sessions", Session, (IndexModel([("ends_at", ASCENDING)], name="kept", expireAfterSeconds=24 * 3600),)
)
COLLECTIONS = (ACCOUNTS, SESSIONS)


def account_by_mail(database: Database, mail: str) -> Account | None:
    """Whose address this is."""
    found = database.mongo[ACCOUNTS.name].find_one({"mail": mail.strip().casefold()})
    return ACCOUNTS.state(found) if found else None


def account_of(database: Database, id_: str) -> Account | None:
    """One account."""
    found = database.mongo[ACCOUNTS.name].find_one({"_id": id_})
    return ACCOUNTS.state(found) if found else None


def session_of(database: Database, id_: str) -> Session | None:
    """One session."""
    found = database.mongo[SESSIONS.name].find_one({"_id": id_})
    return SESSIONS.state(found) if found else None


def accounts_of(database: Database, association: str) -> list[Account]:
    """The accounts of an association by name; of all of them where that is empty."""
    where = {"association": association} if association else {}
    return [ACCOUNTS.state(each) for each in database.mongo[ACCOUNTS.name].find(where).sort("name", ASCENDING)]


def on_committee(unit: Unit, *, association: str, conference: str) -> list[Account]:
    """Who is on the committee of a conference, for it alone or for all of the association, by id."""
    held = {"role": Role.COMMITTEE, "conference": {"$in": ["", conference]}}
    where = {"association": association, "is_closed": False, "roles": {"$elemMatch": held}}
    return unit.find(ACCOUNTS, where, sort=[("_id", ASCENDING)])


def conference_titles(database: Database) -> dict[str, str]:
    """What roles can be for, the latest first: the titles of conferences by their ids."""
    found = database.mongo[CONFERENCES].find({}, {"title": 1}).sort("starts", DESCENDING)
    return {each["_id"]: each["title"] for each in found}
