"""The registration service on the real database, told by a test what the other services say."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar, cast

from flask.testing import FlaskClient

from services.registration.app import create
from services.registration.changing.commands.kind import kinds_in
from services.registration.changing.domain.runs import Run
from services.registration.changing.jobs import Engine
from services.registration.changing.store import RUNS
from services.registration.parts import MANIFEST
from services.registration.registering.domain.registrations import Registration
from services.registration.registering.schemas.pace import FormPace
from services.registration.registering.store import REGISTRATIONS
from shared.contracts.envelope import Event
from shared.contracts.payments import (
    GrantReleased,
    InvoiceIssued,
    InvoiceVoided,
    PaymentAwaited,
    PaymentCaptured,
    PurchaseOrderAccepted,
    RefundReversed,
    RefundSettled,
    SettlementOffered,
)
from shared.contracts.scheduling import ConferenceAnnounced, ConferenceCancelled, RegistrationOpened
from shared.ids import new_event_id
from shared.jobs import Claim
from shared.parts import Assembly
from shared.places import PLACES
from shared.process import Parts
from tests import house as house_of_any
from tests.namespaces import Namespace
from tests.town import COMMITTEE, settings_for

ZONE = "America/Chicago"
OPENED_AT = datetime(2020, 3, 10, 15, tzinfo=UTC)
CANCELLED_AT = datetime(2020, 4, 9, 14, tzinfo=UTC)
CHOOSE_UNTIL = datetime(2020, 5, 1, 5, tzinfo=UTC)
FEE_MINOR, GUEST_FEE_MINOR, KEPT_MINOR = 57500, 25000, 7500
FEES: dict[str, Any] = {
    "categories": [
        {"key": "delegate", "label": "Delegate", "amount_minor": FEE_MINOR, "guest_amount_minor": GUEST_FEE_MINOR},
        {
            "key": "speaker",
            "label": "Speaker",
            "amount_minor": 0,
            "guest_amount_minor": GUEST_FEE_MINOR,
            "public": True,  # the committee says so
        },
    ],
    "terms": {"organiser_cancels_fee_minor": KEPT_MINOR},
}
E = TypeVar("E", bound=Event)

_numbers = itertools.count(1)
envelope = house_of_any.envelope


class House(house_of_any.House):
    """The service's parts, and the voices of the services that it listens to."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self.client: FlaskClient = parts.web.test_client()

    def open_conference(self, conference: str = "74th", *, options: Sequence[Mapping[str, Any]] = ()) -> None:
        """Announce a conference, open it and set its fees."""
        self.database.clock.move(OPENED_AT)
        self.hear(announced(conference), RegistrationOpened(conference=conference))
        fees = FEES | ({"options": list(options)} if options else {})
        response = self.client.put(f"/registration/conferences/{conference}/fees", json=fees, auth=COMMITTEE)
        assert response.status_code == 200, response.text

    def post(self, *, key: str | None = None, conference: str = "74th", **changed: Any) -> Any:
        """Ask for a registration; the response as it is."""
        body = application(conference=conference) | changed
        headers = {"Idempotency-Key": key or f"key-{next(_numbers)}"}
        return self.client.post(
            "/registration/registrations", json=body, headers=headers, environ_base={"REMOTE_ADDR": elsewhere()}
        )

    def register(self, **changed: Any) -> dict[str, Any]:
        """Register somebody; what they were answered."""
        response = self.post(**changed)
        assert response.status_code == 201, response.text
        return cast(dict[str, Any], response.json)

    def place_order(self, *, conference: str = "74th", count: int = 2) -> dict[str, Any]:
        """A town registers so many people; the answer."""
        asked = {
            "conference": conference,
            "tender": "transfer",
            "payer": {"name": "City of Riverton", "email": "payable@riverton.example"},
            "people": [{name: application()[name] for name in ("person", "category")} for _ in range(count)],
        }
        headers = {"Idempotency-Key": new_event_id(), "Accept": "application/json"}
        response = self.client.post("/registration/orders", json=asked, headers=headers)
        assert response.status_code == 201, response.get_data(as_text=True)
        return cast(dict[str, Any], response.json)

    def cancel(self, conference: str = "74th", *, run: str = "run_1") -> None:
        """The organiser cancels; the business clock shows that day."""
        self.database.clock.move(CANCELLED_AT)
        self.hear(cancelled(conference, run=run))

    def run_jobs(self) -> None:
        """Do what is due now, once."""
        for executor in self.parts.executors:
            self.do_jobs(executor.kind)

    def look_again(self) -> None:
        """Make every run due, as if its pause were over, and do it."""
        self.end_pauses(RUNS)
        self.run_jobs()

    def engine(self, kind: str) -> Engine:
        """What carries out the runs of a kind."""
        return Engine(self.database, kinds_in(MANIFEST.room("commands"))[kind], look_seconds=1.0)

    def claimed(self, kind: str) -> Claim[Run]:
        """The one run of a kind that is due, in the hands of a process."""
        (claim,) = self.claim(self.engine(kind).jobs)
        return claim

    def take_steps(self, claim: Claim[Run], count: int) -> None:
        """Take so many steps of a run, as the process that has claimed it."""
        for _ in range(count):
            self.engine(claim.state.kind).step(claim)

    def registration(self, id_: str) -> Registration:
        """A registration as it is saved."""
        document = self.database.mongo[REGISTRATIONS.name].find_one({"_id": id_})
        assert document is not None
        return REGISTRATIONS.state(document)

    def forget_pace(self, pace: object) -> None:
        """Nobody has asked for this often yet."""
        Assembly(pace).attach(self.parts.web)

    def forget(self) -> None:
        """Begin anew for the next test: nothing is saved, and the clock is the host's."""
        for name in self.database.mongo.list_collection_names():
            self.database.mongo[name].delete_many({})
        self.database.clock.offset = timedelta(0)
        Assembly(FormPace()).attach(self.parts.web)
        self.client = self.parts.web.test_client()


