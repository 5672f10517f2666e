"""Whoever registers is told at once what is to be paid; who hasn't paid by card is reminded, who has paid is not."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from services.notifications.messages.domain.known import PATIENCE
from services.notifications.messages.domain.messages import State
from services.notifications.messages.domain.purposes import Purpose
from services.notifications.messages.jobs.waiting import reminding
from services.notifications.messages.store.documents import UNPAID
from shared.clock import host_now
from shared.contracts.envelope import Event
from shared.contracts.registration import (
    OrderLine,
    OrderPlaced,
    PayerIntroduced,
    PlacedLine,
    RefundTerms,
)
from shared.contracts.scheduling import DecisionArmed, DecisionWithdrawn
from shared.jobs import LeaseLost, claim_due
from tests.integration.notifications_house import (
    Town,
    announced,
    cancelled,
    captured,
    confirmed,
    envelope,
    failed_later,
    issued,
    option_ended,
    person,
    registration_cancelled,
    submitted,
    town,
    underway,
    voided,
)
from tests.namespaces import Namespace

ANSWERS: list[Event] = [
    confirmed(),
    captured(),
    captured(amount_minor=100, balance_minor=57400),
    cancelled(),
    registration_cancelled(),
    option_ended(),
]


@pytest.fixture(scope="module")
def only_town(module_namespace: Namespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The town of all tests here."""
    with town(module_namespace, tmp_path_factory.mktemp("mailbox")) as made:
        yield made


@pytest.fixture
def quiet_town(only_town: Town) -> Town:
    """Dana is known, and that the 74th will take place."""
    only_town.forget()
    only_town.hear(person(), announced())
    return only_town


def reminders(asked: Town) -> list[State]:
    return [each.state for each in asked.messages(purpose=Purpose.PAYMENT_AWAITED)]


def wait_out(asked: Town) -> None:
    asked.let_time_pass()
    asked.run_jobs()


@pytest.mark.parametrize("tender", ["card", "cheque", "transfer", "grant", "purchase_order"])
def test_whoever_registers_is_written_to_at_once_with_the_sum_the_number_and_the_link(
    quiet_town: Town, tender: str
) -> None:
    heard = [envelope(submitted(tender=tender)), envelope(issued(tender=tender))]
    quiet_town.hear_again(*heard, *heard)
    quiet_town.run_jobs()

    (mail,) = quiet_town.mails()
    assert "/registration/mine/" in mail.text
    assert "$575.00" in mail.text
    assert "INV-2020-000412" in mail.text
    assert mail.headers["X-Reconvene-Subject"] == "reg_1"
    wait_out(quiet_town)
    assert reminders(quiet_town) == ([State.ACCEPTED] if tender == "card" else [])


def test_who_has_paid_before_the_first_mail_is_written_reads_that_instead(quiet_town: Town) -> None:
    quiet_town.hear(submitted(), issued(), captured(), confirmed())
    quiet_town.run_jobs()

    purposes = {mail.headers["X-Reconvene-Purpose"] for mail in quiet_town.mails()}
    assert purposes == {"payment_received", "registration_confirmed"}
    assert quiet_town.only(purpose=Purpose.REGISTRATION_RECEIVED).state is State.COVERED


def test_what_costs_nothing_asks_for_no_payment(quiet_town: Town) -> None:
    quiet_town.hear(issued(total_minor=0))
    quiet_town.run_jobs()

    assert quiet_town.messages() == []


def test_who_does_not_pay_by_card_at_once_is_reminded(quiet_town: Town) -> None:
    quiet_town.hear(submitted())
    quiet_town.run_jobs()
    at_once = quiet_town.mails()

    wait_out(quiet_town)

    assert at_once == []
    (mail,) = quiet_town.mails()
    assert "/registration/mine/" in mail.text
    assert "$575.00" in mail.text
    assert mail.headers["X-Reconvene-Subject"] == "reg_1"


def test_who_pays_for_several_is_reminded_once_with_the_whole_sum_and_no_attendee_is(quiet_town: Town) -> None:
    _place_for_two(quiet_town)

    wait_out(quiet_town)

    (mail,) = quiet_town.mails()
    assert mail.recipients == ("payable@riverton.example",)
    assert "order of 2 registrations" in mail.text
    assert "$1,150.00" in mail.text
    assert ("/registration/orders/" in mail.text, "/registration/mine/" in mail.text) == (True, False)


