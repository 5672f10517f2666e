"""Measures how long it takes until all services have said what a cancellation would do.

Registrations, orders, payments and contacts are put into the databases as they would be; what is measured is the town's
own way from the question to the last answer, with all its processes running.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

from services.notifications.contacts.domain import Contact
from services.notifications.contacts.store import CONTACTS
from services.notifications.previews.domain import Attending
from services.notifications.previews.store import ATTENDING
from services.payments.orders.domain.lines import Line
from services.payments.orders.domain.orders import Order, Share
from services.payments.orders.domain.payments import Payment
from services.payments.orders.store import ORDERS, PAYMENTS
from services.registration.registering.domain.registrations import Life, Registration, Tender
from services.registration.registering.store import REGISTRATIONS
from shared.collection import Collection
from shared.contracts.registration import OrderLine, RefundTerms
from shared.mongo import Database
from tests.bench.alone import CHUNK_SIZE
from tests.bench.crowd import ADDRESS, CATEGORY, CURRENCY, PRICE_MINOR, open_conference
from tests.bench.figures import Goal, Measurement
from tests.bench.processes import Cost
from tests.bench.running import Running

SIZES = (1_000, 15_000)
GOALS = {1_000: Goal(figure=3, is_upper=True), 15_000: Goal(figure=20, is_upper=True)}
REPEAT_COUNT = 3
AT = datetime(2031, 3, 1, 14, tzinfo=UTC)
LOOK_SECONDS = 0.05


def measure(sizes: Sequence[int], *, town: Running) -> Iterator[Measurement]:
    """A line for a conference of each size: the best of some previews."""
    for size in sizes:
        conference = open_conference(f"previewed-{size}", town=town)
        _fill(conference, size, town=town)
        town.rest()
        cost = Cost(town.processes, at_rest=town.at_rest())
        seconds = min(_preview(conference, size, number, town=town) for number in range(REPEAT_COUNT))
        more = {"cpu_milliseconds_each_registration": cost.milliseconds_each(REPEAT_COUNT * size)}
        name = f"preview at {size} registrations"
        yield Measurement(name=name, figure=seconds, unit="s", goal=GOALS.get(size), more=more)


def _preview(conference: str, size: int, number: int, *, town: Running) -> float:
    """Seconds from asking to the last answer; each is compared with the one before."""
    base, caller = f"{town.addresses.scheduling}/scheduling", town.caller
    began = time.perf_counter()
    key = f"{conference}:preview:{number}"
    asked = caller.post(f"{base}/conferences/{conference}/previews", {}, key=key, account=town.addresses.committee)
    found: dict[str, Any] = {}

    def is_complete() -> bool:
        found.update(caller.get(f"{base}/previews/{asked['preview']}", account=town.addresses.committee))
        return bool(found["is_complete"])

    while not is_complete():
        caller.deadline.pause(LOOK_SECONDS, missing=f"the answers of {', '.join(found['missing'])}")
    assert [found["answers"][each]["count"] for each in ("registration", "payments", "notifications")] == [size] * 3
    return time.perf_counter() - began


def _fill(conference: str, size: int, *, town: Running) -> None:
    """So many people, each registered and paid by transfer."""
    numbers, databases = range(size), town.databases
    _insert(databases["registration"], REGISTRATIONS, (_registration(conference, each) for each in numbers))
    _insert(databases["payments"], ORDERS, (_order(conference, each) for each in numbers))
    _insert(databases["payments"], PAYMENTS, (_payment(conference, each) for each in numbers))
    _insert(databases["notifications"], ATTENDING, (_attending(conference, each) for each in numbers))
    _insert(databases["notifications"], CONTACTS, (_contact(conference, each) for each in numbers))


def _insert(database: Database, collection: Collection[Any], states: Iterable[Any]) -> None:
    """Keep these states as if each had been written once."""
    documents = [{**collection.document(each), "version": 1, "event_count": 0} for each in states]
    for at in range(0, len(documents), CHUNK_SIZE):
        database.mongo[collection.name].insert_many(documents[at : at + CHUNK_SIZE])


def _id(kind: str, conference: str, number: int) -> str:
    return f"{kind}_{conference}{number:06}"


def _registration(conference: str, number: int) -> Registration:
    return Registration(
        id=_id("reg", conference, number),
        conference=conference,
        person=_id("per", conference, number),
        order=_id("ord", conference, number),
        category=CATEGORY,
        tender=Tender.TRANSFER,
        currency=CURRENCY,
        lines=(OrderLine(kind="fee", amount_minor=PRICE_MINOR),),
        terms=RefundTerms(),
        guests=(),
        submitted_at=AT,
        life=Life.CONFIRMED,
        paid_minor=PRICE_MINOR,
    )


def _order(conference: str, number: int) -> Order:
    registration, order = _id("reg", conference, number), _id("ord", conference, number)
    return Order(
        id=order,
        registration=registration,
        registrations=(registration,),
        conference=conference,
        person=_id("per", conference, number),
        number=f"INV-2031-{number:012}",
        tender="transfer",
        currency=CURRENCY,
        issued_at=AT,
        lines=(Line(id=f"{order}:1", registration=registration, kind="fee", amount_minor=PRICE_MINOR),),
        shares=(Share(payment=_id("pay", conference, number), tender="transfer", paid_minor=PRICE_MINOR),),
        cancel_fee_minor=0,
    )


def _payment(conference: str, number: int) -> Payment:
    return Payment(
        id=_id("pay", conference, number),
        order=_id("ord", conference, number),
        registration=_id("reg", conference, number),
        conference=conference,
        person=_id("per", conference, number),
        tender="transfer",
        currency=CURRENCY,
        captured_minor=PRICE_MINOR,
        refundable_minor=PRICE_MINOR,
        received_on=date(2031, 3, 2),
        reference=f"TRANSFER {number}",
    )


def _attending(conference: str, number: int) -> Attending:
    return Attending(
        id=_id("reg", conference, number),
        conference=conference,
        person=_id("per", conference, number),
        order=_id("ord", conference, number),
    )


def _contact(conference: str, number: int) -> Contact:
    return Contact(
        id=_id("per", conference, number),
        name=f"Delegate {number}",
        email=f"delegate{number}@example.org",
        postal_address=ADDRESS,
    )
