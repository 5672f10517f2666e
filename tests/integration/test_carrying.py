"""What an older version has kept is carried over once, and left alone by whoever comes second."""

from collections.abc import Iterator

import pytest

from services.payments.completing.store import figures_of
from services.payments.orders.store import ORDERS
from shared.carrying import carry_over
from tests.integration.payments_house import House
from tests.integration.payments_house import house as made_for
from tests.integration.provider_fixtures import RunningProvider
from tests.namespaces import Namespace
from tests.unit.payments_builders import orders_without_lines


@pytest.fixture
def house(namespace: Namespace, provider: RunningProvider) -> Iterator[House]:
    with made_for(namespace, provider) as made:
        yield made


def test_orders_of_before_are_found_by_their_run_once_they_were_carried_over(house: House) -> None:
    kept = [each for each, _ in orders_without_lines()]
    before = [{**each, "_id": f"ord_{number}", "version": 3, "event_count": 2} for number, each in enumerate(kept)]
    house.database.mongo[ORDERS.name].insert_many(before)
    settlements = [each["settlement"] for each in before if each["settlement"]]
    read = [ORDERS.state(each) for each in before]

    assert figures_of(house.database, "run_1")[0].worked_out_count == 0
    assert carry_over(house.database, [ORDERS]) == {"orders": len(before)}
    assert carry_over(house.database, [ORDERS]) == {}

    figures, currency = figures_of(house.database, "run_1")
    assert (figures.worked_out_count, currency) == (len(settlements), "USD")
    for name in ("refunded_minor", "refunds_payable_minor", "credited_minor", "donated_minor", "kept_minor"):
        field = "payable_minor" if name == "refunds_payable_minor" else name
        assert getattr(figures, name) == sum(each[field] for each in settlements)
    found = list(house.database.mongo[ORDERS.name].find({}).sort("_id", 1))
    assert sorted((ORDERS.state(each) for each in found), key=lambda order: order.id) == sorted(
        read, key=lambda order: order.id
    )
    assert all("settlement" not in each and each["version"] == 3 for each in found)
