"""Forms of the draft: what is shown and sent back untouched says the same, and a board shows each session once."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.programme.domain import session_form
from services.scheduling.programme.domain.conflict_rules import Demand
from services.scheduling.programme.domain.programme import (
    Approval,
    Kind,
    Programme,
    Room,
    Session,
    Slot,
    Times,
    Track,
    Window,
    programme_id,
)
from services.scheduling.programme.domain.stretches import (
    StretchUnreadable,
    hours_from,
    hours_of,
    lines_of,
    windows_from,
)
from services.scheduling.programme.pages import frame_form
from services.scheduling.programme.store.board import board, places
from services.scheduling.programme.store.programme import Draft

ZONE = "America/Chicago"
DAYS = (date(2025, 5, 18), date(2025, 5, 21))
FIRST, LAST = date(2025, 5, 18), date(2025, 5, 21)
TEN = datetime(2025, 5, 19, 15, tzinfo=UTC)  # Monday, ten in the morning in St. Louis

minutes = st.integers(0, 4 * 24 * 60 - 1)
windows = st.builds(
    lambda start, length: Window(
        starts=TEN - timedelta(days=1) + timedelta(minutes=start),
        ends=TEN - timedelta(days=1) + timedelta(minutes=start + length),
    ),
    minutes,
    st.integers(1, 3 * 24 * 60),
)


@given(st.lists(windows, max_size=4))
def test_windows_are_read_as_they_are_written(given_windows: list[Window]) -> None:
    assert windows_from(lines_of(given_windows, zone=ZONE), zone=ZONE) == given_windows


@given(st.integers(0, 23 * 60), st.integers(1, 23 * 60))
def test_hours_of_a_day_are_read_as_they_are_written(start: int, length: int) -> None:
    begins = datetime(2025, 5, 19, 5, tzinfo=UTC) + timedelta(minutes=start)
    window = Window(starts=begins, ends=begins + timedelta(minutes=length))

    assert hours_from(hours_of([window], zone=ZONE), day=date(2025, 5, 19), zone=ZONE) == [window]


@pytest.mark.parametrize(
    "line", ["monday", "2025-05-19", "2025-02-30 8:00 to 9:00", "2025-05-19 25:00 to 26:00", "2025-05-19 9:00 to 8:00"]
)
def test_a_window_that_makes_no_sense_is_refused(line: str) -> None:
    with pytest.raises(StretchUnreadable):
        windows_from(line, zone=ZONE)


def test_a_time_that_the_clocks_leave_out_is_refused() -> None:
    with pytest.raises(session_form.Unreadable) as refused:
        session_form.starts_of("2025-03-09", "02:30", zone=ZONE)
    assert refused.value.field == "time"


@given(st.lists(windows, max_size=2), st.integers(0, 4), st.integers(0, 3))
def test_a_frame_that_is_sent_back_untouched_is_the_same(
    open_: list[Window], room_count: int, track_count: int
) -> None:
    programme = Programme(
        id=programme_id("c"),
        conference="c",
        rooms=tuple(_room(number, windows=tuple(open_), is_step_free=number % 2 == 0) for number in range(room_count)),
        tracks=tuple(Track(id=f"t{number}", title=f"Track {number}") for number in range(track_count)),
        times=(Times(id="mon-1", starts=TEN, ends=TEN + timedelta(minutes=75)),),
    )
    days = [FIRST + timedelta(days=number) for number in range(4)]
    values = frame_form.values_of(programme, days=days, zone=ZONE)

    shape, errors = frame_form.shape_of(values, programme, days=days, zone=ZONE)

    assert errors == {}
    assert [each["id"] for each in shape["rooms"]] == [each.id for each in programme.rooms]
    assert [each["is_step_free"] for each in shape["rooms"]] == [each.is_step_free for each in programme.rooms]
    assert [len(each["windows"]) for each in shape["rooms"]] == [len(open_)] * room_count
    assert shape["tracks"] == [{"id": each.id, "title": each.title} for each in programme.tracks]
    assert [each["id"] for each in shape["times"]] == ["mon-1"]


def test_new_rooms_get_ids_of_their_own() -> None:
    values = {"room-0-id": "lewis", "room-0-name": "Lewis", "room-0-seats": "1"}
    for number, name in enumerate(("Lewis", "LEWIS", "Клуб", "Café 2"), start=1):
        values |= {f"room-{number}-name": name, f"room-{number}-seats": "1"}
    values |= {"same_track_at_once_max": "2", "both_wanted_min": "10"}

    shape, _ = frame_form.shape_of(values, Programme(id="p", conference="c"), days=[], zone=ZONE)

    assert [each["id"] for each in shape["rooms"]] == ["lewis", "lewis-2", "lewis-3", "r", "cafe-2"]


sessions = st.builds(
    lambda number, minute, room, length: _session(number, slot=(room, TEN + timedelta(minutes=minute)), minutes=length),
    st.integers(0, 1),
    st.integers(-24 * 60, 2 * 24 * 60),
    st.sampled_from(["r0", "r1", "gone"]),
    st.integers(1, 300),
)


@given(st.lists(sessions, max_size=6))
def test_a_board_shows_each_session_once(drawn: list[Session]) -> None:
    numbered = [_renamed(each, number) for number, each in enumerate(drawn)]
    draft = _draft(*numbered)
    shown: list[str] = []
    for day in {each.date for each in board(draft, day=FIRST, first=FIRST, last=LAST).days}:
        seen = board(draft, day=day, first=FIRST, last=LAST)
        shown += [card.session.id for row in seen.rows for cell in row.cells for card in cell.cards]
        shown += [each.id for each in seen.lost]

    assert sorted(shown) == sorted(each.id for each in numbered)


def test_places_name_what_the_draft_would_say_of_them() -> None:
    draft = _draft(_session(1, slot=("r0", TEN)), _session(2))

    found = list(places(draft, draft.sessions[1], day=date(2025, 5, 19)))

    assert [(each.room, each.starts) for each in found] == [("r0", TEN)]
    assert found[0].conflicts == draft.conflicts_at(draft.sessions[1], room="r0", starts=TEN)


def test_only_what_was_typed_anew_is_asked_for() -> None:
    approval = Approval(scheme="CMC", minutes=60, is_approved=True)
    session = _session(1, price_minor=9_500, seats_max=0, after=("s2",), approval=approval)
    shown = session_form.values_of(session, codes={"s2": "C-2"}, currency="USD")

    assert session_form.changed({**shown, "csrf_token": "x"}, was=shown) == {}
    typed = session_form.changed({**shown, "price": "1,095.00", "approval_is_approved": ""}, was=shown)
    whole = {**shown, **typed}
    assert session_form.shape_of(typed, whole=whole, ids={}, currency="USD") == {
        "price_minor": 109_500,
        "approval": {
            "scheme": "CMC",
            "minutes": 60,
            "must_be_reviewed": False,
            "is_approved": False,
            "must_be_assessed": False,
        },
    }


def _room(number: int, **fields: Any) -> Room:
    return Room(id=f"r{number}", name=f"Room {number}", seats=10, features=("stream", "tables"), **fields)


def _session(number: int, *, slot: tuple[str, datetime] | None = None, minutes: int = 75, **fields: Any) -> Session:
    place = Slot(room=slot[0], starts=slot[1], ends=slot[1] + timedelta(minutes=minutes)) if slot else None
    return Session(
        id=f"s{number}",
        conference="c",
        code=f"C-{number}",
        title="Records",
        kind=Kind.CONCURRENT,
        minutes=minutes,
        slot=place,
        **fields,
    )


def _renamed(session: Session, number: int) -> Session:
    slot = session.slot
    assert slot
    return _session(number, slot=(slot.room, slot.starts), minutes=session.minutes)


def _draft(*drawn: Session) -> Draft:
    programme = Programme(id=programme_id("c"), conference="c", rooms=(_room(0), _room(1)))
    return Draft(programme=programme, sessions=drawn, speakers={}, demand=Demand(), zone=ZONE, days=DAYS)
