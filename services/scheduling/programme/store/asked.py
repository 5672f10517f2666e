"""Who asks about which draft: what the JSON door and the pages of the desk find out in the same way."""

from collections.abc import Callable
from dataclasses import dataclass

from services.scheduling.conferences.store import conference_of
from services.scheduling.programme.domain.conflict_rules import Demand
from services.scheduling.programme.domain.programme import SessionUnknown
from services.scheduling.programme.store import programme as store
from services.scheduling.programme.store.draft import Kept
from shared.mongo import Database
from shared.parts import current
from shared.web.current import database, principal


@dataclass(frozen=True, slots=True)
class DemandSource:
    """Who counts what people want of the sessions of a conference: a part above, which the draft knows nothing of."""

    count: Callable[[Database, str], Demand]


def drafted(conference: str) -> store.Draft:
    """The whole draft, with what people want of it."""
    known = conference_of(database(), conference)
    demand = current(DemandSource).count(database(), conference)
    return store.draft(database(), known, demand=demand)


def session_of(conference: str, session: str) -> Kept:
    """The session of this conference, and its version; raises `SessionUnknown`."""
    found = store.session_with_version(database(), session)
    if found is None or found[0].conference != conference:
        raise SessionUnknown("There is no session under this address. Nothing was changed.")
    return Kept(*found)


def editor() -> str:
    """Who makes the change, as others at the desk are told."""
    return principal().words
