"""The signed statement by which a service knows who is signed in: who it is, what they may, until when.

Registration makes it (`services/registration/accounts`), every service reads it by a key that has an id, and none keeps
a copy of anybody's roles. It lives ten minutes. After five, the next page asks registration for another one beside what
it shows; after ten, a page is led through registration, and so is a form with all that was typed. What ends before that
is told by events, and kept here until the last statement that it is about has ended by itself.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import g, request
from itsdangerous import BadSignature, URLSafeSerializer
from pymongo import ASCENDING
from pymongo.operations import IndexModel

from shared.clock import host_now
from shared.collection import Collection
from shared.contracts.flow import consumes
from shared.contracts.registration import AccountChanged, SignedOut
from shared.mongo import Database
from shared.names import Names
from shared.parts import current
from shared.principals import Held, Principal, Role
from shared.settings import SettingMissing, Settings
from shared.unit import Unit

COOKIE = "reconvene_statement"
LIFETIME = timedelta(minutes=10)
RENEWED_AFTER = timedelta(minutes=5)
_SCRIPT = "script"
KEPT_SECONDS = 3_600  # longer than any statement lives


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Who is signed in by which session, with which roles, and when that was said."""

    session: str
    principal: Principal
    made_at: datetime

    def is_over(self, now: datetime) -> bool:
        """Whether it is too old to be believed."""
        return now - self.made_at >= LIFETIME

    def is_ageing(self, now: datetime) -> bool:
        """Whether the next page had better ask for another one."""
        return now - self.made_at >= RENEWED_AFTER


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What was said before that instant holds no more, of a session or of an account."""

    id: str
    at: datetime


ENDED = Collection(
    "ended_statements", Ended, (IndexModel([("at", ASCENDING)], name="kept", expireAfterSeconds=KEPT_SECONDS),)
)
COLLECTIONS = (ENDED,)


@consumes(SignedOut)
def forget_session(event: SignedOut, unit: Unit) -> None:
    """Believe no statement of a session that was signed out."""
    end(unit, event.session, at=event.at)


@consumes(AccountChanged)
def forget_account(event: AccountChanged, unit: Unit) -> None:
    """Believe no statement from before an account's roles changed, or from before it was closed."""
    end(unit, event.account, at=event.at)


def end(unit: Unit, id_: str, *, at: datetime) -> None:
    """Note that statements of this session or account, made until then, hold no more."""
    unit.of(ENDED).update_one({"_id": id_}, {"$max": {"at": at}}, upsert=True, session=unit.session)


def key_ids(settings: Settings) -> dict[str, str]:
    """The keys by their ids, the newest first: `SESSION_KEYS=june:secret,may:secret`; else one, from `SECRET_KEY`."""
    given = settings.environment.get("SESSION_KEYS", "")
    if not given:
        return {"0": hashlib.sha256(f"statements:{settings.secret_key}".encode()).hexdigest()}
    pairs = [each.strip().partition(":") for each in given.split(",")]
    if not all(id_.isalnum() and secret for id_, _, secret in pairs):
        raise SettingMissing("SESSION_KEYS must be ids and secrets such as june:secret,may:secret, the newest first.")
    return {id_: secret for id_, _, secret in pairs}


def write(settings: Settings, statement: Statement) -> str:
    """The statement as it travels, signed with the newest key."""
    id_, secret = next(iter(key_ids(settings).items()))
    who = statement.principal
    said = {
        "s": statement.session,
        "p": who.person,
        "n": who.name,
        "a": who.association,
        "r": sorted([held.role.value, held.conference] for held in who.roles),
        **({"k": _SCRIPT} if who.is_script else {}),
        "t": int(statement.made_at.timestamp() * 1000),
    }
    return f"{id_}.{_serializer(secret).dumps(said)}"


def read(settings: Settings, text: str) -> Statement | None:
    """The statement in a text, however old; None when no key that we know has signed it."""
    id_, _, signed = text.partition(".")
    secret = key_ids(settings).get(id_)
    if not secret:
        return None
    try:
        said = _serializer(secret).loads(signed)
    except BadSignature:
        return None
    roles = frozenset(Held(Role(role), conference) for role, conference in said["r"] if role in set(Role))
    is_script = said.get("k") == _SCRIPT
    who = Principal(person=said["p"], name=said["n"], association=said["a"], roles=roles, is_script=is_script)
    return Statement(session=said["s"], principal=who, made_at=datetime.fromtimestamp(said["t"] / 1000, UTC))


def brought() -> Statement | None:
    """The statement that this request brings, signed by us, however old it is, and whatever has ended since."""
    found = read(current(Settings), request.cookies.get(COOKIE, ""))
    return found if found and not found.principal.is_script else None


def shown(text: str) -> Statement | None:
    """The statement that a script sends with its request, if it holds: a person's is none, wherever it was copied."""
    if "shown" not in g:
        found = read(current(Settings), text)
        holds = found and found.principal.is_script and not found.is_over(host_now()) and not _has_ended(found)
        g.shown = found if holds else None
    held: Statement | None = g.shown
    return held


def believed() -> Statement | None:
    """The statement that this request brings, if it holds: neither over nor ended; looked at once per request."""
    if "statement" not in g:
        found = brought()
        g.statement = found if found and not found.is_over(host_now()) and not _has_ended(found) else None
        if g.statement is not None:
            current(Names).note(g.statement.principal)
    held: Statement | None = g.statement
    return held


def is_ageing() -> bool:
    """Whether what this request brings holds, and not for long: its page asks for another one."""
    held = believed()
    return held is not None and held.is_ageing(host_now())


def _has_ended(statement: Statement) -> bool:
    ids = [statement.session, statement.principal.person]
    where = {"_id": {"$in": ids}, "at": {"$gte": statement.made_at}}
    return current(Database).mongo[ENDED.name].find_one(where, {"_id": 1}) is not None


def _serializer(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt="reconvene:statement", signer_kwargs={"digest_method": hashlib.sha256})
