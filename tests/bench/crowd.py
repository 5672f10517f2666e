"""Owns the people of the benchmark: a conference that is open, and as many as are wanted, registered, paid, confirmed.

They come in by the services' own commands, hundreds to a transaction, instead of one by one over HTTP: the events that
follow are the same, and a crowd of thousands is there soon. Messages go out to them as to anybody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from services.payments.orders.store import ORDERS
from services.payments.receipts.commands.recording import record_payment
from services.registration.people.domain import Contact
from services.registration.registering.commands import submit_registration
from services.registration.registering.domain.registrations import Application, Registration, Tender
from services.registration.registering.store import REGISTRATIONS
from shared.contracts.flow import declaration
from shared.mongo import Database
from shared.unit import Unit
from tests.bench.running import Running

GROUP_SIZE = 50  # people to a transaction: far within its time limit, on a busy machine too
GROUP_SECONDS_MAX = 120.0
PRICE_MINOR, GUEST_PRICE_MINOR = 57_500, 25_000
CATEGORY, CURRENCY = "delegate", "USD"
ADDRESS = ("12 Main Street", "Springfield, IL 62701")


@dataclass(frozen=True)
class Crowd:
    """A conference and how many are confirmed for it."""

    conference: str
    count: int


def application(conference: str, name: str) -> Application:
    """Somebody who means to pay by transfer and can be reached by mail."""
    contact = Contact(name=name, email=f"{name.replace(' ', '.').lower()}@example.org", postal_address=ADDRESS)
    return Application(conference=conference, category=CATEGORY, tender=Tender.TRANSFER, person=contact)


def open_conference(key: str, *, town: Running) -> str:
    """Announce a conference, price it, and open it for registration; answers its id."""
    addresses, caller = town.addresses, town.caller

    def ask(url: str, body: object, *, what: str) -> Any:
        return caller.post(url, body, key=f"{key}:{what}", account=addresses.committee)

    base = f"{addresses.scheduling}/scheduling/conferences"
    body = {"key": key, "title": f"Conference {key}", "city": "St. Louis", "zone": "America/Chicago"}
    days = {"starts": "2031-05-04", "ends": "2031-05-07"}
    conference = str(ask(base, {**body, **days, "currency": CURRENCY}, what="create")["id"])
    ask(f"{base}/{conference}/announce", {}, what="announce")
    known = f"{addresses.registration}/registration/conferences/{conference}"
    caller.until_known(lambda: caller.get(known), missing="registration's word of the conference")
    prices = {
        "key": CATEGORY,
        "label": "Delegate",
        "amount_minor": PRICE_MINOR,
        "guest_amount_minor": GUEST_PRICE_MINOR,
    }
    fees = {"categories": [prices], "terms": {"organiser_cancels_fee_minor": 0}}
    caller.put(f"{known}/fees", fees, account=addresses.committee)
    ask(f"{base}/{conference}/open", {}, what="open")
    caller.deadline.wait_until(lambda: bool(caller.get(known)["open"]), missing=lambda: "word that it is open")
    return conference


def bring(conference: str, *, count: int, town: Running) -> Crowd:
    """So many people, each registered, paid by transfer, confirmed and told so."""
    databases, caller = town.databases, town.caller
    sent = {"state": "accepted"}
    sent_before = databases.count("notifications", "messages", sent)

    def wait_for(service: str, collection: str, where: Mapping[str, Any], wanted: int) -> None:
        caller.deadline.wait_until(
            lambda: databases.count(service, collection, where) >= wanted,
            missing=lambda: f"{service}'s {collection}: {databases.count(service, collection, where)} of {wanted}",
        )

    starts = range(0, count, GROUP_SIZE)
    orders = [
        order
        for start in starts
        for order in _register(databases["registration"], conference, range(start, min(start + GROUP_SIZE, count)))
    ]
    wait_for("payments", ORDERS.name, {"conference": conference}, count)
    for start in starts:
        _pay(databases["payments"], orders[start : start + GROUP_SIZE])
    wait_for("registration", REGISTRATIONS.name, {"conference": conference, "life": "confirmed"}, count)
    wait_for("notifications", "messages", sent, sent_before + 2 * count)
    return Crowd(conference, count)


def _register(database: Database, conference: str, numbers: Sequence[int]) -> list[str]:
    """Register some people in one transaction; answers their orders."""

    def enter(unit: Unit) -> list[str]:
        applications = [application(conference, f"Delegate {number} of {conference}") for number in numbers]
        made = [submit_registration(unit, application=each) for each in applications]
        return [each.order for each in made if isinstance(each, Registration)]

    declared = declaration(submit_registration)
    emits = declared.emits if declared else frozenset()
    return database.transact(enter, emits=emits, seconds_max=GROUP_SECONDS_MAX)


def _pay(database: Database, orders: Sequence[str]) -> None:
    """Record one transfer for each order, in one transaction."""

    def record(unit: Unit) -> None:
        unit.preload((ORDERS, order) for order in orders)
        for order in orders:
            record_payment(
                unit,
                order=order,
                tender=Tender.TRANSFER,
                amount_minor=PRICE_MINOR,
                currency=CURRENCY,
                reference=f"TRANSFER {order}",
                received_on=datetime.now(UTC).date(),
            )

    declared = declaration(record_payment)
    emits = declared.emits if declared else frozenset()
    database.transact(record, emits=emits, seconds_max=GROUP_SECONDS_MAX)