@contextmanager
def house(namespace: Namespace) -> Iterator[House]:
    """A house of its own, nothing running: the test calls handlers, jobs and the web side itself."""
    parts = create(settings_for("registration", namespace))
    parts.database.prepare([PLACES, *MANIFEST.collections])
    try:
        yield House(parts)
    finally:
        parts.database.close()


def elsewhere() -> str:
    """The network address of somebody who sits in another office than everybody before."""
    number = next(_numbers)
    return f"10.{number // 65536 % 256}.{number // 256 % 256}.{number % 256}"


def application(**changed: Any) -> dict[str, Any]:
    """What a clerk fills in; everyone is somebody else."""
    number = next(_numbers)
    return {
        "conference": "74th",
        "category": "delegate",
        "tender": "card",
        "person": {
            "name": f"Dana Whitfield {number}",
            "email": f"clerk{number}@millbrook.example",
            "postal_address": ["1 Main Street", "Millbrook"],
            "language": "en",
        },
        "guests": [],
    } | changed


def announced(conference: str) -> ConferenceAnnounced:
    """The 74th conference is announced."""
    return ConferenceAnnounced(
        conference=conference,
        title="74th Annual Conference",
        city="St. Louis",
        zone=ZONE,
        currency="USD",
        starts=date(2020, 5, 17),
        ends=date(2020, 5, 20),
    )


def cancelled(conference: str, *, run: str) -> ConferenceCancelled:
    """The organiser cancels, with choices until the end of April."""
    return ConferenceCancelled(
        conference=conference,
        run=run,
        reason="Travel is not safe this spring.",
        decision="Cancel the 74th; full refund.",
        cancelled_on=date(2020, 4, 9),
        choose_by=date(2020, 4, 30),
        choose_until=CHOOSE_UNTIL,
    )


