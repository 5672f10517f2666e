"""When sessions take place, who speaks in them and how many seats their rooms have, as releases of the programme say.

Owns what may not be sold together. Leaves how many places there are to `options`: the smaller of a session's seats and
its option's places holds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import combinations

from services.registration.prices.domain.fees import Option
from services.registration.prices.domain.seats import SeatedSession
from shared.problem import Refusal
from shared.sentences import Span, marked, phrase


class AtOneTime(Refusal):
    """Nobody can sit in two sessions at once."""

    title = marked("Two of these are at the same time")


class SpeaksThen(Refusal):
    """A speaker's own session goes before a seat in another one."""

    title = marked("You speak at that time")


def limited(options: Iterable[Option], seated: Mapping[str, SeatedSession]) -> tuple[Option, ...]:
    """The options with no more places than their sessions have seats."""
    found = []
    for each in options:
        counts = [each.place_count, seated[each.session].seats if each.session in seated else None]
        found.append(replace(each, place_count=min((count for count in counts if count is not None), default=None)))
    return tuple(found)


def must_be_apart(options: Iterable[Option], seated: Mapping[str, SeatedSession], *, zone: str, undone: str) -> None:
    """Refuse two seats at one time, naming both; raises `AtOneTime`."""
    found = [(each, seated[each.session]) for each in options if each.session in seated]
    for (one, here), (other, there) in combinations(found, 2):
        if here.seats is not None and there.seats is not None and here.overlaps(there):
            raise AtOneTime.saying(
                "%(one)s (%(here)s) and %(other)s (%(there)s) are at the same time. %(undone)s; choose one of them.",
                one=one.label,
                here=Span(here.starts, here.ends, zone),
                other=other.label,
                there=Span(there.starts, there.ends, zone),
                undone=phrase(undone),
                options=[one.key, other.key],
            )


def must_not_speak(
    options: Iterable[Option],
    seated: Mapping[str, SeatedSession],
    speaking: Iterable[SeatedSession],
    *,
    zone: str,
    undone: str,
) -> None:
    """Refuse a speaker a seat in another session while their own goes on, naming both; raises `SpeaksThen`."""
    own = list(speaking)
    for each in options:
        here = seated.get(each.session)
        then = next((there for there in own if here and here.id != there.id and here.overlaps(there)), None)
        if here is not None and then is not None:
            raise SpeaksThen.saying(
                "%(one)s (%(here)s) is while you speak in %(own)s (%(then)s). %(undone)s; leave that one out.",
                one=each.label,
                here=Span(here.starts, here.ends, zone),
                own=then.name,
                then=Span(then.starts, then.ends, zone),
                undone=phrase(undone),
                options=[each.key],
            )
