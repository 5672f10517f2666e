"""Claims about the end of all registrations: every live one, once, whatever is killed or comes at the same time."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
from pymongo.errors import PyMongoError

from services.registration.changing import jobs
from services.registration.changing.commands.cancelled_conference import KIND
from services.registration.changing.commands.choices import choose_settlement
from services.registration.changing.store import RUNS
from services.registration.people.domain import Contact
from services.registration.prices.domain.conferences import RegistrationClosed
from services.registration.prices.store import CONFERENCES
from services.registration.registering import commands
from services.registration.registering.domain.gates import GATE_COUNT
from services.registration.registering.domain.registrations import Application, Life, Settling, Tender
from services.registration.registering.store import GATES, REGISTRATIONS
from shared.contracts.flow import declaration
from shared.contracts.registration import (
    RegistrationCancelled,
    RegistrationConfirmed,
    RegistrationRunClosed,
    SettlementChosen,
    SettlementFixed,
)
from shared.contracts.scheduling import RegistrationOpened
from shared.ids import digest_of
from shared.jobs import LeaseLost
from shared.stories import CannotHandle
from shared.unit import Conflict, Unit
from tests.integration.registration_house import CHOOSE_UNTIL, House, captured, offered, released, voided
from tests.town import COMMITTEE


def run_of(town: House) -> dict[str, Any]:
    """What the desk is told about the run."""
    return cast(dict[str, Any], town.client.get("/registration/runs/run_1", auth=COMMITTEE).json)


def test_every_live_registration_ends_once_paid_or_not(town: House) -> None:
    ids = [town.register()["registration"] for _ in range(3)]
    town.hear(captured(town.registration(ids[0])))
    town.cancel()

    town.run_jobs()

    assert [town.registration(id_).life for id_ in ids] == [Life.CANCELLED] * 3
    assert sorted(said.registration for said in town.said(RegistrationCancelled)) == sorted(ids)
    (closed,) = town.said(RegistrationRunClosed)
    assert (closed.count, closed.digest) == (3, digest_of(ids))
    assert run_of(town) == {
        "run": "run_1",
        "kind": "cancelled_conference",
        "conference": "74th",
        "state": "settling",
        "mode": "running",
        "revision": 0,
        "count": 3,
        "digest": digest_of(ids),
        "ended": 3,
        "fixed": 0,
    }


def test_whatever_a_run_says_belongs_to_the_decision_of_the_committee(town: House) -> None:
    town.register()
    town.cancel()

    town.run_jobs()

    said = list(
        town.database.mongo["events"].find({"type": {"$in": [RegistrationCancelled.type, RegistrationRunClosed.type]}})
    )
    assert [each["correlation"] for each in said] == ["a test", "a test"]


def test_hearing_the_cancellation_twice_ends_everyone_once(town: House) -> None:
    town.register()
    town.cancel()
    town.cancel()
    town.run_jobs()
    town.cancel()

    town.look_again()

    assert len(town.said(RegistrationCancelled)) == 1
    assert len(town.said(RegistrationRunClosed)) == 1
    assert town.database.mongo[RUNS.name].count_documents({}) == 1


def test_a_conference_without_registrations_closes_its_run_at_zero(town: House) -> None:
    town.cancel()

    town.run_jobs()

    (closed,) = town.said(RegistrationRunClosed)
    assert (closed.count, closed.digest) == (0, digest_of([]))
    assert run_of(town)["state"] == "settled"


def test_only_the_cancelled_conference_ends(town: House) -> None:
    town.open_conference("75th")
    other = town.register(conference="75th")["registration"]
    town.cancel("74th")

    town.run_jobs()

    assert town.registration(other).life is Life.SUBMITTED


def test_after_the_cancellation_nobody_registers(town: House) -> None:
    town.cancel()

    before_the_gates = town.post()
    town.run_jobs()
    after_the_gates = town.post()

    assert [each.status_code for each in (before_the_gates, after_the_gates)] == [409, 409]
    assert "has been cancelled" in after_the_gates.json["detail"]
    assert town.database.mongo[GATES.name].count_documents({"is_open": True}) == 0


def test_closed_gates_refuse_a_registration_even_before_the_cancellation_is_known(town: House) -> None:
    town.database.mongo[GATES.name].update_many({}, {"$set": {"is_open": False}})

    refused = town.post()

    assert refused.status_code == 409
    assert refused.json["type"] == "urn:reconvene:problem:RegistrationClosed"
    assert town.database.mongo[REGISTRATIONS.name].count_documents({}) == 0


def applicant() -> Application:
    contact = Contact(name="Peg Sullivan", email=None, postal_address=("4 Elm Street",))
    return Application(conference="74th", category="delegate", tender=Tender.CHEQUE, person=contact)


def test_a_registration_in_flight_while_the_gates_close_is_ended_too(town: House) -> None:
    """It has gone through its gate and is not committed yet: the gates must wait for it."""
    submitting = declaration(commands.submit_registration)
    assert submitting is not None

    def submit_while_the_gates_close(unit: Unit) -> str:
        id_ = commands.submit_registration(unit, application=applicant()).id
        town.cancel()
        with pytest.raises((Conflict, PyMongoError)):
            town.database.attempt(lambda closing: close_gates_in(closing, town), emits=frozenset())
        return id_

    id_ = town.database.attempt(submit_while_the_gates_close, emits=submitting.emits)
    town.run_jobs()

    assert town.registration(id_).life is Life.CANCELLED
    assert [said.registration for said in town.said(RegistrationCancelled)] == [id_]


def close_gates_in(unit: Unit, town: House) -> None:
    claim = town.claimed(KIND.name)
    town.database.mongo[RUNS.name].update_one({"_id": "run_1"}, {"$set": {"job.due_at": claim.state.until}})
    jobs.take_step(unit, claim=claim, kind=KIND)


def test_a_registration_that_comes_to_its_gate_too_late_is_refused(town: House) -> None:
    """Its transaction began before the gates closed and sees them open: only writing its gate shows better."""
    submitting = declaration(commands.submit_registration)
    assert submitting is not None
    seen: list[bool] = []

    def submit_late(unit: Unit) -> str:
        conference = unit.load(CONFERENCES, "74th")
        assert conference is not None
        seen.append(conference.is_open(unit.now))
        if len(seen) == 1:
            town.cancel()
            town.run_jobs()
        return commands.submit_registration(unit, application=applicant()).id

    with pytest.raises(RegistrationClosed):
        town.database.transact(submit_late, emits=submitting.emits)

    assert seen == [True, False]
    assert town.database.mongo[REGISTRATIONS.name].count_documents({}) == 0


def test_a_payment_after_the_gates_have_closed_confirms_nobody(town: House) -> None:
    id_ = town.register()["registration"]
    town.database.mongo[GATES.name].update_many({}, {"$set": {"is_open": False}})

    town.hear(captured(town.registration(id_)))

    assert town.registration(id_).life is Life.SUBMITTED
    assert town.said(RegistrationConfirmed) == []


def test_a_payment_after_the_end_confirms_nobody(town: House) -> None:
    id_ = town.register()["registration"]
    town.cancel()
    town.run_jobs()

    town.hear(captured(town.registration(id_)), captured(town.registration(id_), is_late=True))

    assert town.registration(id_).life is Life.CANCELLED
    assert town.said(RegistrationConfirmed) == []


def test_a_run_that_was_killed_goes_on_where_it_stood(town: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "CHUNK_SIZE", 2)
    ids = [town.register()["registration"] for _ in range(5)]
    town.cancel()
    town.take_steps(town.claimed(KIND.name), 2)

    town.look_again()

    assert sorted(said.registration for said in town.said(RegistrationCancelled)) == sorted(ids)
    assert run_of(town)["count"] == run_of(town)["ended"] == 5


def test_who_has_lost_the_claim_on_a_run_writes_nothing(town: House) -> None:
    town.register()
    town.cancel()
    lost = town.claimed(KIND.name)
    town.look_again()

    with pytest.raises(LeaseLost):
        town.database.attempt(lambda unit: jobs.rest(unit, claim=lost, kind=KIND, look_seconds=1.0))

    assert len(town.said(RegistrationCancelled)) == 1


def test_at_the_deadline_the_choice_or_else_the_default_is_fixed_once(town: House) -> None:
    chooses, silent = (town.register()["registration"] for _ in range(2))
    town.cancel()
    town.run_jobs()
    town.hear(offered(town.registration(chooses)), offered(town.registration(silent)))
    town.database.run(choose_settlement, registration=chooses, choice="credit")
    town.look_again()
    assert town.said(SettlementFixed) == []

    town.database.clock.move(CHOOSE_UNTIL)
    town.look_again()
    town.look_again()

    fixed = {said.registration: (said.choice, said.fixed_by) for said in town.said(SettlementFixed)}
    assert fixed == {chooses: ("credit", "deadline"), silent: ("refund", "deadline")}
    assert len(town.said(SettlementFixed)) == 2
    assert run_of(town) | {"digest": ""} == {
        "run": "run_1",
        "kind": "cancelled_conference",
        "conference": "74th",
        "state": "settled",
        "mode": "running",
        "revision": 0,
        "count": 2,
        "digest": "",
        "ended": 2,
        "fixed": 2,
    }


def test_the_run_stays_open_until_the_last_offer_or_notice_has_come(town: House) -> None:
    late, owing, granted = (town.register()["registration"] for _ in range(3))
    town.cancel()
    town.run_jobs()
    town.hear(voided(town.registration(owing)), released(town.registration(granted)))
    town.database.clock.move(CHOOSE_UNTIL + timedelta(days=2))
    town.look_again()
    assert run_of(town)["state"] == "settling"

    town.hear(offered(town.registration(late)))
    town.look_again()

    assert [(said.registration, said.choice) for said in town.said(SettlementFixed)] == [(late, "refund")]
    assert run_of(town)["state"] == "settled"


def test_an_offer_for_money_that_came_late_reopens_a_settled_run(town: House) -> None:
    id_ = town.register()["registration"]
    town.cancel()
    town.run_jobs()
    town.hear(voided(town.registration(id_)))
    town.database.clock.move(CHOOSE_UNTIL)
    town.look_again()
    assert run_of(town)["state"] == "settled"

    town.hear(offered(town.registration(id_)))
    town.run_jobs()

    assert [said.registration for said in town.said(SettlementFixed)] == [id_]
    assert run_of(town)["state"] == "settled"


def test_offers_and_notices_heard_twice_change_nothing(town: House) -> None:
    paid, owing, granted = (town.register()["registration"] for _ in range(3))
    town.cancel()
    town.run_jobs()
    events = (
        offered(town.registration(paid)),
        voided(town.registration(owing)),
        released(town.registration(granted)),
    )
    town.hear(*events)
    town.database.run(choose_settlement, registration=paid, choice="refund")
    before = [town.registration(id_) for id_ in (paid, owing, granted)]

    town.hear(*events)
    town.hear(*events)

    assert [town.registration(id_) for id_ in (paid, owing, granted)] == before
    assert [each.settling for each in before] == [
        Settling.FIXED,
        Settling.NOTHING_TO_CHOOSE,
        Settling.NOTHING_TO_CHOOSE,
    ]
    assert len(town.said(SettlementChosen)) == len(town.said(SettlementFixed)) == 1


def test_an_offer_for_a_registration_that_has_not_ended_is_parked_not_believed(town: House) -> None:
    registration = town.registration(town.register()["registration"])

    with pytest.raises(CannotHandle):
        town.hear(offered(registration))
    with pytest.raises(CannotHandle):
        town.hear(offered(replace(registration, id="reg_of_nobody")))

    assert town.registration(registration.id) == registration


def test_opening_and_announcing_twice_keeps_gates_and_prices(town: House) -> None:
    town.register()
    entered = sum(each["entered_count"] for each in town.database.mongo[GATES.name].find())

    town.open_conference()

    gates = list(town.database.mongo[GATES.name].find())
    assert (len(gates), sum(each["entered_count"] for each in gates)) == (GATE_COUNT, 1)
    assert entered == 1
    assert town.post().status_code == 201


def test_an_opening_without_an_announcement_is_parked(town: House) -> None:
    with pytest.raises(CannotHandle):
        town.hear(RegistrationOpened(conference="never announced"))
