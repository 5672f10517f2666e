"""Somebody is erased in the very moment in which something is built on who they are: one of the two begins again."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import bson
import pytest
from pymongo.errors import PyMongoError

from services.registration.changing.commands.leaving import end_registration
from services.registration.correcting.commands import correct_by_desk, correct_by_person
from services.registration.correcting.domain.corrections import Facts
from services.registration.erasing.commands import ask_erasure
from services.registration.erasing.handlers import erase
from services.registration.erasing.jobs import second_looks
from services.registration.groups.commands import register_together
from services.registration.groups.domain import Attendee, Group
from services.registration.payers.domain import BillTo
from services.registration.people.domain import Contact
from services.registration.people.handlers import know_speaker
from services.registration.registering.commands import submit_registration
from services.registration.registering.domain.registrations import Application, Tender
from shared.contracts.envelope import ERASED
from shared.contracts.flow import declaration
from shared.contracts.payments import ErasureAnswered
from shared.contracts.registration import PersonErased
from shared.contracts.scheduling import ConferenceAnnounced, RegistrationOpened, SpeakerIntroduced
from shared.unit import Conflict, Unit
from tests.integration.registration_house import FEES, OPENED_AT, ZONE, House, house
from tests.namespaces import Namespace
from tests.town import COMMITTEE

AFTERWARDS = datetime(2020, 6, 2, 14, tzinfo=UTC)
NEXT = "75th"
QUILL = Contact(
    name="Zenobia Quillfeather", email="z.quillfeather@larchmere.example", postal_address=("7 Larchmere Lane",)
)
ANOTHER = Contact(name="Zenobia Moss", email="moss@elsewhere.example", postal_address=("1 Elm Street",))
VANE = Contact(name="Ida Vane", email="ida@vane.example", postal_address=())
WORDS = (b"Quillfeather", b"quillfeather", b"Larchmere", b"larchmere")
REASON = "Zenobia Quillfeather is ill."
TOWN = BillTo(name="City of Riverton", email="payable@riverton.example", postal_address=())


class Town:
    """A conference that is over, at which Zenobia was, and one that is open."""

    def __init__(self, made: House) -> None:
        self.house = made
        self.database = made.database
        made.open_conference()
        self.registration = made.database.run(submit_registration, application=self.application("74th"))
        self.person = self.registration.person
        self.other = "spk_other"
        made.hear(_next_conference(), RegistrationOpened(conference=NEXT), _introduced(self.other, ANOTHER))
        fees = made.client.put(f"/registration/conferences/{NEXT}/fees", json=FEES, auth=COMMITTEE)
        assert fees.status_code == 200, fees.text
        made.database.clock.move(AFTERWARDS)
        self.erasure = made.database.run(ask_erasure, person=self.person, reason="By letter.", by="Helen").id

    def paid_before(self) -> str:
        """Who has paid for somebody at the conference that is over; the payer's id."""
        people = (Attendee(person=ANOTHER, category="delegate"),)
        group = Group(conference="74th", tender=Tender.TRANSFER, payer=TOWN, people=people)
        self.database.clock.move(OPENED_AT)
        placed = self.database.run(register_together, group=group, is_by_committee=True)
        self.database.clock.move(AFTERWARDS)
        payer: str = placed.order.payer
        return payer

    def application(self, conference: str = NEXT) -> Application:
        return Application(conference=conference, category="delegate", tender=Tender.CHEQUE, person=QUILL)

    def answered(self, unit: Unit) -> None:
        erase(ErasureAnswered(erasure=self.erasure, open_orders=()), unit)

    def attempt(self, work: Callable[[Unit], Any], declared: Callable[..., Any]) -> Any:
        """Do this once, in one transaction, with what is declared for it."""
        found = declaration(declared)
        assert found is not None
        return self.database.attempt(work, emits=found.emits, starts=found.may_start)

    def known(self) -> dict[str, Any]:
        return self.database.mongo["people"].find_one({"_id": self.person}) or {}

    def refused(self) -> list[str]:
        """Why it was not done."""
        kept = self.database.mongo["erasures"].find_one({"_id": self.erasure, "state": "refused"}) or {}
        return list(kept.get("in_the_way", []))

    def registered(self) -> list[str]:
        """Who is registered for the conference that is open."""
        return [each["person"] for each in self.database.mongo["registrations"].find({"conference": NEXT})]

    def saying(self) -> list[str]:
        """Where anything still says who she was."""
        mongo = self.database.mongo
        content = {name: b"".join(map(bson.encode, mongo[name].find())) for name in mongo.list_collection_names()}
        return [name for name, said in content.items() if any(word in said for word in WORDS)]


