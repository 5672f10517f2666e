"""A person or a payer who is erased is gone: from four databases, from the topics, from backups of before and after.

The books are whole, and whoever registers again is somebody new. All four services run, on the real engines.
"""

import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import bson
import pytest
from pymongo import MongoClient

from deploy import backup, restore
from services.notifications.app import create as create_notifications
from services.payments.app import create as create_payments
from services.registration.app import create as create_registration
from services.scheduling.app import create as create_scheduling
from shared.contracts.envelope import ERASED
from shared.contracts.registration import PersonErased
from shared.kafka import Broker, end_offsets, records
from shared.settings import SERVICES
from tests.integration.registration_house import FEES, application
from tests.integration.scheduling_town import CONFERENCE, MORNING
from tests.namespaces import Namespace
from tests.town import COMMITTEE, FINANCE, Running, running, settings_for
from tests.waiting import wait_until

SECONDS_MAX = 90.0
AFTERWARDS = datetime(2020, 6, 2, 14, tzinfo=UTC)
WORDS = (b"Quillfeather", b"quillfeather", b"Larchmere", b"larchmere", b"Ottoline")
QUILL = {
    "name": "Zenobia Quillfeather",
    "email": "z.quillfeather@larchmere.example",
    "postal_address": ["7 Larchmere Lane", "Springfield"],
    "language": "en",
}
BOROUGH = {
    "name": "Borough of Thistledown, Philippa Marchbanks",
    "email": "p.marchbanks@thistledown.example",
    "postal_address": ["1 Thistledown Row", "Springfield"],
    "language": "en",
    "reference": "Thistledown 4711",
}
BOROUGH_WORDS = (b"Thistledown", b"thistledown", b"Marchbanks", b"marchbanks")
FEE_MINOR = 57500
WHY = "Asked for by letter on 1 June."
CREATE: dict[str, Any] = {
    "scheduling": create_scheduling,
    "registration": create_registration,
    "payments": create_payments,
    "notifications": create_notifications,
}
OUTSIDE = {
    "STRIPE_API_KEY": "sk_test_nobody",
    "STRIPE_API_BASE": "http://127.0.0.1:1",
    "STRIPE_WEBHOOK_SECRET": "whsec_nobody",
    "SMTP_URL": "smtp://127.0.0.1:1",
    "MAIL_FROM": "Reconvene <conference@reconvene.example>",
}


@dataclass
class FourServices:
    """All four services, running, and what an installation's keepers do."""

    services: dict[str, Running]
    namespace: Namespace

    def call(self, service: str, method: str, path: str, body: Any = None, *, auth: Any = COMMITTEE) -> Any:
        """Ask a service over HTTP."""
        headers = {"Idempotency-Key": str(uuid.uuid4())} if method == "POST" else {}
        client = self.services[service].client()
        return client.open(f"/{service}{path}", method=method, json=body, auth=auth, headers=headers)

    def told(self, service: str, method: str, path: str, body: Any = None, *, auth: Any = COMMITTEE) -> dict[str, Any]:
        """A good answer to that."""
        answer = self.call(service, method, path, body, auth=auth)
        assert answer.status_code < 300, answer.text
        return cast(dict[str, Any], answer.json)

    def mongo(self, service: str) -> Any:
        return self.services[service].parts.database.mongo

    def clock(self, now: datetime) -> None:
        for each in self.services.values():
            each.parts.database.clock.move(now)

    def open_conference(self) -> str:
        asked = {**CONFERENCE, "key": f"k{uuid.uuid4().hex[:10]}"}
        conference = str(self.told("scheduling", "POST", "/conferences", asked)["id"])
        for step in ("announce", "open"):
            self.told("scheduling", "POST", f"/conferences/{conference}/{step}")
        self.wait(lambda: self.mongo("registration")["conferences"].find_one({"_id": conference, "is_opened": True}))
        self.wait(lambda: self.mongo("payments")["conferences"].find_one({"_id": conference}))
        self.told("registration", "PUT", f"/conferences/{conference}/fees", FEES)
        return conference

    def register(self, conference: str, person: dict[str, Any] = QUILL) -> dict[str, Any]:
        asked = application(conference=conference) | {
            "person": person,
            "tender": "cheque",
            "guests": [{"name": "Ottoline Quillfeather"}],
        }
        made = self.told("registration", "POST", "/registrations", asked)
        self.wait(lambda: self.mongo("payments")["orders"].find_one({"_id": made["order"]}))
        self.wait(lambda: self.mongo("notifications")["renderings"].find_one({"recipient": made["person"]}))
        self.wait(lambda: self.mongo("scheduling")["people"].find_one({"_id": made["person"]}))
        self.wait(self.invoice_of(made["registration"]))
        return made

    def register_together(self, conference: str) -> dict[str, Any]:
        """A borough, with somebody's name in it, sends two people in."""
        people = [
            {"person": {"name": f"Clerk {n} Mossback", "email": f"c{n}@mossback.example"}, "category": "delegate"}
            for n in range(2)
        ]
        asked = {"conference": conference, "tender": "cheque", "payer": BOROUGH, "people": people}
        headers = {"Idempotency-Key": str(uuid.uuid4()), "Accept": "application/json"}
        answer = self.services["registration"].client().post("/registration/orders", json=asked, headers=headers)
        assert answer.status_code == 201, answer.text
        made = cast(dict[str, Any], answer.json)
        order = self.mongo("registration")["orders"].find_one({"_id": made["order"]})
        made |= {"payer": order["payer"], "registration": order["registrations"][0]}
        self.wait(lambda: self.mongo("notifications")["renderings"].find_one({"recipient": made["payer"]}))
        self.wait(self.invoice_of(made["registration"]))
        return made

    def invoice_of(self, registration: str) -> Any:
        kept = self.mongo("registration")["registrations"]
        return lambda: kept.find_one({"_id": registration, "invoice": {"$gt": ""}})

    def pay(self, order: str, *, amount_minor: int = FEE_MINOR + 25000) -> None:
        paid = {
            "tender": "cheque",
            "amount_minor": amount_minor,
            "currency": "USD",
            "reference": f"CHQ {uuid.uuid4().hex[:6]}",
            "received_on": "2020-04-09",
        }
        self.told("payments", "POST", f"/orders/{order}/payments", paid, auth=FINANCE)

    def ask(self, person: str) -> Any:
        return self.call("registration", "POST", f"/people/{person}/erasure", {"reason": WHY})

    def erasure(self, person: str) -> dict[str, Any]:
        return self.told("registration", "GET", f"/people/{person}/erasure")

    def wait(self, condition: Any) -> None:
        wait_until(condition, SECONDS_MAX, missing="what the services tell each other")

    def everywhere(self) -> dict[str, bytes]:
        """All four databases and topics, as bytes."""
        found: dict[str, bytes] = {}
        for service, each in self.services.items():
            mongo = each.parts.database.mongo
            for name in mongo.list_collection_names():
                found[f"{service}.{name}"] = b"".join(bson.encode(document) for document in mongo[name].find())
            broker, topic = Broker(each.parts.settings), each.parts.settings.topic(service)
            admin = broker.admin()
            ends = end_offsets(admin, topic)
            admin.close()
            reads = [one for some in records(broker, topic, starts={}, ends=ends) for one in some]
            found[f"topic {service}"] = b"".join(one.envelope.data for one in reads if one.envelope)
        return found

    def back_up(self, folder: Path) -> Path:
        settings = self.services["registration"].parts.settings
        backup.back_up(settings.mongo_url, prefix=settings.database_prefix, to=folder)
        return folder


