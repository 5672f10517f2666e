"""The service at work: it hears of a cancellation through the broker while people register, and tells of the end."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

from services.registration.app import create
from services.registration.changing.store import RUNS
from services.registration.prices.store import CONFERENCES
from shared.contracts.envelope import Event
from shared.contracts.registration import RegistrationCancelled, RegistrationRunClosed
from shared.contracts.scheduling import RegistrationOpened
from shared.ids import digest_of
from tests.integration.registration_house import FEES, OPENED_AT, House, announced, cancelled, envelope
from tests.namespaces import Namespace
from tests.town import COMMITTEE, running, settings_for
from tests.waiting import wait_until

DEADLINE_SECONDS = 30.0
CLIENT_COUNT = 4


@contextmanager
def service(namespace: Namespace) -> Iterator[House]:
    """The service with its worker, relay and jobs running."""
    with running(create, settings_for("registration", namespace)) as run:
        yield House(run.parts)


def publish(house: House, *events: Event, first_sequence: int) -> None:
    """Say something in scheduling's name, through the broker."""
    producer = house.parts.broker.producer()
    try:
        for sequence, event in enumerate(events, start=first_sequence):
            said = replace(envelope(event), sequence=sequence)
            topic = house.parts.settings.topic(event.service)
            sent = producer.send(topic, key=said.key.encode(), value=said.data, headers=said.headers())
            sent.get(timeout=DEADLINE_SECONDS)
    finally:
        producer.close()


def register_until_refused(house: House) -> list[str]:
    """Register one person after the other, until the conference takes nobody any more."""
    accepted: list[str] = []
    client = House(house.parts)
    while (response := client.post()).status_code == 201:
        accepted.append(response.json["registration"])
    assert response.status_code == 409, response.text
    return accepted


def test_whoever_was_accepted_while_the_committee_cancelled_is_ended_and_nobody_else(namespace: Namespace) -> None:
    with service(namespace) as house:
        house.database.clock.move(OPENED_AT)
        publish(house, announced("74th"), RegistrationOpened(conference="74th"), first_sequence=1)
        conferences = house.database.mongo[CONFERENCES.name]
        wait_until(lambda: conferences.find_one({"is_opened": True}), DEADLINE_SECONDS, missing="the opened conference")
        house.client.put("/registration/conferences/74th/fees", json=FEES, auth=COMMITTEE)
        with ThreadPoolExecutor(CLIENT_COUNT) as pool:
            clients = [pool.submit(register_until_refused, house) for _ in range(CLIENT_COUNT)]
            archive = house.database.mongo["events"]
            wait_until(lambda: archive.count_documents({}) > 100, DEADLINE_SECONDS, missing="some registrations")
            publish(house, cancelled("74th", run="run_1"), first_sequence=3)
            accepted = sorted(id_ for each in clients for id_ in each.result(DEADLINE_SECONDS))
        runs = house.database.mongo[RUNS.name]
        wait_until(lambda: runs.find_one({"step": "settling"}), DEADLINE_SECONDS, missing=lambda: runs.find_one())
        wait_until(lambda: not archive.find_one({"published": False}), DEADLINE_SECONDS, missing="the relay's word")

        (closed,) = house.said(RegistrationRunClosed)
        assert sorted(said.registration for said in house.said(RegistrationCancelled)) == accepted
        assert (closed.count, closed.digest) == (len(accepted), digest_of(accepted))
