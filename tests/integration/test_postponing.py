"""A conference is postponed: who is registered is asked, stays unless their payer wants the money, and is then settled
in full; a cancellation afterwards takes those who are still there."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from services.registration.changing.commands.postponed_conference import POSTPONED_CONFERENCE
from services.registration.changing.store import RUNS
from services.registration.registering.domain.registrations import Asked, Life
from shared.auth import sign
from shared.contracts.payments import LeavingWorkedOut, MoveWorkedOut, RefundRunCompleted, SettlementOffered
from shared.contracts.registration import (
    MoveChosen,
    OrderPostponed,
    RegistrationConfirmed,
    RegistrationLeft,
    RegistrationPostponed,
    RunLeaversClosed,
    RunPopulationClosed,
)
from shared.contracts.scheduling import ConferencePostponed, DecisionArmed, DecisionWithdrawn
from shared.ids import digest_of
from tests.integration.leaving_houses import Two, both
from tests.integration.provider_fixtures import RunningProvider
from tests.integration.registration.answers import HTML
from tests.integration.registration_house import CANCELLED_AT, CHOOSE_UNTIL, FEE_MINOR, KEPT_MINOR
from tests.namespaces import Namespace

RUN = "run_p"
POSTPONED = ConferencePostponed(
    conference="74th",
    run=RUN,
    reason="The hall is a hospital now.",
    decision="The congress is postponed.",
    postponed_on=date(2020, 4, 9),
    choose_by=date(2020, 4, 30),
    choose_until=CHOOSE_UNTIL,
)
ARMED = DecisionArmed(
    conference="74th", decision="dec_1", kind="postpone", revision=1, until=CANCELLED_AT + timedelta(minutes=30)
)


@pytest.fixture
def two(namespace: Namespace, provider: RunningProvider) -> Iterator[Two]:
    """Both services."""
    with both(namespace, provider) as made:
        yield made


def postpone(two: Two) -> None:
    """The committee's decision is carried out, and everybody is asked."""
    for database in (two.registration.database, two.payments.database):
        database.clock.move(CANCELLED_AT)
    two.registration.hear(POSTPONED)
    two.registration.run_jobs()
    two.talk()


def last_day_over(two: Two) -> None:
    """Choices are final, and what follows from them is done."""
    for database in (two.registration.database, two.payments.database):
        database.clock.move(CHOOSE_UNTIL)
    for _ in range(3):
        two.registration.look_again()
    two.talk()


def choose(two: Two, placed: dict[str, Any], choice: str) -> Any:
    """The payer chooses on their own page, without signing in; the response as it is."""
    page = urlsplit(placed.get("page") or placed["mine"]).path
    response = two.registration.client.post(
        f"{page}/move", json={"choice": choice}, headers={"Accept": "application/json"}
    )
    two.talk()
    return response


def test_everybody_who_is_there_is_asked_once_and_nobody_ends(two: Two) -> None:
    ann, bob = two.register(), two.register()
    two.pay(ann)

    postpone(two)

    ids = [ann["registration"], bob["registration"]]
    assert [two.life(each) for each in ids] == [Life.CONFIRMED, Life.SUBMITTED]
    said = two.registration.said(RegistrationPostponed)
    assert sorted(each.registration for each in said) == sorted(ids)
    assert {(each.run, each.choose_until, each.default_choice) for each in said} == {(RUN, CHOOSE_UNTIL, "wait")}
    assert two.registration.said(RunPopulationClosed) == [
        RunPopulationClosed(run=RUN, conference="74th", count=2, digest=digest_of(ids))
    ]


def test_the_payer_is_told_what_would_come_back_without_any_fee(two: Two) -> None:
    ann, bob = two.register(), two.register()
    two.pay(ann)

    postpone(two)

    said = two.payments.said(MoveWorkedOut)
    sums = {each.order: (each.back_minor, each.written_off_minor) for each in said}
    assert sums == {ann["order"]: (FEE_MINOR, 0), bob["order"]: (0, FEE_MINOR)}
    assert len(said) == 2
    (offer,) = two.registration.registration(ann["registration"]).moves
    assert (offer.back_minor, offer.written_off_minor) == (FEE_MINOR, 0)


