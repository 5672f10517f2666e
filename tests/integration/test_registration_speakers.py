"""Claims about who speaks and registers: one person, whichever service meets them first."""

from collections.abc import Iterator

import pytest

from shared.contracts.registration import PersonRegistered
from shared.contracts.scheduling import SpeakerIntroduced
from tests.integration.registration_house import House, house
from tests.namespaces import Namespace


@pytest.fixture
def town(namespace: Namespace) -> Iterator[House]:
    """The service with a conference that is open."""
    with house(namespace) as made:
        made.open_conference()
        yield made


def test_a_speaker_who_registers_is_the_person_whom_scheduling_introduced(town: House) -> None:
    person = {"name": "Dr Sam Whitlock", "email": "whitlock@institute.example", "postal_address": ["1 Elm Street"]}
    introduced = SpeakerIntroduced(person="per_speaker", name="dr Sam  Whitlock", email="Whitlock@institute.example")
    for _ in range(2):
        town.hear(introduced)

    answer = town.register(person=person)

    assert town.registration(answer["registration"]).person == "per_speaker"
    assert town.said(PersonRegistered) == []


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