def _next_conference() -> ConferenceAnnounced:
    return ConferenceAnnounced(
        conference=NEXT,
        title="75th Annual Conference",
        city="Omaha",
        zone=ZONE,
        currency="USD",
        starts=date(2021, 5, 16),
        ends=date(2021, 5, 19),
    )


def register(town: Town, unit: Unit) -> None:
    submit_registration(unit, application=town.application())


def register_with_others(town: Town, unit: Unit) -> None:
    people = (Attendee(person=town.application().person, category="delegate"),)
    group = Group(conference=NEXT, tender=Tender.TRANSFER, payer=TOWN, people=people)
    register_together(unit, group=group, is_by_committee=True)


def ask_for_another_address(town: Town, unit: Unit) -> None:
    facts = Facts(email="quillfeather@elsewhere.example")
    correct_by_person(unit, registration=town.registration.id, facts=facts)


def make_one_with_another(town: Town, unit: Unit) -> None:
    facts = Facts(name=QUILL.name, email=QUILL.email, postal_address=QUILL.postal_address)
    correct_by_desk(unit, person=town.other, facts=facts, reason="", by="Helen", is_same_person=True)


def introduce(town: Town, unit: Unit) -> None:
    know_speaker(_introduced("spk_another", town.application().person), unit)


def _introduced(person: str, contact: Contact) -> SpeakerIntroduced:
    return SpeakerIntroduced(
        person=person,
        conference=NEXT,
        name=contact.name,
        email=contact.email,
        postal_address=contact.postal_address,
        language="en",
    )


Way = Callable[[Town, Unit], None]
DECLARED: dict[Way, Callable[..., Any]] = {
    register: submit_registration,
    register_with_others: register_together,
    ask_for_another_address: correct_by_person,
    make_one_with_another: correct_by_desk,
    introduce: know_speaker,
}
WAYS = pytest.mark.parametrize("way", DECLARED, ids=lambda way: way.__name__)
REGISTERING = pytest.mark.parametrize("way", [register, register_with_others], ids=lambda way: way.__name__)


@pytest.fixture
def town(namespace: Namespace) -> Iterator[Town]:
    """Payments has been asked about Zenobia, and has not answered yet."""
    with house(namespace) as made:
        yield Town(made)


@WAYS
def test_who_is_being_erased_waits_for_what_is_built_on_them(town: Town, way: Way) -> None:
    """It has read who they are and is not committed yet: the erasure begins again behind it."""

    def build_while_they_are_erased(unit: Unit) -> None:
        way(town, unit)
        unit.flush()
        with pytest.raises((Conflict, PyMongoError)):
            town.attempt(town.answered, erase)

    town.attempt(build_while_they_are_erased, DECLARED[way])

    assert town.known()["contact"]["name"] == QUILL.name


@WAYS
def test_what_would_be_built_on_somebody_waits_for_their_erasure(town: Town, way: Way) -> None:
    """The erasure is not committed yet, so they are still found: what finds them begins again behind it."""

    def erase_while_it_is_built(unit: Unit) -> None:
        town.answered(unit)
        unit.flush()
        with pytest.raises((Conflict, PyMongoError)):
            town.attempt(lambda building: way(town, building), DECLARED[way])

    town.attempt(erase_while_it_is_built, erase)

    assert town.known()["contact"]["name"] == ERASED
    assert town.saying() == []


@REGISTERING
def test_who_has_registered_before_the_answer_is_not_erased_and_the_desk_reads_why(town: Town, way: Way) -> None:
    town.attempt(lambda unit: way(town, unit), DECLARED[way])

    town.house.hear(ErasureAnswered(erasure=town.erasure, open_orders=()))

    assert (town.registered(), town.house.said(PersonErased)) == ([town.person], [])
    assert "They are registered for 75th Annual Conference." in town.refused()[0]


@REGISTERING
def test_who_registers_after_their_erasure_is_somebody_new(town: Town, way: Way) -> None:
    town.house.hear(ErasureAnswered(erasure=town.erasure, open_orders=()))

    town.attempt(lambda unit: way(town, unit), DECLARED[way])

    (registered,) = town.registered()
    assert registered != town.person
    assert town.known()["contact"]["name"] == ERASED


