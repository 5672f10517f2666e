"""Every event has a recorded example; every example ever recorded is still read, by its class and by every listener."""

import importlib
import json
from pathlib import Path
from typing import Any, get_origin, get_type_hints

import msgspec
import pytest

from deploy.catalogue.asyncapi import asyncapi
from deploy.catalogue.reading import read_code
from shared.contracts.consequences import ANOMALY_COUNT_MAX, EXAMPLE_COUNT_MAX, ID_COUNT_MAX, LINE_COUNT_MAX
from shared.contracts.envelope import DATA_BYTE_COUNT_MAX, Event, declared_events, encode, event_class
from shared.settings import SERVICES
from tests.contract.schemas import schema_of

EXAMPLES = sorted((Path(__file__).parent / "examples").glob("*.json"))

for _service in SERVICES:
    importlib.import_module(f"shared.contracts.{_service}")


def read(example: Path) -> Event:
    """The event that an example records; `name~2.json` is the second example of that type."""
    return msgspec.json.decode(example.read_bytes(), type=event_class(example.stem.partition("~")[0]))


def without_news(said: Any, recorded: Any) -> Any:
    """What is said, without the fields that were added, at any depth, after the example had been recorded."""
    if isinstance(recorded, dict):
        return {name: without_news(said[name], recorded[name]) for name in recorded}
    if isinstance(recorded, list):
        assert len(said) == len(recorded)
        return [without_news(one, other) for one, other in zip(said, recorded, strict=True)]
    return said