def test_nobody_registers_for_a_conference_that_is_postponed(two: Two) -> None:
    postpone(two)

    refused = two.registration.post()

    assert refused.status_code == 409
    assert refused.json["detail"] == (
        "74th Annual Conference has been postponed, and its new days are not known yet. You were not registered, and "
        "nothing was charged; please come back when the new days are announced."
    )


def test_silence_is_wait_and_the_money_stays_deferred(two: Two) -> None:
    ann = two.register()
    two.pay(ann)
    postpone(two)

    last_day_over(two)

    known = two.registration.registration(ann["registration"])
    assert (known.life, known.choosing) == (Life.CONFIRMED, "")
    assert [(each.state, each.choice, each.by) for each in known.moves] == [(Asked.FINAL, "wait", "deadline")]
    assert two.registration.said(RegistrationLeft) == []
    assert two.registration.said(RunLeaversClosed) == [
        RunLeaversClosed(run=RUN, conference="74th", count=0, digest=digest_of([]))
    ]
    assert two.payments.balances() == {"1000": FEE_MINOR, "2000": -FEE_MINOR}


def test_who_chooses_the_refund_leaves_after_the_last_day_with_all_of_the_money(two: Two) -> None:
    ann, bob = two.register(), two.register()
    two.pay(ann)
    two.pay(bob)
    postpone(two)

    assert choose(two, ann, "refund").status_code == 200
    assert two.life(ann["registration"]) is Life.CONFIRMED
    last_day_over(two)

    assert [two.life(each["registration"]) for each in (ann, bob)] == [Life.LEFT, Life.CONFIRMED]
    (left,) = two.registration.said(RegistrationLeft)
    assert (left.registration, left.cause, left.run) == (ann["registration"], "moved", RUN)
    assert two.worked_out_of(ann) == (0, FEE_MINOR)
    refund = two.payments.refund_of(ann["order"])
    assert (refund.rail, refund.amount_minor, refund.run) == ("transfer", FEE_MINOR, RUN)
    assert two.payments.balances() == {"1000": 2 * FEE_MINOR, "2000": -FEE_MINOR, "2020": -FEE_MINOR}
    assert two.registration.said(RunLeaversClosed) == [
        RunLeaversClosed(run=RUN, conference="74th", count=1, digest=digest_of([ann["registration"]]))
    ]


def test_who_has_not_paid_and_leaves_owes_nothing_any_more(two: Two) -> None:
    ann = two.register()
    postpone(two)
    choose(two, ann, "refund")

    last_day_over(two)

    (said,) = two.payments.said(LeavingWorkedOut)
    assert (said.kept_minor, said.owed_back_minor, said.written_off_minor, said.balance_minor) == (0, 0, FEE_MINOR, 0)
    assert two.payments.balances() == {}
    two.payments.look_at_runs()
    (completed,) = two.payments.said(RefundRunCompleted)
    assert (completed.run, completed.count, completed.voided_minor) == (RUN, 1, FEE_MINOR)


def test_a_choice_may_be_changed_until_it_is_final_and_is_said_each_time_once(two: Two) -> None:
    ann = two.register()
    postpone(two)

    for choice in ("refund", "refund", "wait"):
        assert choose(two, ann, choice).status_code == 200
    last_day_over(two)

    assert [(each.choice, each.revision) for each in two.registration.said(MoveChosen)] == [("refund", 1), ("wait", 2)]
    assert two.life(ann["registration"]) is Life.SUBMITTED
    late = choose(two, ann, "refund")
    assert late.status_code == 409
    assert late.json["detail"] == (
        "The last day for choosing is over. Nothing was changed; your page shows what was chosen."
    )


def test_what_is_not_offered_is_refused_and_changes_nothing(two: Two) -> None:
    ann = two.register()
    postpone(two)

    refused = choose(two, ann, "credit")

    assert refused.status_code == 422
    assert "'credit' is not offered here. Nothing was changed" in refused.json["detail"]
    assert two.registration.said(MoveChosen) == []


def test_nobody_is_asked_before_it_is_postponed(two: Two) -> None:
    ann = two.register()

    refused = choose(two, ann, "refund")

    assert (refused.status_code, refused.json["detail"]) == (
        409,
        "There is nothing to choose about this registration now. Nothing was changed; your page shows how it is.",
    )


