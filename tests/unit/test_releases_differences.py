"""What a release makes of the draft: entries, differences, and what calendars may rely on, over random histories."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.programme.domain.programme import Approval, Casting, Editorial, Kind, Slot
from services.scheduling.releases.domain import differences
from services.scheduling.releases.domain.releases import BUMPING, Entry, Part, Release, State, What
from services.scheduling.releases.domain.wording import is_put_right
from tests.unit.releases_builders import (
    DOMAIN,
    FIRST,
    NOW,
    changed,
    compared,
    draft,
    released,
    session,
)

LATER = NOW + timedelta(days=1)
THAT_MORNING = FIRST - timedelta(hours=1)


def slot(room: str = "r1", *, minutes_later: int = 0, minutes: int = 75) -> Slot:
    starts = FIRST + timedelta(minutes=minutes_later)
    return Slot(room=room, starts=starts, ends=starts + timedelta(minutes=minutes))


def only(release: Release) -> Entry:
    (entry,) = release.entries
    return entry


def test_the_first_release_publishes_what_has_a_place_under_a_uid_and_sequence_0() -> None:
    proposed = session("ses_p", editorial=Editorial.PROPOSED)
    unplaced = session("ses_u", slot=None)

    first = released(draft(session(), proposed, unplaced))

    entry = only(first)
    assert (entry.uid, entry.sequence, entry.state) == ("ses_c31@reconvene.example", 0, State.PUBLISHED)
    assert (entry.room_name, entry.track_title) == ("Room 240", "Records, and their keeping")
    assert entry.parts == (Part(person="per_w", name="Dr Ada Whitlock", role="speaker"),)
    assert (entry.first_starts, entry.revised_at) == (FIRST, NOW)
    assert [each.what for each in first.differences] == [(What.ADDED,)]


def test_an_unchanged_draft_makes_no_difference_and_the_same_entries() -> None:
    first = released(draft(session()))

    again = compared(draft(session()), first, now=LATER)

    assert (again.entries, again.differences) == (first.entries, ())


CHANGES: list[tuple[dict[str, Any], tuple[What, ...]]] = [
    ({"slot": slot("r2")}, (What.ROOM,)),
    ({"slot": slot(minutes_later=60)}, (What.TIME,)),
    ({"slot": slot("r2", minutes_later=60)}, (What.ROOM, What.TIME)),
    ({"slot": slot(minutes=60), "minutes": 60}, (What.LENGTH,)),
    ({"slot": slot(minutes_later=20), "now": THAT_MORNING}, (What.DELAYED,)),
    ({"slot": slot(minutes_later=30), "now": THAT_MORNING}, (What.DELAYED,)),
    ({"slot": slot(minutes_later=31), "now": THAT_MORNING}, (What.TIME,)),
    ({"slot": slot(minutes_later=20), "now": THAT_MORNING - timedelta(days=1)}, (What.TIME,)),
    ({"slot": slot(minutes_later=-20), "now": THAT_MORNING}, (What.TIME,)),
    ({"slot": slot(minutes_later=20, minutes=60), "now": THAT_MORNING}, (What.TIME, What.LENGTH)),
    ({"cast": (Casting(person="per_o"),)}, (What.SPEAKERS,)),
    ({"cast": (Casting(person="per_w", role="moderator"),)}, (What.WORDING,)),
    ({"title": "Records in a crisis."}, (What.WORDING,)),
    ({"title": "Records in the crisis room"}, (What.CONTENT,)),
    ({"level": "advanced"}, (What.CONTENT,)),
    ({"language": "fr"}, (What.CONTENT,)),
    ({"kind": Kind.DIALOGUE}, (What.CONTENT,)),
    ({"track": "law"}, (What.WORDING,)),
    ({"online_url": "https://meet.example/1"}, (What.ONLINE,)),
    ({"is_cancelled": True, "cancel_reason": "The river came."}, (What.CANCELLED,)),
    ({"editorial": Editorial.WITHDRAWN}, (What.CANCELLED,)),
    ({"slot": None}, (What.CANCELLED,)),
]


@pytest.mark.parametrize(("changes", "what"), CHANGES)
def test_a_change_is_told_apart_and_raises_the_sequence_by_the_table(
    changes: dict[str, Any], what: tuple[What, ...]
) -> None:
    difference = changed(session(), **changes)

    assert difference is not None
    assert difference.after is not None
    assert difference.what == what
    assert difference.after.sequence == (1 if BUMPING & set(what) else 0)
    assert difference.after.revised_at > NOW


@pytest.mark.parametrize("changes", [{"needs": ("stream",)}, {"is_pinned": True}, {"after": ("ses_x",)}])
def test_what_only_the_committee_needs_makes_no_difference(changes: dict[str, Any]) -> None:
    assert changed(session(), **changes) is None


@pytest.mark.parametrize(
    ("name", "what"), [("Room 240.", What.WORDING), ("Room 241", What.ROOM), ("The annex across the river", What.ROOM)]
)
def test_a_room_under_the_name_of_another_is_another_place(name: str, what: What) -> None:
    first = released(draft(session()))
    renamed = draft(session())
    rooms = tuple(replace(each, name=name) if each.id == "r1" else each for each in renamed.programme.rooms)

    after = compared(replace(renamed, programme=replace(renamed.programme, rooms=rooms)), first, now=LATER)

    (difference,) = after.differences
    assert (difference.what, difference.shown.sequence) == ((what,), int(what is What.ROOM))


def test_a_cancelled_session_keeps_its_place_and_stays_in_every_later_release() -> None:
    first = released(draft(session(), session("ses_2", room="r2")))
    second = released(
        draft(session(is_cancelled=True, cancel_reason="The river came."), session("ses_2", room="r2")),
        first,
        now=LATER,
    )
    third = released(draft(session("ses_2", room="r3")), second, now=LATER + timedelta(days=1))

    cancelled = second.entry("ses_c31")
    assert cancelled is not None
    assert (cancelled.state, cancelled.sequence, cancelled.reason) == (State.CANCELLED, 1, "The river came.")
    assert (cancelled.starts, cancelled.room_name, cancelled.cancelled_at) == (FIRST, "Room 240", LATER)
    assert third.entry("ses_c31") == cancelled


def test_a_session_whose_document_is_gone_is_cancelled() -> None:
    second = released(draft(), released(draft(session())), now=LATER)

    assert (only(second).state, only(second).reason) == (State.CANCELLED, differences.OFF_THE_PROGRAMME)


def test_a_cancelled_session_comes_back_under_its_uid_with_a_higher_sequence() -> None:
    first = released(draft(session()))
    second = released(draft(session(is_cancelled=True)), first, now=LATER)
    third = released(draft(session(room="r2")), second, now=LATER + timedelta(days=1))

    assert (only(third).uid, only(third).sequence, only(third).state) == (only(first).uid, 2, State.PUBLISHED)
    assert third.differences[0].what == (What.ROOM, What.REINSTATED)
    assert (only(third).reason, only(third).cancelled_at) == ("", None)


def test_a_session_that_stands_in_for_another_ends_it_and_has_a_uid_of_its_own() -> None:
    first = released(draft(session()))
    panel = session("ses_panel", title="A panel on records", replaces="ses_c31")

    second = released(draft(session(), panel), first, now=LATER)

    old, new = second.entry("ses_c31"), second.entry("ses_panel")
    assert old is not None
    assert new is not None
    assert (old.state, old.sequence, old.reason) == (State.CANCELLED, 1, "PANEL A panel on records takes its place.")
    assert (new.uid, new.sequence, new.replaces) == (f"ses_panel@{DOMAIN}", 0, "ses_c31")


def test_delays_of_one_day_add_up_and_beyond_half_an_hour_it_is_another_time() -> None:
    first = released(draft(session()))
    second = released(draft(session(slot=slot(minutes_later=20))), first, now=THAT_MORNING)
    third = released(draft(session(slot=slot(minutes_later=30))), second, now=THAT_MORNING)
    fourth = released(draft(session(slot=slot(minutes_later=40))), third, now=THAT_MORNING)

    assert [only(each).state for each in (second, third, fourth)] == [State.DELAYED, State.DELAYED, State.PUBLISHED]
    assert [only(each).delayed_from for each in (second, third, fourth)] == [FIRST, FIRST, None]
    assert [each.differences[0].what for each in (second, third, fourth)] == [
        (What.DELAYED,),
        (What.DELAYED,),
        (What.TIME,),
    ]


def test_a_delayed_session_stays_delayed_in_releases_that_leave_it_alone() -> None:
    first = released(draft(session()))
    second = released(draft(session(slot=slot(minutes_later=20))), first, now=THAT_MORNING)
    third = released(draft(session(slot=slot("r2", minutes_later=20))), second, now=THAT_MORNING)

    assert (third.differences[0].what, only(third).state) == ((What.ROOM,), State.DELAYED)


def test_a_session_that_comes_back_from_online_has_another_place() -> None:
    first = released(draft(session()))
    second = released(draft(session(online_url="https://meet.example/1")), first, now=LATER)
    third = released(draft(session()), second, now=LATER)

    assert (only(second).state, only(second).sequence) == (State.MOVED_ONLINE, 1)
    assert (third.differences[0].what, only(third).state, only(third).sequence) == ((What.ROOM,), State.PUBLISHED, 2)


@pytest.mark.parametrize(
    ("changes", "must_be_reviewed"),
    [
        ({"slot": slot("r2", minutes_later=60)}, False),
        ({"slot": slot(minutes=60), "minutes": 60}, True),
        ({"level": "advanced"}, True),
        ({"abstract": "How to brew coffee."}, True),
        ({"cast": (Casting(person="per_o"),)}, True),
        ({"title": "Records in a crisis!"}, False),
        ({"level": "advanced", "approval": Approval(scheme="cmc", minutes=60)}, False),
    ],
)
def test_an_approval_must_be_reviewed_when_something_else_is_taught(
    changes: dict[str, Any], must_be_reviewed: bool
) -> None:
    difference = changed(session(), **changes)

    assert difference is not None
    assert difference.after is not None
    assert difference.after.approval is not None
    assert difference.after.approval.must_be_reviewed is must_be_reviewed


@pytest.mark.parametrize(("room", "seats_max", "seats"), [("r1", 40, 40), ("r2", 40, 30), ("r3", None, None)])
def test_seats_are_as_many_as_are_offered_or_as_the_room_has(
    room: str, seats_max: int | None, seats: int | None
) -> None:
    assert only(released(draft(session(room=room, seats_max=seats_max)))).seats == seats


def test_the_digest_tells_a_draft_that_would_be_published_differently_and_no_other() -> None:
    one = draft(session())
    first = released(one)
    same = [
        draft(session(is_pinned=True)),
        draft(session(), session("ses_p", editorial=Editorial.PROPOSED)),
        draft(replace(session(), needs=("stream",))),
    ]
    other = [
        draft(session(room="r2")),
        draft(session(), session("ses_2")),
        draft(session(), names={"per_w": "Ada Whitlock"}),
        draft(session(is_cancelled=True)),
        draft(session(), programme=replace(one.programme, rooms=one.programme.rooms[:1])),
    ]

    assert {differences.digest(each, None) for each in same} == {differences.digest(one, None)}
    assert differences.digest(one, None) not in {differences.digest(each, None) for each in other}
    assert differences.digest(one, first) != differences.digest(one, None)


@pytest.mark.parametrize(
    ("before", "after", "is_right"),
    [
        ("The comittee and its records", "The committee and its records", True),
        ("records in a crisis", "Records, in a Crisis!", True),
        ("Budget 2024 for clerks", "Budget 2025 for clerks", False),
        ("Budget basics", "Budget basics II", False),
        ("Budget basics", "Record basics", False),
        ("", "", True),
        ("", "Something at last", False),
    ],
)
def test_a_typing_error_is_told_from_another_text(before: str, after: str, is_right: bool) -> None:
    assert is_put_right(before, after) is is_right


# random histories

ROOMS = st.sampled_from(["r1", "r2", "r3"])
STEPS = st.lists(
    st.fixed_dictionaries(
        {
            "which": st.integers(0, 2),
            "room": ROOMS,
            "minutes_later": st.sampled_from([0, 0, 10, 20, 60]),
            "minutes": st.sampled_from([75, 75, 60]),
            "title": st.sampled_from(["Records in a crisis", "Records in a crisis.", "Something else"]),
            "cast": st.sampled_from(["per_w", "per_o"]),
            "is_cancelled": st.booleans(),
            "online_url": st.sampled_from(["", "", "https://meet.example/1"]),
            "is_on_the_day": st.booleans(),
        }
    ),
    min_size=1,
    max_size=12,
)


def histories(steps: list[dict[str, Any]]) -> list[Release]:
    """The releases that this history of edits makes, one for each edit."""
    sessions = [session(f"ses_{each}") for each in range(3)]
    releases = [released(draft(*sessions))]
    for number, step in enumerate(steps):
        sessions[step["which"]] = session(
            f"ses_{step['which']}",
            slot=slot(step["room"], minutes_later=step["minutes_later"], minutes=step["minutes"]),
            minutes=step["minutes"],
            title=step["title"],
            cast=(Casting(person=step["cast"]),),
            is_cancelled=step["is_cancelled"],
            online_url=step["online_url"],
        )
        now = (THAT_MORNING if step["is_on_the_day"] else NOW) + timedelta(seconds=number + 1)
        releases.append(released(draft(*sessions), releases[-1], now=now))
    return releases


def standing(entry: Entry) -> tuple[object, ...]:
    """What a calendar must take notice of: start, end, place and status."""
    if entry.is_cancelled:
        return (True,)
    return (False, entry.starts, entry.ends, entry.online_url or entry.room)


@given(STEPS)
def test_over_any_history_a_uid_never_changes_and_the_sequence_rises_exactly_with_the_table(
    steps: list[dict[str, Any]],
) -> None:
    releases = histories(steps)

    for before, after in pairwise(releases):
        for old in before.entries:
            new = after.entry(old.session)
            assert new is not None, "nothing that was published goes away"
            assert (new.uid, new.first_starts) == (old.uid, old.first_starts)
            has_moved = standing(old) != standing(new) or (not new.is_cancelled and old.room != new.room)
            assert new.sequence == old.sequence + has_moved
            assert (new.revised_at == after.released_at) == (new != old)


@given(STEPS)
def test_what_was_changed_between_any_two_releases_is_seen_by_comparing_them(steps: list[dict[str, Any]]) -> None:
    releases = histories(steps)
    first, last = releases[0], releases[-1]

    told = {each.session: each for each in differences.between(first, last)}

    for entry in last.entries:
        before = first.entry(entry.session)
        assert before is not None
        if standing(before) != standing(entry):
            assert BUMPING & set(told[entry.session].what)


@given(STEPS)
def test_releasing_twice_in_a_row_makes_no_difference(steps: list[dict[str, Any]]) -> None:
    sessions = [session(f"ses_{each}") for each in range(3)]
    again = released(draft(*sessions), histories(steps)[-1], now=NOW + timedelta(days=2))
    kept = [differences.to_be_reviewed(each, again.entry(each.id)) or each for each in sessions]

    twice = compared(draft(*kept), again, now=NOW + timedelta(days=3))

    assert (twice.entries, twice.differences) == (again.entries, ())


def test_a_conference_that_is_cancelled_on_its_second_day_has_had_its_first() -> None:
    first = released(draft(session(), session("ses_2", slot=slot(minutes_later=24 * 60))))

    closing = differences.closed(first, reason="The river came.", now=FIRST + timedelta(hours=20))

    assert [(each.session, each.is_cancelled) for each in closing.entries] == [("ses_c31", False), ("ses_2", True)]
    assert [each.session for each in closing.differences] == ["ses_2"]


def test_a_cancelled_conference_cancels_everything_that_is_still_on() -> None:
    first = released(draft(session(), session("ses_2")))
    second = released(draft(session(), session("ses_2", is_cancelled=True, cancel_reason="Ill.")), first, now=LATER)

    closing = differences.closed(second, reason="It would not be safe to meet.", now=datetime(2025, 4, 9, tzinfo=UTC))

    assert [(each.sequence, each.state, each.reason) for each in sorted(closing.entries, key=lambda e: e.session)] == [
        (1, State.CANCELLED, "Ill."),
        (1, State.CANCELLED, "It would not be safe to meet."),
    ]
    assert [each.session for each in closing.differences] == ["ses_c31"]