@pytest.mark.parametrize("event", declared_events(), ids=lambda event: event.__name__)
def test_every_event_has_an_example(event: type[Event]) -> None:
    assert any(example.stem.partition("~")[0] == event.type for example in EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_an_example_is_read_and_said_again_without_loss(example: Path) -> None:
    recorded = json.loads(example.read_bytes())

    said = json.loads(encode(read(example)))

    assert without_news(said, recorded) == recorded


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_what_we_say_is_what_a_strict_reader_expects(example: Path) -> None:
    event = read(example)

    assert schema_of(type(event))().validate(json.loads(encode(event))) == {}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_a_strict_reader_refuses_an_event_without_its_key(example: Path) -> None:
    event = read(example)
    data = json.loads(encode(event))
    del data[event.key_field]

    assert list(schema_of(type(event))().validate(data)) == [event.key_field]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_every_listener_finds_its_documents_from_every_example(example: Path) -> None:
    event = read(example)

    for _, handler in read_code().listeners(type(event)):
        needed = list(handler.needs(event)) if handler.needs else []
        assert all(id_ and id_ == str(id_) for _, id_ in needed)


@pytest.mark.parametrize("service", SERVICES)
def test_every_event_that_reaches_a_service_is_handled_or_declared_as_unheard(service: str) -> None:
    """What is neither waits, and its story with it: so add a handler, or a name in `services/NAME/unheard.py`."""
    handled = {each.consumes for each in read_code().declared[service] if each.consumes}
    unheard = set(importlib.import_module(f"services.{service}.unheard").UNHEARD)
    topics = {event.service for event in handled}
    reached = {event for event in declared_events() if event.service in topics}

    assert {event.__name__ for event in reached - handled - unheard} == set()
    assert {event.__name__ for event in unheard & handled} == set()
    assert {event.__name__ for event in unheard - reached} == set()


def test_contact_data_travels_in_the_contact_events_alone_and_sealed() -> None:
    personal = {"name", "email", "postal_address", "address", "phone"}
    of_nobody = {"AssociationDescribed"}  # a legal entity
    found = {event.__name__ for event in declared_events() if personal & set(get_type_hints(event))}

    assert found - of_nobody == {
        "PersonRegistered",
        "PayerIntroduced",
        "ContactChanged",
        "AddressChangeAsked",
        "SpeakerIntroduced",
        "AccountInvited",
        "AccountAddressAsked",
        "SecondFactorRemoved",
        "CommitteeAsked",
    }
    assert not [each.__name__ for each in declared_events() if each.__name__ in found - of_nobody and not each.personal]


def test_every_event_is_said_by_its_owner() -> None:
    catalogue = read_code()

    for service, declared in catalogue.declared.items():
        for each in declared:
            assert {event.service for event in each.emits} <= {service}


def test_the_asyncapi_document_describes_every_event() -> None:
    document = asyncapi(read_code())

    assert document["asyncapi"] == "3.0.0"
    assert set(document["components"]["messages"]) == {event.__name__ for event in declared_events()}


# How many of each many-valued field an event can have at most, and how many bytes one of them; and what sees to that.
# A field that grows with the number of people or sessions belongs into an event for each, or into parts.
SAID_OF_SEVERAL = (
    "InvoiceIssued",
    "InvoiceExtended",
    "InvoiceReduced",
    "LeavingWorkedOut",
    "OrderGivenUp",
    "PurchaseOrderAccepted",
    "PaymentCaptured",
    "PaymentFailed",
    "RefundSettled",
    "SettlementOffered",
    "InvoiceVoided",
    "PaymentAwaited",
    "GrantReleased",
    "OrderEnded",
    "OrderPostponed",
    "MoveChosen",
    "MoveWorkedOut",
)
PREVIEWED = ("RegistrationsPreviewed", "MoneyPreviewed", "MessagesPreviewed")
MOST = {
    ("AssociationDescribed", "postal_address"): (6, 400),
    ("AssociationDescribed", "cheques_to"): (6, 400),
    ("AssociationDescribed", "transfers_to"): (6, 400),
    ("AssociationDescribed", "purchase_orders_to"): (6, 400),
    ("AssociationDescribed", "languages"): (3, 10),
    ("AssociationDescribed", "points"): (20, 4 * 40 + 100),
    ("RegistrationSubmitted", "lines"): (20 + 200 + 1, 700),  # guests, options, and the fee: the form's limits
    ("OrderEnded", "left"): (200, 50),
    ("OrderPlaced", "registrations"): (200, 50),  # of one order: `PEOPLE_COUNT_MAX`
    ("OrderPlaced", "lines"): (400, 350),  # `LINE_COUNT_MAX`
    ("RegistrationConfirmed", "options"): (200, 300),  # a fee table's limit
    ("SettlementOffered", "choices"): (3, 20),
    ("SessionCancelled", "alternatives"): (1_000, 50),  # ids; a conference has at most a thousand sessions
    ("SeatsPublished", "speakers"): (200, 50),
    ("SpeakerReplaced", "speakers"): (200, 50),  # ids; as many as a cell of an imported table holds
    ("SpeakerReplaced", "speakers_before"): (200, 50),
    ("SpeakingCancelled", "titles"): (50, 4 * 120),
    ("SpeakerIntroduced", "postal_address"): (8, 4 * 200),
    ("PersonRegistered", "postal_address"): (8, 4 * 200),
    ("PayerIntroduced", "postal_address"): (8, 4 * 200),
    **{(event, "registrations"): (200, 50) for event in SAID_OF_SEVERAL},
    ("ContactChanged", "postal_address"): (8, 4 * 200),
    ("ContactChanged", "changed"): (4, 20),
    ("ErasureAsked", "persons"): (50, 50),
    ("ErasureAsked", "orders"): (200, 50),
    ("ErasureAnswered", "open_orders"): (20, 50),
    ("ErasureAnswered", "open_credits"): (20, 50),
    ("AgendaChanged", "items"): (1, 128 * 1024),  # said in parts of that size
    **{(event, "lines"): (LINE_COUNT_MAX, 200) for event in PREVIEWED},
    **{(event, "anomalies"): (ANOMALY_COUNT_MAX, 200 + 50 * ID_COUNT_MAX) for event in PREVIEWED},
    ("MoneyPreviewed", "examples"): (EXAMPLE_COUNT_MAX, 1_000),
    ("ConferenceCancelled", "speakers"): (0, 0),  # said of no cast any more: `SpeakingCancelled` is, one by one
}
TEXT_BYTE_COUNT = 64 * 1024  # more than all texts of one event together


def test_no_event_grows_with_the_number_of_people_or_of_sessions() -> None:
    many = {
        (event.__name__, name)
        for event in declared_events()
        for name, kind in get_type_hints(event).items()
        if get_origin(kind) in (tuple, list, dict)
    }

    assert many == set(MOST), "say what bounds it"
    for event in {event for event, _ in MOST}:
        largest = sum(count * size for (each, _), (count, size) in MOST.items() if each == event)
        assert largest + TEXT_BYTE_COUNT < DATA_BYTE_COUNT_MAX, event
