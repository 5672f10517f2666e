"""Webhooks of the local card provider: signed, in order, retried until taken, never lost by a kill."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import stripe

from deploy.town.ports import free_port
from tests.integration.provider_fixtures import RunningProvider, pay
from tests.waiting import wait_until

SECRET = "whsec_tests"
DELIVERY_SECONDS = 15


@dataclass
class Listener:
    """An address that takes events, after refusing as many as it is told to."""

    refusals_left: int = 0
    events: list[stripe.Event] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, payload: bytes, signature: str) -> int:
        event = stripe.Webhook.construct_event(payload, signature, SECRET)
        with self.lock:
            if self.refusals_left > 0:
                self.refusals_left -= 1
                return 503
            self.events.append(event)
        return 200

    def ids(self) -> list[str]:
        return [event.id for event in self.events]

    def waits_for(self, count: int) -> None:
        wait_until(lambda: len(set(self.ids())) >= count, DELIVERY_SECONDS, missing=lambda: f"{count} of {self.ids()}")


@dataclass
class Door:
    """The listener's address, which can be open or closed."""

    listener: Listener
    server: ThreadingHTTPServer

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/hook"


@pytest.fixture
def door() -> Iterator[Door]:
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            payload = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(listener.take(payload, self.headers["Stripe-Signature"]))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
            """The tests say what matters."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Door(listener, server)
    server.shutdown()
    server.server_close()


@pytest.fixture
def telling(own_provider: RunningProvider, door: Door) -> RunningProvider:
    """A provider that tells the door everything."""
    own_provider.environment |= {"PROVIDER_WEBHOOK_URL": door.address, "PROVIDER_WEBHOOK_SECRET": SECRET}
    return own_provider


def test_every_event_is_told_signed_and_in_order_for_each_payment(telling: RunningProvider, door: Door) -> None:
    telling.start()
    intents = [pay(telling.client) for _ in range(8)]
    for intent in intents:
        telling.client.v1.refunds.create({"payment_intent": intent.id, "amount": 900})

    door.listener.waits_for(8 * 5)

    told: dict[str, list[str]] = defaultdict(list)
    for event in door.listener.events:
        body = event.data.object
        told[body["id"] if body["object"] == "payment_intent" else body["payment_intent"]].append(event.type)
    in_order = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]
    assert told == {intent.id: [*in_order, "refund.created", "charge.refunded"] for intent in intents}
    wait_until(
        lambda: telling.told("GET", "/summary")["webhooks"] == {"delivered": 40},
        DELIVERY_SECONDS,
        missing="forty deliveries written down",
    )
    assert telling.client.v1.events.retrieve(door.listener.ids()[0]).pending_webhooks == 0


def test_an_event_that_is_refused_is_told_again(telling: RunningProvider, door: Door) -> None:
    door.listener.refusals_left = 3
    telling.start()

    pay(telling.client)

    door.listener.waits_for(3)
    assert len(door.listener.ids()) == 3


def test_events_wait_on_disk_for_a_listener_that_comes_back(telling: RunningProvider, door: Door) -> None:
    telling.environment["PROVIDER_WEBHOOK_URL"] = f"http://127.0.0.1:{free_port()}/nobody-listens-here"
    telling.start()
    pay(telling.client)
    telling.kill()
    telling.environment["PROVIDER_WEBHOOK_URL"] = door.address

    telling.start()

    door.listener.waits_for(3)


def test_only_the_named_types_are_told(telling: RunningProvider, door: Door) -> None:
    telling.environment["PROVIDER_WEBHOOK_EVENTS"] = "refund.created,refund.failed"
    telling.start()

    refund = telling.client.v1.refunds.create({"payment_intent": pay(telling.client).id, "amount": 900})

    door.listener.waits_for(1)
    assert [(event.type, event.data.object["id"]) for event in door.listener.events] == [("refund.created", refund.id)]
    assert telling.told("GET", "/summary")["webhooks"].keys() <= {"delivered", "waiting"}
    assert sum(telling.told("GET", "/summary")["webhooks"].values()) == 1


def test_events_are_doubled_and_shuffled_on_demand(telling: RunningProvider, door: Door) -> None:
    telling.environment["PROVIDER_WEBHOOK_URL"] = f"http://127.0.0.1:{free_port()}/nobody-listens-here"
    telling.start()
    intent = pay(telling.client)
    for amount in range(900, 906):
        telling.client.v1.refunds.create({"payment_intent": intent.id, "amount": amount})
    telling.turn(webhook_duplicate={"count": 2}, webhook_reorder={"seed": 7})
    telling.stop()
    telling.environment["PROVIDER_WEBHOOK_URL"] = door.address

    telling.start()

    door.listener.waits_for(15)
    wait_until(lambda: len(door.listener.ids()) == 17, DELIVERY_SECONDS, missing="two doubled events")
    created = [event.data.object["amount"] for event in door.listener.events if event.type == "refund.created"]
    assert list(dict.fromkeys(created)) != list(range(900, 906))
    assert set(created) == set(range(900, 906))
