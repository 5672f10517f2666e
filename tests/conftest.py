"""Owns what every test may ask for: the engines of this session, and a namespace of its own on them."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

from deploy.town.engines import EngineRefused
from tests.engines import Source, TestEngines, choose_source
from tests.figures import Figures, Processor
from tests.namespaces import Namespace, fresh_namespace
from tests.sharing import Controller, WorkersRefused, given_engines, group_of, in_order, workers_here

TESTS = Path(__file__).parent

settings.register_profile("unhurried", deadline=None)  # how long an example takes says how busy the machine is
settings.load_profile("unhurried")


@cache
def _source() -> Source:
    return choose_source()


def pytest_xdist_auto_num_workers() -> int:
    """`-n auto` is what this machine bears."""
    try:
        return workers_here()
    except WorkersRefused as refusal:
        raise pytest.UsageError(str(refusal)) from None


@pytest.hookimpl(trylast=True)  # who writes on the terminal has to be there
def pytest_configure(config: pytest.Config) -> None:
    """One process gives out the tests and says what came of them, be it the only one or not."""
    config.pluginmanager.register(Processor(), "processor")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Controller(config), "controller")
        config.pluginmanager.register(Figures(config.pluginmanager.getplugin("terminalreporter")), "figures")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A test's marker is the folder it lies in; workers are given what takes longest first."""
    for item in items:
        item.add_marker(item.path.relative_to(TESTS).parts[0])
    if hasattr(config, "workerinput"):
        order = in_order(list(dict.fromkeys(group_of(item.nodeid) for item in items)))
        items.sort(key=lambda item: order.index(group_of(item.nodeid)))


def pytest_report_collectionfinish(items: list[pytest.Item]) -> str:
    """Name the engines and their versions before the first test, if any test needs them."""
    if not any("engines" in getattr(item, "fixturenames", ()) for item in items):
        return "engines: none needed"
    try:
        return f"engines: {_source().title}"
    except EngineRefused as refusal:
        return f"engines: {refusal}"


@pytest.fixture(scope="session")
def engines(pytestconfig: pytest.Config) -> Iterator[TestEngines]:
    """The real database and the real broker: those of all workers, or started when the first test needs them."""
    given = given_engines(pytestconfig)
    if given is not None:
        yield given
        return
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
