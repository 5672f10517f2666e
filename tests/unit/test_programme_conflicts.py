"""Conflicts of a draft: every rule in its words, and all of them against a judge that shares no code with them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.programme.domain.conflict_rules import LEVELS, Conflict, Rule
from services.scheduling.programme.domain.conflicts import conflicts_at, conflicts_of
from services.scheduling.programme.domain.programme import (
    Appearance,
    Casting,
    Editorial,
    Kind,
    Level,
    Programme,
    Room,
    Session,
    Slot,
    Speaker,
    Track,
    Window,
)
from tests.unit.conflict_checker import judge

ZONE = "America/Chicago"
MONDAY = datetime(2025, 5, 19, 15, tzinfo=UTC)  # ten o'clock in St. Louis


def at(minute: int) -> datetime:
    return MONDAY + timedelta(minutes=minute)


def window(starts: int, ends: int) -> Window:
    return Window(starts=at(starts), ends=at(ends))


def session(code: str, *, minute: int = 0, room: str = "mills", **changed: Any) -> Session:
    """A session of 75 minutes on Monday at ten, in the Mills Studio."""
    minutes = changed.pop("minutes", 75)
    given_: dict[str, Any] = {
        "id": f"ses_{code}",
        "conference": "79th",
        "code": code,
        "title": {"C-31": "Records", "C-32": "Minutes"}.get(code, f"Title {code}"),
        "kind": Kind.CONCURRENT,
        "minutes": minutes,
        "slot": Slot(room=room, starts=at(minute), ends=at(minute + minutes)),
    }
    return Session(**given_ | changed)


WHITLOCK = Speaker(
    id="per_w", name="Dr Sam Whitlock", appearances={"79th": Appearance(away=(window(-600, 10), window(600, 900)))}
)
PROGRAMME = Programme(
    id="programme:79th",
    conference="79th",
    rooms=(
        Room(id="ballroom", name="Grand Ballroom", seats=450, features=("stream", "tables")),
        Room(id="mills", name="Mills Studio", seats=180),
        Room(id="loft", name="Loft", seats=40, is_step_free=False, windows=(window(0, 60), window(60, 120))),
    ),
    tracks=(Track(id="records", title="Records"),),
)


def of(*sessions: Session, programme: Programme = PROGRAMME, **counts: Any) -> tuple[Conflict, ...]:
    return conflicts_of(programme, sessions, {"per_w": WHITLOCK}, zone=ZONE, **counts)


def cast(*persons: str) -> tuple[Casting, ...]:
    return tuple(Casting(person=each) for each in persons)


SENTENCES: list[tuple[Rule, list[Session], dict[str, Any], str]] = [
    (
        Rule.ROOM_TWICE,
        [session("C-31"), session("C-32", minute=60)],
        {},
        ("Mills Studio is used twice on Monday, May 19, 11:00 AM to 11:15 AM: C-31 “Records” and C-32 “Minutes”."),
    ),
    (
        Rule.ROOM_AWAY,
        [session("C-31", room="loft", minute=60)],
        {},
        "Loft can't be used for all of Monday, May 19, 11:00 AM to 12:15 PM, when C-31 “Records” is there.",
    ),
    (
        Rule.ROOM_AWAY,
        [session("C-31", room="cellar")],
        {},
        "C-31 “Records” is in a room that the programme does not have any more.",
    ),
    (
        Rule.SPEAKER_TWICE,
        [
            session("C-31", minute=30, cast=cast("per_w")),
            session("C-32", minute=30, room="ballroom", cast=cast("per_w")),
        ],
        {},
        (
            "Dr Sam Whitlock is wanted in two sessions on Monday, May 19, 10:30 AM to 11:45 AM: C-31 “Records” "
            "in Mills Studio and C-32 “Minutes” in Grand Ballroom."
        ),
    ),
    (
        Rule.SPEAKER_AWAY,
        [session("C-31", cast=cast("per_w"))],
        {},
        (
            "Dr Sam Whitlock can't be there for all of Monday, May 19, 10:00 AM to 11:15 AM, when C-31 "
            "“Records” takes place."
        ),
    ),
    (
        Rule.ROOM_TOO_SMALL,
        [session("C-31")],
        {"stars": {"ses_C-31": 240}, "signed_up": {"ses_C-31": 200}},
        "Mills Studio has 180 seats, and 240 people starred C-31 “Records” on Monday, May 19, 10:00 AM.",
    ),
    (
        Rule.ROOM_TOO_SMALL,
        [session("C-31")],
        {"signed_up": {"ses_C-31": 181}},
        ("Mills Studio has 180 seats, and 181 people are signed up for C-31 “Records” on Monday, May 19, 10:00 AM."),
    ),
    (
        Rule.EQUIPMENT_MISSING,
        [session("C-31", needs=("stream", "tables"))],
        {},
        ("C-31 “Records” on Monday, May 19, 10:00 AM needs stream and tables, which Mills Studio does not have."),
    ),
    (
        Rule.STEPS,
        [session("C-31", room="loft", needs=("step-free",))],
        {},
        "Loft can be reached by steps only, and to C-31 “Records” somebody comes who can't climb them.",
    ),
    (
        Rule.STEPS,
        [session("C-31", room="loft", kind=Kind.GENERAL)],
        {},
        "Loft can be reached by steps only, and to C-31 “Records” everyone comes.",
    ),
    (
        Rule.ORDER,
        [session("C-31", minute=30, room="ballroom"), session("C-32", after=("ses_C-31",))],
        {},
        (
            "C-32 “Minutes” begins on Monday, May 19, 10:00 AM, before C-31 “Records” has ended on "
            "Monday, May 19, 11:45 AM."
        ),
    ),
    (
        Rule.ORDER,
        [session("C-31", slot=None), session("C-32", after=("ses_C-31",))],
        {},
        ("C-32 “Minutes” on Monday, May 19, 10:00 AM comes after C-31 “Records”, which is not on the programme."),
    ),
    (
        Rule.OUTSIDE,
        [session("C-31")],
        {"days": (date(2025, 5, 22), date(2025, 5, 25))},
        (
            "C-31 “Records” on Monday, May 19, 10:00 AM to 11:15 AM is outside of the conference's days, "
            "Thursday, May 22, 2025 to Sunday, May 25, 2025, and of the two around them."
        ),
    ),
    (
        Rule.BREAK_OVERLAPPED,
        [session("C-31", minute=30, room="ballroom"), session("C-32", kind=Kind.BREAK)],
        {},
        ("C-31 “Records” overlaps C-32 “Minutes”, which is for all, on Monday, May 19, 10:30 AM to 11:15 AM."),
    ),
    (
        Rule.TRACK_CROWDED,
        [session(f"C-{n}", track="records", room=("mills", "ballroom", "loft")[n], minutes=60) for n in range(3)],
        {},
        (
            "3 sessions of Records take place at once on Monday, May 19, 10:00 AM, 2 should at most: C-0 “Title C-0”, "
            "C-1 “Title C-1” and C-2 “Title C-2”."
        ),
    ),
    (
        Rule.BOTH_WANTED,
        [session("C-31"), session("C-32", room="ballroom")],
        {"wanted_together": {("ses_C-31", "ses_C-32"): 312}},
        (
            "312 people starred both C-31 “Records” and C-32 “Minutes”, which overlap on Monday, "
            "May 19, 10:00 AM to 11:15 AM."
        ),
    ),
]


@pytest.mark.parametrize(("rule", "sessions", "counts", "sentence"), SENTENCES)
def test_a_conflict_is_a_sentence_with_names_and_times(
    rule: Rule, sessions: list[Session], counts: dict[str, Any], sentence: str
) -> None:
    assert [(each.rule, each.level, each.sentence) for each in of(*sessions, **counts)] == [
        (rule, LEVELS[rule], sentence)
    ]


@pytest.mark.parametrize("rule", Rule)
def test_the_committee_sets_how_much_a_conflict_weighs(rule: Rule) -> None:
    sessions, counts = next((each[1], each[2]) for each in SENTENCES if each[0] is rule)

    def levels(level: Level) -> list[Level]:
        programme = replace(PROGRAMME, levels={rule.value: level})
        return [each.level for each in of(*sessions, programme=programme, **counts)]

    assert [levels(level) for level in (Level.BLOCK, Level.WARN, Level.OFF)] == [[Level.BLOCK], [Level.WARN], []]


def test_every_rule_has_a_level_and_a_sentence() -> None:
    assert set(LEVELS) == set(Rule) == {each[0] for each in SENTENCES}


def test_what_blocks_stands_before_what_warns() -> None:
    found = of(session("C-31", needs=("stream",)), session("C-32", cast=cast("per_w")))

    assert [each.rule for each in found] == [Rule.ROOM_TWICE, Rule.SPEAKER_AWAY, Rule.EQUIPMENT_MISSING]


@pytest.mark.parametrize(
    "changed",
    [
        {"slot": None},
        {"is_cancelled": True},
        {"editorial": Editorial.PROPOSED},
        {"editorial": Editorial.WITHDRAWN},
        {"editorial": Editorial.REJECTED},
    ],
)
def test_what_no_release_would_show_is_in_nobodys_way(changed: dict[str, Any]) -> None:
    assert of(session("C-31"), session("C-32", **changed)) == ()


def test_sessions_that_follow_one_another_are_no_conflict() -> None:
    first = session("C-31", minute=10, cast=cast("per_w"))
    second = session("C-32", minute=85, cast=cast("per_w"), after=("ses_C-31",))

    assert of(first, second, wanted_together={("ses_C-31", "ses_C-32"): 312}) == ()


def test_a_few_people_who_want_both_are_no_conflict() -> None:
    both = (session("C-31"), session("C-32", room="ballroom"))

    assert of(*both, wanted_together={("ses_C-31", "ses_C-32"): PROGRAMME.both_wanted_min - 1}) == ()


def test_a_session_that_goes_on_past_midnight_says_on_which_day_it_ends() -> None:
    late = session("C-31", minute=13 * 60, minutes=120, room="cellar")
    other = session("C-32", minute=13 * 60, minutes=120, room="cellar")

    assert "Monday, May 19, 11:00 PM to Tuesday, May 20, 1:00 AM" in of(late, other)[0].sentence


# against a judge

ROOMS = ("r0", "r1", "r2", "gone")
PEOPLE = ("p0", "p1", "p2")
IDS = tuple(f"s{number}" for number in range(7))
moments = st.integers(0, 8).map(lambda each: each * 10)
stretches = st.tuples(moments, st.integers(1, 4)).map(lambda each: (each[0], each[0] + each[1] * 10))


@st.composite
def drafts(draw: st.DrawFn) -> dict[str, Any]:
    """A small crowded draft, as the judge reads it."""
    ids = draw(st.lists(st.sampled_from(IDS), min_size=1, unique=True))
    return {
        "rooms": {
            id_: {
                "seats": draw(st.integers(0, 3)),
                "features": draw(st.sets(st.sampled_from(["stream", "tables"]))),
                "step_free": draw(st.booleans()),
                "windows": draw(st.lists(stretches, max_size=2)),
            }
            for id_ in ROOMS[:3]
        },
        "sessions": [
            {
                "id": id_,
                "shown": draw(st.integers(0, 5)) > 0,
                "start": draw(moments),
                "minutes": draw(st.integers(1, 4)) * 10,
                "room": draw(st.sampled_from(ROOMS)),
                "kind": draw(st.sampled_from(["concurrent", "concurrent", "academy", "break", "general"])),
                "track": draw(st.sampled_from(["", "t0", "t1"])),
                "needs": draw(st.sets(st.sampled_from(["stream", "tables", "step-free"]))),
                "speakers": draw(st.lists(st.sampled_from(PEOPLE), unique=True, max_size=2)),
                "after": draw(st.lists(st.sampled_from([each for each in IDS if each < id_] or ["x"]), max_size=1)),
            }
            for id_ in ids
        ],
        "away": {person: draw(st.lists(stretches, max_size=2)) for person in PEOPLE},
        "stars": {id_: draw(st.integers(0, 4)) for id_ in ids},
        "signed_up": {id_: draw(st.integers(0, 4)) for id_ in ids},
        "pairs": {(a, b): draw(st.integers(0, 3)) for a in ids for b in ids if a < b},
        "at_once_max": draw(st.integers(1, 3)),
        "both_min": draw(st.integers(1, 2)),
    }


def read(draft: dict[str, Any]) -> tuple[Programme, list[Session], dict[str, Speaker], dict[str, Any]]:
    """The same draft as the rules read it."""
    rooms = tuple(
        Room(
            id=id_,
            name=id_,
            seats=each["seats"],
            features=tuple(each["features"]),
            is_step_free=each["step_free"],
            windows=tuple(window(*stretch) for stretch in each["windows"]),
        )
        for id_, each in draft["rooms"].items()
    )
    programme = replace(
        PROGRAMME, rooms=rooms, same_track_at_once_max=draft["at_once_max"], both_wanted_min=draft["both_min"]
    )
    sessions = [
        session(
            each["id"],
            id=each["id"],
            minute=each["start"],
            minutes=each["minutes"],
            room=each["room"],
            kind=Kind(each["kind"]),
            track=each["track"],
            needs=tuple(each["needs"]),
            cast=cast(*each["speakers"]),
            after=tuple(each["after"]),
            is_cancelled=not each["shown"],
        )
        for each in draft["sessions"]
    ]
    speakers = {
        person: Speaker(
            id=person,
            name=person,
            appearances={"79th": Appearance(away=tuple(window(*stretch) for stretch in stretches_))},
        )
        for person, stretches_ in draft["away"].items()
    }
    counts = {"stars": draft["stars"], "signed_up": draft["signed_up"], "wanted_together": draft["pairs"]}
    return programme, sessions, speakers, counts


@given(drafts())
def test_the_rules_find_what_an_independent_judge_finds(draft: dict[str, Any]) -> None:
    programme, sessions, speakers, counts = read(draft)

    found = conflicts_of(programme, sessions, speakers, zone=ZONE, **counts)

    assert {(each.rule.value, frozenset(each.sessions)) for each in found} == judge(draft)
    # each is told once, but for two speakers of a session who are both away
    told = [(each.rule, each.sessions) for each in found if each.rule is not Rule.SPEAKER_AWAY]
    assert len(set(told)) == len(told)


@given(drafts(), st.sampled_from(ROOMS), moments, st.data())
def test_asking_about_one_place_finds_what_moving_there_would(
    draft: dict[str, Any], room: str, minute: int, data: st.DataObject
) -> None:
    programme, sessions, speakers, counts = read(draft)
    moving = data.draw(st.sampled_from(sessions))
    slot = Slot(room=room, starts=at(minute), ends=at(minute + moving.minutes))
    moved = [replace(each, slot=slot, is_cancelled=False) if each is moving else each for each in sessions]

    asked = conflicts_at(
        programme, sessions, speakers, session=moving, room=room, starts=at(minute), zone=ZONE, **counts
    )

    whole = conflicts_of(programme, moved, speakers, zone=ZONE, **counts)
    assert asked == tuple(each for each in whole if moving.id in each.sessions)
