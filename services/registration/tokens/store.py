"""Where tokens are kept."""

from pymongo import ASCENDING, DESCENDING
from pymongo.operations import IndexModel

from services.registration.tokens.domain import Token
from shared.collection import Collection
from shared.mongo import Database

TOKENS = Collection(
    "tokens",
    Token,
    (
        IndexModel([("account", ASCENDING), ("made_at", DESCENDING)], name="account"),
        IndexModel([("secret_digest", ASCENDING)], name="secret", unique=True),
    ),
)
COLLECTIONS = (TOKENS,)


def tokens_of(database: Database, account: str) -> list[Token]:
    """Somebody's tokens, the newest first, those that have ended as well."""
    found = database.mongo[TOKENS.name].find({"account": account}).sort("made_at", DESCENDING).limit(100)
    return [TOKENS.state(each) for each in found]
