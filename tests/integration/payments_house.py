"""The payments service on the real database and the real local provider, told by a test what the other services say."""

import html
import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import stripe
from flask.testing import FlaskClient

from services.payments.app import create
from services.payments.books.jobs import Sealer
from services.payments.books.store import trial_balance
from services.payments.completing.jobs import RunWatch
from services.payments.credits.domain import Credit
from services.payments.credits.store import CREDITS
from services.payments.listening.jobs.sweeps import ProviderSweep
from services.payments.listening.store import SWEEPS
from services.payments.orders.domain.orders import Order
from services.payments.orders.domain.payments import Payment
from services.payments.orders.store import ORDERS, PAYMENTS
from services.payments.parts import MANIFEST
from services.payments.provider.store import PROVIDER_EVENTS
from services.payments.refunds.domain.outside import Outside, Why
from services.payments.refunds.domain.refunds import Refund
from services.payments.refunds.store import OUTSIDE, REFUNDS
from services.payments.runs.domain import Run
from services.payments.runs.store import RUNS
from services.payments.strays.domain import Misfit, Stray
from services.payments.strays.store import STRAYS
from shared.auth import Guesses, sign
from shared.contracts.envelope import Event
from shared.contracts.registration import (
    OrderPlaced,
    PlacedLine,
    RefundTerms,
    RegistrationCancelled,
    RegistrationRunClosed,
    SettlementFixed,
)
from shared.contracts.scheduling import ConferenceAnnounced
from shared.idempotency import REQUESTS
from shared.ids import digest_of
from shared.jobs import Executor
from shared.parts import Assembly
from shared.places import PLACES
from shared.principals import Role
from shared.process import Parts
from tests import house as house_of_any
from tests.integration.provider_fixtures import CANCELLED, KEY, RunningProvider
from tests.namespaces import Namespace
from tests.town import FINANCE, settings_for, signed_in

CONFERENCE, RUN = "74th", "run_1"
NEXT_CONFERENCE = "79th"
FEE_MINOR, GUEST_FEE_MINOR, KEPT_MINOR = 57500, 25000, 7500
CHOOSE_UNTIL = datetime(2020, 5, 1, 5, tzinfo=UTC)
HTML = {"Accept": "text/html"}
WEBHOOK_SECRET = "whsec_of_the_tests"
E = TypeVar("E", bound=Event)

_numbers = itertools.count(1)


