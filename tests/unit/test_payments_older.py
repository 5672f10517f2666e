"""Orders as they were kept before they had lines, written by that version: they are read to the same cent."""

from typing import Any

import pytest

from services.payments.orders.schemas import order_json
from services.payments.orders.store import ORDERS
from tests.unit.payments_builders import orders_without_lines
from tests.unit.test_payments_options import check_totals


@pytest.mark.parametrize(("kept", "answered"), orders_without_lines())
def test_an_order_of_before_is_answered_as_it_was(kept: dict[str, Any], answered: dict[str, Any]) -> None:
    assert order_json(ORDERS.state(kept)) == {"leavings": []} | answered


@pytest.mark.parametrize(("kept", "answered"), orders_without_lines())
def test_the_totals_of_an_order_of_before_hold(kept: dict[str, Any], answered: dict[str, Any]) -> None:
    order = ORDERS.state(kept)

    check_totals(order)
    assert all(ending.counted() == ending for ending in order.endings), answered
