"""Who is told when a conference is cancelled: everybody who was to speak, each in an event that always fits."""

import pytest

from services.scheduling.programme.domain.cast_list import TITLE_COUNT_MAX, cast_list
from services.scheduling.programme.domain.cast_run import CastRun, farewell
from services.scheduling.programme.domain.programme import Casting, Editorial, Kind, Session
from shared.contracts.envelope import DATA_BYTE_COUNT_MAX, encode
from shared.contracts.scheduling import Speaking


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
        Speaking(person="per_a", titles=("Session 1", "Session 2"), title_count=2),
        Speaking(person="per_b", titles=("Session 1",), title_count=1),
        Speaking(person="per_c", titles=("Session 3",), title_count=1),
    )


def test_who_withdrew_was_declined_or_is_off_the_programme_already_is_not_told_again() -> None:
    sessions = [
        session(1, "per_a", editorial=Editorial.WITHDRAWN),
        session(2, "per_b", editorial=Editorial.REJECTED),
        session(3, "per_c", is_cancelled=True),
    ]

    assert cast_list(sessions) == ()


@pytest.mark.parametrize("letter", ["A", "é", "会", "\U0001f5f3"])
def test_who_was_to_speak_in_every_session_is_told_in_an_event_that_fits_and_how_many_more_there_were(
    letter: str,
) -> None:
    sessions = [session(number, "per_a", title=letter * 300) for number in range(1_000)]

    (speaking,) = cast_list(sessions)
    (said,) = farewell(CastRun(id="run_79", conference="conf_79", correlation="x"), speaking).events

    assert (len(speaking.titles), speaking.title_count) == (TITLE_COUNT_MAX, 1_000)
    assert len(encode(said)) <= DATA_BYTE_COUNT_MAX
