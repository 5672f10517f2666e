"""Owns what every test may ask for: the engines of this session, and a namespace of its own on them."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

from deploy.town.engines import EngineRefused
from tests.engines import Source, TestEngines, choose_source
from tests.namespaces import Namespace, fresh_namespace

TESTS = Path(__file__).parent

settings.register_profile("unhurried", deadline=None)  # how long an example takes says how busy the machine is
settings.load_profile("unhurried")


@cache
def _source() -> Source:
    return choose_source()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test's marker is the folder it lies in."""
    for item in items:
        item.add_marker(item.path.relative_to(TESTS).parts[0])


def pytest_report_collectionfinish(items: list[pytest.Item]) -> str:
    """Name the engines and their versions before the first test, if any test needs them."""
    if not any("engines" in getattr(item, "fixturenames", ()) for item in items):
        return "engines: none needed"
    try:
        return f"engines: {_source().title}"
    except EngineRefused as refusal:
        return f"engines: {refusal}"


@pytest.fixture(scope="session")
def engines() -> Iterator[TestEngines]:
    """The real database and the real broker, started when the first test needs them."""
    try:
        running = _source().start()
    except EngineRefused as refusal:
        raise pytest.fail.Exception(str(refusal), pytrace=False) from None
    yield running
    running.stop()


@pytest.fixture
def namespace(engines: TestEngines) -> Iterator[Namespace]:
    """Databases and topics of this test alone."""
    with fresh_namespace(engines) as fresh:
        yield fresh


@pytest.fixture(scope="module")
def module_namespace(engines: TestEngines) -> Iterator[Namespace]:
    """Databases and topics shared by the tests of one module."""
    with fresh_namespace(engines) as fresh:
        yield fresh