def test_a_form_that_waits_for_its_proof_is_not_kept_of_who_is_being_erased(town: Town) -> None:
    town.house.hear(_introduced("spk_vane", VANE))
    vane = replace(town.application(), person=VANE)
    erasure = town.database.run(ask_erasure, person="spk_vane", reason="By letter.", by="Helen").id

    def erase_while_it_is_kept(unit: Unit) -> None:
        erase(ErasureAnswered(erasure=erasure, open_orders=()), unit)
        unit.flush()
        with pytest.raises((Conflict, PyMongoError)):
            town.attempt(lambda asking: submit_registration(asking, application=vane), submit_registration)

    town.attempt(erase_while_it_is_kept, erase)

    assert list(town.database.mongo["proofs"].find()) == []


def test_what_has_come_in_since_payments_was_asked_is_asked_about_anew(town: Town) -> None:
    """Registered and left again before the answer: nobody has looked at that money."""
    meanwhile = town.database.run(submit_registration, application=town.application())
    town.database.run(end_registration, conference=NEXT, registration=meanwhile.id, reason=REASON, by="Helen")

    town.house.hear(ErasureAnswered(erasure=town.erasure, open_orders=()))

    (reason,) = town.refused()
    assert reason == "Meanwhile something else was ordered. Ask again, so that its money is looked at too."
    assert town.known()["contact"]["name"] == QUILL.name
    again = town.database.run(ask_erasure, person=town.person, reason="By letter.", by="Helen")
    (registered,) = town.database.mongo["registrations"].find({"conference": NEXT})
    assert registered["order"] in again.orders
    town.house.hear(ErasureAnswered(erasure=again.id, open_orders=()))
    assert town.saying() == []


def test_who_was_found_to_be_another_as_well_since_then_is_asked_about_anew(town: Town) -> None:
    town.attempt(lambda unit: make_one_with_another(town, unit), correct_by_desk)

    town.house.hear(ErasureAnswered(erasure=town.erasure, open_orders=()))

    assert town.refused() == ["Meanwhile they were found to be somebody else as well. Ask again to erase both."]
    again = town.database.run(ask_erasure, person=town.person, reason="By letter.", by="Helen")
    town.house.hear(ErasureAnswered(erasure=again.id, open_orders=()))
    assert town.saying() == []


def test_an_erasure_is_told_once_more_when_nothing_of_before_can_still_be_under_way(town: Town) -> None:
    town.house.hear(ErasureAnswered(erasure=town.erasure, open_orders=()))
    kind = second_looks(town.database)
    assert town.house.do_jobs(kind) == 0  # nothing is old enough
    assert len(town.house.said(PersonErased)) == 1
    town.house.end_pauses(kind.collection)

    assert town.house.do_jobs(kind) == 1

    assert town.house.said(PersonErased) == [PersonErased(person=town.person, erasure=town.erasure)] * 2
    town.house.end_pauses(kind.collection)
    assert town.house.do_jobs(kind) == 0


def test_of_a_payer_s_erasure_and_another_order_of_theirs_one_begins_again(town: Town) -> None:
    payer = town.paid_before()
    erasure = town.database.run(ask_erasure, person=payer, reason="By letter.", by="Helen").id

    def order_while_they_are_erased(unit: Unit) -> None:
        register_with_others(town, unit)
        with pytest.raises((Conflict, PyMongoError)):
            town.attempt(lambda other: erase(ErasureAnswered(erasure=erasure, open_orders=()), other), erase)

    town.attempt(order_while_they_are_erased, register_together)
    town.house.hear(ErasureAnswered(erasure=erasure, open_orders=()))

    kept = town.database.mongo["erasures"].find_one({"_id": erasure}) or {}
    assert kept["in_the_way"] == [
        (
            "Somebody for whom they pay is registered for 75th Annual Conference. End that registration first, or wait "
            "until it is over."
        ),
        "Meanwhile something else was ordered. Ask again, so that its money is looked at too.",
    ]
    known = town.database.mongo["payers"].find_one({"_id": payer}) or {}
    assert known["bill_to"]["name"] == TOWN.name


def test_what_a_payer_would_order_waits_for_their_erasure_and_is_ordered_by_another(town: Town) -> None:
    payer = town.paid_before()
    erasure = town.database.run(ask_erasure, person=payer, reason="By letter.", by="Helen").id

    def erase_while_it_is_ordered(unit: Unit) -> None:
        erase(ErasureAnswered(erasure=erasure, open_orders=()), unit)
        unit.flush()
        with pytest.raises((Conflict, PyMongoError)):
            town.attempt(lambda ordering: register_with_others(town, ordering), register_together)

    town.attempt(erase_while_it_is_ordered, erase)
    town.attempt(lambda ordering: register_with_others(town, ordering), register_together)

    (order,) = town.database.mongo["orders"].find({"conference": NEXT, "payer": {"$regex": "^pyr_"}})
    assert order["payer"] != payer