class House(house_of_any.House):
    """The service's parts, the voices of the services that it listens to, and the provider it pays by."""

    def __init__(self, parts: Parts, provider: RunningProvider) -> None:
        super().__init__(parts)
        self.provider = provider
        self.client: FlaskClient = parts.web.test_client()
        self.sweep = next(each.__self__ for each in parts.loops if isinstance(each.__self__, ProviderSweep))  # type: ignore[attr-defined]
        self.watch = RunWatch(parts.database)

    # stories

    def submit(
        self,
        tender: str = "card",
        *,
        fee_minor: int = FEE_MINOR,
        guests: int = 0,
        currency: str = "USD",
        conference: str = CONFERENCE,
        payer: str = "",
    ) -> str:
        """Somebody registers; their order's id."""
        number = next(_numbers)
        registration = f"reg_{number:05}"
        lines = [PlacedLine(registration=registration, kind="fee", amount_minor=fee_minor)] if fee_minor else []
        lines += [PlacedLine(registration=registration, kind="guest", amount_minor=GUEST_FEE_MINOR)] * guests
        placed = OrderPlaced(
            order=f"ord_{number:05}",
            conference=conference,
            payer=payer or f"per_{number:05}",
            registrations=(registration,),
            tender=tender,
            currency=currency,
            lines=tuple(lines),
            terms=RefundTerms(),
        )
        self.hear(placed)
        return placed.order

    def paid(self, tender: str = "card", *, method: str = "works", **more: Any) -> str:
        """Somebody registers and pays; their order's id."""
        order = self.submit(tender, **more)
        if tender == "card":
            self.pay_by_card(order, method=method)
        else:
            self.record(order, tender)
        return order

    def start_paying(self, order: str) -> Any:
        """Press the button that leads to the provider's page."""
        token = sign(self.parts.settings, purpose="order", id_=order)
        return self.client.post(f"/payments/pay/{token}")

    def pay_by_card(self, order: str, *, method: str = "works") -> None:
        """Pay on the provider's page, and let its word arrive."""
        session = self.start_paying(order).json["session"]
        self.provider.told("POST", f"/checkout/{session}/pay", {"method": method})
        self.hear_provider()

    def record(self, order: str, tender: str, /, **changed: Any) -> Any:
        """Finance records money; the response as it is."""
        body = {
            "tender": tender,
            "amount_minor": self.order(order).owed_minor or FEE_MINOR,
            "currency": self.order(order).currency,
            "reference": f"{tender}-{next(_numbers)}",
            "received_on": self.database.clock.now().date().isoformat(),
        } | changed
        return self.post(f"/payments/orders/{order}/payments", body)

    def cancel(self, *orders: str, fee_minor: int = 0, run: str = RUN) -> None:
        """The conference is cancelled: these registrations end, and these are all."""
        loaded = [self.order(each) for each in orders]
        self.hear(
            *(
                RegistrationCancelled(
                    registration=each.registration,
                    conference=each.conference,
                    person=each.person,
                    order=each.id,
                    run=run,
                    terms=RefundTerms(organiser_cancels_fee_minor=fee_minor),
                    choose_until=CHOOSE_UNTIL,
                    default_choice="refund",
                )
                for each in loaded
            ),
            RegistrationRunClosed(
                run=run,
                conference=loaded[0].conference if loaded else CONFERENCE,
                count=len(loaded),
                digest=digest_of(each.registration for each in loaded),
            ),
        )

    def fix(self, order: str, choice: str = "refund", *, run: str = RUN) -> None:
        """What happens with the money is final."""
        loaded = self.order(order)
        self.hear(
            SettlementFixed(
                registration=loaded.registration,
                conference=loaded.conference,
                person=loaded.person,
                order=order,
                run=run,
                choice=choice,
                fixed_by="registrant",
            )
        )

    def credited(self, tender: str = "card", **more: Any) -> Credit:
        """Somebody paid for a conference that was cancelled, and keeps the money; their credit."""
        order = self.paid(tender, **more)
        self.cancel(order)
        self.fix(order, "credit")
        return self.credit_of(order)

    # what the service does by itself

    def hear_provider(self) -> None:
        """The provider's list is read, and looked after."""
        self.sweep.sweep_events()
        while self.run_jobs("provider-events"):
            pass

    def run_jobs(self, name: str) -> int:
        """Do what is due now of one kind; how many jobs."""
        return self.do_jobs(self.executor(name).kind)

    def make_due(self, name: str) -> None:
        """As if every pause and lease were over."""
        self.end_pauses(self.executor(name).kind.collection)

    def run_again(self, name: str) -> int:
        """As if every pause and lease were over: do what there is."""
        self.make_due(name)
        return self.run_jobs(name)

    def executor(self, name: str) -> Executor:
        """The executor of one kind of job."""
        return next(each for each in self.parts.executors if each.kind.name == name)

    def look_at_runs(self) -> None:
        """Count the runs, as happens once a second."""
        self.watch.look()

    def seal(self) -> None:
        """Seal the books, as happens every few seconds."""
        Sealer(self.database).seal_all(threading.Event())

    # what can be seen

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        """Finance asks for something; the response as it is."""
        headers = {"Idempotency-Key": key or f"key-{next(_numbers)}"}
        return self.client.post(path, json=body, headers=headers, auth=FINANCE)

    def get(self, path: str, **query: Any) -> Any:
        """What finance is answered."""
        response = self.client.get(path, query_string=query, auth=FINANCE)
        assert response.status_code == 200, response.text
        return response.json

    def page(self, path: str) -> str:
        """A page of the desk as finance sees it, signed in."""
        client = signed_in(self.parts.web.test_client(), self.parts.settings, Role.FINANCE)
        response = client.get(path, headers=HTML)
        assert response.status_code == 200, response.text
        return html.unescape(response.text)

    def order(self, id_: str) -> Order:
        """An order as it is saved."""
        return ORDERS.state(self._document(ORDERS.name, id_))

    def refund_of(self, order: str) -> Refund:
        """The only refund of an order."""
        (found,) = self.database.mongo[REFUNDS.name].find({"order": order})
        return REFUNDS.state(found)

    def credit_of(self, order: str) -> Credit:
        """The only credit that is left of an order."""
        (found,) = self.database.mongo[CREDITS.name].find({"order": order})
        return CREDITS.state(found)

    def payments_of(self, order: str) -> list[Payment]:
        """The payments of an order."""
        found = self.database.mongo[PAYMENTS.name].find({"order": order}).sort("_id", 1)
        return [PAYMENTS.state(each) for each in found]

    def run(self, id_: str = RUN) -> Run:
        """A run as it is saved."""
        return RUNS.state(self._document(RUNS.name, id_))

    def balances(self, conference: str | None = CONFERENCE) -> dict[str, int]:
        """Every account that isn't zero; debits positive."""
        found = trial_balance(self.database, conference=conference)
        assert sum(each.balance_minor for each in found) == 0
        return {str(each.account): each.balance_minor for each in found if each.balance_minor}

    def provider_refunds(self, order: str) -> list[stripe.Refund]:
        """The provider's refunds of an order's card payments, oldest first."""
        intents = [each.provider_payment for each in self.payments_of(order) if each.provider_payment]
        found = [self.provider.client.v1.refunds.list({"payment_intent": each, "limit": 100}).data for each in intents]
        return [each for page in found for each in reversed(page)]

    def everything(self) -> dict[str, list[Any]]:
        """All that is kept, except when: to see that something changed nothing."""
        names = [each.name for each in (*MANIFEST.collections, REQUESTS) if each.name not in ("requests", "sweeps")]
        return {name: list(self.database.mongo[name].find({}, {"version": 0}).sort("_id", 1)) for name in names}

    def forget(self) -> None:
        """Begin anew for the next test: nothing is saved but what was read of the provider's list."""
        for name in self.database.mongo.list_collection_names():
            if name not in (PROVIDER_EVENTS.name, SWEEPS.name):
                self.database.mongo[name].delete_many({})
        self.database.clock.move(CANCELLED)
        self.heard.clear()
        self.watch = RunWatch(self.database)
        self.client = self.parts.web.test_client()
        Assembly(Guesses()).attach(self.parts.web)
        self.hear(announced())

    def stray(self) -> str:
        """Money came that fits no order; its id."""
        id_ = f"pi_stray_{next(_numbers)}"
        stray = Stray(
            id=id_,
            why=Misfit.UNKNOWN_ORDER,
            order="ord_unknown",
            order_currency="",
            session="cs_1",
            charge="ch_1",
            amount_minor=57500,
            currency="USD",
            found_at=self.database.clock.now(),
        )
        self.database.transact(lambda unit: unit.add(STRAYS, stray))
        return id_

    def outside(self, order: str) -> str:
        """Somebody refunded a part of an order at the card provider; the provider's id of that."""
        id_ = f"re_outside_{next(_numbers)}"
        found = Outside(
            id=id_,
            why=Why.NO_NUMBER,
            order=order,
            conference=CONFERENCE,
            payment=self.payments_of(order)[0].id,
            label="",
            amount_minor=100,
            currency="USD",
            paying_minor=0,
            owed_again_minor=0,
            beyond_minor=100,
            found_at=self.database.clock.now(),
        )
        self.database.transact(lambda unit: unit.add(OUTSIDE, found))
        return id_

    def _document(self, collection: str, id_: str) -> dict[str, Any]:
        found = self.database.mongo[collection].find_one({"_id": id_})
        assert found is not None, f"no {id_} in {collection}"
        return found


