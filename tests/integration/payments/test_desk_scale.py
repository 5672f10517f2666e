"""What the finance desk reads doesn't grow with what is kept."""

from collections.abc import Iterator
from typing import Any

import pytest

from services.payments.books.store import LEDGER
from services.payments.orders.store import ORDERS, PAYMENTS
from services.payments.refunds.store import REFUNDS
from tests.examined import examined
from tests.integration.payments_house import CONFERENCE, RUN, House, house
from tests.integration.provider_fixtures import RunningProvider
from tests.namespaces import Namespace

MANY = 4_000
EXAMINED_MAX = 1_100  # documents of one collection, for a list and what stands beside it


@pytest.fixture(scope="module")
def crowded(module_namespace: Namespace, shared_provider: RunningProvider) -> Iterator[House]:
    """A conference that was cancelled with thousands of orders, whose refunds are paid or to be paid by cheque."""
    with house(module_namespace, shared_provider) as payments:
        order = payments.paid("cheque")
        payments.cancel(order)
        payments.fix(order)
        for name in (ORDERS.name, PAYMENTS.name, REFUNDS.name, LEDGER.name):
            for document in list(payments.database.mongo[name].find()):
                copies = [_copy(document, name, number) for number in range(MANY)]
                payments.database.mongo[name].insert_many(copies)
        payments.seal()
        payments.look_at_runs()
        yield payments


def _copy(document: dict[str, Any], name: str, number: int) -> dict[str, Any]:
    """One more of the kind, for an order of its own."""
    changed: dict[str, Any] = {"order": f"{document.get('order')}~{number:05}"}
    if name == ORDERS.name:
        changed = {"number": f"INV-2020-{number:04}"}
    if name == REFUNDS.name:
        changed |= {"state": "settled" if number % 2 else "awaiting_record", "run": RUN if number % 4 else ""}
    return {**document, **changed, "_id": f"{document['_id']}~{number:05}"}


@pytest.mark.parametrize(
    "path",
    [
        "",
        f"/runs/{RUN}",
        "/refunds",
        "/refunds?state=awaiting_record&rail=cheque",
        "/refunds?state=held",
        f"/refunds?run={RUN}&state=settled",
        f"/refunds?run={RUN}&rail=card",
        "/refunds?outside=yes",
        "/orders",
        "/orders?sort=-number",
        "/refunds?sort=amount",
        "/refunds?sort=-planned&state=awaiting_record",
        "/refunds?q=INV-2020-0100",
        "/refunds?q=CHQ-1",
        f"/orders?conference={CONFERENCE}",
        "/orders?number=INV-2020-0100",
        "/strays",
        f"/books/{CONFERENCE}",
    ],
)
def test_a_page_of_the_desk_looks_at_no_more_however_many_orders_there_are(crowded: House, path: str) -> None:
    with examined(crowded.database) as reads:
        crowded.page(f"/payments/desk{path}")

    assert {name: count for name, count in reads.items() if count > EXAMINED_MAX} == {}


def test_one_order_among_thousands_is_found_with_all_that_belongs_to_it(crowded: House) -> None:
    (order,) = crowded.database.mongo[ORDERS.name].find({"number": "INV-2020-0100"})

    with examined(crowded.database) as reads:
        page = crowded.page(f"/payments/desk/orders/{order['_id']}")

    assert "INV-2020-0100" in page
    assert sum(reads.values()) < EXAMINED_MAX
