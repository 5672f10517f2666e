"""An event that travels comes back as it was; what isn't ours is refused with a reason."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event
from cloudevents.core.formats.json import JSONFormat

from shared.contracts.envelope import Envelope, MalformedRecord, UnknownEvent, encode, event_class
from shared.contracts.scheduling import ConferenceCancelled

SAID = ConferenceCancelled(
    conference="conf_1",
    run="run_1",
    reason="Travel is not safe.",
    decision="The board has decided.",
    cancelled_on=date(2020, 4, 9),
    choose_by=date(2020, 4, 30),
    choose_until=datetime(2020, 5, 1, 5, tzinfo=UTC),
)
ENVELOPE = Envelope(
    id="0198c2a0-0000-7000-8000-000000000000",
    type=SAID.type,
    source="/scheduling",
    key=SAID.key,
    sequence=3,
    time=datetime(2020, 4, 9, 14, tzinfo=UTC),
    data=encode(SAID),
    correlation="c1",
)


def test_what_was_said_is_what_is_read() -> None:
    read = Envelope.from_record(ENVELOPE.headers(), ENVELOPE.data)

    assert (read, read.event()) == (ENVELOPE, SAID)


def test_who_set_it_going_travels_by_id_and_old_records_name_nobody() -> None:
    asked = replace(ENVELOPE, actor="acc_helen")

    assert [Envelope.from_record(each.headers(), each.data) for each in (asked, ENVELOPE)] == [asked, ENVELOPE]
    assert (dict(asked.headers())["ce_actor"], "ce_actor" in dict(ENVELOPE.headers())) == (b"acc_helen", False)


def test_the_wire_form_is_a_cloudevent_to_others() -> None:
    message = KafkaMessage(headers=dict(ENVELOPE.headers()), key=b"conf_1", value=ENVELOPE.data)

    seen = from_binary_event(message, JSONFormat())

    assert (seen.get_id(), seen.get_type(), seen.get_source(), seen.get_subject()) == (
        ENVELOPE.id,
        "reconvene.scheduling.conference_cancelled.v1",
        "/scheduling",
        "conf_1",
    )
    assert (seen.get_extension("sequence"), seen.get_extension("correlationid")) == ("3", "c1")


def test_a_field_of_tomorrow_is_ignored() -> None:
    data = ENVELOPE.data[:-1] + b',"weather":"fine"}'

    assert Envelope.from_record(ENVELOPE.headers(), data).event() == SAID


def test_a_record_without_our_headers_is_refused() -> None:
    with pytest.raises(MalformedRecord, match="ce_id"):
        Envelope.from_record([("content-type", b"application/json")], b"{}")


def test_an_undeclared_type_is_unknown() -> None:
    with pytest.raises(UnknownEvent):
        event_class("reconvene.scheduling.weather_changed.v1")
