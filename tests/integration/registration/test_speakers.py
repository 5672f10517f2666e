"""Claims about who speaks and registers: one person, whichever service meets them first."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from services.registration.registering.domain.proving import KEPT, OPEN_COUNT_MAX
from shared.auth import sign
from shared.contracts.registration import LinkAsked, PersonRegistered, RegistrationSubmitted
from shared.contracts.scheduling import SpeakerIntroduced
from tests.integration.registration_house import FEES, OPENED_AT, House, application, house
from tests.namespaces import Namespace
from tests.town import COMMITTEE

HTML = {"Accept": "text/html"}
PERSON = {"name": "Dr Sam Whitlock", "email": "whitlock@institute.example", "postal_address": ["1 Elm Street"]}


@pytest.fixture
def town(namespace: Namespace) -> Iterator[House]:
    """The service with a conference that is open."""
    with house(namespace) as made:
        made.open_conference()
        yield made


def introduced() -> SpeakerIntroduced:
    return SpeakerIntroduced(person="per_speaker", name="dr Sam  Whitlock", email="Whitlock@institute.example")


def asked(town: House, **changed: Any) -> str:
    """Somebody registers under a speaker's name and address; the proof that is asked of them."""
    response = town.post(**changed)
    assert response.status_code == 202, response.text
    return town.said(LinkAsked)[-1].about


def link(town: House, proof: str) -> str:
    return f"/registration/proofs/{sign(town.parts.settings, purpose='proof', id_=proof)}"


def test_a_speaker_who_registers_is_the_person_whom_scheduling_introduced(town: House) -> None:
    for _ in range(2):
        town.hear(introduced())

    proof = asked(town, person=PERSON)
    sent = town.client.post(link(town, proof), headers=HTML)

    (submitted,) = town.said(RegistrationSubmitted)
    assert (sent.status_code, submitted.person) == (303, "per_speaker")
    assert town.registration(submitted.registration).person == "per_speaker"
    assert town.said(PersonRegistered) == []


def test_who_registers_as_a_speaker_proves_the_address_before_they_see_or_stop_anything_of_hers(town: House) -> None:
    town.hear(introduced())
    form = {"name": "Dr Sam Whitlock", "email": "whitlock@institute.example", "category": "delegate", "tender": "card"}

    by_form = town.client.post("/registration/conferences/74th/register", data=form, headers=HTML)
    by_api = town.post(person=PERSON)
    page = town.client.get(by_form.headers["Location"], headers=HTML)

    assert (by_form.status_code, by_api.status_code, by_api.json) == (303, 202, {"proof": "asked"})
    assert "please look into your mail" in page.text
    for answer in (by_form.headers["Location"], by_form.text, by_api.text, page.text):
        assert ("/mine/" in answer, "/agenda/" in answer, "/proofs/" in answer) == (False, False, False)
    assert town.said(RegistrationSubmitted) == []
    assert [(said.person, said.kind) for said in town.said(LinkAsked)] == [("per_speaker", "proof")] * 2

    first, second = (said.about for said in town.said(LinkAsked))  # she may use either, and is registered once
    shown = town.client.get(link(town, first), headers=HTML)
    assert (shown.status_code, shown.headers["Cache-Control"]) == (200, "no-store")
    assert "Dr Sam Whitlock" in shown.text
    assert town.said(RegistrationSubmitted) == []
    led = [town.client.post(link(town, first), headers=HTML).headers["Location"] for _ in range(2)]
    twice = town.client.post(link(town, second), headers=HTML)
    assert led[0] == led[1]
    assert (twice.status_code, "Already registered" in twice.text) == (409, True)
    assert len(town.said(RegistrationSubmitted)) == 1


def test_the_committee_registers_a_speaker_without_a_proof(town: House) -> None:
    town.hear(introduced())
    body = application(person=PERSON)

    made = town.client.post(
        "/registration/registrations", json=body, headers={"Idempotency-Key": "desk"}, auth=COMMITTEE
    )

    assert made.status_code == 201
    assert town.said(LinkAsked) == []


def test_a_proof_ends_after_three_days_and_nobodys_mailbox_is_filled(town: House) -> None:
    town.hear(introduced())
    proofs = [asked(town, person=PERSON) for _ in range(OPEN_COUNT_MAX)]

    too_many = town.post(person=PERSON)
    town.database.clock.move(OPENED_AT + KEPT + timedelta(minutes=1))
    expired = town.client.post(link(town, proofs[0]), headers=HTML)

    assert (too_many.status_code, len(town.said(LinkAsked))) == (409, OPEN_COUNT_MAX)
    assert (expired.status_code, "This link has expired" in expired.text) == (404, True)
    assert town.client.get(link(town, proofs[0])[:-2], headers=HTML).status_code == 404
    assert town.said(RegistrationSubmitted) == []
    assert town.post(person=PERSON).status_code == 202


def test_a_proof_at_prices_that_have_changed_registers_nobody(town: House) -> None:
    town.hear(introduced())
    seen = town.client.get("/registration/conferences/74th").json["seen"]  # type: ignore[index]
    proof = asked(town, person=PERSON, seen=seen)
    changed = {**FEES, "terms": {"organiser_cancels_fee_minor": 1}}
    town.client.put("/registration/conferences/74th/fees", json=changed, headers={"If-Match": "*"}, auth=COMMITTEE)

    refused = town.client.post(link(town, proof), headers=HTML)

    assert (refused.status_code, "were changed" in refused.text) == (409, True)
    assert town.said(RegistrationSubmitted) == []


def test_a_registrant_whom_scheduling_introduces_too_late_stays_who_they_are(town: House) -> None:
    person = {"name": "Dr Sam Whitlock", "email": "whitlock@institute.example", "postal_address": ["1 Elm Street"]}
    town.open_conference("75th")
    first = town.registration(town.register(person=person)["registration"])

    for _ in range(2):
        town.hear(SpeakerIntroduced(person="per_late", name="Dr Sam Whitlock", email="whitlock@institute.example"))
    second = town.registration(town.register(person=person, conference="75th")["registration"])

    assert (second.person, len(town.said(PersonRegistered))) == (first.person, 1)


def test_a_speaker_without_an_e_mail_address_is_recognised_as_nobody(town: House) -> None:
    town.hear(SpeakerIntroduced(person="per_speaker", name="Peg Sullivan", email=None, postal_address=("4 Elm",)))

    answer = town.register(person={"name": "Peg Sullivan", "email": None, "postal_address": ["4 Elm"]})

    assert town.registration(answer["registration"]).person != "per_speaker"