@pytest.mark.parametrize(
    "answer",
    [
        captured(person="pyr_1", amount_minor=115000, registrations=("reg_1", "reg_2")),
        underway(),
        cancelled(),
    ],
    ids=["paid", "asked a bank", "cancelled"],
)
def test_who_has_paid_for_several_is_not_reminded(quiet_town: Town, answer: Event) -> None:
    _place_for_two(quiet_town)
    quiet_town.hear(answer)

    wait_out(quiet_town)

    assert reminders(quiet_town) == []


def test_an_order_of_several_by_transfer_reminds_nobody(quiet_town: Town) -> None:
    _place_for_two(quiet_town, tender="transfer")

    wait_out(quiet_town)

    assert quiet_town.messages() == []


def _place_for_two(quiet_town: Town, *, tender: str = "card") -> None:
    """The City of Riverton orders for Dana and a colleague."""
    both = ("reg_1", "reg_2")
    city = PayerIntroduced(
        payer="pyr_1", name="City of Riverton", email="payable@riverton.example", postal_address=("1 Main Street",)
    )
    placed = OrderPlaced(
        order="ord_1",
        conference="conf_74",
        payer="pyr_1",
        registrations=both,
        tender=tender,
        currency="USD",
        lines=tuple(PlacedLine(registration=each, kind="fee", amount_minor=57500) for each in both),
        terms=RefundTerms(),
    )
    quiet_town.hear(person(2), city)
    each_of_two = [submitted(number, order="ord_1", payer="pyr_1", tender=tender) for number in (1, 2)]
    quiet_town.hear_again(*[envelope(each) for each in (placed, *each_of_two)] * 2)


def test_there_is_half_an_hour_to_pay_whatever_the_business_clock_shows(quiet_town: Town) -> None:
    before = host_now()
    quiet_town.hear(submitted())

    clock = quiet_town.database.clock
    shown = clock.now()
    try:
        clock.move(shown + timedelta(days=400))
        quiet_town.run_jobs()
    finally:
        clock.move(shown)

    assert quiet_town.messages() == []
    (kept,) = quiet_town.database.mongo[UNPAID.name].find()
    assert before + PATIENCE <= kept["job"]["due_at"] <= host_now() + PATIENCE


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda each: type(each).__name__)
@pytest.mark.parametrize("is_first", [False, True], ids=["after", "before"])
def test_who_has_paid_or_has_nothing_to_pay_any_more_hears_nothing(
    quiet_town: Town, answer: Event, is_first: bool
) -> None:
    for event in (answer, submitted()) if is_first else (submitted(), answer):
        quiet_town.hear(event)

    wait_out(quiet_town)

    assert reminders(quiet_town) == []


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda each: type(each).__name__)
def test_a_payment_that_comes_before_the_mail_is_written_makes_it_needless(quiet_town: Town, answer: Event) -> None:
    quiet_town.hear(submitted())
    quiet_town.let_time_pass()
    _plan_reminders(quiet_town)
    planned = reminders(quiet_town)

    quiet_town.hear(answer)
    quiet_town.run_jobs()

    assert (planned, reminders(quiet_town)) == ([State.PLANNED], [State.COVERED])
    assert "payment_awaited" not in {mail.headers["X-Reconvene-Purpose"] for mail in quiet_town.mails()}


@pytest.mark.parametrize("is_first", [False, True], ids=["after", "before"])
def test_nobody_is_reminded_while_a_bank_has_been_asked_to_pay(quiet_town: Town, is_first: bool) -> None:
    heard = [envelope(each) for each in ((underway(), submitted()) if is_first else (submitted(), underway()))]
    quiet_town.hear_again(*heard, *heard)

    wait_out(quiet_town)

    assert reminders(quiet_town) == []


@pytest.mark.parametrize("is_put_off", [False, True], ids=["planned", "put off"])
def test_a_reminder_that_has_not_left_is_needless_once_a_bank_has_been_asked_to_pay(
    quiet_town: Town, is_put_off: bool
) -> None:
    quiet_town.hear(submitted())
    if is_put_off:
        quiet_town.plan_faults(refuse=1, code=451)
        wait_out(quiet_town)
    else:
        quiet_town.let_time_pass()
        _plan_reminders(quiet_town)

    quiet_town.hear(underway())
    wait_out(quiet_town)
    states = reminders(quiet_town)
    quiet_town.hear(failed_later())
    wait_out(quiet_town)

    assert states == [State.COVERED]
    assert [mail.headers["X-Reconvene-Purpose"] for mail in quiet_town.mails()] == ["payment_failed"]


