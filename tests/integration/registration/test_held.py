"""Claims about registration while a decision can be undone: its gates are closed, what is paid is kept, and undoing
leaves no trace, whenever its process was killed."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from services.registration.changing.commands.held_conference import HELD_CONFERENCE
from services.registration.changing.store import RUNS
from services.registration.prices.store import CONFERENCES
from services.registration.registering.domain.registrations import Life, Registration
from services.registration.registering.store import GATES, REGISTRATIONS
from shared.contracts.payments import PaymentCaptured
from shared.contracts.registration import (
    OptionAdded,
    RegistrationCancelled,
    RegistrationConfirmed,
    RegistrationLeft,
    RegistrationsHeld,
)
from shared.contracts.scheduling import DecisionArmed, DecisionWithdrawn, SeatOwed
from shared.ids import digest_of
from tests.integration.registration_house import CANCELLED_AT, FEES, House, captured, house, purchase_order
from tests.namespaces import Namespace
from tests.town import COMMITTEE

UNTIL = CANCELLED_AT + timedelta(minutes=30)
UNDONE = DecisionWithdrawn(conference="74th", decision="dec_1")


@pytest.fixture(scope="module")
def shared(module_namespace: Namespace) -> Iterator[House]:
    """One service for all tests of this module."""
    with house(module_namespace) as running:
        yield running


@pytest.fixture
def registration(shared: House) -> Iterator[House]:
    """A conference that people register for, as if nothing had been before."""
    shared.open_conference()
    yield shared
    shared.forget()


def armed(decision: str = "dec_1") -> DecisionArmed:
    return DecisionArmed(conference="74th", decision=decision, kind="cancel", revision=1, until=UNTIL)


def paid_in_full(registration: Registration) -> PaymentCaptured:
    return captured(registration, amount_minor=registration.total_minor)


def arm(town: House, decision: str = "dec_1") -> None:
    town.database.clock.move(CANCELLED_AT)
    town.hear(armed(decision))
    town.run_jobs()


def undo(town: House) -> None:
    town.hear(UNDONE)
    town.run_jobs()


def kept(town: House) -> dict[str, list[object]]:
    """Everything that counts, but for how often a gate was passed."""
    database = town.database.mongo
    return {
        "registrations": [REGISTRATIONS.state(each) for each in database[REGISTRATIONS.name].find().sort("_id", 1)],
        "conferences": [CONFERENCES.state(each) for each in database[CONFERENCES.name].find()],
        "gates": [(each["_id"], each["is_open"]) for each in database[GATES.name].find().sort("_id", 1)],
    }


def events_said(town: House) -> int:
    where = {"type": {"$ne": RegistrationsHeld.type}}
    return town.database.mongo["events"].count_documents(where)


def test_nobody_registers_while_a_decision_can_be_undone_and_everybody_after_it_was(registration: House) -> None:
    arm(registration)

    refused = registration.post()

    assert refused.status_code == 409
    assert refused.json["detail"] == (
        "The host committee is deciding about 74th Annual Conference, and until that is done nobody can register. You "
        "were not registered, and nothing was charged; please come back later."
    )
    undo(registration)
    assert registration.post().status_code == 201


def test_it_says_how_many_are_there_behind_closed_gates_and_which(registration: House) -> None:
    ids = [registration.register()["registration"] for _ in range(3)]

    arm(registration)

    assert registration.said(RegistrationsHeld) == [
        RegistrationsHeld(decision="dec_1", conference="74th", count=3, digest=digest_of(ids))
    ]


def test_undone_nothing_is_other_than_before(registration: House) -> None:
    confirmed, submitted = (registration.register()["registration"] for _ in range(2))
    registration.hear(paid_in_full(registration.registration(confirmed)))
    before, said = kept(registration), events_said(registration)

    arm(registration)
    undo(registration)

    assert (kept(registration), events_said(registration)) == (before, said)
    assert registration.registration(submitted).life is Life.SUBMITTED


def test_who_pays_meanwhile_is_confirmed_when_it_is_undone_and_not_before(registration: House) -> None:
    id_ = registration.register()["registration"]
    arm(registration)

    registration.hear(paid_in_full(registration.registration(id_)))

    assert registration.registration(id_).life is Life.SUBMITTED
    assert registration.said(RegistrationConfirmed) == []
    undo(registration)
    known = registration.registration(id_)
    assert (known.life, known.paid_minor, known.held) == (Life.CONFIRMED, known.total_minor, ())
    assert [each.registration for each in registration.said(RegistrationConfirmed)] == [id_]


def test_a_payment_heard_twice_while_it_is_held_confirms_once(registration: House) -> None:
    id_ = registration.register()["registration"]
    arm(registration)
    registration.hear(paid_in_full(registration.registration(id_)))
    registration.hear(paid_in_full(registration.registration(id_)))

    undo(registration)
    registration.hear(paid_in_full(registration.registration(id_)))

    assert [each.registration for each in registration.said(RegistrationConfirmed)] == [id_]


def test_a_purchase_order_and_its_money_are_held_in_their_order(registration: House) -> None:
    id_ = registration.register(tender="purchase_order")["registration"]
    arm(registration)
    registration.hear(purchase_order(registration.registration(id_)))
    registration.hear(paid_in_full(registration.registration(id_)))

    undo(registration)

    assert registration.registration(id_).life is Life.CONFIRMED
    assert [each.is_paid for each in registration.said(RegistrationConfirmed)] == [False]


def test_carried_out_it_ends_who_has_paid_meanwhile_without_a_confirmation(registration: House) -> None:
    id_ = registration.register()["registration"]
    arm(registration)
    registration.hear(paid_in_full(registration.registration(id_)))

    registration.cancel()
    registration.look_again()

    assert registration.registration(id_).life is Life.CANCELLED
    assert registration.said(RegistrationConfirmed) == []
    assert [each.registration for each in registration.said(RegistrationCancelled)] == [id_]


def test_nobody_is_ended_by_the_desk_while_a_decision_can_be_undone(registration: House) -> None:
    id_ = registration.register()["registration"]
    arm(registration)
    address = f"/registration/conferences/74th/registrations/{id_}/leave"

    refused = registration.client.post(
        address, json={"reason": "Ill"}, auth=COMMITTEE, headers={"Idempotency-Key": "leave-1"}
    )

    assert refused.status_code == 409, refused.text
    assert "The host committee is deciding about 74th Annual Conference" in refused.get_json()["detail"]
    assert registration.said(RegistrationLeft) == []


def test_undone_while_the_gates_are_still_being_closed_they_are_open_in_the_end(registration: House) -> None:
    registration.database.clock.move(CANCELLED_AT)
    registration.hear(armed())
    registration.hear(UNDONE)

    registration.run_jobs()

    assert registration.post().status_code == 201


def test_who_was_undone_late_does_not_open_the_gates_that_the_next_decision_has_closed(registration: House) -> None:
    arm(registration)
    registration.hear(UNDONE)
    registration.hear(armed("dec_2"))

    registration.run_jobs()
    registration.look_again()

    gates = [GATES.state(each) for each in registration.database.mongo[GATES.name].find()]
    assert {each.is_open for each in gates} == {False}
    assert registration.post().status_code == 409


def test_an_older_word_that_a_decision_was_undone_opens_nothing(registration: House) -> None:
    arm(registration, "dec_2")

    registration.hear(UNDONE)
    registration.run_jobs()

    assert registration.post().status_code == 409


@pytest.mark.parametrize("steps", range(5))
def test_killed_after_any_step_and_undone_it_comes_to_the_same(registration: House, steps: int) -> None:
    id_ = registration.register()["registration"]
    registration.database.clock.move(CANCELLED_AT)
    registration.hear(armed())
    dying = registration.claimed(HELD_CONFERENCE)
    registration.take_steps(dying, min(steps, 3))
    registration.hear(paid_in_full(registration.registration(id_)))
    registration.hear(UNDONE)
    if steps > 3:
        registration.take_steps(registration.claimed(HELD_CONFERENCE), 1)
    registration.end_pauses(RUNS)

    registration.run_jobs()

    assert registration.registration(id_).life is Life.CONFIRMED
    assert [each.registration for each in registration.said(RegistrationConfirmed)] == [id_]
    assert registration.post().status_code == 201


def test_a_seat_taken_from_a_waitlist_meanwhile_is_on_its_owners_order_once_it_is_undone(registration: House) -> None:
    sold = FEES | {"options": [{"key": "a-02", "label": "Academy A-02", "amount_minor": 9500, "session": "ses_02"}]}
    fees = "/registration/conferences/74th/fees"
    assert registration.client.put(fees, json=sold, headers={"If-Match": "*"}, auth=COMMITTEE).status_code == 200
    cat = registration.register()
    registration.hear(paid_in_full(registration.registration(cat["registration"])))
    arm(registration)

    registration.hear(
        SeatOwed(
            roster="roster:ses_02",
            session="ses_02",
            conference="74th",
            person=cat["person"],
            code="A-02",
            title="Academy",
            product="a-02",
            is_owed=True,
            claim=3,
        )
    )
    meanwhile = registration.said(OptionAdded)
    undo(registration)
    registration.run_jobs()

    assert meanwhile == []
    assert [(each.order, each.amount_minor, each.claim) for each in registration.said(OptionAdded)] == [
        (cat["order"], 9500, 3)
    ]
    (option,) = registration.registration(cat["registration"]).options
    assert (option.product, option.is_unpaid) == ("a-02", True)
