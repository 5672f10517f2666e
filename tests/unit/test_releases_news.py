"""Over any history of releases, the last that somebody was told of a session is what the calendar feed says of it."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from icalendar import Calendar

from services.scheduling.agendas.domain.agendas import Agenda, agenda_id
from services.scheduling.agendas.domain.rosters import Hold, Roster, Seat, roster_id
from services.scheduling.releases.domain import news
from services.scheduling.releases.domain.formats import calendar
from services.scheduling.releases.domain.news import News
from services.scheduling.releases.domain.releases import Release
from shared.contracts.scheduling import AgendaItem
from tests.unit.releases_builders import CONFERENCE, FIRST
from tests.unit.test_releases_differences import STEPS, histories
from tests.unit.test_releases_formats import printed

SESSIONS = [f"ses_{number}" for number in range(3)]
ANN = Agenda(
    id=agenda_id(CONFERENCE, "per_ann"),
    conference=CONFERENCE,
    person="per_ann",
    stars=tuple(SESSIONS),
    wants_invitations=True,  # every change that a calendar must take notice of is told
)


def told_of(release: Release, agenda: Agenda = ANN, rosters: dict[str, Roster] | None = None) -> tuple[AgendaItem, ...]:
    return news.items(News(release=release, rosters=rosters or {}, now=release.released_at), agenda.person, agenda)


@given(STEPS)
def test_what_was_told_last_of_a_session_is_what_the_feed_says(steps: list[dict[str, Any]]) -> None:
    releases = histories(steps)
    told = {item.uid: item for release in releases for item in told_of(release)}

    events: Any = Calendar.from_ical(calendar.programme_feed(printed(releases[-1]))).events

    said = {
        str(each["UID"]): (each["SEQUENCE"], each["DTSTART"].dt, each["DTEND"].dt, each["STATUS"] == "CANCELLED")
        for each in events
    }
    assert said == {
        uid: (item.sequence, item.starts, item.ends, "cancelled" in item.changes) for uid, item in told.items()
    }


@given(STEPS)
def test_nobody_is_told_twice_of_the_same_and_never_of_less_than_before(steps: list[dict[str, Any]]) -> None:
    sequences: dict[str, list[int]] = {}
    for release in histories(steps):
        items = told_of(release)
        assert len({item.uid for item in items}) == len(items)
        for item in items:
            sequences.setdefault(item.uid, []).append(item.sequence)

    assert all(each == sorted(each) for each in sequences.values())


@given(STEPS)
def test_who_has_nothing_to_do_with_a_session_is_told_nothing(steps: list[dict[str, Any]]) -> None:
    stranger = Agenda(id=agenda_id(CONFERENCE, "per_x"), conference=CONFERENCE, person="per_x")

    assert all(told_of(release, stranger) == () for release in histories(steps))


def test_a_seat_lost_by_an_earlier_release_is_not_told_again() -> None:
    step = {"which": 0, "minutes_later": 0, "minutes": 75, "title": "Records in a crisis", "cast": "per_w"}
    step |= {"is_cancelled": False, "online_url": "", "is_on_the_day": False}
    second, third = histories([{**step, "room": "r2"}, {**step, "room": "r3"}])[1:]
    seat = Seat(person="per_ben", hold=Hold.SIGNED_UP, since=FIRST)
    roster = Roster(
        id=roster_id("ses_0"), session="ses_0", conference=CONFERENCE, held=(seat,), waiting=("per_ann",), release=2
    )
    lost = {"ses_0": replace(roster, displaced=("per_ann",))}

    assert told_of(second, rosters=lost)[0].changes == ("room", "seat_lost")
    assert told_of(third, rosters=lost)[0].changes == ("room",)


def test_whoever_speaks_no_more_is_told_that_and_not_that_they_speak_unless_the_session_is_theirs_otherwise() -> None:
    step = {"which": 0, "minutes_later": 0, "minutes": 75, "title": "Records in a crisis", "room": "r1"}
    step |= {"is_cancelled": False, "online_url": "", "is_on_the_day": False}
    (recast,) = histories([{**step, "cast": "per_w"}, {**step, "cast": "per_k"}])[2:]
    gone = Agenda(id=agenda_id(CONFERENCE, "per_w"), conference=CONFERENCE, person="per_w")
    starred, new = replace(gone, stars=("ses_0",)), replace(gone, person="per_k")

    told = [(item.roles, item.changes) for each in (gone, starred, new) for item in told_of(recast, each)]

    assert told == [
        (("speaker",), ("speakers", "stage_left")),
        (("starred",), ("speakers",)),
        (("speaker",), ("speakers",)),
    ]