def test_who_has_agreed_to_pay_before_the_first_mail_is_written_gets_it_and_the_link_in_it(quiet_town: Town) -> None:
    quiet_town.hear(submitted(), issued(), underway())

    wait_out(quiet_town)

    assert [mail.headers["X-Reconvene-Purpose"] for mail in quiet_town.mails()] == ["registration_received"]


@pytest.mark.parametrize("answer", [captured(), cancelled()], ids=["paid", "cancelled"])
def test_a_mail_that_the_server_put_off_is_not_sent_once_it_is_needless(quiet_town: Town, answer: Event) -> None:
    quiet_town.plan_faults(refuse=1, code=451)
    quiet_town.hear(submitted())
    wait_out(quiet_town)
    put_off = reminders(quiet_town)

    quiet_town.hear(answer)
    wait_out(quiet_town)

    assert (put_off, reminders(quiet_town)) == ([State.RENDERED], [State.COVERED])
    assert "payment_awaited" not in {mail.headers["X-Reconvene-Purpose"] for mail in quiet_town.mails()}


def test_what_is_said_of_another_registration_answers_nothing(quiet_town: Town) -> None:
    quiet_town.hear(submitted(), confirmed(2, person="per_1"), voided(2))

    wait_out(quiet_town)

    assert reminders(quiet_town) == [State.ACCEPTED]


def test_what_costs_nothing_is_not_waited_for(quiet_town: Town) -> None:
    quiet_town.hear(submitted(lines=(OrderLine(kind="fee", amount_minor=0),)))

    wait_out(quiet_town)

    assert quiet_town.messages() == []


def test_there_is_one_reminder_for_a_registration_however_often_it_is_heard_of(quiet_town: Town) -> None:
    heard = envelope(submitted())
    quiet_town.hear_again(heard, heard)
    wait_out(quiet_town)
    quiet_town.hear_again(heard)

    wait_out(quiet_town)
    wait_out(quiet_town)

    assert reminders(quiet_town) == [State.ACCEPTED]
    assert len(quiet_town.mails()) == 1


def test_a_process_that_dies_with_the_reminder_in_hand_leaves_it_to_the_next(quiet_town: Town) -> None:
    quiet_town.hear(submitted())
    quiet_town.let_time_pass()
    (lost,) = claim_due(quiet_town.database, reminding(quiet_town.database))

    wait_out(quiet_town)

    assert reminders(quiet_town) == [State.ACCEPTED]
    with pytest.raises(LeaseLost):
        reminding(quiet_town.database).act(lost)
    assert len(quiet_town.messages()) == len(quiet_town.mails()) == 1


def test_without_an_e_mail_address_the_link_comes_by_letter(quiet_town: Town) -> None:
    quiet_town.hear(person(email=None), submitted())

    wait_out(quiet_town)

    reminder = quiet_town.only()
    assert (reminder.state, reminder.channel) == (State.ACCEPTED, "letter")
    assert quiet_town.mails() == []


def _plan_reminders(asked: Town) -> None:
    kind = reminding(asked.database)
    for claim in claim_due(asked.database, kind):
        kind.act(claim)


@pytest.mark.parametrize("end", ["undone", "cancelled"])
def test_while_a_decision_can_be_undone_nobody_is_reminded_and_afterwards_once_or_not_at_all(
    quiet_town: Town, end: str
) -> None:
    until = quiet_town.database.clock.now()
    armed = envelope(DecisionArmed(conference="conf_74", decision="dec_1", kind="cancel", revision=1, until=until))
    quiet_town.hear(submitted())
    quiet_town.hear_again(armed)
    quiet_town.hear(announced())
    for _ in range(2):
        wait_out(quiet_town)
        assert reminders(quiet_town) == []

    withdrawn = DecisionWithdrawn(conference="conf_74", decision="dec_1")
    quiet_town.hear(withdrawn if end == "undone" else cancelled())
    for _ in range(2):
        wait_out(quiet_town)

    assert reminders(quiet_town) == ([State.ACCEPTED] if end == "undone" else [])


def test_the_end_of_another_decision_lets_nobody_be_reminded(quiet_town: Town) -> None:
    until = quiet_town.database.clock.now()
    armed = DecisionArmed(conference="conf_74", decision="dec_2", kind="cancel", revision=1, until=until)
    quiet_town.hear(submitted(), armed, DecisionWithdrawn(conference="conf_74", decision="dec_1"))

    wait_out(quiet_town)

    assert reminders(quiet_town) == []
