"""What of a programme in draft stands on its conference's days, zone and currency, when these are to change: pure."""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from services.scheduling.conferences.domain.conference import Conference
from services.scheduling.programme.domain.drafting import is_inside
from services.scheduling.programme.domain.programme import Session, Slot
from services.scheduling.programme.domain.wording import time_in_words
from shared.problem import Refusal

SHOWN_MAX = 5  # sessions of a kind that are named


class ProgrammeStandsOnThis(Refusal):
    """Days, zone or currency of a draft are changed only by who has read what that does to its sessions."""

    title = "The programme stands on this"


def consequences(before: Conference, after: Conference, sessions: Iterable[Session]) -> tuple[str, ...]:
    """What a change of the conference does to the sessions of its draft, each in a sentence."""
    known = sorted(sessions, key=lambda each: each.code)
    return (*_moved(before, after, known), *_outside(before, after, known), *_priced(before, after, known))


def digest_of(told: Sequence[str]) -> str:
    """What somebody who has read these sentences sends along."""
    return sha256("\n".join(told).encode()).hexdigest()[:16]


def must_be_agreed(told: Sequence[str], *, agreed: str) -> None:
    """Raises `ProgrammeStandsOnThis` unless exactly this was read."""
    if told and agreed != digest_of(told):
        raise ProgrammeStandsOnThis(
            f"{' '.join(told)} Nothing was changed yet; say that this is meant, then it is.",
            consequences=list(told),
            agree=digest_of(told),
        )


def _moved(before: Conference, after: Conference, sessions: Sequence[Session]) -> Iterable[str]:
    if before.zone == after.zone:
        return
    hours = {
        each.code: (time_in_words(each.slot.starts, zone=before.zone), time_in_words(each.slot.starts, zone=after.zone))
        for each in sessions
        if each.slot
    }
    moved = [f"{code} from {was} to {will}" for code, (was, will) in hours.items() if was != will]
    if moved:
        yield f"{_count(moved)} would be at another hour of the day: {_named(moved)}."


def _outside(before: Conference, after: Conference, sessions: Sequence[Session]) -> Iterable[str]:
    placed = [each for each in sessions if each.slot and _fits(each.slot, before)]
    codes = [each.code for each in placed if each.slot and not _fits(each.slot, after)]
    if codes:
        yield f"{_count(codes)} would be outside of the conference's days, and block its next release: {_named(codes)}."


def _priced(before: Conference, after: Conference, sessions: Sequence[Session]) -> Iterable[str]:
    codes = [each.code for each in sessions if each.price_minor]
    if before.currency != after.currency and codes:
        yield f"{_count(codes)} would cost the same number in {after.currency}, not {before.currency}: {_named(codes)}."


def _fits(slot: Slot, conference: Conference) -> bool:
    days = (conference.starts, conference.ends)
    return is_inside(slot.starts, slot.ends, days=days, zone=conference.zone)


def _count(found: Sequence[str]) -> str:
    return "One session" if len(found) == 1 else f"{len(found)} sessions"


def _named(found: Sequence[str]) -> str:
    more = f" and {len(found) - SHOWN_MAX} more" if len(found) > SHOWN_MAX else ""
    return "; ".join(found[:SHOWN_MAX]) + more
