"""Owns what is behind attendance's pages when they are looked at: a day on which all sorts of things have happened."""

from dataclasses import replace

from services.scheduling.attendance.domain.attendance import attendee_id
from services.scheduling.attendance.store import attendance as store
from shared.auth import sign
from shared.contracts.registration import PersonRegistered
from tests.integration.attendance_house import (
    CONFERENCE,
    DEADLINE_SECONDS,
    EVENING,
    NAMES,
    PROGRAMME,
    House,
    approved,
)
from tests.waiting import wait_until

TITLES = {
    "c-31": "Records in a crisis: keeping minutes when the hall is under water",
    "c-32": "Elections after dark",
    "a-07": "Athenian study of the open meeting",
}


def busy_day(house: House) -> str:
    """Points earned, held back and taken back, and a scan of a badge that nobody knows; answers Dana's paper's code."""
    house.say(
        *(PersonRegistered(person=each, name=NAMES[each], email=None, postal_address=()) for each in NAMES),
    )
    house.admit("ivanka")
    entries = [replace(each, title=TITLES.get(each.session, each.title)) for each in PROGRAMME]
    asked = replace(entries[0], approval=approved(must_be_assessed=True))
    house.release([asked, *entries[1:]], number=2)
    house.draft(*entries)
    house.stay("dana", "c-31")
    house.stay("dana", "c-32", 76, 105)
    house.fates(house.scan("dana", "a-07", "in", 120), house.scan("dana", "a-07", "out", 360))
    house.stay("ivanka", "c-32", 30, 105)
    house.fates(house.scan("ivanka", "c-32", "in", 31), device="tablet")
    house.fates(house.scan("a walk-in", "c-31", "in", 3))
    house.clock(EVENING)
    house.release(entries, number=3)
    house.reckon()
    changed = replace(entries[1], approval=approved(must_be_reviewed=True))
    house.release([asked, changed, *entries[2:]], number=4)
    house.reckon()
    found: list[str] = []

    def has_proof() -> bool:
        attendee = store.attendee(house.database, attendee_id(CONFERENCE, "dana"))
        found[:] = [attendee.proof] if attendee and attendee.proof else []
        return bool(found)

    wait_until(has_proof, DEADLINE_SECONDS, missing="the code of a paper")
    return found[0]


def places(house: House, proof: str) -> dict[str, str]:
    """The pages, by what they are called."""
    key = house.town.service.parts.settings
    dana = sign(key, purpose="agenda", id_=attendee_id(CONFERENCE, "dana"))
    speaker = sign(key, purpose="speaking", id_=f"{CONFERENCE}:p_whitlock")
    desk = f"desk/conferences/{CONFERENCE}"
    return {
        "badge": f"agenda/{dana}/badge",
        "points": f"agenda/{dana}/points",
        "verify": f"verify/{proof}",
        "verify-ask": "verify",
        "presenting": f"speaking/{speaker}/attendance",
        "presenting-sheet": f"speaking/{speaker}/attendance/c-31",
        "desk-attendance": f"{desk}/attendance",
        "desk-sheet": f"{desk}/attendance/c-32",
        "desk-badges": f"{desk}/badges",
        "desk-review": f"{desk}/points",
        "desk-review-session": f"{desk}/points/c-31",
    }
