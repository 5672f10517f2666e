"""Messages on the real database and a real mail server: one for each identity, whatever order the news comes in."""

from collections.abc import Iterator

import pytest

from services.notifications.delivery.jobs import lanes
from services.notifications.messages.domain.messages import Message, State
from services.notifications.messages.domain.purposes import Purpose
from shared.contracts.envelope import Event
from shared.contracts.notifications import MessageAccepted, MessageBounced
from shared.contracts.payments import RefundFailed
from shared.contracts.registration import ContactChanged, PayerIntroduced
from shared.unit import Unit
from tests.integration.notifications_house import (
    Town,
    address_change_asked,
    agenda_changed,
    announced,
    awaited,
    cancelled,
    captured,
    chosen,
    confirmed,
    credited,
    decided,
    envelope,
    extended,
    failed_later,
    introduced,
    issued,
    leaving_worked_out,
    link_asked,
    offered,
    option_moved,
    option_renamed,
    payee_named,
    person,
    proposed,
    refunded,
    registration_cancelled,
    released,
    reversed_,
    seat_offered,
    speaker_confirmed,
    submitted,
    town,
    voided,
    withdrew,
)
from tests.namespaces import Namespace

MONEY: list[Event] = [
    confirmed(),
    captured(),
    leaving_worked_out(),
    offered(),
    chosen(),
    credited(),
    refunded(),
    reversed_(),
    failed_later(),
    payee_named(),
]
PROGRAMME: list[Event] = [
    agenda_changed(wants_invitations=True),
    seat_offered(),
    option_moved(),
    option_renamed(),
    extended(),
    proposed(),
    decided(),
    speaker_confirmed(),
    withdrew(),
    link_asked(),
    address_change_asked(),
]