def saying(found: dict[str, bytes], words: tuple[bytes, ...] = WORDS) -> list[str]:
    """Where any of the words stands."""
    return [place for place, content in found.items() if any(word in content for word in words)]


def in_folder(folder: Path) -> dict[str, bytes]:
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


@pytest.fixture(scope="module")
def town(module_namespace: Namespace) -> Iterator[FourServices]:
    """Four services that run."""
    with ExitStack() as stack:
        services = {
            name: stack.enter_context(running(CREATE[name], settings_for(name, module_namespace, **OUTSIDE)))  # type: ignore[arg-type]
            for name in SERVICES
        }
        yield FourServices(services, module_namespace)


@pytest.fixture
def conference(town: FourServices) -> str:
    """One that people may register for."""
    town.clock(MORNING)
    return town.open_conference()


@pytest.mark.timeout(400)
def test_nothing_says_any_more_who_somebody_was_and_the_books_are_whole(
    town: FourServices, conference: str, tmp_path: Path
) -> None:
    made = town.register(conference)
    person, order = made["person"], made["order"]
    town.pay(order)
    balance = town.told("payments", "GET", "/ledger/trial-balance", auth=FINANCE)
    town.clock(AFTERWARDS)
    before = town.back_up(tmp_path / "before")
    assert {"registration.people", "notifications.contacts"} <= set(saying(town.everywhere()))

    assert town.ask(person).status_code == 202
    town.wait(lambda: town.erasure(person)["state"] == "erased")
    town.wait(lambda: town.mongo("notifications")["contacts"].find_one({"_id": person, "name": ERASED}))
    town.wait(lambda: town.mongo("scheduling")["people"].find_one({"_id": person, "name": ERASED}))
    after = town.back_up(tmp_path / "after")

    assert saying(town.everywhere()) == []
    assert saying(in_folder(before)) == []
    assert saying(in_folder(after)) == []
    words = town.mongo("notifications")["renderings"].distinct("content", {"recipient": person})
    assert len(words) == 1
    assert town.told("payments", "GET", "/ledger/trial-balance", auth=FINANCE) == balance
    paid = town.told("payments", "GET", f"/orders/{order}", auth=FINANCE)
    assert (paid["state"], paid["total_minor"]) == ("paid", FEE_MINOR + 25000)
    again = town.ask(person)
    assert (again.status_code, again.json["title"]) == (409, "This person was erased already")

    town.clock(MORNING)
    anew = town.register(town.open_conference())
    assert anew["person"] != person

    restored_prefix = f"{town.namespace.database_prefix}b_"
    _put_back(town, before, prefix=restored_prefix)
    with MongoClient[dict[str, Any]](town.services["registration"].parts.settings.mongo_url) as client:
        restored = client[f"{restored_prefix}registration"]["people"].find_one({"_id": person})
        contact = client[f"{restored_prefix}notifications"]["contacts"].find_one({"_id": person})
        for service in (*SERVICES, "keys"):
            client.drop_database(f"{restored_prefix}{service}")
    assert restored is not None
    assert contact is not None
    assert (restored["contact"]["name"], restored["is_erased"], contact["email"]) == (ERASED, True, None)


