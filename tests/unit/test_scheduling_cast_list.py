"""Who is told when a conference is cancelled: everybody who was to speak, in an event that always fits."""

from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.programme.cast_list import cast_list
from services.scheduling.programme.domain import Casting, Editorial, Kind, Session
from shared.contracts.envelope import DATA_BYTE_COUNT_MAX, encode
from shared.contracts.scheduling import ConferenceCancelled, Speaking
from tests.unit.test_scheduling_conferences import NOW


def session(number: int, *people: str, title: str = "", **changed: object) -> Session:
    return Session(
        id=f"ses_{number}",
        conference="conf_79",
        code=f"C-{number}",
        title=title or f"Session {number}",
        kind=Kind.CONCURRENT,
        minutes=75,
        cast=tuple(Casting(person=person) for person in people),
        **changed,  # type: ignore[arg-type]
    )


def test_everybody_who_was_to_speak_or_had_proposed_to_is_told_once_with_all_their_titles() -> None:
    sessions = [
        session(1, "per_a", "per_b"),
        session(2, "per_a", editorial=Editorial.ACCEPTED),
        session(3, "per_c", editorial=Editorial.PROPOSED),
    ]

    assert cast_list(sessions) == (
        Speaking(person="per_a", titles=("Session 1", "Session 2")),
        Speaking(person="per_b", titles=("Session 1",)),
        Speaking(person="per_c", titles=("Session 3",)),
    )


def test_who_withdrew_was_declined_or_is_off_the_programme_already_is_not_told_again() -> None:
    sessions = [
        session(1, "per_a", editorial=Editorial.WITHDRAWN),
        session(2, "per_b", editorial=Editorial.REJECTED),
        session(3, "per_c", is_cancelled=True),
    ]

    assert cast_list(sessions) == ()


@given(st.integers(0, 1_000), st.sampled_from(["A", "é", "会"]), st.integers(1, 2))
def test_the_largest_programme_fits_into_one_event(session_count: int, letter: str, speaker_count: int) -> None:
    people = [f"per_{n:032}" for n in range(speaker_count)]
    sessions = [
        session(number, *(f"{person[:-4]}{number:04}" for person in people), title=letter * 300)
        for number in range(session_count)
    ]
    told = cast_list(sessions)

    said = ConferenceCancelled(
        conference="conf_79",
        run="run_79",
        reason="r" * 2_000,
        decision="d" * 4_000,
        cancelled_on=NOW.date(),
        choose_by=NOW.date(),
        choose_until=NOW,
        speakers=told,
    )

    assert len({each.person for each in told}) == min(session_count, 1) * len({p for s in sessions for p in s.speakers})
    assert len(encode(said)) <= DATA_BYTE_COUNT_MAX
