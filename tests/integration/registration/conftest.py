"""Owns what nearly every test of registration begins with: a conference that is open, and nobody registered."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.integration.registration_house import House, house
from tests.integration.registration_sessions import OPTIONS
from tests.namespaces import Namespace


@pytest.fixture(scope="module")
def one_house(module_namespace: Namespace) -> Iterator[House]:
    """The service with a database of its own, for all tests of a module."""
    with house(module_namespace) as made:
        yield made


@pytest.fixture
def town(one_house: House) -> House:
    """A conference that is open, and nothing else."""
    one_house.forget()
    one_house.open_conference()
    return one_house


@pytest.fixture
def registration(one_house: House) -> House:
    """A conference that sells Academies and a banquet, and nothing else; it is the tenth of March."""
    one_house.forget()
    one_house.database.clock.move(datetime(2020, 3, 10, 15, tzinfo=UTC))
    one_house.open_conference(options=OPTIONS)
    return one_house
