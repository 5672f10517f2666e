"""Owns what nearly every test of payments begins with: a house with no orders, on the day of the cancellation."""

from collections.abc import Iterator

import pytest

from tests.integration.payments_disputes import end
from tests.integration.payments_house import House, house
from tests.integration.provider_fixtures import CANCELLED, RunningProvider
from tests.namespaces import Namespace


@pytest.fixture(scope="module")
def module_house(module_namespace: Namespace, shared_provider: RunningProvider) -> Iterator[House]:
    """The service with a database of its own, for all tests of a module."""
    with house(module_namespace, shared_provider) as made:
        yield made


@pytest.fixture
def payments(module_house: House, provider: RunningProvider) -> House:
    """A conference with prices and no orders, on the day on which it is cancelled."""
    module_house.forget()
    provider.told("POST", "/clock", {"now": CANCELLED.isoformat(), "reset": True})
    return module_house


@pytest.fixture
def order(payments: House) -> str:
    """An order whose card refund is due, 75.00 of it kept."""
    return end(payments, payments.paid("card"))