def test_the_payer_of_several_is_asked_once_and_chooses_for_all_of_them(two: Two) -> None:
    town = two.order(3)
    two.pay(town)
    postpone(two)

    (asked,) = two.registration.said(OrderPostponed)
    assert (asked.payer[:4], len(asked.registrations)) == ("pyr_", 3)
    (sums,) = two.payments.said(MoveWorkedOut)
    assert (sums.back_minor, len(sums.registrations)) == (3 * FEE_MINOR, 3)
    assert choose(two, town, "refund").json["move"] == "refund"
    last_day_over(two)

    (chosen,) = two.registration.said(MoveChosen)
    assert (chosen.person, len(chosen.registrations)) == (asked.payer, 3)
    assert {two.life(each) for each in asked.registrations} == {Life.LEFT}
    assert two.payments.balances() == {"1000": 3 * FEE_MINOR, "2020": -3 * FEE_MINOR}


def test_who_pays_after_it_was_postponed_is_confirmed(two: Two) -> None:
    ann = two.register()
    postpone(two)

    two.pay(ann)

    assert two.life(ann["registration"]) is Life.CONFIRMED


def test_what_was_paid_while_it_could_be_undone_is_true_when_it_is_carried_out(two: Two) -> None:
    ann = two.register()
    two.registration.database.clock.move(CANCELLED_AT)
    two.registration.hear(ARMED)
    two.registration.run_jobs()
    two.pay(ann)
    assert two.life(ann["registration"]) is Life.SUBMITTED

    postpone(two)

    assert two.life(ann["registration"]) is Life.CONFIRMED
    assert len(two.registration.said(RegistrationConfirmed)) == 1


def test_until_choices_are_final_the_desk_ends_nobody_and_afterwards_by_the_terms(two: Two) -> None:
    ann = two.register()
    postpone(two)

    refused = two.leave(ann["registration"])
    last_day_over(two)
    later = two.leave(ann["registration"], key="later")

    assert refused.status_code == 409
    assert "please point the payer to their own page" in refused.json["detail"]
    assert (later.status_code, two.life(ann["registration"])) == (200, Life.LEFT)


def test_undoing_a_later_decision_leaves_the_entrance_shut_and_the_way_for_payments_open(two: Two) -> None:
    ann = two.register()
    postpone(two)
    two.registration.hear(ARMED)
    two.registration.run_jobs()
    two.registration.hear(DecisionWithdrawn(conference="74th", decision="dec_1"))
    two.registration.run_jobs()

    two.pay(ann)

    assert two.life(ann["registration"]) is Life.CONFIRMED
    assert two.registration.post().status_code == 409
    gates = two.registration.database.mongo["gates"]
    assert gates.count_documents({"is_open": True}) == 1


def test_a_cancellation_voids_what_was_asked_and_takes_everybody_who_is_there(two: Two) -> None:
    ann, bob = two.register(), two.register()
    two.pay(ann)
    two.pay(bob)
    postpone(two)
    choose(two, ann, "refund")

    two.cancel()

    known = two.registration.registration(ann["registration"])
    assert (known.life, known.choosing, known.moves[-1].state) == (Life.CANCELLED, "", Asked.VOID)
    assert {each.fee_minor for each in two.payments.said(SettlementOffered)} == {KEPT_MINOR}
    assert two.registration.said(RegistrationLeft) == []
    assert [each.count for each in two.registration.said(RunLeaversClosed)] == [0]
    refused = choose(two, ann, "wait")
    assert (refused.status_code, refused.json["detail"][:44]) == (409, "74th Annual Conference has been cancelled si")


def test_a_cancellation_after_choices_were_final_takes_those_who_waited_and_nobody_else(two: Two) -> None:
    ann, bob = two.register(), two.register()
    two.pay(ann)
    two.pay(bob)
    postpone(two)
    choose(two, ann, "refund")
    last_day_over(two)

    two.cancel()

    assert [two.life(each["registration"]) for each in (ann, bob)] == [Life.LEFT, Life.CANCELLED]
    assert [each.registration for each in two.payments.said(SettlementOffered)] == [bob["registration"]]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_whoever_dies_half_way_asks_everybody_once(two: Two, count: int) -> None:
    ids = [two.register()["registration"] for _ in range(3)]
    two.registration.database.clock.move(CANCELLED_AT)
    two.registration.hear(POSTPONED)
    two.registration.take_steps(two.registration.claimed(POSTPONED_CONFERENCE), count)
    two.registration.end_pauses(RUNS)

    two.registration.run_jobs()

    assert sorted(each.registration for each in two.registration.said(RegistrationPostponed)) == sorted(ids)
    assert len(two.registration.said(RunPopulationClosed)) == 1


