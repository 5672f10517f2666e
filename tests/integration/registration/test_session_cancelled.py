"""Claims about paid seats in a session that is cancelled: who may choose until when, and what payments says."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.registration.changing import jobs
from services.registration.changing.commands.cancelled_session import KIND
from services.registration.changing.store import RUNS
from services.registration.registering.domain.options import OptionState
from shared.contracts.payments import InvoiceReduced
from shared.contracts.registration import (
    OptionCancelled,
    OptionMoved,
    RegistrationCancelled,
    RegistrationConfirmed,
)
from shared.ids import digest_of
from tests.integration.registration_house import House, captured, refund_settled
from tests.integration.registration_sessions import (
    THREAD_COUNT,
    UNTIL,
    cancel_session,
    choose,
    page,
    paid,
    post_option,
    seats_published,
    session_cancelled,
    states,
    taken,
)
from tests.waiting import ask_while_busy

BEFORE = UNTIL - timedelta(days=1)


def run_of(house: House) -> dict[str, Any]:
    """The run of the cancelled session, as it is saved."""
    found = house.database.mongo[RUNS.name].find_one({"kind": KIND.name})
    assert found is not None
    return found


# a session is cancelled


def test_who_has_a_seat_in_a_cancelled_session_may_choose_and_nobody_else(registration: House) -> None:
    with_seat, without = paid(registration, "a-07", "banquet"), paid(registration, "a-09")

    for _ in range(2):
        cancel_session(registration)

    assert states(registration, with_seat) == {"a-07": "cancelled_by_organiser", "banquet": "held"}
    assert states(registration, without) == {"a-09": "held"}
    assert registration.said(OptionCancelled) == []
    shown = page(registration, with_seat)
    assert "A-07 is cancelled: move to Academy A-09 (19 places left), or get $95.00 back" in shown
    assert "by the end of <strong>Wednesday, March 11, 2020, Central Time</strong>" in shown
    assert "If you say nothing, you get $95.00 back" in shown
    assert "is cancelled" not in page(registration, without)


def test_nobody_buys_a_seat_in_a_cancelled_session(registration: House) -> None:
    cancel_session(registration)

    response = registration.post(options=["a-07"])

    assert response.status_code == 409
    assert "is not offered any more, because its session is cancelled" in response.json["detail"]


def test_exactly_as_many_move_as_there_are_places_and_the_next_can_still_have_the_money(registration: House) -> None:
    people = [paid(registration, "a-07") for _ in range(28)]
    cancel_session(registration)

    def move(id_: str) -> Any:
        return ask_while_busy(lambda: choose(registration, id_, {"choice": "move", "session": "ses_09"}))

    with ThreadPoolExecutor(THREAD_COUNT) as pool:
        answers = dict(zip(people, pool.map(move, people), strict=True))

    late = [id_ for id_, answer in answers.items() if answer.status_code == 409]
    assert sorted(answer.status_code for answer in answers.values()) == [200] * 20 + [409] * 8
    for id_ in late:
        assert answers[id_].json["detail"] == (
            "Somebody else took the last place in Academy A-09. You were not moved, and nothing was changed. "
            "You may get $95.00 back."
        )
        assert choose(registration, id_, {"choice": "refund"}, key="other").status_code == 200
    assert taken(registration) == {"a-09": 20}
    moved, cancelled = registration.said(OptionMoved), registration.said(OptionCancelled)
    assert len(moved) == 20
    assert sorted(said.registration for said in cancelled) == sorted(late)
    assert {(said.to_session, said.amount_minor) for said in moved} == {("ses_09", 9500)}
    assert {said.by for said in cancelled} == {"registrant"}
    registration.look_again()
    assert run_of(registration)["step"] == "settled"


def test_silence_gives_the_money_back_at_the_deadline_and_not_before(registration: House) -> None:
    silent, moved = paid(registration, "a-07", "banquet"), paid(registration, "a-07")
    cancel_session(registration)
    choose(registration, moved, {"choice": "move", "session": "ses_09"})
    registration.database.clock.move(BEFORE)
    registration.look_again()
    assert registration.said(OptionCancelled) == []

    registration.database.clock.move(UNTIL)
    for _ in range(2):
        registration.look_again()

    (said,) = registration.said(OptionCancelled)
    assert (said.registration, said.product, said.by) == (silent, "a-07", "deadline")
    assert states(registration, silent) == {"a-07": "given_back", "banquet": "held"}
    assert taken(registration) == {"a-09": 1, "banquet": 1}
    assert choose(registration, silent, {"choice": "move", "session": "ses_09"}, key="late").status_code == 409


def test_after_the_deadline_nobody_moves_even_before_the_job_has_looked(registration: House) -> None:
    id_ = paid(registration, "a-07")
    cancel_session(registration)
    registration.database.clock.move(UNTIL)

    response = choose(registration, id_, {"choice": "move", "session": "ses_09"})

    assert response.status_code == 409
    assert "The time for choosing is over. Nothing was changed" in response.json["detail"]
    assert "The time for choosing is over: you get $95.00 back" in page(registration, id_)


def test_without_anything_to_choose_the_money_goes_back_at_once(registration: House) -> None:
    id_ = paid(registration, "a-07")

    cancel_session(registration, alternatives=(), choose_until=None)

    (said,) = registration.said(OptionCancelled)
    assert (said.registration, said.by) == (id_, "deadline")
    assert taken(registration) == {}
    assert run_of(registration)["step"] == "settled"


def test_nobody_moves_to_a_session_at_the_time_of_another_seat_or_of_their_own_talk(registration: House) -> None:
    a12 = {"key": "a-12", "label": "Academy A-12", "amount": "95.00", "session": "ses_12", "place_count": "20"}
    assert post_option(registration, **a12).status_code == 303
    seated, speaks = paid(registration, "a-07", "a-12"), paid(registration, "a-07")
    talk: dict[str, Any] = {
        "seats": None,
        "speakers": (registration.registration(speaks).person,),
        "title": "Minutes that stand up",
    }
    begin = datetime(2020, 5, 18, 19, tzinfo=UTC)
    afternoon: dict[str, Any] = {"starts": begin, "ends": begin + timedelta(hours=4)}
    evening: dict[str, Any] = {"starts": begin + timedelta(hours=4), "ends": begin + timedelta(hours=5)}
    registration.hear(
        seats_published("ses_07"),
        seats_published("ses_09", **afternoon),
        seats_published("ses_12", **afternoon),
        seats_published("ses_talk", **afternoon, **talk),
    )
    cancel_session(registration)

    refused = [choose(registration, each, {"choice": "move", "session": "ses_09"}) for each in (seated, speaks)]
    before = taken(registration)
    registration.hear(
        seats_published("ses_12", release=2, **evening),
        seats_published("ses_talk", release=2, **evening, **talk),
    )
    moved = [choose(registration, each, {"choice": "move", "session": "ses_09"}, key="2") for each in (seated, speaks)]

    assert [each.status_code for each in (*refused, *moved)] == [409, 409, 200, 200]
    assert [each.json["type"].rpartition(":")[2] for each in refused] == ["AtOneTime", "SpeaksThen"]
    assert all("You were not moved, and nothing was changed" in each.json["detail"] for each in refused)
    assert "Academy A-12 (Monday, May 18, 14:00 to 18:00) and Academy A-09" in refused[0].json["detail"]
    assert "while you speak in ses_talk Minutes that stand up" in refused[1].json["detail"]
    assert before == {"a-07": 2, "a-12": 1}
    assert taken(registration) == {"a-09": 2, "a-12": 1}


def test_while_the_conference_is_being_cancelled_no_option_is_chosen_and_all_is_settled_as_one(
    registration: House,
) -> None:
    id_ = paid(registration, "a-07", "banquet")
    cancel_session(registration)
    registration.cancel()

    refused = choose(registration, id_, {"choice": "refund"})
    registration.run_jobs()
    registration.look_again()

    assert refused.status_code == 409
    assert "all you paid is settled as one" in refused.json["detail"]
    assert states(registration, id_) == {"a-07": "ended", "banquet": "ended"}
    assert registration.said(OptionCancelled) == []
    assert len(registration.said(RegistrationCancelled)) == 1
    assert run_of(registration)["step"] == "settled"


def test_a_session_that_goes_with_its_conference_leaves_the_options_to_it(registration: House) -> None:
    id_ = paid(registration, "a-07")
    registration.cancel()

    cancel_session(registration, alternatives=(), choose_until=None)
    registration.run_jobs()

    assert registration.said(OptionCancelled) == []
    assert states(registration, id_) == {"a-07": "ended"}


def test_a_session_of_many_is_walked_in_chunks_and_again_after_a_crash(
    registration: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "CHUNK_SIZE", 3)
    ids = [paid(registration, "a-07") for _ in range(7)]
    registration.hear(session_cancelled())
    registration.take_steps(registration.claimed(KIND.name), 2)  # and here its process is killed

    registration.look_again()

    assert [states(registration, id_) for id_ in ids] == [{"a-07": "cancelled_by_organiser"}] * 7
    registration.database.clock.move(UNTIL)
    registration.look_again()
    assert sorted(said.registration for said in registration.said(OptionCancelled)) == sorted(ids)
    assert taken(registration) == {}
    run = run_of(registration)
    assert (run["step"], run["done_count"], run["count"], run["digest"]) == ("settled", 7, 7, digest_of(ids))
    assert "job" not in run


# what payments says about it
def reduced(house: House, id_: str, *, balance_minor: int, owed_back_minor: int) -> InvoiceReduced:
    """Payments has taken A-07 off the invoice."""
    known = house.registration(id_)
    return InvoiceReduced(
        order=known.order,
        registration=id_,
        conference="74th",
        person=known.person,
        number="INV",
        product="a-07",
        session="ses_07",
        reduced_minor=9500,
        written_off_minor=9500 - owed_back_minor,
        owed_back_minor=owed_back_minor,
        released_minor=0,
        total_minor=known.total_minor,
        balance_minor=balance_minor,
        currency="USD",
    )


def test_an_invoice_that_shrinks_to_what_was_paid_makes_a_delegate_once(registration: House) -> None:
    id_ = registration.register(options=["a-07"], tender="cheque")["registration"]
    registration.hear(captured(registration.registration(id_), balance_minor=9500))
    cancel_session(registration)
    assert "get $95.00 back" in page(registration, id_)
    choose(registration, id_, {"choice": "refund"})
    said = reduced(registration, id_, balance_minor=0, owed_back_minor=0)

    for _ in range(2):
        registration.hear(said)

    known = registration.registration(id_)
    assert (known.life.value, known.paid_minor, known.total_minor) == ("confirmed", 57500, 57500)
    assert len(registration.said(RegistrationConfirmed)) == 1
    assert "Academy A-07 is off your invoice: you owe $95.00 less." in page(registration, id_)


def test_the_page_says_what_goes_back_once_payments_has_worked_it_out(registration: House) -> None:
    id_ = paid(registration, "a-07")
    cancel_session(registration)
    choose(registration, id_, {"choice": "refund"})
    assert "We are working out whether money goes back" in page(registration, id_)

    registration.hear(reduced(registration, id_, balance_minor=0, owed_back_minor=9500))

    assert "$95.00 for Academy A-07 goes back the way you paid." in page(registration, id_)
    assert registration.registration(id_).options[0].state is OptionState.GIVEN_BACK


def test_the_page_says_when_the_card_s_bank_has_paid_for_the_option(registration: House) -> None:
    id_ = paid(registration, "a-07")
    cancel_session(registration)
    choose(registration, id_, {"choice": "refund"})
    registration.hear(reduced(registration, id_, balance_minor=0, owed_back_minor=9500))

    for _ in range(2):
        known = registration.registration(id_)
        registration.hear(refund_settled(known, rail="dispute", amount_minor=9500, run=""))

    assert "bank has paid $95.00 back to you" in page(registration, id_)
    assert "goes back the way you paid" not in page(registration, id_)