def _put_back(town: FourServices, folder: Path, *, prefix: str) -> None:
    """The backup in databases of another name, beside the same keys."""
    settings = town.services["registration"].parts.settings
    with MongoClient[dict[str, Any]](settings.mongo_url) as client:
        held = list(client[f"{settings.database_prefix}keys"]["keys"].find())
        client[f"{prefix}keys"]["keys"].insert_many(held)
    restore.restore(settings.mongo_url, prefix=prefix, of=folder)


@pytest.mark.timeout(300)
def test_whoever_is_to_attend_or_owes_stays(town: FourServices, conference: str) -> None:
    made = town.register(conference, QUILL | {"name": "Maxima Ferncastle", "email": "maxima@ferncastle.example"})
    person = made["person"]

    early = town.ask(person)
    assert early.status_code == 409
    assert early.json["title"] == "This person can't be erased yet"
    assert "They are registered for 74th Annual Conference" in early.json["detail"]

    town.clock(AFTERWARDS)
    assert town.ask(person).status_code == 202
    town.wait(lambda: town.erasure(person)["state"] == "refused")
    (reason,) = town.erasure(person)["in_the_way"]
    invoice = town.mongo("registration")["registrations"].find_one({"_id": made["registration"]})["invoice"]
    assert reason == f"Money of invoice {invoice} is still open."
    assert town.mongo("registration")["people"].find_one({"_id": person})["contact"]["name"] == "Maxima Ferncastle"
    assert town.mongo("registration")["events"].count_documents({"type": PersonErased.type, "key": person}) == 0

    town.pay(made["order"])
    assert town.ask(person).status_code == 202
    town.wait(lambda: town.erasure(person)["state"] == "erased")


@pytest.mark.timeout(400)
def test_who_has_paid_for_several_is_erased_too_and_the_books_are_whole(
    town: FourServices, conference: str, tmp_path: Path
) -> None:
    made = town.register_together(conference)
    payer = made["payer"]
    early = town.ask(payer)
    assert (early.status_code, early.json["title"]) == (409, "This person can't be erased yet")
    assert early.json["detail"].count("Somebody for whom they pay is registered for 74th Annual Conference.") == 1

    town.clock(AFTERWARDS)
    assert town.ask(payer).status_code == 202
    town.wait(lambda: town.erasure(payer)["state"] == "refused")
    (reason,) = town.erasure(payer)["in_the_way"]
    assert reason.startswith("Money of invoice ")
    assert {"registration.payers", "notifications.contacts"} <= set(saying(town.everywhere(), BOROUGH_WORDS))

    town.pay(made["order"], amount_minor=2 * FEE_MINOR)
    balance = town.told("payments", "GET", "/ledger/trial-balance", auth=FINANCE)
    before = town.back_up(tmp_path / "before")
    named = town.call("registration", "POST", f"/people/{payer}/erasure", {"reason": f"{BOROUGH['email']} asked."})
    assert named.status_code == 422
    assert town.ask(payer).status_code == 202
    town.wait(lambda: town.erasure(payer)["state"] == "erased")
    town.wait(lambda: town.mongo("notifications")["contacts"].find_one({"_id": payer, "name": ERASED}))

    assert saying(town.everywhere(), BOROUGH_WORDS) == []
    assert saying(in_folder(before), BOROUGH_WORDS) == []
    assert town.told("payments", "GET", "/ledger/trial-balance", auth=FINANCE) == balance
    paid = town.told("payments", "GET", f"/orders/{made['order']}", auth=FINANCE)
    assert (paid["state"], paid["total_minor"]) == ("paid", 2 * FEE_MINOR)
    again = town.ask(payer)
    assert (again.status_code, again.json["title"]) == (409, "This person was erased already")

    town.clock(MORNING)
    assert town.register_together(town.open_conference())["payer"] != payer


@pytest.mark.timeout(300)
def test_a_reason_that_says_who_it_was_is_refused_and_so_are_others_than_the_committee(
    town: FourServices, conference: str
) -> None:
    asked = QUILL | {"name": "Zenobia Ashgrove", "email": "zenobia@ashgrove.example"}
    person = town.register(conference, asked)["person"]
    town.clock(AFTERWARDS)
    path = f"/people/{person}/erasure"

    named = town.call("registration", "POST", path, {"reason": "Zenobia asked."})
    assert named.status_code == 422
    assert "without their name" in named.text
    assert town.call("registration", "POST", path, {"reason": WHY}, auth=FINANCE).status_code == 403
    assert town.erasure(person)["state"] == "none"