@pytest.fixture(scope="module")
def only_town(module_namespace: Namespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The town of all tests here."""
    with town(module_namespace, tmp_path_factory.mktemp("mailbox")) as made:
        yield made


@pytest.fixture
def quiet_town(only_town: Town) -> Town:
    """Nobody and nothing is known yet."""
    only_town.forget()
    return only_town


@pytest.fixture
def known_town(quiet_town: Town) -> Town:
    """Dana is known, and that the 74th is cancelled."""
    quiet_town.hear(person(), announced(), cancelled())
    return quiet_town


def purposes(messages: list[Message]) -> set[Purpose]:
    return {message.purpose for message in messages}


def test_each_purpose_reaches_the_mail_server_and_is_told(quiet_town: Town) -> None:
    quiet_town.hear(person(), announced(), submitted(registration="reg_2"), issued(2, person="per_1"), *PROGRAMME)
    quiet_town.let_time_pass()
    quiet_town.run_jobs()
    quiet_town.hear(cancelled(), *MONEY)

    quiet_town.run_jobs()

    mails = quiet_town.mails()
    assert purposes(quiet_town.messages(state="accepted")) == set(Purpose)
    assert {mail.headers["X-Reconvene-Purpose"] for mail in mails} == set(Purpose)
    assert {mail.recipients for mail in mails} == {("dana1@millbrook.example",), ("dana@newtown.example",)}
    told = {each.message: (each.purpose, each.channel) for each in quiet_town.said(MessageAccepted)}
    assert told == {each.id: (each.purpose, "mail") for each in quiet_town.messages()}


def test_of_what_is_history_everything_is_learned_and_nobody_is_told(quiet_town: Town) -> None:
    def hear_as_history(unit: Unit) -> None:
        unit.is_history = True
        for event in (person(), announced(), submitted(registration="reg_2"), *PROGRAMME, cancelled(), *MONEY):
            quiet_town.parts.worker.call_handler(unit, envelope(event))

    quiet_town.database.transact(hear_as_history)
    quiet_town.let_time_pass()
    quiet_town.run_jobs()

    assert (quiet_town.messages(), quiet_town.mails()) == ([], [])
    quiet_town.hear(confirmed())
    quiet_town.run_jobs()
    assert [mail.recipients for mail in quiet_town.mails()] == [("dana1@millbrook.example",)]  # it knows her


@pytest.mark.parametrize("is_reversed", [False, True], ids=["in order", "the other way round"])
def test_every_event_heard_twice_makes_one_message(quiet_town: Town, is_reversed: bool) -> None:
    envelopes = [envelope(event) for event in (person(), announced(), *PROGRAMME, *MONEY)]
    cancellation = [envelope(cancelled())]

    quiet_town.hear_again(*(reversed(envelopes) if is_reversed else envelopes))
    quiet_town.run_jobs()
    quiet_town.hear_again(*cancellation)
    quiet_town.run_jobs()
    quiet_town.hear_again(*envelopes, *cancellation, *reversed(envelopes))
    quiet_town.let_time_pass()
    quiet_town.run_jobs()

    assert len(quiet_town.messages()) == len(quiet_town.mails()) == len(PROGRAMME) + 2 + len(MONEY)


def test_other_events_that_lead_to_the_same_message_change_nothing(known_town: Town) -> None:
    known_town.hear(offered())
    known_town.run_jobs()

    known_town.hear(voided(), released(), offered(refundable_minor=1))
    known_town.run_jobs()

    (mail,) = known_town.mails()
    assert "$500.00" in mail.text


def test_a_cancellation_says_of_a_payment_under_way_that_it_goes_back_and_nothing_of_void(known_town: Town) -> None:
    known_town.hear(awaited())
    known_town.run_jobs()

    (mail,) = known_town.mails()
    assert mail.subject.endswith("your payment will go back")
    assert "A payment of $575.00 is on its way from your bank." in mail.text
    assert "all of it goes back to you by itself" in mail.text
    assert "void" not in mail.text


def test_who_is_declined_at_the_payment_page_gets_no_mail_about_it(known_town: Town) -> None:
    known_town.hear(failed_later(is_delayed=False))
    known_town.run_jobs()

    assert known_town.mails() == []


def test_a_change_of_mind_and_another_attempt_are_told_each(known_town: Town) -> None:
    known_town.hear(chosen(choice="credit", revision=1), chosen(choice="refund", revision=2))
    known_town.hear(refunded(attempt=1), reversed_(attempt=1), refunded(attempt=2, rail="cheque"))

    known_town.run_jobs()

    subjects = sorted(mail.subject for mail in known_town.mails())
    assert subjects == [
        "We need your address to refund $500.00: 74th Annual Conference",
        "You chose a credit of $500.00: 74th Annual Conference",
        "You chose a refund of $500.00: 74th Annual Conference",
        "Your refund of $500.00 is on its way: 74th Annual Conference",
        "Your refund of $500.00 is on its way: 74th Annual Conference",
    ]


def test_who_registered_is_told_each_time_that_it_was_said_where_the_cheque_goes(known_town: Town) -> None:
    """At the address known before, since anybody who has the link can say it."""
    for _ in range(2):
        known_town.hear(payee_named(payee_version=1), payee_named(payee_version=2))

    known_town.run_jobs()

    assert sorted(mail.subject for mail in known_town.mails()) == [
        "The address for your refund cheque has reached us: 74th Annual Conference",
        "The address for your refund cheque was changed: 74th Annual Conference",
    ]
    assert {mail.recipients for mail in known_town.mails()} == {("dana1@millbrook.example",)}
    assert all("$500.00" in mail.text and "/payments/payee/" in mail.text for mail in known_town.mails())
    assert all("please tell us at once" in mail.text for mail in known_town.mails())


@pytest.mark.parametrize(("owed_minor", "asked"), [(42500, ["$425.00"]), (0, []), (None, ["$500.00"])])
def test_an_address_is_asked_for_the_sum_that_is_still_owed(
    known_town: Town, owed_minor: int | None, asked: list[str]
) -> None:
    """A lost dispute may have paid a part of what came back, or all of it."""
    known_town.hear(reversed_(owed_minor=owed_minor))

    known_town.run_jobs()

    assert [mail.subject for mail in known_town.mails()] == [
        f"We need your address to refund {amount}: 74th Annual Conference" for amount in asked
    ]


def test_nobody_is_told_that_money_is_on_its_way_when_their_bank_has_paid_it(known_town: Town) -> None:
    known_town.hear(refunded(rail="dispute", reference="dp_1"), refunded(rail="dispute", reference="dp_1"))

    known_town.run_jobs()

    assert known_town.mails() == []


def test_who_gets_the_rest_of_a_disputed_payment_by_cheque_is_not_told_that_the_card_had_refused_it(
    known_town: Town,
) -> None:
    known_town.hear(refund_failed(rail="dispute", reason="dispute_lost"))

    known_town.run_jobs()

    (mail,) = known_town.mails()
    assert "the payment was disputed at your card" in mail.text
    assert "returned it to us" not in mail.text


def test_a_refund_that_failed_and_one_that_came_back_ask_the_same_question(known_town: Town) -> None:
    failed = refund_failed(rail="card", reason="card closed")

    known_town.hear(failed, reversed_(attempt=1))
    known_town.run_jobs()

    (mail,) = known_town.mails()
    assert "/payments/payee/" in mail.text


@pytest.mark.parametrize(
    "order",
    [
        [offered(), person(), announced(), cancelled()],
        [offered(), announced(), cancelled(), person()],
        [announced(), offered(), person(), cancelled()],
        [person(), offered(), announced(), cancelled()],
    ],
    ids=["person first", "person last", "reason last", "conference late"],
)
def test_a_message_waits_until_everything_that_it_says_is_known(quiet_town: Town, order: list[Event]) -> None:
    waits = []

    for event in order:
        quiet_town.hear(event)
        quiet_town.run_jobs()
        waits += [(each.state, each.waits_for is not None) for each in quiet_town.messages()]

    assert waits[-1] == (State.ACCEPTED, False)
    assert set(waits[:-1]) <= {(State.PLANNED, True)}
    assert len(quiet_town.mails()) == 1


def test_a_waiting_message_is_not_looked_at(quiet_town: Town) -> None:
    quiet_town.hear(offered())

    quiet_town.run_jobs()

    waiting = quiet_town.database.mongo["messages"].find_one({})
    assert waiting is not None
    assert (waiting["waits_for"], "job" in waiting) == ("person:per_1", False)


def test_a_contact_learned_between_looking_and_waiting_wakes_the_message(quiet_town: Town) -> None:
    """The sender looked for the person, found nobody, and before it wrote that down the person was there."""
    quiet_town.hear(announced(), cancelled(), offered())
    prepare = quiet_town.sender._prepare

    def prepare_and_be_overtaken(claims):  # type: ignore[no-untyped-def]
        prepared = prepare(claims)
        quiet_town.hear(person())
        return prepared

    quiet_town.sender._prepare = prepare_and_be_overtaken  # type: ignore[method-assign]
    quiet_town.sender.step(quiet_town.stop)
    quiet_town.sender._prepare = prepare  # type: ignore[method-assign]
    quiet_town.run_jobs()

    assert quiet_town.only().state is State.ACCEPTED


def test_many_that_wait_for_a_conference_are_all_woken(quiet_town: Town) -> None:
    quiet_town.hear(*[event for number in range(30) for event in (person(number), offered(number))])
    quiet_town.run_jobs()

    quiet_town.hear(announced(), cancelled())
    quiet_town.run_jobs()

    assert len(quiet_town.mails()) == 30


def test_a_mail_goes_to_the_address_that_is_known_when_it_is_written(known_town: Town) -> None:
    changed = ContactChanged(person="per_1", name="Dana Whitfield", email="new@millbrook.example", postal_address=())

    known_town.hear(confirmed(), changed)
    known_town.run_jobs()

    assert [mail.recipients for mail in known_town.mails()] == [("new@millbrook.example",)]


@pytest.mark.parametrize("order", [[introduced(), person()], [person(), introduced()]], ids=["last", "first"])
def test_what_registration_told_of_a_person_counts_whenever_scheduling_introduces_them(
    quiet_town: Town, order: list[Event]
) -> None:
    envelopes = [envelope(event) for event in order]

    quiet_town.hear_again(*envelopes)
    quiet_town.hear_again(envelopes[1], envelopes[0], *envelopes)
    quiet_town.hear(announced(), confirmed())
    quiet_town.run_jobs()

    assert [mail.recipients for mail in quiet_town.mails()] == [("dana1@millbrook.example",)]


def test_a_speaker_whom_only_scheduling_knows_is_written_to_and_a_later_introduction_counts(quiet_town: Town) -> None:
    quiet_town.hear(announced(), confirmed())
    quiet_town.run_jobs()

    quiet_town.hear(introduced(email="old@speakers.example"), introduced())
    quiet_town.run_jobs()

    assert [mail.recipients for mail in quiet_town.mails()] == [("ngozi1@speakers.example",)]


def test_an_introduction_helps_where_registration_knows_no_way_to_write(quiet_town: Town) -> None:
    quiet_town.hear(person(email=None, postal_address=()), introduced(), announced(), confirmed())

    quiet_town.run_jobs()

    assert [mail.recipients for mail in quiet_town.mails()] == [("ngozi1@speakers.example",)]


def test_critical_messages_go_first(known_town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """To different people, that is: nobody reads their own messages in another order than they were planned."""
    monkeypatch.setattr(lanes, "LANE_COUNT_MAX", 1)  # two on their way at once may arrive in either order
    known_town.hear(*[person(number) for number in range(10)])

    known_town.hear(*[confirmed(number) for number in range(5, 10)], *[offered(number) for number in range(5)])
    known_town.run_jobs()

    order = [mail.headers["X-Reconvene-Purpose"] for mail in known_town.mails()]
    assert order == ["conference_cancelled"] * 5 + ["registration_confirmed"] * 5


def test_a_mail_put_off_by_the_server_goes_later(known_town: Town) -> None:
    known_town.plan_faults(refuse=1, code=451)
    known_town.hear(offered())

    known_town.run_jobs()
    put_off = known_town.only()
    known_town.let_time_pass()
    known_town.run_jobs()

    assert (put_off.state, put_off.refusal_count, put_off.reason) == (State.RENDERED, 1, "451")
    assert known_town.only().state is State.ACCEPTED
    assert len(known_town.mails()) == 1


def test_a_mail_refused_for_good_came_back_and_others_still_go(known_town: Town) -> None:
    known_town.plan_faults(refuse=1, code=550)
    known_town.hear(person(2), offered(1), offered(2))

    known_town.run_jobs()

    bounced = known_town.only(state="bounced")
    assert (bounced.reason, len(known_town.mails())) == ("550", 1)
    (told,) = known_town.said(MessageBounced)
    assert (told.message, told.subject, told.reason) == (bounced.id, bounced.subject, "550")


def test_an_address_that_is_none_came_back_without_asking_the_server(known_town: Town) -> None:
    known_town.hear(person(email="dana at millbrook"), offered())

    known_town.run_jobs()

    assert known_town.only().reason == "not an address"
    assert known_town.mails() == []


def test_a_message_that_can_not_be_written_holds_up_nobody(known_town: Town) -> None:
    known_town.hear(person(2), offered(1, currency="XXX"), offered(2))

    known_town.run_jobs()

    assert {each.subject: each.state for each in known_town.messages()} == {
        "reg_1": State.UNWRITABLE,
        "reg_2": State.ACCEPTED,
    }


def refund_failed(*, rail: str, reason: str) -> RefundFailed:
    return RefundFailed(
        order="ord_1",
        registration="reg_1",
        conference="conf_74",
        person="per_1",
        run="run_74",
        refund="ref_1",
        rail=rail,
        amount_minor=50000,
        currency="USD",
        reason=reason,
        attempt=1,
    )


def test_who_pays_for_several_is_told_the_sums_and_each_attendee_that_it_has_ended(quiet_town: Town) -> None:
    town_hall = PayerIntroduced(
        payer="pyr_1", name="City of Riverton", email="payable@riverton.example", postal_address=("1 Main Street",)
    )
    both = ("reg_1", "reg_2")
    quiet_town.hear(person(), person(2), town_hall, announced())
    quiet_town.hear(issued(person="pyr_1", registrations=both, total_minor=115000))
    quiet_town.run_jobs()
    quiet_town.hear(cancelled())
    ended = [registration_cancelled(each, payer="pyr_1") for each in (1, 2)]
    quiet_town.hear(*ended, offered(person="pyr_1", registrations=both, paid_minor=115000, refundable_minor=100000))

    quiet_town.run_jobs()

    received, *rest = quiet_town.mails()
    assert (received.recipients, "order of 2 registrations" in received.text) == (("payable@riverton.example",), True)
    to_payer = [mail for mail in rest if mail.recipients == ("payable@riverton.example",)]
    to_people = [mail for mail in rest if mail.recipients != ("payable@riverton.example",)]
    assert [("$1,000.00" in mail.text, "/registration/orders/" in mail.text) for mail in to_payer] == [(True, True)]
    assert [("Somebody else pays" in mail.text, "$" in mail.text) for mail in to_people] == [(True, False)] * 2
    assert all("/registration/mine/" in mail.text for mail in to_people)


def test_who_pays_for_others_is_led_to_the_order_by_every_message_even_where_it_is_of_one(quiet_town: Town) -> None:
    town_hall = PayerIntroduced(
        payer="pyr_1", name="City of Riverton", email="payable@riverton.example", postal_address=()
    )
    quiet_town.hear(person(), town_hall, announced(), cancelled())

    quiet_town.hear(offered(person="pyr_1"), refunded(person="pyr_1"))
    quiet_town.run_jobs()

    links = [("/registration/orders/" in mail.text, "/registration/mine/" in mail.text) for mail in quiet_town.mails()]
    assert links == [(True, False)] * 2