def announced() -> ConferenceAnnounced:
    """The 74th conference is known."""
    return ConferenceAnnounced(
        conference=CONFERENCE,
        title="74th Annual Conference",
        city="St. Louis",
        zone="America/Chicago",
        currency="USD",
        starts=date(2020, 5, 17),
        ends=date(2020, 5, 20),
    )


def announced_next(conference: str = NEXT_CONFERENCE, **changed: Any) -> ConferenceAnnounced:
    """A later conference of the same association is known."""
    held: dict[str, Any] = {
        "title": f"{conference} Annual Conference",
        "starts": date(2025, 5, 18),
        "ends": date(2025, 5, 21),
    }
    return replace(announced(), conference=conference, **(held | changed))


@contextmanager
def house(namespace: Namespace, provider: RunningProvider, **environment: str) -> Iterator[House]:
    """A house of its own, nothing running: the test calls handlers, jobs and the web side itself."""
    settings = settings_for(
        "payments",
        namespace,
        STRIPE_API_KEY=KEY,
        STRIPE_API_BASE=provider.address,
        STRIPE_WEBHOOK_SECRET=WEBHOOK_SECRET,
        REFUND_RATE_PER_SECOND="1000",
        **environment,  # type: ignore[arg-type]
    )
    parts = create(settings)
    parts.database.prepare([PLACES, *(*MANIFEST.collections, REQUESTS)])
    try:
        made = House(parts, provider)
        made.forget()
        yield made
    finally:
        parts.database.clock.offset = timedelta(0)
        parts.database.close()