def invoice_issued(registration: Registration) -> InvoiceIssued:
    """Payments has given the invoice its number."""
    return InvoiceIssued(
        order=registration.order,
        registration=registration.id,
        conference=registration.conference,
        person=registration.person,
        number="INV-2020-1234-5678-9012",
        total_minor=registration.total_minor,
        currency=registration.currency,
        tender=registration.tender.value,
    )


def captured(
    registration: Registration, *, balance_minor: int = 0, amount_minor: int | None = None, is_late: bool = False
) -> PaymentCaptured:
    """Money came in for a registration."""
    return PaymentCaptured(
        order=registration.order,
        registration=registration.id,
        conference=registration.conference,
        person=registration.person,
        payment="pay_1",
        tender=registration.tender.value,
        amount_minor=registration.total_minor - balance_minor if amount_minor is None else amount_minor,
        balance_minor=balance_minor,
        currency=registration.currency,
        is_late=is_late,
    )


def offered(registration: Registration, *, run: str = "run_1") -> SettlementOffered:
    """Payments has worked out what a paid registration gets."""
    return SettlementOffered(
        order=registration.order,
        registration=registration.id,
        conference=registration.conference,
        person=registration.person,
        run=run,
        tender=registration.tender.value,
        currency=registration.currency,
        paid_minor=registration.total_minor,
        fee_minor=KEPT_MINOR,
        refundable_minor=registration.total_minor - KEPT_MINOR,
        voided_minor=0,
        released_minor=0,
        choices=("refund", "credit", "donate"),
        default_choice="refund",
        choose_until=CHOOSE_UNTIL,
    )


def voided(registration: Registration, *, run: str = "run_1") -> InvoiceVoided:
    """Payments has voided an invoice that was not paid."""
    return InvoiceVoided(
        order=registration.order,
        registration=registration.id,
        conference=registration.conference,
        person=registration.person,
        run=run,
        number="2020-0001",
        voided_minor=registration.total_minor,
        currency=registration.currency,
    )


def awaited(registration: Registration, *, run: str = "run_1") -> PaymentAwaited:
    """A payment was under way when the registration ended."""
    return PaymentAwaited(
        order=registration.order,
        registration=registration.id,
        conference=registration.conference,
        person=registration.person,
        run=run,
        number="2020-0001",
        awaited_minor=registration.total_minor,
        currency=registration.currency,
    )


def released(registration: Registration, *, run: str = "run_1") -> GrantReleased:
    """Payments has put an award back into its fund."""
    return GrantReleased(
        order=registration.order,
        registration=registration.id,
        conference=registration.conference,
        person=registration.person,
        run=run,
        released_minor=registration.total_minor,
        voided_minor=0,
        currency=registration.currency,
    )


def refund_settled(
    registration: Registration, *, rail: str, amount_minor: int, run: str = "run_1", paid_by: str = ""
) -> RefundSettled:
    """Payments has seen a refund arrive, or the payer's bank has paid it through a dispute."""
    return RefundSettled(
        order=registration.order,
        registration=registration.id,
        conference=registration.conference,
        person=registration.person,
        run=run,
        refund=f"refund:{registration.id}:{run or 'option'}",
        rail=rail,
        amount_minor=amount_minor,
        currency=registration.currency,
        reference="dp_1",
        attempt=1,
        paid_by=paid_by,
    )


def refund_reversed(registration: Registration, *, rail: str, amount_minor: int, run: str = "run_1") -> RefundReversed:
    """A refund that had arrived came back."""
    return RefundReversed(
        order=registration.order,
        registration=registration.id,
        conference=registration.conference,
        person=registration.person,
        run=run,
        refund=f"refund:{registration.id}:{run or 'option'}",
        rail=rail,
        amount_minor=amount_minor,
        currency=registration.currency,
        reason="closed",
        attempt=1,
    )


def purchase_order(registration: Registration) -> PurchaseOrderAccepted:
    """A town's purchase order covers a registration."""
    return PurchaseOrderAccepted(
        order=registration.order,
        registration=registration.id,
        conference=registration.conference,
        person=registration.person,
        number="PO 4711",
    )
