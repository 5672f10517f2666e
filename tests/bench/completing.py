"""Measures what must not grow with a conference: the end of a refund run, and the finance desk's pages.

Orders, refunds and bookings are put into the database as they would be; what is measured is the service's own reading
of them. Nobody else uses the database meanwhile.
"""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from services.payments.app import create
from services.payments.books.domain.ledger import Account, Line, Transaction
from services.payments.books.jobs import Sealer
from services.payments.books.store import LEDGER
from services.payments.completing.commands import note_completion, note_progress
from services.payments.completing.store import closing_of, figures_of
from services.payments.orders.domain.endings import CONFERENCE_CANCELLED, Ending, Portion
from services.payments.orders.domain.lines import Line as OrderedLine
from services.payments.orders.domain.orders import Order, Share
from services.payments.orders.store import ORDERS
from services.payments.runs.domain import Run
from services.payments.runs.store import RUNS
from shared.ids import digest_of
from shared.process import Parts
from tests.bench.alone import alone, insert, shown_seconds
from tests.bench.figures import Goal, Measurement, rounded

SIZES = (1_500, 15_000, 150_000)
CONFERENCE, RUN, FEE_MINOR = "74th", "run_1", 57500
PAGES = ("/payments/desk", f"/payments/desk/runs/{RUN}", "/payments/desk/orders", "/payments/desk/refunds")
GROWTH = Goal(figure=1.1, is_upper=True)
PAGE_MILLISECONDS = Goal(figure=300, is_upper=True)
REPEAT_COUNT = 5
AT = datetime(2020, 4, 9, 14, tzinfo=UTC)


def measure(environment: Mapping[str, str], sizes: Sequence[int]) -> Iterator[Measurement]:
    """A line for the end of a run of each size and the slowest page beside it; at last what one costs among many."""
    each_microseconds: list[float] = []
    for size in sizes:
        with alone("payments", create, environment) as parts:
            _fill(parts, size)
            seconds = min(_end_of_run(parts) for _ in range(REPEAT_COUNT))
            each_microseconds.append(seconds * 1e6 / size)
            more = {"microseconds_each": rounded(each_microseconds[-1])}
            yield Measurement(name=f"end of a run of {size}", figure=seconds, unit="s", more=more)
            yield _slowest_page(parts, size)
    if len(sizes) > 1:
        growth = each_microseconds[-1] / each_microseconds[0]
        name = f"end of a run, one of {sizes[-1]} to one of {sizes[0]}"
        yield Measurement(name=name, figure=growth, unit="ratio", goal=GROWTH)


def _fill(parts: Parts, size: int) -> None:
    """A conference that was cancelled, and all of whose registrants have given their money."""
    insert(parts, ORDERS, (_order(number) for number in range(size)))
    insert(parts, LEDGER, (each for number in range(size) for each in _bookings(number)))
    ids = (f"reg_{number:07}" for number in range(size))
    run = Run(id=RUN, conference=CONFERENCE, currency="USD", count_expected=size, digest=digest_of(ids))
    insert(parts, RUNS, iter([run]))
    Sealer(parts.database).seal_all(threading.Event())
    figures, currency = figures_of(parts.database, RUN)
    parts.database.run(note_progress, run=RUN, figures=figures, currency=currency)


def _order(number: int) -> Order:
    registration, payment = f"reg_{number:07}", f"pay_{number:07}"
    settlement = Ending(
        id=f"{registration}:2",
        cause=CONFERENCE_CANCELLED,
        registrations=(registration,),
        amount_minor=FEE_MINOR,
        free_minor=FEE_MINOR,
        run=RUN,
        taken=(Portion(payment=payment, tender="cheque", amount_minor=FEE_MINOR),),
        choice="donate",
        donated_minor=FEE_MINOR,
        is_ended=True,
    )
    return Order(
        id=f"ord_{number:07}",
        registration=registration,
        registrations=(registration,),
        conference=CONFERENCE,
        person=f"per_{number:07}",
        number=f"INV-2020-{number:012}",
        tender="cheque",
        currency="USD",
        issued_at=AT,
        lines=(
            OrderedLine(
                id=f"{registration}:1",
                registration=registration,
                kind="fee",
                amount_minor=FEE_MINOR,
                ending=settlement.id,
            ),
        ),
        shares=(Share(payment=payment, tender="cheque", paid_minor=0),),
        endings=(settlement,),
    )


def _bookings(number: int) -> Iterator[Transaction]:
    moves = (
        ("invoice", Account.RECEIVABLES, Account.DEFERRED_FEES),
        ("captured", Account.CHEQUES, Account.RECEIVABLES),
        ("settlement", Account.DEFERRED_FEES, Account.DONATIONS),
    )
    for source, debit, credit in moves:
        yield Transaction(
            id=f"{source}:{number:07}",
            conference=CONFERENCE,
            order=f"ord_{number:07}",
            currency="USD",
            booked_at=AT,
            cause=None,
            lines=(Line(account=debit, amount_minor=FEE_MINOR), Line(account=credit, amount_minor=-FEE_MINOR)),
        )


def _end_of_run(parts: Parts) -> float:
    """How long it takes to count a run once more and to see that it is settled."""
    parts.database.mongo[RUNS.name].update_one({"_id": RUN}, {"$set": {"state": "settling"}})
    began = time.perf_counter()
    figures, currency = figures_of(parts.database, RUN)
    parts.database.run(note_progress, run=RUN, figures=figures, currency=currency)
    seen = closing_of(parts.database, RUN)
    assert seen is not None
    assert parts.database.run(note_completion, run=RUN, seen=seen), "the run did not settle: nothing was measured"
    return time.perf_counter() - began


def _slowest_page(parts: Parts, size: int) -> Measurement:
    client = parts.web.test_client()
    milliseconds = {page: min(shown_seconds(client, page) for _ in range(REPEAT_COUNT)) * 1000 for page in PAGES}
    return Measurement(
        name=f"slowest page of the finance desk with {size} orders",
        figure=max(milliseconds.values()),
        unit="ms",
        goal=PAGE_MILLISECONDS,
        more={"milliseconds": {page: rounded(each) for page, each in milliseconds.items()}},
    )