def test_heard_twice_it_asks_once(two: Two) -> None:
    two.register()
    postpone(two)
    postpone(two)

    assert len(two.registration.said(RegistrationPostponed)) == 1


def page_of(two: Two, placed: dict[str, Any], *, language: str = "en") -> str:
    """What its payer reads on their own page, in one line."""
    address = urlsplit(placed.get("page") or placed["mine"]).path
    page = two.registration.client.get(f"{address}?lang={language}", headers=HTML)
    assert page.status_code == 200, page.text
    return " ".join(page.text.split())


def test_the_own_page_asks_with_the_sums_in_each_language_and_says_what_was_chosen(two: Two) -> None:
    ann = two.register()
    two.pay(ann)
    postpone(two)

    asked = [page_of(two, ann, language=each) for each in ("en", "fr", "nl")]
    address = urlsplit(ann["mine"]).path
    sent = two.registration.client.post(f"{address}/move", data={"choice": "refund"}, headers=HTML)
    chosen = page_of(two, ann)
    last_day_over(two)
    final = page_of(two, ann)

    assert "The hall is a hospital now." in asked[0]
    assert "$575.00 goes back the way it was paid." in asked[0]
    assert "Attendre les nouvelles dates ou être remboursé" in asked[1]
    assert "Wachten op de nieuwe data, of het geld terug?" in asked[2]
    assert sent.status_code == 303
    assert "You may still change it until" in chosen
    assert "all that was paid goes back the way it was paid. Nothing is kept." in final
    assert "The host committee ended it" not in final


def test_the_payer_of_several_reads_the_sums_of_all_and_their_people_read_none(two: Two) -> None:
    town = two.order(2)
    two.pay(town)
    postpone(two)

    (asked,) = two.registration.said(OrderPostponed)
    token = sign(two.registration.parts.settings, purpose="registration", id_=asked.registrations[0])
    theirs = page_of(two, {"mine": f"/registration/mine/{token}"})

    assert "$1,150.00 goes back the way it was paid." in page_of(two, town)
    assert "decides whether you wait" in theirs
    assert "goes back the way it was paid" not in theirs


def test_after_the_last_day_nothing_is_chosen_though_it_is_not_final_yet(two: Two) -> None:
    ann = two.register()
    postpone(two)
    two.registration.database.clock.move(CHOOSE_UNTIL)

    refused = choose(two, ann, "refund")

    assert (refused.status_code, two.registration.said(MoveChosen)) == (409, [])


@pytest.mark.parametrize("count", [1, 2])
def test_whoever_dies_while_choices_become_final_ends_each_once(two: Two, count: int) -> None:
    ann, bob = two.register(), two.register()
    postpone(two)
    choose(two, ann, "refund")
    two.registration.database.clock.move(CHOOSE_UNTIL)
    two.registration.end_pauses(RUNS)
    two.registration.take_steps(two.registration.claimed(POSTPONED_CONFERENCE), count)

    last_day_over(two)

    assert [two.life(each["registration"]) for each in (ann, bob)] == [Life.LEFT, Life.SUBMITTED]
    assert len(two.registration.said(RegistrationLeft)) == 1
    assert [each.count for each in two.registration.said(RunLeaversClosed)] == [1]


def test_money_that_comes_while_a_choice_becomes_final_goes_back(two: Two) -> None:
    ann = two.register()
    postpone(two)
    choose(two, ann, "refund")
    two.registration.database.clock.move(CHOOSE_UNTIL)
    two.registration.look_again()

    two.pay(ann)

    assert two.life(ann["registration"]) is Life.LEFT
    assert two.payments.refund_of(ann["order"]).amount_minor == FEE_MINOR
    assert two.payments.balances() == {"1000": FEE_MINOR, "2020": -FEE_MINOR}
